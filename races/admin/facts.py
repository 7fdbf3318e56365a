"""Facts of races: searched, filtered, read. The search boxes know the ids, so that a link from a
race or a log line leads here."""

from __future__ import annotations

from django.contrib import admin

from races.models import (
    Driver,
    Entry,
    FlagPeriod,
    Lap,
    LapGap,
    Penalty,
    PitStop,
    RaceMessage,
    Stint,
)
from teams.admin import FactAdmin

OF_ENTRY = ["=race__id", "=entry__id", "=entry__number", "entry__competitor", "race__name"]


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    list_display = ["number", "competitor", "race", "position", "laps", "best_ms", "stops"]
    list_filter = ["status", "race__kind"]
    list_select_related = ["race"]
    search_fields = ["=id", "=race__id", "=number", "competitor", "race__name", "drivers__name"]
    date_hierarchy = "updated_at"


@admin.register(Driver)
class DriverAdmin(FactAdmin):
    list_display = ["name", "entry", "driving_ms", "first_seen_at"]
    list_select_related = ["entry"]
    search_fields = ["name", "=entry__id", "entry__competitor"]
    date_hierarchy = "first_seen_at"


@admin.register(Lap)
class LapAdmin(FactAdmin):
    list_display = ["entry", "number", "ms", "driver", "position", "pit", "flag", "source", "at"]
    list_filter = ["pit", "flag", "source"]
    list_select_related = ["entry", "driver"]
    search_fields = [*OF_ENTRY, "driver__name"]


@admin.register(LapGap)
class LapGapAdmin(FactAdmin):
    list_display = ["entry", "race", "after_number", "missed", "at"]
    list_select_related = ["entry", "race"]
    search_fields = OF_ENTRY
    date_hierarchy = "at"


@admin.register(Stint)
class StintAdmin(FactAdmin):
    list_display = ["entry", "race", "number", "driver", "first_lap", "last_lap", "started_at"]
    list_select_related = ["entry", "race", "driver"]
    search_fields = [*OF_ENTRY, "driver__name"]


@admin.register(PitStop)
class PitStopAdmin(FactAdmin):
    list_display = ["entry", "race", "number", "lap", "in_at", "out_at", "duration_ms"]
    list_filter = [("out_at", admin.EmptyFieldListFilter)]
    list_select_related = ["entry", "race"]
    search_fields = OF_ENTRY
    date_hierarchy = "in_at"


@admin.register(Penalty)
class PenaltyAdmin(FactAdmin):
    list_display = ["entry", "race", "text", "laps", "ms", "at", "withdrawn_at"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["entry", "race"]
    search_fields = [*OF_ENTRY, "text"]
    date_hierarchy = "at"


@admin.register(RaceMessage)
class RaceMessageAdmin(FactAdmin):
    list_display = ["race", "local_time", "kind", "number", "text", "withdrawn_at"]
    list_filter = ["kind", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["race"]
    search_fields = ["=race__id", "race__name", "=number", "text"]
    date_hierarchy = "at"


@admin.register(FlagPeriod)
class FlagPeriodAdmin(FactAdmin):
    list_display = ["race", "number", "flag", "started_at", "ended_at"]
    list_filter = ["flag"]
    list_select_related = ["race"]
    search_fields = ["=race__id", "race__name"]
    date_hierarchy = "started_at"
