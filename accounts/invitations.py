"""Invitations: a link from the administrator that makes one account."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Invitation, User

SESSION_KEY = "invitation"


def show(request: HttpRequest, invitation: Invitation) -> None:
    """This browser has opened the link."""
    request.session[SESSION_KEY] = invitation.token


def shown_by(request: HttpRequest) -> Invitation | None:
    """The invitation whose link this browser has opened, while it is good."""
    return Invitation.good().filter(token=request.session.get(SESSION_KEY, "")).first()


def take(invitation: Invitation, user: User) -> bool:
    """This person came by it; False if it is used up or too old."""
    return bool(Invitation.good().filter(pk=invitation.pk).update(taken_by=user, taken_by_name=user.email))


def link(invitation: Invitation) -> str:
    return settings.SITE_URL + reverse("accounts:invitation", args=[invitation.token])


def send(invitation: Invitation) -> bool:
    """By e-mail, if the site sends any and the invitation is for an address."""
    if not (settings.EMAIL_URL and invitation.email):
        return False
    subject = _("Your invitation to %(site)s") % {"site": settings.SITE_NAME}
    context = {"link": link(invitation), "invitation": invitation, "SITE_NAME": settings.SITE_NAME}
    body = render_to_string("accounts/invitation.txt", context)
    transaction.on_commit(lambda: send_mail(subject, body, None, [invitation.email]))
    return True
