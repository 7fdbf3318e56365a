from __future__ import annotations

from django.apps import AppConfig


class DisplaysConfig(AppConfig):
    name = "displays"
    default_auto_field = "django.db.models.BigAutoField"
