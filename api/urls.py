"""Addresses: the pages about tokens and webhooks, the reference, and version 1 of the API."""

from django.urls import include, path

from api import views
from api.v1 import api

pages = [
    path("accounts/tokens/", views.tokens, name="tokens"),
    path("accounts/tokens/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("accounts/webhooks/", views.hooks, name="webhooks"),
    path("accounts/webhooks/<int:pk>/remove/", views.remove_hook, name="remove_webhook"),
    path("accounts/webhooks/secret/", views.renew_secret, name="renew_secret"),
    path("api/", views.docs, name="docs"),
]

urlpatterns = [
    path("", include((pages, "api"))),
    path("api/v1/", api.urls),
]
