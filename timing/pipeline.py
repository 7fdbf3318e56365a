"""The order of the stages: frame -> adapter -> sessions -> reducer -> changes.

This file is the only one that knows it. It does no I/O: the ingester records frames before it calls
here and writes and publishes what comes back, the ``tape`` command and the tests just call it.
"""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from timing import engine, protocols
from timing.engine.events import Event, Tick
from timing.engine.facts import Fact
from timing.engine.reducer import reduce
from timing.engine.sessions import Routed, Routing, route
from timing.engine.state import RaceState, evolve
from timing.engine.units import Ms
from timing.protocols import PROTOCOLS

logger = logging.getLogger(__name__)

INTEGRITY_MS = 10_000


class ResumeError(ValueError):
    """The resume point is of other code than this, or not one of ours."""


def _code_of_states() -> str:
    """A fingerprint of everything whose objects a resume point holds.

    State of another version may lack what this one reads; the tape never does.
    """
    digest = hashlib.sha256(Path(__file__).read_bytes())  # and of what order they stand in
    for package in (engine, protocols):
        for source in sorted(Path(package.__path__[0]).glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()


CODE = _code_of_states()


@dataclass(slots=True)
class Change:
    """What a frame did to one race. `facts` are new or changed; `opened`: a race begins here."""

    race: str
    state: RaceState
    facts: list[Fact]
    opened: bool


class Pipeline:
    """Everything that a feed's frames become, with no clock and no I/O of its own."""

    def __init__(self, *, feed: str, protocol: str) -> None:
        self.feed = feed
        self.protocol = protocol
        self.adapter = PROTOCOLS[protocol]()
        self.routing = Routing(feed)
        self.states: dict[str, RaceState] = {}
        self.faults = 0  # events that broke the reducer: our bugs, counted and survived
        self.heard_at: Ms | None = None  # the last frame
        self.born_at: Ms | None = None  # the first frame of all
        self.latest_at: Ms = 0  # the latest of all frames: a wall clock may be set back
        self.beside: Any = None  # of a resume point: what stood beside the pipeline
        self.is_news = True  # what happens; of a tape that is read again, the log told it before
        self._checked_at: Ms = 0
        self._warned = False

    @property
    def current(self) -> RaceState | None:
        return self.states.get(self.routing.current)

    def opened(self, at: Ms) -> list[Change]:
        return self._changes(self.adapter.opened(at).events)

    def frame(self, at: Ms, msg: str) -> list[Change]:
        self.heard_at = at
        if at > self.latest_at:
            self.latest_at = at
            if self.born_at is None:
                self.born_at = at
        try:
            events = self.adapter.feed(at, msg).events
        except Exception:  # a bug of ours: the frame is on tape, the next one may be read
            self.faults += 1
            if self.is_news:
                logger.exception("feed %s: the decoder failed on the frame at %d", self.feed, at)
            return []
        if self.is_news and self.adapter.counters.errors and not self._warned:
            self._warned = True
            logger.warning("feed %s: bad values on its tape, the first at %d", self.feed, at)
        if at - self._checked_at >= INTEGRITY_MS:
            self._checked_at = at
            events.append(Tick(at))
        return self._changes(events) if events else []

    def closed(self, at: Ms) -> list[Change]:
        return self._changes(self.adapter.closed(at).events)

    def forget(self, race: str) -> None:
        """Reset by staff: the race begins again from what the feed shows next."""
        self.states.pop(race, None)
        self.routing = replace(self.routing, reset=race)

    def _changes(self, events: list[Event]) -> list[Change]:
        if not events:
            return []
        self.routing, routed = route(self.routing, events, self.states)
        changes = [self._reduce(part) for part in routed]
        if any(change.opened for change in changes):
            known = {race.id for race in self.routing.known}
            self.states = {race: s for race, s in self.states.items() if race in known}
        return changes

    def _reduce(self, routed: Routed) -> Change:
        state = self.states.get(routed.race)
        opened = state is None
        if state is None:
            at = routed.events[0].at
            state = RaceState(routed.race, at, at)
        facts: list[Fact] = []
        for event in routed.events:
            try:
                state, more = reduce(state, event)
            except Exception:  # a bug of ours must not end a race
                self.faults += 1
                if self.is_news:
                    logger.exception("race %s: the reducer failed on %r", routed.race, event)
                state = evolve(state, broken=True)
                continue
            if more:
                facts += more
        self.states[routed.race] = state
        return Change(routed.race, state, facts, opened)

    # -- resume ----------------------------------------------------------------------------------

    def resume_point(self, beside: object = None) -> bytes:
        """Everything that a fresh process needs to go on with the next frame of the tape.

        `beside`: values of the engine that are kept with it.
        """
        return self._frozen(self.states, beside)

    def head(self) -> bytes:
        """A resume point without its states, which are values that others may keep: see `whole`."""
        return self._frozen({})

    @classmethod
    def whole(cls, head: bytes, states: dict[str, RaceState]) -> Pipeline:
        """The pipeline of a head and the states that stood beside it. Raises ResumeError."""
        pipeline = cls.resume(head)
        pipeline.states = states
        return pipeline

    def _frozen(self, states: dict[str, RaceState], beside: object = None) -> bytes:
        counted = (self.faults, self._checked_at, self.heard_at, self.born_at, self.latest_at)
        parts = (self.adapter, self.routing, states, *counted, beside)
        return pickle.dumps((CODE, self.feed, self.protocol, *parts), protocol=5)

    @classmethod
    def resume(cls, data: bytes) -> Pipeline:
        """Raises ResumeError for what is not a resume point of this version."""
        try:
            code, feed, protocol, *parts = _Unpickler(io.BytesIO(data)).load()
        except Exception as error:  # pickle raises whatever the damage leads to
            raise ResumeError("not a resume point") from error
        if code != CODE:
            raise ResumeError("resume point of another version")
        pipeline = cls(feed=feed, protocol=protocol)
        (
            pipeline.adapter,
            pipeline.routing,
            pipeline.states,
            pipeline.faults,
            pipeline._checked_at,
            pipeline.heard_at,
            pipeline.born_at,
            pipeline.latest_at,
            pipeline.beside,
        ) = parts
        return pipeline


def pack_state(state: RaceState) -> bytes:
    return pickle.dumps(state, protocol=5)


def unpack_state(data: bytes) -> RaceState:
    """Raises ResumeError for what is none."""
    try:
        state = _Unpickler(io.BytesIO(data)).load()
    except Exception as error:  # pickle raises whatever the damage leads to
        raise ResumeError("not a state") from error
    if not isinstance(state, RaceState):
        raise ResumeError("not a state")
    return state


class _Unpickler(pickle.Unpickler):
    """Only our own pure classes: a resume point is data, not code."""

    _BUILTINS = frozenset(("set", "frozenset", "list", "dict", "tuple"))

    def find_class(self, module: str, name: str) -> Any:
        if "." in name:  # would reach through a module of ours into what it imports
            raise ResumeError(f"{module}.{name} has no place in a resume point")
        if module.startswith(("timing.engine.", "timing.protocols.")) or module in (
            "timing.protocols",
        ):
            return super().find_class(module, name)
        if module == "builtins" and name in self._BUILTINS:
            return super().find_class(module, name)
        if (module, name) == ("functools", "partial"):
            return super().find_class(module, name)
        raise ResumeError(f"{module}.{name} has no place in a resume point")
