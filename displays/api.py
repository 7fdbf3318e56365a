from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import django_filters as filters
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, UpdateModelMixin
from rest_framework.serializers import BaseSerializer

from displays import services
from displays.models import Display
from displays.serializers import DisplaySerializer
from races.api import ReadApi


@contextmanager
def said_to_the_client() -> Iterator[None]:
    """What cannot be done is an answer: 400 with the text."""
    try:
        yield
    except services.DisplayError as refused:
        raise ValidationError({"detail": str(refused)}) from refused


class DisplayFilter(filters.FilterSet):
    feed = filters.UUIDFilter("feed_id")
    race = filters.UUIDFilter("race_id")
    is_enabled = filters.BooleanFilter()


class Displays(CreateModelMixin, UpdateModelMixin, DestroyModelMixin, ReadApi):
    """The boards that your team shows to the public."""

    model = Display
    serializer_class = DisplaySerializer
    filterset_class = DisplayFilter
    ordering_fields = ["name", "created_at"]
    ordering = ["name", "id"]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def perform_create(self, serializer: BaseSerializer[Display]) -> None:
        given = dict(serializer.validated_data)
        enabled = given.pop("is_enabled", True)
        with said_to_the_client():
            display = services.create_display(team=self.team, **given)
        if not enabled:
            services.switch_display(display=display, enabled=False)
        serializer.instance = display

    def perform_update(self, serializer: BaseSerializer[Display]) -> None:
        assert isinstance(serializer.instance, Display)
        with said_to_the_client():
            serializer.instance = services.change_display(
                display=serializer.instance, **serializer.validated_data
            )

    def perform_destroy(self, instance: Display) -> None:
        services.delete_display(display=instance)


ROUTES = [("displays", Displays, "display")]
