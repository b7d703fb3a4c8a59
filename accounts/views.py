"""The account page, and the ways out of it."""

from typing import cast

from allauth.account.decorators import verified_email_required
from allauth.account.utils import perform_login
from allauth.account.views import EmailView, LoginView, PasswordResetView
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts import administrator, audit, invitations, languages
from accounts.forms import AdministratorForm, DeleteForm, NoticesForm
from accounts.models import Invitation, User
from accounts.staff import FACTORS
from videos import jobs, limits
from videos.quotas import quota_of, usage_of
from videos.standing import meters
from videos.words import span


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who I am, what I use, and of how much."""
    user = cast(User, request.user)
    quota = quota_of(user)
    context = {
        "quota": quota,
        "meters": meters(quota, usage_of(user)),
        "longest": span(quota.seconds),
        "second_factor": is_mfa_enabled(user, FACTORS),
        "notices": NoticesForm(initial={"mail_when_done": user.mail_when_done}) if settings.EMAIL_URL else None,
    }
    return render(request, "accounts/account.html", context)


@login_required
@require_POST
def notices(request: HttpRequest) -> HttpResponse:
    """Whether I get mail when conversions end."""
    if not settings.EMAIL_URL:
        raise Http404("This site sends no mail.")
    form = NoticesForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data["mail_when_done"]
        User.objects.filter(pk=cast(User, request.user).pk).update(mail_when_done=wanted)
        messages.success(request, _("You get a mail when conversions end.") if wanted else _("You get no mail."))
    return redirect("accounts:account")


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """The language of the pages in this browser, and of my mail."""
    response = set_language(request)
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(chosen):
        languages.remember(request.user, chosen)
    return response


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account with everything in it, once the password is confirmed."""
    user = cast(User, request.user)
    form = DeleteForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        audit.record(request, audit.What.ACCOUNT_DELETED)
        logout(request)
        jobs.remove_account(user)
        messages.success(request, _("Your account and everything in it were deleted."))
        return redirect("account_login")
    return render(request, "accounts/delete.html", {"form": form, "usage": usage_of(user)})


def login(request: HttpRequest) -> HttpResponseBase:
    """Signing in; on a site without anybody, making its administrator comes first."""
    if request.method == "GET" and not User.objects.exists():
        return redirect("accounts:beginning")
    response: HttpResponseBase = LoginView.as_view()(request)
    return response


@require_http_methods(["GET", "POST"])
def beginning(request: HttpRequest) -> HttpResponseBase:
    """Make the administrator of a new site, by the code that its log tells; nothing is here once there is one."""
    if administrator.exists():
        return redirect("/")
    if request.method == "POST":
        limits.count_code(request.META["REMOTE_ADDR"])
    form = AdministratorForm(request.POST or None)
    if form.is_valid():
        made = administrator.make(form.cleaned_data["email"], form.cleaned_data["password"])
        return _welcome(request, made) if made else redirect("/")
    return render(request, "accounts/beginning.html", {"form": form}, status=422 if form.is_bound else 200)


def _welcome(request: HttpRequest, user: User) -> HttpResponse:
    audit.record(request, audit.What.SIGNED_UP, by=user)
    messages.success(request, _("The site is yours now. Try it with the short clip below, or a video of your own."))
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url="/")
    return response


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """By a link in an e-mail, or by the administrator where the site sends none."""
    if not settings.EMAIL_URL:
        return render(request, "accounts/password_reset_by_administrator.html")
    response: HttpResponseBase = PasswordResetView.as_view()(request)
    return response


@login_required
def email(request: HttpRequest) -> HttpResponseBase:
    """Another address, once the link sent to it is opened; by the administrator where the site sends no e-mail."""
    if not settings.EMAIL_URL:
        return render(request, "accounts/email_by_administrator.html")
    response: HttpResponseBase = verified_email_required(EmailView.as_view())(request)
    return response


@require_safe
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link that an administrator gave somebody: on to the sign-up, or why not."""
    if request.user.is_authenticated:
        messages.info(request, _("You have an account already; pass the invitation on to somebody who has none."))
        return redirect("/")
    found = Invitation.good().filter(token=token).first()
    if not found:
        return render(request, "accounts/invitation_over.html", status=410)
    invitations.show(request, found)
    return redirect("account_signup")
