from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

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


class TrackSerializer(serializers.ModelSerializer[Track]):
    class Meta:
        model = Track
        fields = ("slug", "name", "country", "length_m", "protocol", "page_url", "names")
        read_only_fields = fields


class FeedSerializer(serializers.ModelSerializer[Feed]):
    track = serializers.SlugRelatedField[Track](slug_field="slug", read_only=True)
    is_private = serializers.SerializerMethodField()
    live_race = serializers.UUIDField(source="live_race_id", read_only=True, allow_null=True)

    class Meta:
        model = Feed
        fields = ("id", "name", "protocol", "address", "track", "is_private", "live_race")
        read_only_fields = fields

    def get_is_private(self, feed: Feed) -> bool:
        return feed.owner_id is not None


class FollowSerializer(serializers.Serializer[Any]):
    track = serializers.SlugRelatedField[Track](
        slug_field="slug",
        queryset=Track.objects.filter(is_active=True),
        required=False,
        help_text="Short name of a track of the catalogue.",
    )
    address = serializers.CharField(
        max_length=300, required=False, help_text="Of a timing page, instead of a track."
    )
    name = serializers.CharField(
        max_length=120, required=False, help_text="Of a feed that is your team's alone."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("track")) == bool(attrs.get("address")):
            raise serializers.ValidationError(_("Give a track or an address, one of them."))
        return attrs


class RaceSerializer(serializers.ModelSerializer[Race]):
    class Meta:
        model = Race
        fields = (
            "id",
            "feed",
            "event",
            "name",
            "kind",
            "ranking",
            "track_name",
            "track_length_m",
            "language",
            "planned_ms",
            "first_seen_at",
            "started_at",
            "ended_at",
            "last_seen_at",
            "is_live",
            "leader_laps",
            "best_ms",
        )
        read_only_fields = fields


class DriverSerializer(serializers.ModelSerializer[Driver]):
    class Meta:
        model = Driver
        fields = ("name", "driving_ms", "first_seen_at")
        read_only_fields = fields


class EntrySerializer(serializers.ModelSerializer[Entry]):
    drivers = DriverSerializer(source="its_drivers", many=True, read_only=True)

    class Meta:
        model = Entry
        fields = (
            "id",
            "race",
            "key",
            "number",
            "competitor",
            "class_name",
            "colour",
            "nationality",
            "position",
            "laps",
            "last_ms",
            "best_ms",
            "stops",
            "penalty",
            "status",
            "updated_at",
            "drivers",
        )
        read_only_fields = fields


class LapSerializer(serializers.ModelSerializer[Lap]):
    driver = serializers.SlugRelatedField[Driver](slug_field="name", read_only=True)
    sectors = serializers.ListField(child=serializers.IntegerField(allow_null=True), read_only=True)

    class Meta:
        model = Lap
        fields = (
            "id",
            "race",
            "entry",
            "number",
            "ms",
            "sectors",
            "driver",
            "position",
            "pit",
            "flag",
            "source",
            "at",
        )
        read_only_fields = fields


class LapGapSerializer(serializers.ModelSerializer[LapGap]):
    class Meta:
        model = LapGap
        fields = ("id", "race", "entry", "after_number", "missed", "at")
        read_only_fields = fields


class StintSerializer(serializers.ModelSerializer[Stint]):
    driver = serializers.SlugRelatedField[Driver](slug_field="name", read_only=True)

    class Meta:
        model = Stint
        fields = (
            "id",
            "race",
            "entry",
            "number",
            "driver",
            "first_lap",
            "last_lap",
            "started_at",
            "ended_at",
        )
        read_only_fields = fields


class PitStopSerializer(serializers.ModelSerializer[PitStop]):
    class Meta:
        model = PitStop
        fields = ("id", "race", "entry", "number", "lap", "in_at", "out_at", "duration_ms")
        read_only_fields = fields


class PenaltySerializer(serializers.ModelSerializer[Penalty]):
    class Meta:
        model = Penalty
        fields = (
            "id",
            "race",
            "entry",
            "number",
            "text",
            "laps",
            "ms",
            "lap",
            "at",
            "withdrawn_at",
        )
        read_only_fields = fields


class FlagPeriodSerializer(serializers.ModelSerializer[FlagPeriod]):
    class Meta:
        model = FlagPeriod
        fields = ("id", "race", "number", "flag", "started_at", "ended_at")
        read_only_fields = fields


class RaceMessageSerializer(serializers.ModelSerializer[RaceMessage]):
    class Meta:
        model = RaceMessage
        fields = (
            "id",
            "race",
            "key",
            "order",
            "local_time",
            "at",
            "kind",
            "number",
            "text",
            "withdrawn_at",
        )
        read_only_fields = fields
