from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from lt_analyzer.api import router

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/", include(router.urls)),
]
if find_spec("lt_analyzer.health"):
    from lt_analyzer.health import health  # type: ignore[import-not-found, unused-ignore]

    urlpatterns += [path("health", health), path("api/health", health)]
for app in ["teams", "races", "displays"]:
    if find_spec(f"{app}.urls") and (app != "displays" or find_spec("timing.models")):
        urlpatterns += [path("", include(f"{app}.urls"))]
