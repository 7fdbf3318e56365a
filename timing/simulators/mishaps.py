"""What goes wrong on the way from the timing computer to us, by name and by plan.

Each mishap has its moments as shares of the session, away from the planned yellow and red flags
(scenario.py), so that a feed with all of them is still a race.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from timing.simulators.plan import Quiet, Trouble

MISHAPS = {
    "reinit": "a new block with other columns in mid race",
    "blip": "no session for some seconds, then the same one again",
    "title_flicker": "another title for some seconds",
    "junk": "scanner noise, garbage, markup, an absurd line, impossible laps",
    "drop": "connections cut: laps are lost",
    "missing_columns": "a block with hardly any columns",
    "repeats": "laps told twice, laps in another colour",
    "rename": "an entry with another name and number in mid race",
    "republish": "after the race another session, then the finished race again",
}

MARGIN = 20_000  # quiet time around a blackout
BACK = 12_000  # no happening that needs a lap to show itself right after one


def chosen(text: str) -> frozenset[str]:
    """``all``, or names separated by commas; raises ValueError on an unknown one."""
    if text == "all":
        return frozenset(MISHAPS)
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - MISHAPS.keys())
    if unknown:
        raise ValueError(f"No such mishap: {', '.join(unknown)} (there are {', '.join(MISHAPS)})")
    return names


def planned(
    names: frozenset[str], *, duration: int, layouts: tuple[str, str, str], rng: Random
) -> tuple[Trouble, ...]:
    """The troubles of a session of that length. ``layouts``: usual, other, bare."""
    usual, other, bare = layouts
    moments = [
        (0.10, Trouble(0, "title_flicker", 14_000, "Test")),
        (0.15, Trouble(0, "reinit", 0, other)),
        (0.19, Trouble(0, "blip", rng.randrange(4_000, 8_000))),
        (0.32, Trouble(0, "drop", rng.randrange(105_000, 150_000))),
        (0.355, Trouble(0, "missing_columns", 0, bare)),
        (0.385, Trouble(0, "missing_columns", 0, usual)),
        (0.54, Trouble(0, "rename")),
        (0.67, Trouble(0, "blip", rng.randrange(4_000, 8_000))),
        (0.77, Trouble(0, "reinit", 0, usual)),
        (0.84, Trouble(0, "drop", rng.randrange(70_000, 80_000))),
    ]
    step = 1 / 30
    moments += [(step * n + rng.uniform(0, step), Trouble(0, "junk", n)) for n in range(2, 28)]
    count = max(4, duration // 45_000)
    moments += [(rng.uniform(0.05, 0.97), Trouble(0, "repeats")) for _ in range(count)]
    return tuple(
        replace(trouble, at=round(share * duration))
        for share, trouble in moments
        if trouble.name in names
    )


def quiet_spans(troubles: tuple[Trouble, ...]) -> tuple[Quiet, ...]:
    return tuple(
        Quiet(t.at - MARGIN, t.at + t.length + MARGIN + BACK)
        for t in troubles
        if t.name in ("blip", "drop")
    )
