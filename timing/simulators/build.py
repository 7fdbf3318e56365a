"""One call from a few numbers to a feed."""

from __future__ import annotations

from dataclasses import replace

from timing.simulators import mishaps as catalogue
from timing.simulators.apex import LOCAL_MINUTES, ApexFeed
from timing.simulators.scenario import programme
from timing.simulators.words import LANGUAGES


def build_feed(
    *,
    kind: str = "endurance",
    karts: int = 30,
    minutes: int = 120,
    seed: int = 1,
    language: str = "fr",
    mishaps: str = "",
    local_minutes: int = LOCAL_MINUTES,
    max_stint_ms: int | None = None,
    edition: str = "",
) -> ApexFeed:
    """A feed at time 0. ``mishaps``: ``all``, or names separated by commas; ``local_minutes``:
    the track's wall clock at that moment, in minutes of the day; ``max_stint_ms``: other than
    the usual of the kind; ``edition``: stands behind each title, so that a feed begun anew shows
    another race than the one before, in which the same happens.

    Raises ValueError for a kind, language, mishap or size that we do not know.
    """
    if language not in LANGUAGES:
        raise ValueError(f"No such language: {language} (there are {', '.join(LANGUAGES)})")
    if not 1 <= karts <= 500 or not 1 <= minutes <= 72 * 60:
        raise ValueError("A feed has 1 to 500 karts and lasts 1 minute to 72 hours")
    troubles = catalogue.chosen(mishaps)
    plans = programme(
        kind=kind,
        karts=karts,
        minutes=minutes,
        seed=seed,
        language=language,
        troubles=troubles,
    )
    plans = [replace(plan, edition=edition) for plan in plans]
    if max_stint_ms is not None:
        plans = [replace(plan, max_stint_ms=max_stint_ms) for plan in plans]
    again = 0 if "republish" in troubles and kind == "endurance" else None
    return ApexFeed(
        plans,
        seed=str(seed),
        words=LANGUAGES[language],
        republish=again,
        local_minutes=local_minutes,
    )
