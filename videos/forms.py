"""What a person chooses: a file, and how to convert a video."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duf import clock
from duf.catalog import MODELS, Model
from duf.choices import KINDS
from duf.errors import MediaError
from duf.fitting import SIZES, scale_for
from videos import samples, words
from videos.models import Video
from videos.trimming import Stretch, stretch_of
from vsrsite.sentences import translated

SCALES = (2, 3, 4)
CODECS = {
    "h264": _("H.264, plays everywhere"),
    "h264fast": _("H.264, quicker to make, larger file"),
    "h265": _("H.265, smaller, for newer devices"),
    "av1": _("AV1, smallest, slow to make"),
    "vp9": _("VP9, for the web"),
}
QUALITIES = {"best": _("Best, large file"), "normal": _("Very good"), "small": _("Good, small file")}
CONTAINERS = {
    "auto": _("MP4, or Matroska where MP4 cannot hold everything"),
    "mp4": _("MP4, or nothing"),
    "matroska": _("Matroska (MKV)"),
}

DEINTERLACE = {
    "auto": _("Where the picture is interlaced"),
    "on": _("Always, even if it does not look interlaced"),
    "off": _("Never, not even if the file says that it is interlaced"),
}
FOR_ANY_VIDEO = ("model", "codec", "quality", "container", "deinterlace")  # fields that mean the same for every one

MOMENT = rf"^({clock.CLOCK.pattern})?$"
TRACK = rf"^({'|'.join(KINDS)}|[0-9]{{1,4}})$"  # a kind, or a number

LINK_LIVES = {1: _("a day"), 7: _("a week"), 30: _("30 days"), 365: _("a year")}

# Constant rate factors that look alike; what is not here is the codec's own default.
CRF = {
    "best": {"h264": 12, "h264fast": 13, "h265": 14, "av1": 16, "vp9": 16},
    "small": {"h264": 21, "h264fast": 22, "h265": 23, "av1": 32, "vp9": 32},
}


class UploadForm(forms.Form):
    """For browsers without JavaScript."""

    file = forms.FileField(label=_("Video file"), allow_empty_file=True)


class MomentField(forms.CharField):
    """A time in a video: seconds, or h:mm:ss. None for no time."""

    def clean(self, value: Any) -> float | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return clock.seconds(text)
        except ValueError:
            sentence = gettext("{text} is not a time; write it like 90, 1:30 or 0:01:30.5.")
            raise forms.ValidationError(sentence.format(text=text)) from None


def _not_among(field: forms.ChoiceField) -> str:
    """What is said of a value that is none of the choices."""
    choices = [str(value) for value, _title in cast(Iterable[tuple[Any, Any]], field.choices)]
    sentence = gettext("{value} cannot be chosen; choose one of {choices}.")
    return sentence.format(value="%(value)s", choices=", ".join(choices))


class TracksField(forms.MultipleChoiceField):
    """Tracks by kind or number. A number that a video does not have changes nothing: scripts convert many alike."""

    def valid_value(self, value: str) -> bool:
        return re.fullmatch(TRACK, value) is not None


class ConvertForm(forms.Form):
    """How much larger, by which model, how the result is written, and what is in it."""

    scale = forms.ChoiceField(label=_("Enlarge"), initial=4, widget=forms.RadioSelect)
    model = forms.ChoiceField(label=_("Model"))
    codec = forms.ChoiceField(label=_("Codec"), choices=list(CODECS.items()), initial="h264", required=False)
    quality = forms.ChoiceField(label=_("Quality"), choices=list(QUALITIES.items()), initial="normal", required=False)
    container = forms.ChoiceField(label=_("File"), choices=list(CONTAINERS.items()), initial="auto", required=False)
    deinterlace = forms.ChoiceField(
        label=_("Deinterlace"),
        choices=list(DEINTERLACE.items()),
        initial="auto",
        required=False,
        help_text=_("Old cameras and television draw every second line later, which shows as combs where it moves."),
    )
    start = MomentField(label=_("From"), max_length=20, required=False, help_text=_("Like 1:30; empty: the beginning."))
    end = MomentField(label=_("To"), max_length=20, required=False, help_text=_("Like 2:00; empty: the end."))
    without = TracksField(label=_("Leave out"), initial=[], required=False)

    def __init__(self, *args: Any, video: Video | None = None, **kwargs: Any) -> None:
        """`video`: the one to convert; it can be made to fit a size, and its tracks be left out one by one."""
        super().__init__(*args, **kwargs)
        self._video = video
        scale, model = self.fields["scale"], self.fields["model"]
        assert isinstance(scale, forms.ChoiceField) and isinstance(model, forms.ChoiceField)
        scale.choices = [(times, f"×{times}") for times in SCALES] + [(size, size) for size in SIZES if video]
        model.choices = [(name, translated(entry.title)) for name, entry in MODELS.items()]
        model.initial = settings.DEFAULT_MODEL
        model.help_text = " ".join(f"{entry.name}: {translated(entry.note)}" for entry in MODELS.values() if entry.note)
        self.tracks = words.tracks_to_choose(video) if video else []
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _not_among(field)

    @property
    def listed(self) -> list[forms.BoundField]:
        """What is chosen from a list, apart from the scale; it means the same for every video."""
        return [self[name] for name in FOR_ANY_VIDEO]

    @property
    def simple(self) -> list[forms.BoundField]:
        """What is chosen from a list or written, apart from the scale."""
        return [*self.listed, self["start"], self["end"]]

    def stretch(self, video: Video) -> Stretch | None:
        """The part of it that is wanted; None for all. Raises `Refused` if there is none."""
        return stretch_of(video, self.cleaned_data["start"], self.cleaned_data["end"]) if self.is_valid() else None

    @property
    def boxes(self) -> list[tuple[str, str, bool]]:
        """The tracks that can be left out: number, name, and whether it is chosen."""
        chosen = self["without"].value() or []
        return [(number, name, number in chosen) for number, name in self.tracks]

    def clean(self) -> dict[str, Any]:
        """The scale as a number. An imported model may have been imported for one scale only."""
        chosen: dict[str, Any] = super().clean() or {}
        model = MODELS.get(chosen.get("model", ""))
        try:
            chosen["fit"], chosen["scale"] = self._sizes(chosen.get("scale", ""), model)
        except MediaError as error:
            self.add_error("scale", translated(str(error)))
        if model and chosen.get("scale") and chosen["scale"] not in model.scales:
            offered = ", ".join(f"×{scale}" for scale in model.scales)
            sentence = gettext("{model} enlarges {scales} only; choose that, or another model.")
            self.add_error("model", sentence.format(model=model.name, scales=offered))
        return chosen

    def _sizes(self, chosen: str, model: Model | None) -> tuple[str, int]:
        """The size to fit into, or "", and the network's scale. MediaError if the video is as large already."""
        if chosen in SIZES and self._video and model:
            return chosen, scale_for(self._video.clip.video, chosen, model.scales)
        return "", int(chosen) if chosen.isdecimal() else 0

    def chosen(self, name: str) -> Any:
        """A valid choice, else what is offered first."""
        if value := getattr(self, "cleaned_data", {}).get(name):
            return value
        first = self.get_initial_for_field(self.fields[name], name)
        return self._first_sizes()[1] if name == "scale" else first

    @property
    def for_any_video(self) -> dict[str, Any]:
        """The choices that mean the same for another video, by field."""
        same = {name: self.chosen(name) for name in FOR_ANY_VIDEO}
        return {"scale": self.fit or self.chosen("scale"), **same}

    @property
    def fit(self) -> str:
        """The size to fit into, or nothing."""
        return str(self.cleaned_data.get("fit", "")) if self.is_valid() else self._first_sizes()[0]

    def _first_sizes(self) -> tuple[str, int]:
        first = str(self.get_initial_for_field(self.fields["scale"], "scale"))
        try:
            return self._sizes(first, MODELS.get(self.chosen("model")))
        except MediaError:
            return "", SCALES[-1]

    @property
    def encoding(self) -> dict[str, Any]:
        """What `duf.choices.Choices` reads."""
        codec, container, without = self.chosen("codec"), self.chosen("container"), self.chosen("without")
        deinterlace = self.chosen("deinterlace")
        crf = CRF.get(self.chosen("quality"), {}).get(codec)
        return {
            "codec": codec,
            **({} if crf is None else {"crf": crf}),
            **({"fit": self.fit} if self.fit else {}),
            **({} if container == "auto" else {"container": container}),
            **({"without": sorted(without)} if without else {}),
            **({} if deinterlace == "auto" else {"deinterlace": deinterlace}),
        }


def quality_of(encoding: dict[str, Any]) -> str:
    """The choice that `encoding` came from."""
    same = (name for name, factors in CRF.items() if factors.get(encoding.get("codec", "h264")) == encoding.get("crf"))
    return next(same, "normal")


def in_words(values: dict[str, Any]) -> list[str]:
    """Choices as the form calls them."""
    names: dict[str, Any] = {
        **CODECS,
        **QUALITIES,
        **CONTAINERS,
        **{name: translated(entry.title) for name, entry in MODELS.items()},
    }
    size = values["scale"]
    rest = (str(values[name]) for name in ("model", "codec", "quality", "container"))
    told = [str(size) if size in SIZES else f"×{size}", *(str(names.get(name, name)) for name in rest)]
    return [*told, *filter(None, [words.deinterlacing(values)])]


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
    choices = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Nothing is chosen; choose one at least.")}
    )

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
