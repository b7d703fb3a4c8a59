"""Tokens and deliveries in the admin: to look at, and to revoke."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _lazy

from api.models import Delivery, Token
from videos.admin import LookOnly


@admin.register(Token)
class TokenAdmin(LookOnly):
    list_display = ("name", "owner", "scopes", "created", "expires", "used")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email")


@admin.register(Delivery)
class DeliveryAdmin(LookOnly):
    list_display = ("event", "webhook", "owner", "state", "attempts", "due", "answer", "created")
    list_filter = ("state", "event")
    list_select_related = ("webhook__owner",)
    search_fields = ("webhook__url", "webhook__owner__email")

    @admin.display(description=_lazy("owner"))
    def owner(self, delivery: Delivery) -> str:
        return delivery.webhook.owner.email
