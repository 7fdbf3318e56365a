"""Which processes this installation has, as each says of itself (`timing.beating`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from timing.beating import NAME

LATE_S = 15.0  # three beats were missed
FORGOTTEN_S = 600.0


@dataclass(frozen=True, slots=True)
class Process:
    """`said`: as in `timing.beating.beat`; `age_s`: since it was heard last."""

    said: Mapping[str, Any]
    age_s: float

    @property
    def is_late(self) -> bool:
        return self.age_s > LATE_S


class Processes:
    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heard: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def take(self, message: Mapping[str, Any]) -> None:
        said = message["process"]
        self._heard[str(said["name"])] = self._now(), said

    def hears_itself(self) -> bool:
        """Does what this process says come back to it? False: the layer carries nothing."""
        own = self._heard.get(NAME)
        return own is None or self._now() - own[0] <= LATE_S

    def all(self) -> list[Process]:
        """By kind and name. Threads may ask."""
        now = self._now()
        for name, (at, _said) in list(self._heard.items()):
            if now - at > FORGOTTEN_S and name != NAME:
                self._heard.pop(name, None)
        found = [Process(said, now - at) for at, said in list(self._heard.values())]
        return sorted(found, key=lambda one: (str(one.said["kind"]), str(one.said["name"])))


known = Processes()
take = known.take
