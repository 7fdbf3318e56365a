"""What teams add to a race, each to its own topic: sent when it changed, whole every time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from timing.frames import hub_frame
from timing.sinks.wire import Wire
from timing.topics import overlay_topic

Overlay = dict[str, Any]


@dataclass(slots=True)
class _Shown:
    overlay: Overlay
    seq: int
    at: int | None


def nothing_watched(race: str) -> Overlay:
    return {"race": race, "plan": "", "own": None, "ours": [], "watched": []}


class Overlays:
    """Publishes the overlays of one feed under one epoch."""

    def __init__(self, wire: Wire, epoch: int) -> None:
        self._wire, self._epoch = wire, epoch
        self._shown: dict[str, dict[str, _Shown]] = {}  # by race and team

    async def publish(self, team: str, overlay: Overlay, *, at: int | None) -> None:
        teams = self._shown.setdefault(overlay["race"], {})
        shown = teams.get(team)
        if shown is not None and (shown.overlay is overlay or shown.overlay == overlay):
            return
        teams[team] = _Shown(overlay, shown.seq + 1 if shown else 1, at)
        await self._send(team, teams[team])

    async def again(self, team: str, race: str) -> None:
        """As it stands, under the number it has: a process asks that has not heard it. The answer
        to who watches nothing there is said once, so that nobody needs to ask on."""
        shown = self._shown.get(race, {}).get(team)
        if shown is None:
            await self.publish(team, nothing_watched(race), at=None)
        else:
            await self._send(team, shown)

    async def clear(self, race: str, *, watching: Collection[str]) -> None:
        """Teams that watch nothing any more are shown that."""
        for team in self._shown.get(race, {}).keys() - set(watching):
            await self.publish(team, nothing_watched(race), at=None)

    def keep(self, races: Collection[str]) -> None:
        self._shown = {race: teams for race, teams in self._shown.items() if race in races}

    async def _send(self, team: str, shown: _Shown) -> None:
        message = hub_frame(
            overlay_topic(team, shown.overlay["race"]),
            epoch=self._epoch,
            seq=shown.seq,
            event="gap_update",
            at=shown.at,
            overlay=shown.overlay,
        )
        await self._wire.send(message)
