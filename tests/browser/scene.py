"""A race that never was: who drives, what the database knows, what the hub is told."""

from __future__ import annotations

import random
import time
import uuid
from datetime import timedelta
from typing import Any

from tests.pages.boards import Board, board, row

RACE = uuid.UUID(int=1)
NEXT_RACE = uuid.UUID(int=2)
FEED = uuid.UUID(int=3)
CODE = "Br0wser1"
TEAM = uuid.UUID(int=4)
THEY = (640, 14, "they")
OURS, RIVALS = "r4", ("r3", "r5", "r2", "r11")  # what the team watches
EVENT = "Six Hours of Long Straight"

CREWS = """Nordwind 61|Écurie Mistral|Kestrel Works|Süd-Kart Union|Los Lentos|Team Ångström
Pit Stop Poets|Zielona Góra KK|Северный ветер|Rapides du Lac|Twelve Amps|Kart Klub Petřín
Οι Γρήγοροι|Grip & Glory|Volta Seca|Halbgas Helden|La Chicane Bleue|Rookie Orbit|Tarmac Tigers
Les Dérapeurs Tranquilles de la Vallée|نسور الحلبة|Ten Tenths|Apex Athletic|Oslo Øst|Slipstream
Drei Runden|Fjordkart|Bom Dia Boxes|Blue Kerb|Last of the Late Brakers""".replace("\n", "|")
DRIVERS = """Ana Prieto|Max Lindholm|Ola Brandt|Kim Wester|Rui Falcão|Zoé Martel|Ivo Petrov
Lea Sommer|Tom Hale|Mia Øster|Jan Kos|Eva Roth|Νίκη Δρόσου|Sam Arden|Ines Duarte""".replace(
    "\n", "|"
)
CLASSES = {"no1": "#FFFFFF", "no2": "#3B82F6", "no3": "#F472B6", "no4": "#FBBF24"}
CATEGORIES = {"no1": "Masters", "no2": "Open", "no3": "Ladies", "no4": "Juniors"}
MESSAGES = [
    ("15:41", "msg", "53", "Please report to race control"),
    ("15:36", "penalty", "86", "Cutting the chicane - 5 s"),
    ("15:31", "green", "", "Race resumes"),
    ("15:28", "yellow", "", "Drapeau jaune, secteur 2"),
    ("15:26", "warning", "40", "Conduite - avertissement"),
    ("15:12", "msg", "", "Pit lane closes 15 minutes before the end"),
]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def scene(karts: int = 30, *, race: uuid.UUID = RACE) -> Board:
    """The same race each time but for its clocks, which run from now."""
    chance, now = random.Random(4), now_ms()
    shown = board(str(race), 0, session=_session(now))
    shown["classes"] = {key: {"colour": colour, "ink": ""} for key, colour in CLASSES.items()}
    behind = 0
    for position in range(1, karts + 1):
        behind += chance.randint(300, 9_000) if position > 1 else 0
        made = _kart(position, behind, chance, now)
        shown["rows"][made["key"]] = made
        shown["order"].append(made["key"])
    shown["messages"] = [
        dict(zip(("time", "kind", "number", "text"), each, strict=True)) for each in MESSAGES
    ]
    return shown


def _session(now: int) -> dict[str, Any]:
    return {
        "event": EVENT,
        "name": "Race",
        "flag_at": now - 600_000,
        "clock": {"mode": "countdown", "ms": 7_665_000, "at": now, "text": ""},
        "started_at": now - 13_935_000,
        "leader_laps": 228,
        "best_ms": 58_914,
        "best_key": "r1",
    }


def _kart(position: int, behind: int, chance: random.Random, now: int) -> dict[str, Any]:
    crews, drivers = CREWS.split("|"), DRIVERS.split("|")
    best = 58_914 + (position - 1) * 41
    last = best + (chance.randint(60, 1_400) if position > 1 and position % 5 else 0)
    laps, rest = divmod(behind, 60_000)
    state = {5: "pit", 9: "pit", 12: "out", 20: "stopped", 26: "slow"}.get(position, "run")
    third = last // 3
    return row(
        f"r{position}",
        position,
        number=str((position * 13) % 97 + 1),
        **{"class": f"no{1 + position % 4}"},
        category=CATEGORIES[f"no{1 + position % 4}"],
        competitor=crews[(position - 1) % len(crews)] + (" II" if position > len(crews) else ""),
        driver=drivers[position % len(drivers)],
        nation=["FRA", "GER", "POR", "NOR"][position % 4],
        moved=[0, 0, 2, -1, 0, 1, 0, -3][position % 8],
        laps=228 - laps,
        last_ms=last,
        last_mark="best" if position == 1 else "pb" if last == best else "",
        best_ms=best,
        sectors=[
            [third - 350, "pb" if position % 7 == 3 else ""],
            [third + 900, "best" if position == 2 else ""],
            [last - 2 * third - 550, ""],
        ],
        gap=None if position == 1 else [laps, rest],
        interval=None if position == 1 else [0, chance.randint(300, 9_000)],
        stint=5,
        stint_at=now - chance.randint(60, 3_000) * 1_000,
        pit_at=now - 52_000 if state == "pit" else None,
        stops=4,
        state=state,
        penalty="5 s" if position == 14 else "",
    )


def overlay(shown: Board) -> dict[str, Any]:
    """What the pipeline says of the team's watched karts in this race."""
    from displays.overlay import between

    row = shown["rows"][OURS]
    ours = {name: row[name] for name in ("key", "number", "driver", "stint", "stint_at", "pit_at")}
    paces = {"r3": (310, 27, "we"), "r5": (-120, None, None), "r2": (4, None, None)}
    watched = [
        {
            "key": key,
            "number": shown["rows"][key]["number"],
            "kind": "rival",
            "monitor": at + 2,
            "note": "stops long" if key == "r5" else "",
            "gap": between(shown, OURS, key)[1],
            "ahead": between(shown, OURS, key)[0],
            **dict(zip(("closing_ms", "catch_laps", "chaser"), paces.get(key, THEY), strict=True)),
            "trend": [
                (-1 if key in ("r3", "r2") else 1)
                * (8_412 + (9 - lap) * paces.get(key, THEY)[0] + 90 * (lap % 3))
                for lap in range(10)
            ],
        }
        for at, key in enumerate(RIVALS)
        if key in shown["rows"]
    ]
    return {
        "race": shown["race"],
        "plan": "Plan B · seven stops",
        "own": OURS,
        "ours": [ours | {"note": "", "monitor": 1, "stint_limit_ms": 65 * 60_000}],
        "watched": watched,
    }


def watch(team: Any, feed: Any) -> None:
    from timing.models import Monitor, Plan

    rows = scene(12)["rows"]
    for place, key in enumerate((OURS, *RIVALS)):
        kind = "ours" if key == OURS else "rival"
        note = "stops long" if key == "r5" else ""
        value = rows[key]["number"]
        Monitor.objects.create(
            team=team, feed=feed, kind=kind, by="number", value=value, place=place, note=note
        )
    Plan.objects.create(team=team, feed=feed, name="Plan B · seven stops")


def seed(password: str) -> None:
    """One team with a feed, a race that is on, one to come, and races that are over."""
    from django.utils import timezone

    from displays.models import Display
    from races.catalogue import load_catalogue, read_catalogue
    from teams.enums import Role
    from teams.scoping import every_team
    from tests import factories as make
    from tests.browser.facts import tell_database
    from timing.models import FeedState

    load_catalogue(records=read_catalogue())
    team = make.team("Phoenix", id=TEAM)
    make.member(team, "owner", Role.OWNER, password=password)
    make.member(make.team("Otters"), "neighbour", Role.OWNER, password=password)
    feed = make.followed_feed(team, id=FEED, name="Long Straight")
    now = timezone.now()
    seen = {"first_seen_at": now - timedelta(hours=4), "started_at": now - timedelta(hours=4)}
    results = {"track_name": "Long Straight", "leader_laps": 228, "best_ms": 58_914}
    live = make.race(feed, id=RACE, event=EVENT, name="Race", is_live=True, **seen, **results)
    make.race(feed, id=NEXT_RACE, event="Sprint", name="", first_seen_at=now + timedelta(hours=1))
    for days, name in enumerate(("Night Cup", "Spring Sprint", "Rain Masters"), 1):
        when = now - timedelta(days=9 * days)
        make.full_race(feed, event=name, name="", first_seen_at=when, **results)
    with every_team("browser tests"):
        tell_database(live)
        watch(team, feed)
        FeedState.objects.create(feed=feed, state="live", current_race=live, data_at=now)
        Display.objects.create(team=team, name="Grandstand", feed=feed, code=CODE)
