"""Facts of a feed's races that wait to be written, and which of them are worth a row."""

from __future__ import annotations

from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.pipeline import Change
from timing.sinks.batch import RaceBatch

BELIEVE_MS = 20_000  # a session that was not run yet is kept back so long: titles flicker
OVER_MS = 300_000  # a race counts as live for so long after its flag


class Unwritten(dict[str, RaceBatch]):
    """By race. `current` is the race that the feed shows, `heard_at` its newest data."""

    @property
    def has_facts(self) -> bool:
        return any(batch.facts for batch in self.values())

    def begin(self, state: RaceState) -> None:
        """A race of which nothing waits: where it stands is to be written."""
        self.setdefault(state.id, RaceBatch(state))

    def add(self, change: Change) -> None:
        batch = self.setdefault(change.race, RaceBatch(change.state))
        batch.state = change.state
        batch.add(change.facts)

    def take(self, *, current: str, heard_at: Ms) -> dict[str, RaceBatch]:
        """What is to be written now. What is left is not believed yet."""
        for race, batch in list(self.items()):
            if race != current and not batch.state.was_run:
                del self[race]
        ready = {
            race: batch for race, batch in self.items() if _believed(batch.state, current, heard_at)
        }
        for race, batch in ready.items():
            batch.live = _is_live(batch.state, current, heard_at)
            del self[race]
        return ready

    def put_back(self, batches: dict[str, RaceBatch]) -> None:
        """What could not be written, or only perhaps: it goes under what came since."""
        for race, batch in batches.items():
            self.setdefault(race, RaceBatch(batch.state)).older(batch)


def _believed(state: RaceState, current: str, heard_at: Ms) -> bool:
    """Worth a row: it was run, or it has been shown for a while."""
    if state.was_run:
        return True
    if not state.cars or state.id != current:
        return False
    return heard_at - state.first_seen_at >= BELIEVE_MS


def _is_live(state: RaceState, current: str, heard_at: Ms) -> bool:
    if state.id != current:
        return False
    return state.ended_at is None or heard_at - state.ended_at < OVER_MS
