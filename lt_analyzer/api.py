"""The API's table of contents: each app lists its ROUTES, here they become addresses."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from displays import api as displays
from races import api as races
from timing import api as timing

router = SimpleRouter()
for prefix, viewset, basename in [*races.ROUTES, *timing.ROUTES, *displays.ROUTES]:
    router.register(prefix, viewset, basename=basename)
