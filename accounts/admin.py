"""People in the admin: what they may use, what they use, and how to send them away with everything they own."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from accounts.models import User
from videos import jobs, quotas
from videos.admin import TakesAllAlong
from videos.models import Upscale, Video


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class EditUserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, type]] = {}


@admin.register(User)
class UserAdmin(TakesAllAlong, BaseUserAdmin):
    form = EditUserForm
    add_form = NewUserForm
    list_display = ("email", "videos_kept", "stored", "allowed", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email",)
    ordering = ("-date_joined",)
    show_full_result_count = False
    readonly_fields = ("date_joined", "last_login", "served", "usage")
    fieldsets = (
        (None, {"fields": ("email", "password", "usage")}),
        (
            "Limits (empty: the site's)",
            {
                "fields": (
                    "max_stored_bytes",
                    "max_videos",
                    "max_upload_bytes",
                    "max_seconds",
                    "max_pixels",
                    "max_frames",
                )
            },
        ),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "date_joined", "served")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        videos = Video.objects.filter(owner=OuterRef("pk")).order_by().values("owner")
        results = Upscale.objects.filter(video__owner=OuterRef("pk")).order_by().values("video__owner")
        return User.objects.annotate(
            kept=_number(videos.annotate(number=Count("pk"))),
            bytes_kept=_number(videos.annotate(number=Sum("size"))) + _number(results.annotate(number=Sum("size"))),
        )

    @admin.display(description="videos")
    def videos_kept(self, user: Any) -> str:
        return f"{user.kept} of {quotas.quota_of(user).videos}"

    @admin.display(description="stored")
    def stored(self, user: Any) -> str:
        return filesizeformat(user.bytes_kept)

    @admin.display(description="allowed")
    def allowed(self, user: User) -> str:
        return filesizeformat(quotas.quota_of(user).stored_bytes)

    @admin.display(description="uses")
    def usage(self, user: User) -> str:
        usage, quota = quotas.usage_of(user), quotas.quota_of(user)
        stored = f"{filesizeformat(usage.stored_bytes)} of {filesizeformat(quota.stored_bytes)}"
        return f"{stored}, {usage.videos} of {quota.videos} videos"

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        jobs.remove_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            jobs.remove_account(user)


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("number"), output_field=IntegerField()), 0)
