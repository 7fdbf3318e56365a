"""Query parameters of the API: rows are asked for by plain ids, as in `races.filters`."""

from __future__ import annotations

import django_filters as filters

from races.filters import InstantFilter
from timing.enums import AlertKind, MonitorKind, Severity


class OfFeed(filters.FilterSet):
    feed = filters.UUIDFilter("feed_id")


class MonitorFilter(OfFeed):
    kind = filters.ChoiceFilter(choices=MonitorKind)


class RuleFilter(OfFeed):
    kind = filters.ChoiceFilter(choices=AlertKind)
    is_enabled = filters.BooleanFilter()


class AlertFilter(OfFeed):
    race = filters.UUIDFilter()
    rule = filters.NumberFilter("rule_id")
    kind = filters.ChoiceFilter(choices=AlertKind)
    severity = filters.ChoiceFilter(choices=Severity)
    number = filters.CharFilter(label="kart")
    seen = filters.BooleanFilter("seen_at", "isnull", exclude=True, label="acknowledged")
    since = InstantFilter("at", "gte")
    until = InstantFilter("at", "lt")
