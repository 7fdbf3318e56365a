from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from displays.broadcast_api import Broadcast, Stats
from lt_analyzer.api import router
from lt_analyzer.app_shell import manifest, service_worker
from lt_analyzer.errors import nowhere
from lt_analyzer.health import health
from lt_analyzer.metrics import metrics
from lt_analyzer.readiness import ready
from lt_analyzer.system import end, say, system
from teams.api import Me
from teams.token_api import ObtainToken, RenewToken, RevokeToken
from teams.views import SignOut
from teams.views.operators import operator_sign_in

admin.site.site_header = admin.site.site_title = "LT-Analyzer"
admin.site.index_title = _("Running the product")

handler404 = "lt_analyzer.errors.not_found"

urlpatterns = [
    path("sw.js", service_worker, name="service-worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("d/<slug:code>/manifest.webmanifest", manifest, name="display-manifest"),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("img/icon.svg"))),
    # Before those of the admin by the same addresses, which it goes on naming.
    path("admin/login/", operator_sign_in),
    path("admin/logout/", SignOut.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password-change")),
    path("admin/r/<path:rest>", nowhere),
    path("admin/", admin.site.urls),
    path("health", health),
    path("api/health", health),
    path("health/ready", ready),
    path("metrics", metrics),
    path("system/", system, name="system"),
    path("system/say/", say, name="system-say"),
    path("system/say/<uuid:pk>/end/", end, name="system-say-end"),
    path("stats", Stats.as_view(), name="stats"),
    path("broadcast", Broadcast.as_view(), name="broadcast"),
    path("api/", RedirectView.as_view(pattern_name="docs")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/me/", Me.as_view(), name="api-me"),
    path("api/", include(router.urls)),
    path("auth/token", ObtainToken.as_view(), name="token"),
    path("auth/token/refresh", RenewToken.as_view(), name="token-refresh"),
    path("auth/token/revoke", RevokeToken.as_view(), name="token-revoke"),
    path("", include("teams.urls")),
    path("", include("teams.delivery.urls")),
    path("", include("races.urls")),
    path("", include("displays.urls")),
]
