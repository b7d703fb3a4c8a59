"""Which of a person's videos a page lists: searched for, in one state, with one tag, in one order."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from videos.access import upscales_of, videos_of
from videos.models import Upscale, Video
from videos.tags import tags_of

STATES = {
    "": _("All"),
    "new": _("Not converted yet"),
    "going": _("Waiting or in work"),
    "paused": _("Paused"),
    "done": _("With a result"),
    "failed": _("Failed or refused"),
    "arriving": _("Still being uploaded or checked"),
}
SORTS: dict[str, Any] = {"": "-created", "oldest": "created", "name": Lower("name"), "largest": "-size"}
SORT_NAMES = {"": _("Newest first"), "oldest": _("Oldest first"), "name": _("By name"), "largest": _("Largest first")}


class Listing(forms.Form):
    """What the address of the page asks for; a wish that makes no sense counts as none."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"), widget=forms.TextInput({"type": "search"}))
    state = forms.ChoiceField(required=False, choices=list(STATES.items()), label=_("State"))
    tag = forms.ChoiceField(required=False, label=_("Tag"))
    sort = forms.ChoiceField(required=False, choices=list(SORT_NAMES.items()), label=_("Order"))

    def __init__(self, data: Any, owner: User) -> None:
        super().__init__(data)
        self.owner = owner
        field = self.fields["tag"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = lambda: [("", _("Any")), *((name, name) for name in self.tags)]

    @cached_property
    def tags(self) -> list[str]:
        """The names of all of its owner's tags."""
        return list(tags_of(self.owner).values_list("name", flat=True))

    @cached_property
    def wishes(self) -> dict[str, str]:
        """What is asked for, without what is left open."""
        self.is_valid()
        return {name: said for name, said in self.cleaned_data.items() if said}

    @property
    def narrowed(self) -> bool:
        """Whether it leaves some videos out."""
        return bool(self.wishes.keys() - {"sort"})

    @property
    def query(self) -> str:
        """Asks for the same again."""
        return urlencode(self.wishes)

    @property
    def videos(self) -> QuerySet[Video]:
        """All that it lists, in its order."""
        wishes = self.wishes
        rows = videos_of(self.owner).filter(*(Q(name__icontains=word) for word in wishes.get("q", "").split()))
        if tag := wishes.get("tag"):
            rows = rows.filter(tags__name=tag)
        if state := wishes.get("state"):
            rows = rows.filter(_in_state(state))
        return rows.order_by(SORTS[wishes.get("sort", "")], "-pk")

    @property
    def unconverted(self) -> QuerySet[Video]:
        """Those that nothing was made of yet and that can be converted, perhaps once they are checked."""
        return self.videos.filter(UNCONVERTED)

    @property
    def jobs(self) -> QuerySet[Upscale]:
        """The conversions of all that it lists."""
        jobs = upscales_of(self.owner).filter(sample=False)
        return jobs.filter(video__in=self.videos.order_by()) if self.narrowed else jobs


def _in_state(state: str) -> Q:
    match state:
        case "new":
            return Q(~_has_job(Upscale.State), state=Video.State.READY, original_removed=None)
        case "arriving":
            return Q(state__in=(Video.State.UPLOADING, Video.State.CHECKING))
        case "failed":
            return Q(state=Video.State.REFUSED) | _has_job([Upscale.State.FAILED])
        case "going":
            return _has_job(Upscale.ACTIVE)
        case _:
            return _has_job([state])


def _has_job(states: Iterable[str]) -> Q:
    return Q(Exists(Upscale.objects.filter(video=OuterRef("pk"), sample=False, state__in=list(states))))


UNCONVERTED = Q(~_has_job(Upscale.State), ~Q(state=Video.State.REFUSED), original_removed=None, wish__isnull=True)
