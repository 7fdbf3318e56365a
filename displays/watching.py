"""What a team watches in the race of a page.

The team's marks say who, the board says where they are, and the overlay that the hub heard last
adds what only the pipeline knows: rates, trends, limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from displays.hub import Cursor, hub
from displays.overlay import Overlay, between, seen_from
from displays.present import Board, Row
from races.models import Feed, Lap, Race
from teams.models import Team
from timing.engine.watch import same_name
from timing.enums import MonitorBy, MonitorKind
from timing.models import Monitor
from timing.queries import monitors_of, plan_of
from timing.topics import overlay_topic

RECENT_LAPS = 10
CLEAN = 1.3  # a lap longer than this many times the quickest one is no guide to pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """`topic` has RACE where the race's id stands; `recent` are our last clean laps, oldest first;
    `marked` is how many entries the team watches on the feed, in this race or not; `asked` is the
    one of our karts that the viewer looks from (`overlay.seen_from`)."""

    topic: str
    overlay: Overlay | None = None
    cursor: Cursor | None = None
    recent: list[int] = field(default_factory=list)
    marked: int = 0
    asked: str = ""


def watching(
    *, team: Team, feed: Feed, race: Race | None, board: Board | None, asked: str = ""
) -> Watching:
    """Three queries at most."""
    monitors = list(monitors_of(team, feed))
    topic = overlay_topic(team.pk, "RACE")
    if race is None or board is None:
        return Watching(topic=topic, marked=len(monitors), asked=asked)
    cursor, heard = heard_overlay(team, race)
    overlay = seen_from(enriched(marked_overlay(monitors, team, feed, board), heard), asked)
    return Watching(
        topic=topic,
        overlay=overlay,
        cursor=cursor,
        recent=recent_laps(race, overlay["own"], board),
        marked=len(monitors),
        asked=asked,
    )


def heard_overlay(team: Team, race: Race) -> tuple[Cursor | None, Overlay | None]:
    said = hub.latest(overlay_topic(team.pk, race.pk))
    return (Cursor(said["epoch"], said["seq"]), said["overlay"]) if said else (None, None)


def enriched(overlay: dict[str, Any], heard: Overlay | None) -> dict[str, Any]:
    """With the values heard of the same entries. Marks are newer than what was heard of them."""
    if heard is None:
        return overlay
    limits = {each["key"]: each["stint_limit_ms"] for each in heard["ours"]}
    ours = [each | {"stint_limit_ms": limits.get(each["key"])} for each in overlay["ours"]]
    known = {each["key"]: each for each in heard["watched"]} if same_own(overlay, heard) else {}
    watched = [
        known.get(each["key"], each) | {name: each[name] for name in ("kind", "monitor", "note")}
        for each in overlay["watched"]
    ]
    return overlay | {"ours": ours, "watched": watched}


def same_own(overlay: Overlay, heard: Overlay) -> bool:
    return bool(overlay["own"] == heard["own"])


def marked_overlay(
    monitors: Sequence[Monitor], team: Team, feed: Feed, board: Board
) -> dict[str, Any]:
    """The overlay without what only the pipeline knows, in the same shape (docs/wire.md)."""
    found = dict(_found(monitors, board))
    ours = [key for key, each in found.items() if each.kind == MonitorKind.OURS]
    own = ours[0] if ours else None
    plan = plan_of(team, feed) if monitors else None
    return {
        "race": board["race"],
        "plan": plan.name if plan else "",
        "own": own,
        "ours": [_ours(board["rows"][key], found[key]) for key in ours],
        "watched": [_watched(board, own, key, each) for key, each in found.items() if key != own],
    }


def _found(monitors: Iterable[Monitor], board: Board) -> Iterable[tuple[str, Monitor]]:
    """Each watched row once, by the first mark that names it."""
    seen: set[str] = set()
    for monitor in monitors:
        for key in board["order"]:
            row = board["rows"].get(key)
            if row and key not in seen and finds(monitor, row, board["race"]):
                seen.add(key)
                yield key, monitor


def finds(monitor: Monitor, row: Row, race: str) -> bool:
    if monitor.by == MonitorBy.ENTRY:
        entry = monitor.entry
        return entry is not None and str(entry.race_id) == race and entry.key == row["key"]
    if monitor.by == MonitorBy.NUMBER:
        return bool(row["number"].strip() == monitor.value)
    return same_name(row["competitor"]) == same_name(monitor.value)


def _ours(row: Row, monitor: Monitor) -> dict[str, Any]:
    return {
        "key": row["key"],
        "number": row["number"],
        "note": monitor.note,
        "monitor": monitor.pk,
        "driver": row["driver"],
        "stint": row["stint"],
        "stint_at": row["stint_at"],
        "pit_at": row["pit_at"],
        "stint_limit_ms": None,
    }


def _watched(board: Board, own: str | None, key: str, monitor: Monitor) -> dict[str, Any]:
    ahead, gap = between(board, own, key) if own else (None, None)
    return {
        "key": key,
        "number": board["rows"][key]["number"],
        "kind": monitor.kind,
        "monitor": monitor.pk,
        "note": monitor.note,
        "gap": gap,
        "ahead": ahead,
        "closing_ms": None,
        "catch_laps": None,
        "chaser": None,
        "trend": [],
    }


def recent_laps(
    race: Race, key: str | None, board: Board, *, up_to: int | None = None
) -> list[int]:
    """Our last clean laps; the newest may not be in the database yet, so the board adds it.
    `up_to`: no later lap than this one."""
    if key is None:
        return []
    laps = Lap.objects.filter(race=race, entry__race=race, entry__key=key, pit=False)
    if up_to is not None:
        laps = laps.filter(number__lte=up_to)
    found = list(laps.order_by("-number").values_list("ms", flat=True)[:RECENT_LAPS])[::-1]
    last = board["rows"][key]["last_ms"] if key in board["rows"] else None
    if last is not None and found and found[-1] != last:
        found.append(last)
    return [ms for ms in found if ms <= min(found) * CLEAN]
