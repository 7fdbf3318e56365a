from __future__ import annotations

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "teams"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the API's authentication with the schema; needs the models to be there.
        from teams import openapi  # noqa: F401
