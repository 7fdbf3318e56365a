"""What a team watches and is told about, over the API. Changes go through the services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, UpdateModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from races.api import ReadApi
from teams.api import TEAM
from teams.models import User
from teams.permissions import ALERTS_READ
from timing import filters, serializers, services
from timing.errors import WatchError
from timing.models import Alert, AlertRule, Monitor, Plan
from timing.queries import alerts_of_team

NO_PUT = ["get", "post", "patch", "delete", "head", "options"]


@contextmanager
def said_to_the_client() -> Iterator[None]:
    """What cannot be done is an answer: 400 with the text."""
    try:
        yield
    except WatchError as error:
        raise ValidationError({"detail": str(error)}) from error


class Monitors(CreateModelMixin, UpdateModelMixin, DestroyModelMixin, ReadApi):
    """The entries that your team watches. Posting one again changes its kind and note."""

    model = Monitor
    serializer_class = serializers.MonitorSerializer
    filterset_class = filters.MonitorFilter
    ordering_fields = ["place", "created_at"]
    ordering = ["kind", "place", "created_at", "id"]
    http_method_names = NO_PUT

    def get_serializer_class(self) -> Any:
        changes = self.action == "partial_update"
        return serializers.MonitorChangeSerializer if changes else self.serializer_class

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        with said_to_the_client():
            serializer.instance = services.mark(team=self.team, **serializer.validated_data)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        monitor, given = serializer.instance, serializer.validated_data
        assert isinstance(monitor, Monitor)
        whom = {name: getattr(monitor, name) for name in ("feed", "by", "entry", "value")}
        kind, note = given.get("kind", monitor.kind), given.get("note")
        with said_to_the_client():
            marked = services.mark(team=self.team, kind=kind, note=note, **whom)
        serializer.instance = marked

    def perform_destroy(self, instance: Monitor) -> None:
        services.unmark(monitor=instance)


class Plans(CreateModelMixin, UpdateModelMixin, ReadApi):
    """What your team calls its plan on a feed. There is one a feed: posting it again changes it."""

    model = Plan
    serializer_class = serializers.PlanSerializer
    filterset_class = filters.OfFeed
    ordering_fields = ["name"]
    ordering = ["feed_id"]
    http_method_names = NO_PUT

    def get_serializer_class(self) -> Any:
        changes = self.action == "partial_update"
        return serializers.PlanChangeSerializer if changes else self.serializer_class

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        with said_to_the_client():
            serializer.instance = services.set_plan(team=self.team, **serializer.validated_data)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        plan = serializer.instance
        assert isinstance(plan, Plan)
        given = {"name": plan.name, "notes": plan.notes} | serializer.validated_data
        with said_to_the_client():
            serializer.instance = services.set_plan(team=self.team, feed=plan.feed, **given)


class AlertRules(CreateModelMixin, UpdateModelMixin, DestroyModelMixin, ReadApi):
    """When your team is told, how loud, and by which ways."""

    model = AlertRule
    serializer_class = serializers.RuleSerializer
    filterset_class = filters.RuleFilter
    ordering_fields = ["created_at", "kind"]
    ordering = ["created_at", "id"]
    http_method_names = NO_PUT
    to_read = ALERTS_READ

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        with said_to_the_client():
            serializer.instance = services.create_rule(team=self.team, **serializer.validated_data)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        rule = serializer.instance
        assert isinstance(rule, AlertRule)
        with said_to_the_client():
            serializer.instance = services.update_rule(rule=rule, **serializer.validated_data)

    def perform_destroy(self, instance: AlertRule) -> None:
        services.delete_rule(rule=instance)


class Alerts(ReadApi):
    """What the rules found, newest first."""

    model = Alert
    serializer_class = serializers.AlertSerializer
    filterset_class = filters.AlertFilter
    ordering_fields = ["at", "severity"]
    ordering = ["-at", "id"]
    to_read = to_write = ALERTS_READ  # whoever sees an alert may acknowledge it

    def rows(self) -> QuerySet[Alert]:
        return alerts_of_team(self.team)

    @extend_schema(
        parameters=TEAM,
        request=serializers.SeenSerializer,
        responses=serializers.SeenSerializer,
        description="Acknowledge for the whole team. Answers those that were open until now.",
        filters=False,
    )
    @action(methods=["post"], detail=False, pagination_class=None, filter_backends=[])
    def seen(self, request: Request) -> Response:
        given = serializers.SeenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        person = request.user if isinstance(request.user, User) else None
        alerts = given.validated_data["ids"]
        found = services.acknowledge(team=self.team, alerts=alerts, user=person)
        return Response({"ids": found})


ROUTES = [
    ("monitors", Monitors, "monitor"),
    ("plans", Plans, "plan"),
    ("alert-rules", AlertRules, "alertrule"),
    ("alerts", Alerts, "alert"),
]
