"""Addresses: our own account page, the rest by allauth."""

from django.urls import include, path

from accounts import views

own = [
    path("", views.account, name="account"),
    path("delete/", views.delete, name="delete"),
    path("language/", views.language, name="language"),
    path("notices/", views.notices, name="notices"),
    path("beginning/", views.beginning, name="beginning"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", views.login),
    path("password/reset/", views.password_reset),  # before allauth's, which bear their names
    path("email/", views.email),
    path("", include("allauth.account.urls")),
    path("second-factor/", include("allauth.mfa.urls")),
    path("connections/", include("allauth.socialaccount.urls")),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
