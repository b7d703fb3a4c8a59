"""Forms about the account itself."""

from typing import Any

from allauth.account.forms import SignupForm as BaseSignupForm
from allauth.core import context
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts import administrator, invitations
from accounts.models import User


class SignupForm(BaseSignupForm):
    """Uses up the invitation whose link this browser has opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitations.shown_by(context.request)
        if self.invitation and self.invitation.email:
            self.fields["email"].initial = self.invitation.email

    def clean_email(self) -> str:
        email = str(super().clean_email())
        if self.invitation and self.invitation.email not in ("", email):
            raise forms.ValidationError(
                _("This invitation is for %(email)s; sign up with that address.") % {"email": self.invitation.email}
            )
        return email

    @transaction.atomic
    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        user, response = super().try_save(request)
        if user and self.invitation and not invitations.take(self.invitation, user):
            transaction.set_rollback(True)  # somebody else was quicker
            return None, redirect("account_signup")
        return user, response


class PasskeyForm(AddWebAuthnForm):
    """Says what the tick means."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = _("Sign in by it alone, without the password")
        alone.help_text = _("It then asks for your finger, your face or its PIN.")


class NoticesForm(forms.Form):
    """What a person wants to hear of."""

    mail_when_done = forms.BooleanField(
        label=_lazy("A mail when a conversion is done or has failed"),
        help_text=_lazy("One for all of them once nothing is in work any more, at the latest after an hour."),
        required=False,
    )


class AdministratorForm(forms.Form):
    """Who looks after a new site, and the proof that it is theirs."""

    code = forms.CharField(
        label=_lazy("Code"),
        help_text=_lazy("It stands in the log of the site, where its start says that there is no administrator yet."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_lazy("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_lazy("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_lazy("Password (again)"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_code(self) -> str:
        typed = str(self.cleaned_data["code"])
        if not administrator.is_code(typed):
            raise forms.ValidationError(_("This is not the code; copy it from the log of this very site."))
        return typed

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This address has an account already; take another one."))
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.cleaned_data.get("email", "")))
        return password

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("The two passwords differ; write the same one twice."))
        return again


class DeleteForm(forms.Form):
    """The password again, because this cannot be undone; the address for those who sign in without one."""

    password = forms.CharField(
        label=_lazy("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    email = forms.EmailField(
        label=_lazy("Your e-mail address"), help_text=_lazy("Typed again, because this cannot be undone.")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        del self.fields["email" if user.has_usable_password() else "password"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email.lower() != self.user.email:
            raise forms.ValidationError(
                _("This is not your address, so nothing was deleted; write the one you sign in with.")
            )
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your password, so nothing was deleted; try again."))
        return password
