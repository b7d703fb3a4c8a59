"""What the pages know about the ways into this site."""

from django.conf import settings
from django.http import HttpRequest


def ways_in(request: HttpRequest) -> dict[str, object]:
    return {
        "SIGNUP": settings.SIGNUP,
        "SENDS_MAIL": bool(settings.EMAIL_URL),
        "PASSKEYS": settings.PASSKEYS,
        "OIDC_NAME": settings.OIDC_NAME if settings.OIDC_URL else "",
    }
