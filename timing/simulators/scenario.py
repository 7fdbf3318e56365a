"""Ready-made programmes: from a few numbers to the plans of the sessions of a feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from timing.simulators import cast, junk, mishaps
from timing.simulators.plan import MINUTE, Neutral, Rain, SessionPlan, Track
from timing.simulators.words import LANGUAGES, Words

KINDS = ("practice", "qualifying", "sprint", "endurance")
LARGE = Track("Circuit des Trois Étangs", 1_107, 61_500, (0.36, 0.31, 0.33), pit_in=0.86)
MEDIUM = Track("PISTE DU MOULIN  -", 987, 58_200, (0.52, 0.48), pit_in=0.86)
SMALL = Track("Karting de la Halle", 810, 56_000, ())
HEAT = 12 * MINUTE

# usual, other, bare columns; whatever a drop may happen in counts the laps (tlp)
TEAM_RACE = ("team_race", "team_race_classes", "team_race_bare")
TEAM_BEST = ("team_practice", "team_practice_other", "team_practice_bare")
RENTAL_RACE = ("rental_race_laps", "rental_race_other", "rental_race_bare")
RENTAL_BEST = ("rental", "rental_other", "rental_practice_bare")

# Without mishaps the columns differ from seed to seed; some tracks show no lap counts at all.
VARIETY = {
    "practice": ("rental", "rental_other", "championship"),
    "qualifying": ("team_practice", "team_practice_other"),
    "sprint": ("rental_race_laps", "rental_race", "rental_race_bare"),
    "endurance": ("team_race_nat", "team_race", "team_race_classes"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    kind: str
    karts: int
    duration: int
    words: Words
    troubles: frozenset[str]
    seed: int
    rng: Random


def programme(
    *,
    kind: str = "endurance",
    karts: int = 30,
    minutes: int = 120,
    seed: int = 1,
    language: str = "fr",
    troubles: frozenset[str] = frozenset(),
) -> list[SessionPlan]:
    """The sessions of a feed of that kind; the troubles befall the last one."""
    rng = Random(f"{seed}/programme/{kind}")
    wish = Wish(kind, karts, minutes * MINUTE, LANGUAGES[language], troubles, seed, rng)
    makers = {
        "practice": _heats,
        "qualifying": _qualifying,
        "sprint": _sprint,
        "endurance": _endurance,
    }
    return makers[kind](wish)


def heat(words: Words, rng: Random, *, number: int, karts: int, duration: int) -> SessionPlan:
    """One rental session: single drivers, small row ids that the next session uses again."""
    return SessionPlan(
        title1="",
        title2=f"{words.sessions['heat']} {number}",
        kind="practice",
        track=SMALL,
        entries=cast.entries(rng, count=karts, teams=False, first_row=1),
        duration_ms=duration,
        teams=False,
        max_stint_ms=10 * duration,
        incidents=False,
        layout="rental",
    )


def _heats(wish: Wish) -> list[SessionPlan]:
    count = max(1, round(wish.duration / HEAT))
    length = wish.duration // count
    plans = [
        heat(wish.words, wish.rng, number=6 + n, karts=wish.karts, duration=length)
        for n in range(count)
    ]
    return [*plans[:-1], _troubled(wish, plans[-1], RENTAL_BEST)]


def _qualifying(wish: Wish) -> list[SessionPlan]:
    sessions = wish.words.sessions
    free = SessionPlan(
        title1="TROPHÉE DU MOULIN",
        title2=sessions["practice"],
        kind="practice",
        track=MEDIUM,
        entries=cast.entries(wish.rng, count=wish.karts, teams=True, first_row=51_001),
        duration_ms=wish.duration // 3,
        min_pit_ms=40_000,
        max_stint_ms=8 * MINUTE,
        layout="team_practice",
    )
    timed = replace(
        free, title2=sessions["qualifying"], kind="qualifying", duration_ms=wish.duration * 2 // 3
    )
    return [free, _troubled(wish, timed, TEAM_BEST)]


def _sprint(wish: Wish) -> list[SessionPlan]:
    sessions = wish.words.sessions
    timed = replace(
        heat(wish.words, wish.rng, number=1, karts=wish.karts, duration=7 * MINUTE),
        title1="Quickrace 1-10",
        title2=sessions["qualifying"],
        kind="qualifying",
    )
    laps = max(3, round(wish.duration / SMALL.lap_ms))
    final = replace(
        timed,
        title2=sessions["sprint"],
        kind="sprint",
        duration_ms=wish.duration,
        laps=laps,
        layout="rental_race_laps",
        incidents=True,
    )
    return [timed, _troubled(wish, final, RENTAL_RACE)]


def _endurance(wish: Wish) -> list[SessionPlan]:
    rng, duration = wish.rng, wish.duration
    hours = max(1, round(duration / 60 / MINUTE))
    race = SessionPlan(
        title1=f"TROPHÉE DES ÉTANGS {hours}H",
        title2=f"{wish.words.sessions['endurance']} {hours}H",
        kind="endurance",
        track=LARGE,
        entries=cast.entries(rng, count=wish.karts, teams=True, first_row=44_385, classes=True),
        duration_ms=duration,
        min_pit_ms=90_000 if duration >= 60 * MINUTE else 45_000,
        max_stint_ms=min(45 * MINUTE, max(8 * MINUTE, duration // 5)),
        kart_changes=True,
        layout="team_race",
        neutrals=_neutrals(rng, duration),
        rain=(Rain(round(duration * 0.7), round(duration * 0.12), 1.09),),
    )
    race = _troubled(wish, race, TEAM_RACE)
    if "republish" not in wish.troubles:
        return [race]
    return [race, heat(wish.words, rng, number=6, karts=6, duration=4 * MINUTE)]


def _neutrals(rng: Random, duration: int) -> tuple[Neutral, ...]:
    """Two yellows and, in a race of an hour or more, one red."""
    if duration < 20 * MINUTE:
        return ()
    spots = [(0.22, "yellow", 2), (0.58, "yellow", 3)]
    if duration >= 60 * MINUTE:
        spots.append((0.4, "red", 6))
    return tuple(
        Neutral(
            round(duration * (share + rng.uniform(0, 0.02))),
            flag,
            min(minutes * MINUTE, round(duration * 0.015 * minutes)),
        )
        for share, flag, minutes in spots
    )


def _troubled(wish: Wish, plan: SessionPlan, layouts: tuple[str, str, str]) -> SessionPlan:
    if not wish.troubles:
        choice = VARIETY[wish.kind]
        return replace(plan, layout=choice[wish.seed % len(choice)])
    troubles = mishaps.planned(
        wish.troubles, duration=plan.duration_ms, layouts=layouts, rng=wish.rng
    )
    plan = replace(plan, troubles=troubles, quiet=mishaps.quiet_spans(troubles))
    if "junk" not in wish.troubles or not plan.teams:
        return plan
    hostile = replace(plan.entries[-1], competitor=junk.MARKUP_NAME)
    return replace(
        plan, title1=f"{plan.title1} <i>TV</i>", entries=(*plan.entries[:-1], hostile), markup=True
    )
