"""People in the admin: what they may use, what they use, and how to send them away with everything they own.

Also who is invited, and the log of who did what.
"""

from typing import Any, ClassVar, cast

from allauth.account.models import EmailAddress
from allauth.mfa.admin import Authenticator  # this import and the next register what is replaced or taken out below
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts import audit, invitations
from accounts.models import GROUPS, Event, GroupLimits, Invitation, Limits, User
from videos import jobs, quotas, spending
from videos.admin import LookOnly, TakesAllAlong
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
        (None, {"fields": ("email", "password", "usage", "language", "mail_when_done")}),
        (
            _lazy("Limits (empty: the most generous of the groups', else the site's)"),
            {"fields": [field.name for field in Limits._meta.get_fields()]},
        ),
        (_lazy("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_lazy("Times"), {"fields": ("last_login", "date_joined", "served")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        videos = Video.objects.filter(owner=OuterRef("pk")).order_by().values("owner")
        results = Upscale.objects.filter(video__owner=OuterRef("pk")).order_by().values("video__owner")
        return User.objects.prefetch_related(GROUPS).annotate(
            kept=_number(videos.annotate(number=Count("pk"))),
            bytes_kept=_number(videos.annotate(number=Sum("size"))) + _number(results.annotate(number=Sum("size"))),
        )

    @admin.display(description=_lazy("videos"))
    def videos_kept(self, user: Any) -> str:
        return _("{used} of {allowed}").format(used=user.kept, allowed=quotas.quota_of(user).videos)

    @admin.display(description=_lazy("stored"))
    def stored(self, user: Any) -> str:
        return filesizeformat(user.bytes_kept)

    @admin.display(description=_lazy("allowed"))
    def allowed(self, user: User) -> str:
        return filesizeformat(quotas.quota_of(user).stored_bytes)

    @admin.display(description=_lazy("uses"))
    def usage(self, user: User) -> str:
        usage, quota = quotas.usage_of(user), quotas.quota_of(user)
        return _(
            "{bytes} of {all_bytes}, {videos} of {all_videos} videos, {work} of {all_work} megapixel-frames this "
            "month, {jobs} of {all_jobs} jobs at once"
        ).format(
            bytes=filesizeformat(usage.stored_bytes),
            all_bytes=filesizeformat(quota.stored_bytes),
            videos=usage.videos,
            all_videos=quota.videos,
            work=spending.told(usage.month_work),
            all_work=quota.month_work,
            jobs=usage.jobs,
            all_jobs=quota.jobs,
        )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()  # the old one opens nothing any more
        if change and "is_active" in form.changed_data:
            audit.record(request, Event.What.UNBLOCKED if obj.is_active else Event.What.BLOCKED, obj.email)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        jobs.remove_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            jobs.remove_account(user)


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("number"), output_field=IntegerField()), 0)


class GroupLimitsInline(admin.StackedInline):
    model = GroupLimits
    can_delete = False
    verbose_name = _lazy("Limits of its people (empty: the site's)")


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin):
    inlines = (GroupLimitsInline,)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ("__str__", "made_by", "made", "expires", "taken_by_name")
    list_select_related = ("made_by",)
    search_fields = ("email", "taken_by_name")
    fields = ("email", "expires", "link", "made_by", "taken_by_name")
    readonly_fields = ("link", "made_by", "taken_by_name")

    @admin.display(description=_lazy("link"))
    def link(self, invitation: Invitation) -> str:
        return invitations.link(invitation) if invitation.pk else _("is made when you save")

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.email, obj.made_by = obj.email.lower(), cast(User, request.user)
        super().save_model(request, obj, form, change)
        audit.record(request, Event.What.INVITED, obj.email)
        if invitations.send(obj):
            told = _("The link is {link} It was sent by e-mail, too.")
        else:
            told = _("The link is {link} Pass it on yourself.")
        self.message_user(request, told.format(link=invitations.link(obj)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ForEver(LookOnly):
    """What happened cannot be made undone by taking it out of the log."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ForEver):
    list_display = ("when", "name", "what", "about", "address")
    list_filter = ("what", "when")
    search_fields = ("name", "about", "address")


@admin.register(LogEntry)
class LogEntryAdmin(ForEver):
    """What was done by the forms of this admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "told")
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("user__email", "object_repr")

    @admin.display(description=_lazy("what"))
    def told(self, entry: LogEntry) -> str:
        return str(entry.get_change_message() or entry.get_action_flag_display())


# They show secrets, and what comes from the environment.
admin.site.unregister((Authenticator, SocialAccount, SocialApp, SocialToken))


@admin.register(Authenticator)
class AuthenticatorAdmin(LookOnly):
    """To be deleted for somebody who has lost the telephone and the recovery codes."""

    fields = list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)


@admin.register(SocialAccount)
class SocialAccountAdmin(LookOnly):
    fields = list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__email", "uid")
