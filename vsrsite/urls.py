"""The addresses of the whole site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from vsrsite import health, metrics

# The admin's own login, like its page for the password below, would know neither limits nor the site's other rules.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "vsrsite.failing.answer"
handler429 = "videos.limits.too_many_attempts"  # allauth looks for it here

urlpatterns = [
    path("", include("videos.urls")),
    path("", include("api.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("metrics", metrics.page, name="metrics"),
    path("readyz", health.ready, name="readyz"),
]
