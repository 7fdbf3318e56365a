"""`POST /broadcast` and `GET /stats`: what platform staff say to teams, and how sockets do."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from displays import announcements, processes
from displays.announcements import DASHBOARD, MOST_CHARS, MOST_MINUTES, AnnouncementError
from displays.metrics import hub_numbers
from displays.models import Announcement, Display
from teams.api import Counted
from teams.doors import admin_door
from teams.jwt import Claims
from teams.models import User
from teams.permissions import BROADCAST, SYSTEM_READ, platform_permissions
from timing.beating import NAME, beat
from timing.enums import Severity


class StaffApi(Counted):
    """For people of the platform, by session or access token; what a team's token says is the
    team's."""

    needed = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        person = request.auth is None or isinstance(request.auth, Claims)
        if not person or self.needed not in platform_permissions(request.user):
            raise PermissionDenied(
                _("This needs the permission %(name)s, which platform staff have.")
                % {"name": self.needed}
            )
        self.count(f"user:{request.user.pk}")


class BroadcastSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField(
        default=DASHBOARD, help_text="`dashboard`, or `display.<code>`; no other."
    )
    text = serializers.CharField(max_length=MOST_CHARS)
    severity = serializers.ChoiceField(choices=Severity.choices, default=Severity.INFO)
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, default=60)


class AnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    channel = serializers.SerializerMethodField()

    class Meta:
        model = Announcement
        fields = ["id", "channel", "text", "severity", "at", "until"]

    def get_channel(self, made: Announcement) -> str:
        return announcements.topic_of(made)


class Broadcast(StaffApi):
    needed = BROADCAST

    @extend_schema(
        summary="Announce",
        description="Says something to the dashboards of all teams, or on one display, for a "
        "while. It can never be written into what a race or a feed tells. For platform staff, "
        "and audited.",
        request=BroadcastSerializer,
        responses={201: AnnouncementSerializer, 403: OpenApiResponse(description="Not staff")},
    )
    def post(self, request: Request) -> Response:
        given = BroadcastSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        with admin_door(request.user):
            said["display"] = display_of(said.pop("channel"))
            try:
                made = announcements.announce(**said, by=cast(User, request.user))
            except AnnouncementError as refused:
                raise ValidationError({"detail": str(refused)}) from refused
            return Response(AnnouncementSerializer(made).data, status=status.HTTP_201_CREATED)


def display_of(channel: str) -> Display | None:
    """In an open scope: the display that a channel names; None: the dashboards. Raises
    ValidationError for every other channel."""
    if channel == DASHBOARD:
        return None
    kind, _dot, code = channel.partition(".")
    found = None
    if kind == "display" and code.isalnum() and code.isascii():
        found = Display.objects.filter(code=code, is_enabled=True).first()
    if found is None:
        raise ValidationError(
            {"channel": [_("Say dashboard, or display. and the code of a display that is open.")]}
        )
    return found


class HubSerializer(serializers.Serializer[Any]):
    connections = serializers.IntegerField()
    by = serializers.DictField(child=serializers.IntegerField())
    subscriptions = serializers.DictField(child=serializers.IntegerField())
    topics = serializers.IntegerField()
    messages = serializers.DictField(child=serializers.IntegerField())
    resumed = serializers.IntegerField()
    closed = serializers.DictField(child=serializers.IntegerField())


class ProcessSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField(help_text="web, ingest or live")
    age_s = serializers.FloatField(help_text="Seconds since it was heard.")
    uptime_s = serializers.IntegerField()
    memory_bytes = serializers.IntegerField(allow_null=True)
    feeds = serializers.IntegerField(help_text="How many feeds it runs.")
    backlog = serializers.IntegerField(help_text="Writes that wait for the database.")
    hub = HubSerializer(allow_null=True)


class StatsSerializer(serializers.Serializer[Any]):
    connections = serializers.IntegerField()
    subscriptions = serializers.DictField(child=serializers.IntegerField())
    messages = serializers.DictField(child=serializers.IntegerField())
    memory_bytes = serializers.IntegerField(allow_null=True, help_text="Of the answering process.")
    process = serializers.CharField(help_text="The answering one.")
    processes = ProcessSerializer(many=True)


class Stats(StaffApi):
    needed = SYSTEM_READ

    @extend_schema(
        summary="Sockets and processes",
        description="Counts of the process that answers, and of each as it said last. Names of "
        "channels are not among them, only their kinds.",
        responses=StatsSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(stats())


def stats() -> dict[str, Any]:
    own = beat("web", lambda: {"hub": hub_numbers()})["process"]
    others = [
        shown(each.said, each.age_s) for each in processes.known.all() if each.said["name"] != NAME
    ]
    found = own["hub"]
    return {
        "connections": found["connections"],
        "subscriptions": found["subscriptions"],
        "messages": found["messages"],
        "memory_bytes": own["memory_bytes"],
        "process": NAME,
        "processes": [shown(own, 0.0), *others],
    }


def shown(said: Any, age_s: float) -> dict[str, Any]:
    ingester = said.get("ingester") or {}
    names = ("name", "kind", "uptime_s", "memory_bytes")
    return {name: said[name] for name in names} | {
        "age_s": round(age_s, 1),
        "feeds": len(ingester.get("feeds", ())),
        "backlog": ingester.get("backlog", 0),
        "hub": said.get("hub"),
    }
