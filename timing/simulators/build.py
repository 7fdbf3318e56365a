"""One call from a few numbers to a feed."""

from __future__ import annotations

from timing.simulators import mishaps as mishap_names
from timing.simulators.apex import ApexFeed
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
) -> ApexFeed:
    """A feed at time 0. Raises ValueError for a language or mishap we do not know."""
    if language not in LANGUAGES:
        raise ValueError(f"No such language: {language}")
    mishap_names.chosen(mishaps)
    plans = programme(kind=kind, karts=karts, minutes=minutes, seed=seed, language=language)
    return ApexFeed(plans, seed=f"{seed}", words=LANGUAGES[language])
