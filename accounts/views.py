"""The account page, and the ways out of it."""

from typing import cast

from allauth.account.views import PasswordResetView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import DeleteForm
from accounts.models import User
from videos import jobs
from videos.quotas import quota_of, usage_of
from videos.words import span


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who I am, what I use, and of how much."""
    user = cast(User, request.user)
    quota = quota_of(user)
    context = {"quota": quota, "usage": usage_of(user), "longest": span(quota.seconds)}
    return render(request, "accounts/account.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account with everything in it, once the password is confirmed."""
    user = cast(User, request.user)
    form = DeleteForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        logout(request)
        jobs.remove_account(user)
        messages.success(request, "Your account and everything in it were deleted.")
        return redirect("account_login")
    return render(request, "accounts/delete.html", {"form": form, "usage": usage_of(user)})


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """By a link in an e-mail, or by the administrator where the site sends none."""
    if not settings.EMAIL_URL:
        return render(request, "accounts/password_reset_by_administrator.html")
    response: HttpResponseBase = PasswordResetView.as_view()(request)
    return response
