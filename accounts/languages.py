"""Which language somebody reads: of the pages by the browser or the choice in it, of mail by what they read last."""

from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, override

from accounts.models import User


class ReadersLanguage(LocaleMiddleware):
    """As the cookie says that the switch sets, else as the browser asks."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        patch_vary_headers(response, ("Cookie",))  # Django tells caches of the browser's wish alone
        return super().process_response(request, response)


def language_of(user: User) -> AbstractContextManager[None]:
    """Speak this person's language in the block."""
    return override(user.language or settings.LANGUAGE_CODE)


def remember(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


@receiver(user_logged_in)
def signed_in(sender: Any, user: User, **kwargs: Any) -> None:
    """Whoever has never chosen reads what the browser asks for."""
    language = get_language()
    if not user.language and language in dict(settings.LANGUAGES):
        remember(user, language)
