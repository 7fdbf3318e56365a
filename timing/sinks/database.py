"""Facts into rows: upserts by natural key, so that writing twice writes the same rows.

Runs in the writer's own thread with the writer's own connection. One call is one transaction: the
facts up to a frame and the resume point behind it are either both there or neither.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import DataError, IntegrityError, ProgrammingError, transaction

from races.enums import LapSource
from races.models import (
    Driver,
    Entry,
    FlagPeriod,
    Lap,
    LapGap,
    Penalty,
    PitStop,
    Race,
    RaceMessage,
    Stint,
)
from timing.engine.facts import (
    DriverFact,
    FlagFact,
    LapFact,
    LapGapFact,
    MessageFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import Car, RaceState
from timing.lease import check_lease
from timing.models import ResumePoint
from timing.sinks.alerts import Raised, write_alerts
from timing.sinks.batch import RaceBatch, entry_id

logger = logging.getLogger(__name__)

# What a database raises for a value it does not take: our bug, and no reason to lose the others.
REFUSED = (DataError, IntegrityError, ProgrammingError)

ROWS = 500  # a statement; SQLite bounds the number of its variables

RACE_FIELDS = (
    "event name kind ranking track_name track_length_m language planned_ms started_at ended_at "
    "last_seen_at is_live leader_laps best_ms"
).split()
ENTRY_FIELDS = (
    "number competitor class_name colour nationality position laps last_ms best_ms stops penalty "
    "status updated_at"
).split()


@dataclass(frozen=True, slots=True)
class Held:
    """The lease under which a feed is written: an older epoch is refused."""

    feed: uuid.UUID
    epoch: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A resume point: the state as bytes, and what of the tape it includes."""

    tape: int
    offset: int
    connection: int
    at: datetime
    state: bytes


class DatabaseSink:
    """Writes one feed. Remembers what it wrote of each car, and the ids of drivers."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._written: dict[str, dict[str, Car]] = {}
        self._drivers: dict[tuple[uuid.UUID, str], int] = {}

    def write(
        self,
        batches: Mapping[str, RaceBatch],
        mark: Mark | None = None,
        alerts: Sequence[Raised] = (),
    ) -> None:
        """Raises LeaseLost if another ingester has the feed, DatabaseError if there is none."""
        written: dict[str, dict[str, Car]] = {}
        try:
            with transaction.atomic():
                check_lease(self._held.feed, self._held.epoch)
                for race, batch in batches.items():
                    written[race] = self._race(race, batch)
                write_alerts(alerts)
                if mark is not None:
                    self._mark(mark)
        except BaseException:
            self._drivers.clear()  # ids of rows that were rolled back
            self._written.clear()  # rows that somebody deleted are made anew
            raise
        for race, cars in written.items():
            self._written.setdefault(race, {}).update(cars)

    def write_singly(self, batches: Mapping[str, RaceBatch], alerts: Sequence[Raised] = ()) -> None:
        """After the database refused a value: all that it takes, each by itself."""
        for race, batch in batches.items():
            self._try(race, RaceBatch(batch.state, batch.live))
            for key, fact in batch.facts.items():
                self._try(race, RaceBatch(batch.state, batch.live, {key: fact}))

        for each in alerts:
            try:
                self.write({}, None, [each])
            except REFUSED as error:
                logger.error("alert %s: refused: %s", each.alert.pk, error)

    def _try(self, race: str, batch: RaceBatch) -> None:
        try:
            self.write({race: batch})
        except REFUSED as error:
            logger.error("race %s: refused: %s: %s", race, list(batch.facts), error)

    def forget(self, race: str) -> None:
        self._written.pop(race, None)
        self._drivers.clear()

    def keep(self, races: Collection[str]) -> None:
        """Remember nothing of other races: a feed has hundreds of them in a week."""
        self._written = {race: cars for race, cars in self._written.items() if race in races}
        self._drivers.clear()

    def _mark(self, mark: Mark) -> None:
        ResumePoint.objects.update_or_create(
            feed_id=self._held.feed,
            defaults={
                "tape_id": mark.tape,
                "offset": mark.offset,
                "connection": mark.connection,
                "at": mark.at,
                "state": mark.state,
            },
        )

    # -- one race --------------------------------------------------------------------------------

    def _race(self, race: str, batch: RaceBatch) -> dict[str, Car]:
        state = batch.state
        _upsert(Race, [_race_row(self._held.feed, state, batch.live)], ["id"], RACE_FIELDS)
        before = self._written.get(race, {})
        cars = {key: car for key, car in state.cars.items() if before.get(key) is not car}
        entries = [_entry_row(state, car) for car in cars.values()]
        _upsert(Entry, entries, ["id"], ENTRY_FIELDS)
        self._write_drivers(race, batch)
        driver = self._driver_finder(race)
        for kind, writer in _FACTS.items():
            facts = batch.of(kind)
            if facts:
                writer(race, facts, driver)
        return cars

    def _write_drivers(self, race: str, batch: RaceBatch) -> None:
        facts: Sequence[Any] = batch.of(DriverFact)
        if not facts:
            return
        rows = [
            Driver(
                entry_id=entry_id(race, fact.entry),
                name=fact.name,
                driving_ms=fact.driving_ms,
                first_seen_at=_at(fact.at),
            )
            for fact in facts
        ]
        _upsert(Driver, rows, ["entry", "name"], ["driving_ms"])

    def _driver_finder(self, race: str) -> Any:
        def find(entry: str, name: str) -> int | None:
            if not name:
                return None
            key = (entry_id(race, entry), name)
            if key not in self._drivers:
                known = Driver.objects.filter(entry__race_id=race).values_list(
                    "entry", "name", "pk"
                )
                self._drivers.update({(e, n): pk for e, n, pk in known})
            return self._drivers.get(key)

        return find


def _upsert(
    model: type[Any], rows: Sequence[Any], unique: Sequence[str], update: Sequence[str]
) -> None:
    if rows:
        model.objects.bulk_create(
            rows,
            batch_size=ROWS,
            update_conflicts=True,
            unique_fields=list(unique),
            update_fields=list(update),
        )


def _race_row(feed: uuid.UUID, state: RaceState, live: bool) -> Race:
    return Race(
        id=uuid.UUID(state.id),
        feed_id=feed,
        event=state.event,
        name=state.name,
        kind=state.kind,
        ranking=state.ranking,
        track_name=state.track,
        track_length_m=state.track_length_m,
        language=state.language,
        planned_ms=state.planned_ms,
        first_seen_at=_at(state.first_seen_at),
        started_at=_at_or_none(state.started_at),
        ended_at=_at_or_none(state.ended_at),
        last_seen_at=_at(state.last_seen_at),
        is_live=live,
        leader_laps=max([state.leader_lap, *(car.official for car in state.cars.values())]),
        best_ms=state.best_ms,
    )


def _entry_row(state: RaceState, car: Car) -> Entry:
    colours = state.classes.get(car.kart_class)
    return Entry(
        id=entry_id(state.id, car.key),
        race_id=uuid.UUID(state.id),
        key=car.key[:64],
        number=car.number,
        competitor=car.competitor or car.driver,
        class_name=car.category,
        colour=colours.colour if colours else "",
        nationality=car.nation,
        position=car.position,
        laps=car.laps,
        last_ms=car.last_ms,
        best_ms=car.best_ms,
        stops=max(car.stops or 0, car.stop_n),
        penalty=car.penalty,
        status=car.status,
        updated_at=_at(car.lap_at or state.last_seen_at),
    )


def _laps(race: str, facts: Iterable[LapFact], driver: Any) -> None:
    rows = [
        Lap(
            race_id=race,
            entry_id=entry_id(race, fact.entry),
            number=fact.number,
            ms=fact.ms,
            sectors=list(fact.sectors),
            driver_id=driver(fact.entry, fact.driver),
            position=fact.position,
            pit=fact.pit,
            flag=fact.flag,
            source=LapSource.DERIVED if fact.derived else LapSource.ASSERTED,
            at=_at(fact.at),
        )
        for fact in facts
    ]
    fields = ["ms", "sectors", "driver", "position", "pit", "flag", "source", "at"]
    _upsert(Lap, rows, ["entry", "number"], fields)


def _gaps(race: str, facts: Iterable[LapGapFact], driver: Any) -> None:
    rows = [
        LapGap(
            race_id=race,
            entry_id=entry_id(race, fact.entry),
            after_number=fact.after,
            missed=fact.missed,
            at=_at(fact.at),
        )
        for fact in facts
    ]
    _upsert(LapGap, rows, ["entry", "after_number"], ["missed", "at"])


def _stints(race: str, facts: Iterable[StintFact], driver: Any) -> None:
    rows = [
        Stint(
            race_id=race,
            entry_id=entry_id(race, fact.entry),
            number=fact.number,
            driver_id=driver(fact.entry, fact.driver),
            first_lap=fact.first_lap,
            last_lap=fact.last_lap,
            started_at=_at_or_none(fact.started_at),
            ended_at=_at_or_none(fact.ended_at),
        )
        for fact in facts
    ]
    fields = ["driver", "first_lap", "last_lap", "started_at", "ended_at"]
    _upsert(Stint, rows, ["entry", "number"], fields)


def _stops(race: str, facts: Iterable[PitStopFact], driver: Any) -> None:
    rows = [
        PitStop(
            race_id=race,
            entry_id=entry_id(race, fact.entry),
            number=fact.number,
            lap=fact.lap,
            in_at=_at_or_none(fact.in_at),
            out_at=_at_or_none(fact.out_at),
            duration_ms=fact.duration_ms,
        )
        for fact in facts
    ]
    _upsert(PitStop, rows, ["entry", "number"], ["lap", "in_at", "out_at", "duration_ms"])


def _flags(race: str, facts: Iterable[FlagFact], driver: Any) -> None:
    rows = [
        FlagPeriod(
            race_id=race,
            number=fact.number,
            flag=fact.flag,
            started_at=_at(fact.started_at),
            ended_at=_at_or_none(fact.ended_at),
        )
        for fact in facts
    ]
    _upsert(FlagPeriod, rows, ["race", "number"], ["flag", "started_at", "ended_at"])


def _messages(race: str, facts: Iterable[MessageFact], driver: Any) -> None:
    rows = [
        RaceMessage(
            race_id=race,
            key=fact.key,
            order=fact.order,
            local_time=fact.message.time[:8],
            at=_at_or_none(fact.at),
            kind=fact.message.kind[:20],
            number=fact.message.number,
            text=fact.message.text,
            withdrawn_at=_at_or_none(fact.withdrawn_at),
        )
        for fact in facts
    ]
    _upsert(RaceMessage, rows, ["race", "key"], ["order", "at", "withdrawn_at"])


def _penalties(race: str, facts: Iterable[PenaltyFact], driver: Any) -> None:
    rows = [
        Penalty(
            race_id=race,
            entry_id=entry_id(race, fact.entry),
            number=fact.number,
            text=fact.text,
            laps=fact.laps,
            ms=fact.ms,
            lap=fact.lap,
            at=_at(fact.at),
            withdrawn_at=_at_or_none(fact.withdrawn_at),
        )
        for fact in facts
    ]
    fields = ["text", "laps", "ms", "lap", "at", "withdrawn_at"]
    _upsert(Penalty, rows, ["entry", "number"], fields)


_FACTS: dict[type, Any] = {
    LapFact: _laps,
    LapGapFact: _gaps,
    StintFact: _stints,
    PitStopFact: _stops,
    FlagFact: _flags,
    MessageFact: _messages,
    PenaltyFact: _penalties,
}


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _at_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else _at(ms)
