"""What a person chooses: a file, and how to convert a video."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duf.catalog import MODELS
from videos import samples

SCALES = (2, 3, 4)
CODECS = {
    "h264": "H.264, plays everywhere",
    "h265": "H.265, smaller, for newer devices",
    "av1": "AV1, smallest, slow to write",
    "vp9": "VP9, for the web",
}
QUALITIES = {"best": "Best, large file", "normal": "Very good", "small": "Good, small file"}

LINK_LIVES = {1: _("a day"), 7: _("a week"), 30: _("30 days"), 365: _("a year")}

# Constant rate factors that look alike; what is not here is the codec's own default.
CRF = {
    "best": {"h264": 12, "h265": 14, "av1": 16, "vp9": 16},
    "small": {"h264": 21, "h265": 23, "av1": 32, "vp9": 32},
}


class UploadForm(forms.Form):
    """For browsers without JavaScript."""

    file = forms.FileField(label="Video file", allow_empty_file=True)


class ConvertForm(forms.Form):
    """How much larger, by which model, and how the result is written."""

    scale = forms.TypedChoiceField(
        coerce=int, choices=[(scale, f"×{scale}") for scale in SCALES], initial=4, widget=forms.RadioSelect
    )
    model = forms.ChoiceField()
    codec = forms.ChoiceField(choices=list(CODECS.items()), initial="h264", required=False)
    quality = forms.ChoiceField(choices=list(QUALITIES.items()), initial="normal", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["model"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(name, model.title) for name, model in MODELS.items()]
        choice.initial = settings.DEFAULT_MODEL
        choice.help_text = " ".join(f"{model.name}: {model.note}" for model in MODELS.values() if model.note)

    def clean(self) -> dict[str, Any]:
        """An imported model may have been imported for one scale only."""
        chosen: dict[str, Any] = super().clean() or {}
        model = MODELS.get(chosen.get("model", ""))
        if model and chosen.get("scale") and chosen["scale"] not in model.scales:
            offered = " or ".join(f"×{scale}" for scale in model.scales)
            self.add_error("model", f"{model.name} enlarges {offered} only; choose that, or another model.")
        return chosen

    def chosen(self, name: str) -> Any:
        """A valid choice, else what is offered first."""
        return getattr(self, "cleaned_data", {}).get(name) or self.fields[name].initial

    @property
    def encoding(self) -> dict[str, str | int]:
        """The keywords of `duf.media.EncodeSettings`."""
        codec = self.chosen("codec")
        crf = CRF.get(self.chosen("quality"), {}).get(codec)
        return {"codec": codec} if crf is None else {"codec": codec, "crf": crf}


class ShareForm(forms.Form):
    """What a link to a result lets people do, and for how long."""

    days = forms.TypedChoiceField(label=_("It works for"), coerce=int, choices=list(LINK_LIVES.items()), initial=7)
    password = forms.CharField(
        label=_("Password, if you want one"),
        help_text=_("Tell it to people in another way than the link."),
        required=False,
        max_length=100,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    original = forms.BooleanField(
        label=_("Show the original beside it"),
        help_text=_("Before and after under one slider. Whoever has the link can then get the original, too."),
        required=False,
        initial=True,
    )
    download = forms.BooleanField(
        label=_("Let people download it"),
        help_text=_("The file as it is. Without this they watch it in the browser."),
        required=False,
    )

    def __init__(self, comparable: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not comparable:
            del self.fields["original"]

    @property
    def wanted(self) -> dict[str, Any]:
        """The keywords of `videos.shares.make`."""
        chosen = dict(self.cleaned_data)
        return {"life": timedelta(days=chosen.pop("days"))} | chosen


class SampleForm(forms.Form):
    """Which moment, and by which models it is to be made."""

    frame = forms.IntegerField(min_value=0)
    choices = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["choices"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(f"{m.name}:{scale}", f"{m.name} ×{scale}") for m in MODELS.values() for scale in m.scales]

    def clean_choices(self) -> list[tuple[str, int]]:
        """Model and scale of each."""
        chosen: list[str] = self.cleaned_data["choices"]
        if len(chosen) > samples.MOST:
            raise forms.ValidationError(gettext("Choose at most {most} to compare.").format(most=samples.MOST))
        return [(name, int(scale)) for name, _, scale in (choice.rpartition(":") for choice in chosen)]
