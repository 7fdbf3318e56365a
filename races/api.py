"""What a team may see, in pages. Durations are milliseconds, instants ISO 8601."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Invalid
from django.db.models import Prefetch, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from races import filters, serializers, services
from races.models import (
    Driver,
    Entry,
    Feed,
    FlagPeriod,
    Lap,
    LapGap,
    Penalty,
    PitStop,
    Race,
    RaceMessage,
    Stint,
    Track,
)
from races.queries import feeds_of
from teams.api import TEAM, TeamApi
from teams.models import Team
from teams.outbound import OutboundRefused


class Pages(LimitOffsetPagination):
    default_limit = 100
    max_limit = 1000


@extend_schema(parameters=TEAM)
class ReadApi(ListModelMixin, RetrieveModelMixin, TeamApi):
    pagination_class = Pages
    filter_backends = [DjangoFilterBackend, OrderingFilter]
    model: ClassVar[Any]

    def get_queryset(self) -> QuerySet[Any]:
        # The schema is made without anyone asking, so without a scope.
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(self.model).none()
        return self.rows()

    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model.objects.all()
        return found


class Tracks(ReadApi):
    """The catalogue, the same for every team."""

    model = Track
    serializer_class = serializers.TrackSerializer
    filterset_class = filters.TrackFilter
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"
    ordering_fields = ["name", "slug", "country", "length_m"]
    ordering = ["name", "slug"]

    def rows(self) -> QuerySet[Track]:
        return Track.objects.filter(is_active=True)


class Feeds(DestroyModelMixin, ReadApi):
    """The feeds that your team follows. To unfollow hides its races and deletes none of them."""

    model = Feed
    serializer_class = serializers.FeedSerializer
    filterset_class = filters.FeedFilter
    ordering_fields = ["name", "created_at"]
    ordering = ["name", "id"]

    def rows(self) -> QuerySet[Feed]:
        return feeds_of(self.team)

    @extend_schema(
        parameters=TEAM,
        description="Follow a track of the catalogue, or the address of a timing page. Following "
        "twice changes nothing.",
        request=serializers.FollowSerializer,
        responses={201: serializers.FeedSerializer},
    )
    def create(self, request: Request) -> Response:
        given = serializers.FollowSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            feed = _follow(self.team, **given.validated_data)
        except (OutboundRefused, services.RaceError) as refused:
            raise ValidationError({"detail": str(refused)}) from refused
        except Invalid as invalid:
            raise ValidationError({"detail": " ".join(invalid.messages)}) from invalid
        shown = serializers.FeedSerializer(self.rows().get(pk=feed.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Feed) -> None:
        services.unfollow_feed(team=self.team, feed=instance)


def _follow(team: Team, *, track: Track | None = None, address: str = "", name: str = "") -> Feed:
    if track is not None:
        return services.add_track_feed(team=team, track=track)
    return services.add_feed(team=team, address=address, name=name)


class Races(ReadApi):
    """Races of the feeds that your team follows, newest first."""

    model = Race
    serializer_class = serializers.RaceSerializer
    filterset_class = filters.RaceFilter
    ordering_fields = ["first_seen_at", "started_at", "ended_at", "last_seen_at"]
    ordering = ["-first_seen_at", "id"]


class Entries(ReadApi):
    """Karts of races, with their drivers and the totals as the feed last said."""

    model = Entry
    serializer_class = serializers.EntrySerializer
    filterset_class = filters.EntryFilter
    ordering_fields = ["position", "number", "competitor", "laps", "best_ms", "stops"]
    ordering = ["race_id", "position", "key"]

    def rows(self) -> QuerySet[Entry]:
        # As a list: a manager of each row would build its scope's conditions, a millisecond a row.
        drivers = Prefetch("drivers", queryset=Driver.objects.all(), to_attr="its_drivers")
        return Entry.objects.prefetch_related(drivers)


class Laps(ReadApi):
    """Lap `number` is the n-th that the entry completed; `pit`: it contains a pit stop."""

    model = Lap
    serializer_class = serializers.LapSerializer
    filterset_class = filters.LapFilter
    ordering_fields = ["number", "ms", "at"]
    ordering = ["entry_id", "number"]

    def rows(self) -> QuerySet[Lap]:
        return Lap.objects.select_related("driver")


class LapGaps(ReadApi):
    """Laps that fell into a lost connection: how many, and after which."""

    model = LapGap
    serializer_class = serializers.LapGapSerializer
    filterset_class = filters.OfEntry
    ordering_fields = ["after_number", "at"]
    ordering = ["entry_id", "after_number"]


class Stints(ReadApi):
    """Stints by entry; the lap that contains a stop is the first of the next stint."""

    model = Stint
    serializer_class = serializers.StintSerializer
    filterset_class = filters.OfEntry
    ordering_fields = ["number", "started_at"]
    ordering = ["entry_id", "number"]

    def rows(self) -> QuerySet[Stint]:
        return Stint.objects.select_related("driver")


class PitStops(ReadApi):
    """Pit stops by entry; `lap` counts the laps completed at pit entry."""

    model = PitStop
    serializer_class = serializers.PitStopSerializer
    filterset_class = filters.OfEntry
    ordering_fields = ["number", "in_at", "duration_ms"]
    ordering = ["entry_id", "number"]


class Penalties(ReadApi):
    """Penalties by race; `withdrawn_at` where race control took one back."""

    model = Penalty
    serializer_class = serializers.PenaltySerializer
    filterset_class = filters.OfEntry
    ordering_fields = ["at", "number"]
    ordering = ["race_id", "at", "id"]


class Messages(ReadApi):
    """The log of race control, the oldest first."""

    model = RaceMessage
    serializer_class = serializers.RaceMessageSerializer
    filterset_class = filters.MessageFilter
    ordering_fields = ["order", "at"]
    ordering = ["race_id", "order", "id"]


class FlagPeriods(ReadApi):
    """Which flag was shown from when to when."""

    model = FlagPeriod
    serializer_class = serializers.FlagPeriodSerializer
    filterset_class = filters.FlagFilter
    ordering_fields = ["number", "started_at"]
    ordering = ["race_id", "number"]


ROUTES = [
    ("tracks", Tracks, "track"),
    ("feeds", Feeds, "feed"),
    ("races", Races, "race"),
    ("entries", Entries, "entry"),
    ("laps", Laps, "lap"),
    ("lap-gaps", LapGaps, "lapgap"),
    ("stints", Stints, "stint"),
    ("pit-stops", PitStops, "pitstop"),
    ("penalties", Penalties, "penalty"),
    ("messages", Messages, "message"),
    ("flag-periods", FlagPeriods, "flagperiod"),
]
