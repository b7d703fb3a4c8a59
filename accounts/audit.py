"""Who did what: sign-ins, keys, deletions, downloads by staff. Kept for AUDIT_DAYS, changed by nobody.

What is changed by the forms of the admin stands in Django's own log of them, which is kept as long.
"""

from datetime import timedelta
from typing import Any

from allauth.account import signals as account
from allauth.core import context
from allauth.mfa import signals as mfa
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import signals as auth
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Event, User

What = Event.What


def record(request: HttpRequest | None, what: Event.What, about: str = "", by: User | None = None) -> None:
    """Write down what the person of this request, or `by`, has done."""
    person = by or (request.user if request and isinstance(request.user, User) else None)
    name = person.email if person else ""
    address = request.META.get("REMOTE_ADDR") or None if request else None
    Event.objects.create(what=what, who=person, name=name, about=about, address=address)


def record_download(request: HttpRequest, about: str) -> None:
    """Staff is written down when it begins to fetch a file; the pieces that follow are the same download."""
    begins = request.headers.get("Range", "bytes=0-").startswith("bytes=0-")
    if isinstance(request.user, User) and request.user.is_staff and request.method == "GET" and begins:
        record(request, What.DOWNLOADED, about)


def forget_the_old() -> None:
    """Remove what is older than AUDIT_DAYS; 0 keeps everything."""
    if settings.AUDIT_DAYS:
        end = timezone.now() - timedelta(days=settings.AUDIT_DAYS)
        Event.objects.filter(when__lt=end).delete()
        LogEntry.objects.filter(action_time__lt=end).delete()


SIGNALS: dict[Signal, Event.What] = {
    auth.user_logged_in: What.SIGNED_IN,
    account.user_signed_up: What.SIGNED_UP,
    account.password_changed: What.PASSWORD_CHANGED,
    account.password_set: What.PASSWORD_CHANGED,
    account.password_reset: What.PASSWORD_RESET,
    account.email_changed: What.EMAIL_CHANGED,
    mfa.authenticator_added: What.FACTOR_ADDED,
    mfa.authenticator_removed: What.FACTOR_REMOVED,
    mfa.authenticator_reset: What.FACTOR_RESET,
    mfa.authentication_failed: What.FACTOR_FAILED,
}


@receiver(list(SIGNALS))
def told(sender: Any, signal: Signal, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """What Django and allauth tell about somebody they know."""
    about = kwargs.get("authenticator") or kwargs.get("to_email_address") or ""
    record(request, SIGNALS[signal], str(about), by=user)


@receiver(auth.user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user:
        record(request, What.SIGNED_OUT, by=user)


@receiver(auth.user_login_failed)
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """The address as it was typed: it need not be anybody's."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    record(request or context.request, What.SIGN_IN_FAILED, typed[:250])
