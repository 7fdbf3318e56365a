"""Query parameters of the API. Rows of a race are asked for by plain ids: a choice among rows
would be a query of its own, and would tell a stranger which ids exist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField

from races.enums import FlagColour, LapSource, Protocol, RaceKind


class InstantField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        """In UTC, where there is one: the ends of the calendar lie elsewhere in other zones."""
        found = super().to_python(value)
        try:
            return found and found.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class InstantFilter(filters.IsoDateTimeFilter):
    field_class = InstantField


class TrackFilter(filters.FilterSet):
    q = filters.CharFilter("name", "icontains", label="part of the name")
    country = filters.CharFilter("country", "iexact")
    protocol = filters.ChoiceFilter(choices=Protocol)


class FeedFilter(filters.FilterSet):
    protocol = filters.ChoiceFilter(choices=Protocol)
    track = filters.CharFilter("track__slug", label="short name of the track")


class RaceFilter(filters.FilterSet):
    feed = filters.UUIDFilter("feed_id")
    kind = filters.ChoiceFilter(choices=RaceKind)
    is_live = filters.BooleanFilter()
    since = InstantFilter("first_seen_at", "gte")
    until = InstantFilter("first_seen_at", "lt")


class OfRace(filters.FilterSet):
    race = filters.UUIDFilter("race_id")


class OfEntry(OfRace):
    entry = filters.UUIDFilter("entry_id")


class EntryFilter(OfRace):
    number = filters.CharFilter()
    competitor = filters.CharFilter("competitor", "icontains")


class LapFilter(OfEntry):
    driver = filters.CharFilter("driver__name", label="name of the driver")
    pit = filters.BooleanFilter()
    flag = filters.ChoiceFilter(choices=FlagColour)
    source = filters.ChoiceFilter(choices=LapSource)
    number_min = filters.NumberFilter("number", "gte")
    number_max = filters.NumberFilter("number", "lte")
    ms_min = filters.NumberFilter("ms", "gte")
    ms_max = filters.NumberFilter("ms", "lte")


class MessageFilter(OfRace):
    number = filters.CharFilter(label="kart")
    kind = filters.CharFilter()


class FlagFilter(OfRace):
    flag = filters.ChoiceFilter(choices=FlagColour)
