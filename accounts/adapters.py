"""Who may make an account, and other things that allauth asks us."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest

from accounts import invitations


class AccountAdapter(DefaultAccountAdapter):
    """With a password of their own: everybody, the invited, or nobody."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGNUP == "invitation":
            return invitations.shown_by(request) is not None
        return bool(settings.SIGNUP == "open")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """By the organisation's own sign-in, which knows its people."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OIDC_SIGNUP)


class MfaAdapter(DefaultMFAAdapter):
    def build_totp_svg(self, url: str) -> str:
        """Without the declaration that a file of its own needs: it stands in the page."""
        return str(super().build_totp_svg(url)).partition("?>")[2]
