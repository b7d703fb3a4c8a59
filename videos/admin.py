"""Videos, jobs and segments in the admin: to look at, to stop, to start again, to clear away.

Lists stay quick with many rows: they join what they show, sort by an index, and do not count everything twice.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_q.admin import Schedule  # the import registers it

from accounts import audit
from videos import jobs
from videos.models import Segment, Upscale, Video
from videos.quotas import Refused
from videos.shares import Share
from vsrsite.sentences import translated


class TakesAllAlong(admin.ModelAdmin):
    """Who may delete a row may delete what belongs to it, though nobody deletes a segment alone."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[str], Any]:
        listed, counts, _, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), protected


class LookOnly(TakesAllAlong):
    """Rows are made and changed by the work, not by hand."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Video)
class VideoAdmin(LookOnly):
    list_display = ("name", "owner", "state", "bytes", "frames", "frames_indexed", "attempts", "created", "reason")
    list_filter = ("state", "created")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email", "sha256")
    actions = ("purge",)

    @admin.display(description=_lazy("size"), ordering="size")
    def bytes(self, video: Video) -> str:
        return filesizeformat(video.size)

    @admin.action(
        description=_lazy("Purge: remove videos that have a verified result, with all files"), permissions=["delete"]
    )
    def purge(self, request: HttpRequest, videos: QuerySet[Video]) -> None:
        """Without asking, so an original that nothing was made of yet is left: deleting it asks first."""
        done = Upscale.objects.filter(video=OuterRef("pk"), state=Upscale.State.DONE, sample=False)
        left = videos.exclude(Exists(done)).count()
        removed = list(videos.filter(Exists(done)).select_related("owner"))
        for video in removed:
            jobs.remove_video(video)
            audit.record(request, audit.What.VIDEO_DELETED, f"{video} of {video.owner}")
        self.message_user(request, _("{number} videos removed.").format(number=len(removed)))
        if left:
            told = _("{number} without a result left; Delete removes them, too.").format(number=left)
            self.message_user(request, told, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Video) -> None:
        jobs.remove_video(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Video]) -> None:
        for video in queryset:
            jobs.remove_video(video)


@admin.register(Upscale)
class UpscaleAdmin(LookOnly):
    list_display = (
        "__str__",
        "owner",
        "state",
        "percent",
        "frames",
        "model",
        "priority",
        "attempts",
        "created",
        "finished",
        "why",
    )
    list_filter = ("state", "model", "scale", "precision", "created")
    list_select_related = ("video__owner",)
    search_fields = ("video__name", "video__owner__email", "sha256")
    actions = ("cancel", "requeue", "raise_priority", "lower_priority", "purge")

    @admin.display(description=_lazy("owner"))
    def owner(self, upscale: Upscale) -> str:
        return upscale.video.owner.email

    @admin.display(description=_lazy("done"))
    def percent(self, upscale: Upscale) -> str:
        return f"{100 * upscale.frames_done // upscale.frames if upscale.frames else 0} %"

    @admin.display(description=_lazy("reason"))
    def why(self, upscale: Upscale) -> str:
        return translated(upscale.paused or upscale.reason)

    @admin.action(description=_lazy("Cancel"), permissions=["delete"])
    def cancel(self, request: HttpRequest, upscales: QuerySet[Upscale]) -> None:
        self._each(request, upscales, jobs.cancel, "cancelled", _("{done} of {all} jobs cancelled."))

    @admin.action(description=_lazy("Requeue what failed or was cancelled"), permissions=["delete"])
    def requeue(self, request: HttpRequest, upscales: QuerySet[Upscale]) -> None:
        self._each(request, upscales, jobs.retry, "queued again", _("{done} of {all} jobs queued again."))

    @admin.action(description=_lazy("Priority up"), permissions=["delete"])
    def raise_priority(self, request: HttpRequest, upscales: QuerySet[Upscale]) -> None:
        self._each(
            request,
            upscales,
            lambda upscale: jobs.prioritise(upscale, by=1),
            "moved up",
            _("{done} of {all} jobs moved up."),
        )

    @admin.action(description=_lazy("Priority down"), permissions=["delete"])
    def lower_priority(self, request: HttpRequest, upscales: QuerySet[Upscale]) -> None:
        self._each(
            request,
            upscales,
            lambda upscale: jobs.prioritise(upscale, by=-1),
            "moved down",
            _("{done} of {all} jobs moved down."),
        )

    @admin.action(description=_lazy("Purge: remove jobs that have ended, with their files"), permissions=["delete"])
    def purge(self, request: HttpRequest, upscales: QuerySet[Upscale]) -> None:
        self._each(request, upscales, jobs.purge, "removed", _("{done} of {all} jobs removed."))

    def delete_model(self, request: HttpRequest, obj: Upscale) -> None:
        jobs.remove_upscale(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upscale]) -> None:
        for upscale in queryset:
            jobs.remove_upscale(upscale)

    def _each(
        self, request: HttpRequest, upscales: QuerySet[Upscale], act: Callable[[Upscale], bool], what: str, told: str
    ) -> None:
        """Do it to each and say to how many it was done. `what` goes into the audit log, which has one language."""
        done = 0
        for upscale in upscales.select_related("video__owner"):
            try:
                if act(upscale):
                    done += 1
                    audit.record(request, audit.What.JOBS_CHANGED, f"{upscale} of {upscale.video.owner}: {what}")
            except Refused as refused:
                self.message_user(request, f"{upscale}: {refused}", messages.WARNING)
        self.message_user(request, told.format(done=done, all=len(upscales)))


@admin.register(Segment)
class SegmentAdmin(LookOnly):
    list_display = ("upscale", "number", "start", "stop", "state", "frames_done", "attempts", "lease", "reason")
    list_filter = ("state", "attempts")
    list_select_related = ("upscale__video",)
    search_fields = ("upscale__video__name",)
    ordering = ("-started", "-pk")

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return False


@admin.register(Share)
class ShareAdmin(LookOnly):
    """Links to results; deleting one revokes it."""

    list_display = ("upscale", "owner", "created", "expires", "views", "download")
    list_filter = ("created", "expires")
    list_select_related = ("upscale__video__owner",)
    search_fields = ("upscale__video__name", "upscale__video__owner__email")
    fields = (*list_display, "original")

    @admin.display(description=_lazy("owner"))
    def owner(self, share: Share) -> str:
        return share.upscale.video.owner.email


# A schedule names any function to call: with a page for it, one stolen administrator's session would be a shell.
admin.site.unregister(Schedule)
