"""What a person chooses for a token and for a webhook."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from api.models import Scope

LIVES = {30: _("30 days"), 90: _("90 days"), 365: _("a year")}
USUAL = [Scope.READ, Scope.UPLOAD, Scope.CONVERT]


class TokenForm(forms.Form):
    """What it is for, what it may do, and for how long."""

    name = forms.CharField(label=_("What is it for?"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=Scope.choices, initial=USUAL, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(label=_("It holds for"), coerce=int, choices=list(LIVES.items()), initial=90)

    @property
    def life(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class WebhookForm(forms.Form):
    """Where to."""

    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].widget.attrs["placeholder"] = "https://"
