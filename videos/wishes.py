"""Wishes: how a video is to be converted as soon as it has been checked, without asking again.

A wish is what the form of a conversion was filled in with. It is granted by a worker, in one transaction with the job
that it becomes; what cannot be granted becomes a job that has failed, with the reason, and can be tried again.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from videos import jobs, queue
from videos.forms import ConvertForm
from videos.models import Upscale, Video
from videos.quotas import Refused, quota_of, usage_of

GRANTABLE = Q(state=Video.State.READY, wish__isnull=False)


def make(videos: QuerySet[Video], form: ConvertForm) -> int:
    """Wish for these videos what a valid form says; how many can still be converted."""
    possible = Q(original_removed=None) & ~Q(state=Video.State.REFUSED)
    wished = Video.objects.filter(possible, pk__in=videos.order_by().values("pk")).update(wish=_filled_in(form))
    if wished:
        queue.wake_grant()
    return wished


def waiting() -> QuerySet[Video]:
    """Videos whose wish can be granted now, the oldest first."""
    return Video.objects.filter(GRANTABLE).order_by("created")


def grant_all() -> None:
    """Whoever does the same meanwhile takes other wishes, or waits for this one and finds it granted."""
    full: set[int] = set()  # people with as many jobs at once as they may have; the sweep comes back for their wishes
    for pk, owner in list(waiting().values_list("pk", "owner")):
        if owner in full:
            continue
        with transaction.atomic():
            video = Video.objects.select_for_update(no_key=True).filter(GRANTABLE, pk=pk).first()
            if video and not has_place(video.owner):
                full.add(owner)
            elif video:
                _grant(video)


def has_place(owner: User) -> bool:
    """Whether this person may have one more job at once."""
    return usage_of(owner).jobs < quota_of(owner).jobs


def _grant(video: Video) -> None:
    form = ConvertForm(MultiValueDict(video.wish or {}), video=video)
    video.change(GRANTABLE, wish=None)
    try:
        if not form.is_valid():
            raise Refused(first_error(form))
        jobs.convert(video, form.cleaned_data["model"], form.cleaned_data["scale"], form.encoding)
    except Refused as refused:
        _remember_refusal(video, form, str(refused))


def _remember_refusal(video: Video, form: ConvertForm, reason: str) -> None:
    Upscale.objects.create(
        video=video,
        model=form.chosen("model"),
        scale=form.chosen("scale"),
        settings=form.encoding,
        frames=video.frames or 0,
        state=Upscale.State.FAILED,
        reason=reason,
        finished=Now(),
    )


def first_error(form: ConvertForm) -> str:
    """One sentence of what is wrong."""
    return next(str(said[0]) for said in form.errors.values())


def _filled_in(form: ConvertForm) -> dict[str, list[str]]:
    data = form.data
    lists = data if isinstance(data, MultiValueDict) else MultiValueDict({name: [said] for name, said in data.items()})
    return {name: lists.getlist(name) for name in form.fields if name in lists}
