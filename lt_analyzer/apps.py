from __future__ import annotations

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "lt_analyzer"
    label = "house"

    def ready(self) -> None:
        from lt_analyzer import checks  # noqa: F401  (registers them, once apps are loaded)
