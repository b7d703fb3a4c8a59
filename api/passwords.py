"""A new password ends all tokens: whoever knew the old one may have made some."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts import audit
from accounts.models import User
from api.models import Token


@receiver([password_changed, password_reset, password_set])
def end_tokens(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Revoke them, and say so."""
    tokens = list(Token.objects.filter(owner=user))
    for token in tokens:
        token.delete()
        audit.record(request, audit.What.TOKEN_REVOKED, token.name, by=user)
    if tokens:
        sentence = ngettext(
            "{n} access token ended with the old password; make a new one for your program.",
            "{n} access tokens ended with the old password; make new ones for your programs.",
            len(tokens),
        )
        messages.info(request, sentence.format(n=len(tokens)))
