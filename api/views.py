"""The pages about the API: tokens, webhooks, and the reference."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import User
from api import network, reference, signing, webhooks
from api import tokens as making
from api.forms import TokenForm, WebhookForm
from api.models import Delivery, Token, Webhook
from api.v1 import api

DELIVERIES_SHOWN = 50


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """My tokens, and a form for a new one, which is shown in the answer and never again."""
    user = cast(User, request.user)
    form, shown = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _row, shown = making.make(user, form.cleaned_data["name"], form.cleaned_data["scopes"], form.life)
        audit.record(request, audit.What.TOKEN_MADE, form.cleaned_data["name"])
        form = TokenForm()
    context = {"tokens": Token.objects.filter(owner=user), "form": form, "shown": shown}
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """From now on this token opens nothing."""
    token = get_object_or_404(Token, pk=pk, owner=cast(User, request.user))
    token.delete()
    audit.record(request, audit.What.TOKEN_REVOKED, token.name)
    messages.success(request, _("“%(name)s” was revoked; whoever used it is signed out.") % {"name": token.name})
    return redirect("api:tokens")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def hooks(request: HttpRequest) -> HttpResponse:
    """My webhooks, what they are signed with, and what became of the last messages."""
    user = cast(User, request.user)
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            webhooks.add(user, form.cleaned_data["url"])
            return redirect("api:webhooks")
        except network.Refused as refused:
            form.add_error("url", str(refused))
    deliveries = Delivery.objects.filter(webhook__owner=user).select_related("webhook", "upscale")
    context = {
        "webhooks": user.webhooks.filter(upscale=None),
        "deliveries": deliveries[:DELIVERIES_SHOWN],
        "secret": signing.secret_of(user),
        "form": form,
    }
    return render(request, "api/webhooks.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_hook(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell this address nothing more."""
    get_object_or_404(Webhook, pk=pk, owner=cast(User, request.user)).delete()
    return redirect("api:webhooks")


@login_required
@require_POST
def renew_secret(request: HttpRequest) -> HttpResponse:
    """Sign with another secret from now on."""
    signing.renew(cast(User, request.user))
    messages.success(request, _("There is a new signing secret; give it to your receivers."))
    return redirect("api:webhooks")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """What the API can do, for people."""
    description = api.get_openapi_schema()
    context = {"about": reference.about(description), "groups": reference.groups(description)}
    return render(request, "api/docs.html", context)
