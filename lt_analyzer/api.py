"""The API's table of contents: each app lists its ROUTES, here they become addresses."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from rest_framework.routers import SimpleRouter

router = SimpleRouter()
for app in ["races", "displays"]:
    if find_spec(f"{app}.api"):
        for prefix, viewset, basename in getattr(import_module(f"{app}.api"), "ROUTES", []):
            router.register(prefix, viewset, basename=basename)
