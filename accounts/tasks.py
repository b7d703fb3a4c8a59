"""Entry points for the queue."""

from django.core.management import call_command

from accounts import audit


def tidy() -> None:
    """Once a day: sessions that have ended, and what the audit log need not keep."""
    call_command("clearsessions")
    audit.forget_the_old()
