"""The addresses of the whole site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from vsrsite import health, metrics

# The admin's own login would know neither the limit on attempts nor the site's other rules.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("videos.urls")),
    path("", include("api.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("metrics", metrics.page, name="metrics"),
    path("readyz", health.ready, name="readyz"),
]
