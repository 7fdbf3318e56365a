from __future__ import annotations

from typing import Any

from rest_framework import serializers

from races.models import Entry, Feed
from timing.enums import MonitorBy, MonitorKind
from timing.models import Alert, AlertRule, Monitor, Plan
from timing.queries import name_of


def feed_field(**given: Any) -> serializers.PrimaryKeyRelatedField[Feed]:
    """One of the feeds that the scope shows: a manager asks the database when it is used."""
    return serializers.PrimaryKeyRelatedField(queryset=Feed.objects, **given)


class MonitorSerializer(serializers.ModelSerializer[Monitor]):
    """An entry that your team watches: by number or name, or as one entry in its race."""

    feed = feed_field()
    entry = serializers.PrimaryKeyRelatedField(
        queryset=Entry.objects,
        required=False,
        allow_null=True,
        help_text="The entry to watch; by number or name, the entry that it is taken from.",
    )
    kind = serializers.ChoiceField(choices=MonitorKind.choices)
    by = serializers.ChoiceField(choices=MonitorBy.choices, default=MonitorBy.NUMBER)
    value = serializers.CharField(max_length=200, required=False, allow_blank=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)

    class Meta:
        model = Monitor
        fields = ("id", "feed", "kind", "by", "entry", "value", "note", "place", "created_at")
        read_only_fields = ("id", "place", "created_at")
        validators: list[Any] = []  # marking again is no error


class MonitorChangeSerializer(serializers.ModelSerializer[Monitor]):
    """Whom it watches stays: watch another entry by another row."""

    class Meta:
        model = Monitor
        fields = ("id", "feed", "kind", "by", "entry", "value", "note", "place", "created_at")
        read_only_fields = ("id", "feed", "by", "entry", "value", "place", "created_at")


class PlanSerializer(serializers.ModelSerializer[Plan]):
    feed = feed_field()
    name = serializers.CharField(max_length=60, allow_blank=True)
    notes = serializers.CharField(max_length=10_000, required=False, allow_blank=True)

    class Meta:
        model = Plan
        fields = ("id", "feed", "name", "notes")
        validators: list[Any] = []  # there is one a feed: setting it again changes it


class PlanChangeSerializer(PlanSerializer):
    feed = serializers.PrimaryKeyRelatedField[Feed](read_only=True)


class RuleSerializer(serializers.ModelSerializer[AlertRule]):
    """`threshold` is in ms, laps or percent, by kind; kinds without a value have none."""

    feed = feed_field(required=False, allow_null=True)
    monitor = serializers.PrimaryKeyRelatedField(
        queryset=Monitor.objects,
        required=False,
        allow_null=True,
        help_text="Where the rule is about one watched entry only.",
    )

    class Meta:
        model = AlertRule
        fields = (
            "id",
            "name",
            "kind",
            "feed",
            "subject",
            "monitor",
            "threshold",
            "severity",
            "cooldown_s",
            "quiet_from",
            "quiet_to",
            "sound",
            "push",
            "email",
            "webhook",
            "is_enabled",
            "created_at",
        )
        read_only_fields = ("id", "created_at")


class AlertSerializer(serializers.ModelSerializer[Alert]):
    seen_by = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = (
            "id",
            "feed",
            "race",
            "rule",
            "kind",
            "severity",
            "key",
            "number",
            "title",
            "detail",
            "sound",
            "at",
            "seen_at",
            "seen_by",
        )
        read_only_fields = fields

    def get_seen_by(self, alert: Alert) -> str:
        return name_of(alert.seen_by)


class SeenSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=500, help_text="Of alerts."
    )
