"""Addresses: our own account page, the rest by allauth."""

from django.urls import include, path

from accounts import views

own = [
    path("", views.account, name="account"),
    path("delete/", views.delete, name="delete"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("password/reset/", views.password_reset),  # before allauth's, which bears its name
    path("", include("allauth.account.urls")),
]
