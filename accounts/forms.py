"""Forms about the account itself."""

from typing import Any

from django import forms

from accounts.models import User


class DeleteForm(forms.Form):
    """The password again, because this cannot be undone."""

    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password; nothing was deleted.")
        return password
