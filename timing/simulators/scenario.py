"""Ready-made programmes: from a few numbers to the plans of the sessions of a feed."""

from __future__ import annotations

from random import Random

from timing.simulators import cast
from timing.simulators.plan import MINUTE, Neutral, Quiet, Rain, SessionPlan, Track
from timing.simulators.words import LANGUAGES

KINDS = ("practice", "qualifying", "sprint", "endurance")
TRACK = Track("Circuit des Trois Étangs", 1_107, 61_500, (0.36, 0.31, 0.33), pit_in=0.86)


def programme(
    *,
    kind: str = "endurance",
    karts: int = 30,
    minutes: int = 120,
    seed: int = 1,
    language: str = "fr",
    quiet: tuple[Quiet, ...] = (),
) -> list[SessionPlan]:
    """The sessions of a feed of that kind."""
    rng = Random(f"{seed}/programme/{kind}")
    return [_endurance(rng, karts, minutes * MINUTE, language, quiet)]


def _endurance(
    rng: Random, karts: int, duration: int, language: str, quiet: tuple[Quiet, ...]
) -> SessionPlan:
    sessions = LANGUAGES[language].sessions
    stint = min(45 * MINUTE, max(8 * MINUTE, duration // 5))
    hours = max(1, round(duration / 60 / MINUTE))
    return SessionPlan(
        title1=f"TROPHÉE DES ÉTANGS {hours}H",
        title2=f"{sessions['endurance']} {hours}H",
        kind="endurance",
        track=TRACK,
        entries=cast.entries(rng, count=karts, teams=True, first_row=44_385, classes=True),
        duration_ms=duration,
        min_pit_ms=90_000 if duration >= 60 * MINUTE else 45_000,
        max_stint_ms=stint,
        kart_changes=True,
        layout="team_race_sectors",
        neutrals=_neutrals(rng, duration),
        rain=(Rain(round(duration * 0.7), round(duration * 0.12), 1.09),),
        quiet=quiet,
    )


def _neutrals(rng: Random, duration: int) -> tuple[Neutral, ...]:
    """Two yellows and, in a race of an hour or more, one red."""
    if duration < 20 * MINUTE:
        return ()
    spots = [(0.22, "yellow", 2), (0.58, "yellow", 3)]
    if duration >= 60 * MINUTE:
        spots.append((0.4, "red", 6))
    return tuple(
        Neutral(round(duration * (share + rng.uniform(0, 0.02))), flag, length * MINUTE)
        for share, flag, length in spots
    )
