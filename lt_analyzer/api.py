"""The API's table of contents: each app lists its ROUTES, here they become addresses."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from races.api import ROUTES

router = SimpleRouter()
for prefix, viewset, basename in ROUTES:
    router.register(prefix, viewset, basename=basename)
