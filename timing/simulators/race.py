"""The race model: one deterministic session that knows the truth.

A discrete simulation in integer ms of virtual time. ``step()`` handles the next moment and says
what happened; between two steps the model's state (cars, standings) is exactly that of the last
moment, so a feed may read it. Same plan and seed, same race, to the millisecond.
"""

from __future__ import annotations

import heapq
from random import Random

from timing.simulators import incidents, junk, pace
from timing.simulators.car import Car, LapRecord, StopRecord, Waypoint
from timing.simulators.happenings import (
    Chequered,
    DriverChanged,
    GreenFlag,
    Happening,
    KartChanged,
    LapDone,
    LeftGarage,
    MessagePosted,
    MessageWithdrawn,
    Neutralised,
    PitEntered,
    PitLeft,
    SectorPassed,
    SessionOver,
    StartCrossed,
)
from timing.simulators.plan import MINUTE, Neutral, SessionPlan
from timing.simulators.standings import Standings

YELLOW_SLOWDOWN = 1.3
LONGEST_FINISH = 4 * MINUTE  # after the flag; whoever is still out then is not waited for
SETTLE = 75_000  # between the last finish and the end: driver times get shown once more

Moment = tuple[int, int, int, int, object]  # at, tie-breaker, car or -1, version, planned event


class Race:
    def __init__(self, plan: SessionPlan, *, seed: str, opens_at: int = 0) -> None:
        self.plan = plan
        self.opens_at = opens_at
        self.green_at = opens_at + plan.grid_ms
        self.ends_at = self.green_at + plan.duration_ms
        self.cars = [Car(index, entry) for index, entry in enumerate(plan.entries)]
        self.standings = Standings(len(self.cars), by_laps=plan.is_race)
        self.flag = "none"
        self.flags: list[tuple[str, int]] = []
        self.messages: list[MessagePosted] = []
        self.withdrawn: set[int] = set()
        self.over_at: int | None = None
        self._rng = Random(f"{seed}/{plan.title}/{opens_at}")
        self._heap: list[Moment] = []
        self._ties = 0
        self._flagged = False
        self._quiet = [(q.start + self.green_at, q.end + self.green_at) for q in plan.quiet]
        self._reds: list[int] = []
        self._last_over_line: Car | None = None
        self._plan_events()

    @property
    def next_at(self) -> int | None:
        """When the next step happens; None when the session is over."""
        return self._heap[0][0] if self._heap and self.over_at is None else None

    def step(self) -> list[Happening]:
        at, _, index, version, event = heapq.heappop(self._heap)
        if index < 0:
            return self._event(at, event)
        car = self.cars[index]
        if version != car.version or not car.path:
            return []
        waypoint = car.path.pop(0)
        news = self._pass(car, waypoint)
        self._schedule(car)
        return news

    # -- planning ---------------------------------------------------------------------------

    def _plan_events(self) -> None:
        self._at(self.green_at, "green")
        if not self.plan.is_race:
            self._at(self.ends_at, "chequered")
        else:
            self._at(self.ends_at + 15 * MINUTE, "chequered")
        for neutral in self.plan.neutrals:
            self._at(self.green_at + neutral.at, neutral)
        if self.plan.markup:
            at = self._calm(self.green_at + self.plan.duration_ms // 4)
            self._at(at, incidents.Incident(0, "msg", "markup", 0, 0))
        if self.plan.incidents:
            for at, incident in incidents.planned(self.plan, self._rng, self.green_at):
                self._at(at, incident)

    def _at(self, at: int, event: object) -> None:
        self._ties += 1
        heapq.heappush(self._heap, (at, self._ties, -1, 0, event))

    def _schedule(self, car: Car) -> None:
        if car.path:
            self._ties += 1
            moment = (car.path[0].at, self._ties, car.index, car.version, None)
            heapq.heappush(self._heap, moment)

    # -- planned events ---------------------------------------------------------------------

    def _event(self, at: int, event: object) -> list[Happening]:
        if isinstance(event, incidents.Incident):
            return self._incident(at, event)
        if isinstance(event, MessagePosted):
            return self._post(event)
        if isinstance(event, MessageWithdrawn):
            return self._withdraw(event)
        if event == "green":
            return self._start(at)
        if event == "over":
            return self._finish_session(at)
        if event == "chequered":
            return self._chequered(at) if not self._flagged else []
        return self._neutral(at, event)

    def _start(self, at: int) -> list[Happening]:
        self._set_flag(at, "green")
        for car in self.cars:
            car.path = pace.first_metres(self.plan, car.index, at, self._rng)
            car.stint_target = pace.stint_target(self.plan, self._rng)
            if self.plan.is_race:
                car.begin_stint(at)
            self._schedule(car)
        news: list[Happening] = [GreenFlag(at, restart=False)]
        return news + self._post(self._notice(at, "green", "start"))

    def _neutral(self, at: int, event: object) -> list[Happening]:
        if self._flagged:
            return []
        if event == "restart":
            return self._restart(at)
        assert isinstance(event, Neutral)
        flag, duration = event.flag, event.duration
        self._set_flag(at, flag)
        if flag == "red":
            self._reds.append(at)
        for car in self.cars:
            if flag == "red":
                self._halt(car, at, duration)
            elif not car.done:
                car.stretch_from(at, YELLOW_SLOWDOWN)
                self._schedule(car)
        self._at(at + duration, "restart")
        return [Neutralised(at, flag)]

    def _halt(self, car: Car, at: int, duration: int) -> None:
        """Stopped where it is; who sits in the pits may leave once the track is open again."""
        delay = duration + self._rng.randrange(500, 4_000)
        if car.in_pit and car.path:
            leaves = next((w.at for w in car.path if w.place == "out"), at)
            delay = max(0, at + delay - leaves)
        car.delay_from(at, delay)
        self._schedule(car)

    def _restart(self, at: int) -> list[Happening]:
        was = self.flag
        self._set_flag(at, "green")
        news: list[Happening] = [GreenFlag(at, restart=was == "red")]
        if was == "red":
            return news + self._post(self._notice(at, "green", "restart"))
        for car in self.cars:
            if not car.done:
                car.stretch_from(at, 1 / YELLOW_SLOWDOWN)
                self._schedule(car)
        return news

    def _set_flag(self, at: int, flag: str) -> None:
        self.flag = flag
        self.flags.append((flag, at))

    def _chequered(self, at: int) -> list[Happening]:
        self._flagged = True
        self._set_flag(at, "chequered")
        for car in self.cars:
            if car.in_pit or not car.path or car.path[0].place in ("start", "garage"):
                car.path, car.done = [], True
            elif car.pits_this_lap and any(w.place == "in" for w in car.path):
                car.cancel_stop()
                self._schedule(car)
        self._at(at + LONGEST_FINISH, "over")
        news: list[Happening] = [Chequered(at)]
        return news + self._post(self._notice(at, "chequered", "finish"))

    def _finish_session(self, at: int) -> list[Happening]:
        if self.over_at is not None:
            return []
        self.over_at = at
        for car in self.cars:
            if car.stints and car.stints[-1].ended_at is None:
                car.end_stint(at)
        return [SessionOver(at)]

    # -- race control -----------------------------------------------------------------------

    def _notice(self, at: int, kind: str, reason: str) -> MessagePosted:
        return MessagePosted(at, len(self.messages), kind, None, "", reason, "", 0, 0, 0)

    def _incident(self, at: int, incident: incidents.Incident) -> list[Happening]:
        car = self.cars[incident.car]
        if not car.laps or self._flagged or car.retires:
            return []
        return self._post(incidents.message(incident, at=at, lap=len(car.laps) + 1))

    def _post(self, message: MessagePosted) -> list[Happening]:
        number = "" if message.car is None else self.cars[message.car].number
        message = message._replace(id=len(self.messages), number=number)
        self.messages.append(message)
        if message.car is not None and (message.laps or message.ms):
            self.standings.penalise(message.car, laps=message.laps, ms=message.ms)
            if incidents.is_withdrawn(self._rng):
                at = self._calm(message.at + self._rng.randrange(3 * MINUTE, 8 * MINUTE))
                self._at(at, MessageWithdrawn(at, message.id, message.car))
        return [message]

    def _withdraw(self, event: MessageWithdrawn) -> list[Happening]:
        message = self.messages[event.id]
        if self._flagged or message.car is None:
            return []
        self.withdrawn.add(event.id)
        self.standings.penalise(message.car, laps=-message.laps, ms=-message.ms)
        return [event]

    def _accuse(self, at: int, car: Car, reason: str, detail: str) -> None:
        if not self.plan.is_race or not self.plan.incidents:
            return
        at = self._calm(at + self._rng.randrange(15_000, 60_000))
        lap = len(car.laps) + 1
        message = MessagePosted(at, 0, "penalty", car.index, "", reason, detail, lap, 1, 0)
        self._at(at, message)

    def _calm(self, at: int) -> int:
        """The first moment from `at` on that is in no quiet span."""
        for start, end in self._quiet:
            if start <= at < end:
                at = end + self._rng.randrange(500, 5_000)
        return at

    # -- karts ------------------------------------------------------------------------------

    def _pass(self, car: Car, waypoint: Waypoint) -> list[Happening]:
        at, place = waypoint
        if place == "line":
            return self._line(car, at)
        if place == "start":
            return self._first_line(car, at)
        if place in ("s1", "s2"):
            return [self._sector(car, at, int(place[1]))]
        if place == "in":
            return self._pit_in(car, at)
        if place == "change":
            return self._change(car, at)
        if place == "out":
            return self._pit_out(car, at)
        car.begin_stint(at)
        return [LeftGarage(at, car.index)]

    def _first_line(self, car: Car, at: int) -> list[Happening]:
        self.standings.start(car.index, at)
        self._begin_lap(car, at)
        return [StartCrossed(at, car.index)]

    def _sector(self, car: Car, at: int, index: int) -> Happening:
        ms = at - car.sector_from
        car.sectors.append(ms)
        car.sector_from = at
        return SectorPassed(at, car.index, index, ms)

    def _line(self, car: Car, at: int) -> list[Happening]:
        ms = at - car.lap_from
        if self.plan.track.sector_shares:
            car.sectors.append(at - car.sector_from)
        pit, sectors = car.pits_this_lap, tuple(car.sectors)
        leads = self.standings.lap(car.index, at, ms)
        position = self.standings.position(car.index)
        car.laps.append(LapRecord(ms, sectors, pit, car.driver, position, at))
        news: list[Happening] = []
        if leads and self._ends_race(at):
            news += self._chequered(at)
        done = LapDone(at, car.index, len(car.laps), ms, sectors, pit, leads, self._flagged)
        if self._flagged:
            self._finish(car, at)
        else:
            self._begin_lap(car, at)
        return [*news, done]

    def _ends_race(self, at: int) -> bool:
        if self._flagged:
            return False
        if self.plan.laps:
            return self.standings.leader_laps >= self.plan.laps
        return at >= self.ends_at

    def _finish(self, car: Car, at: int) -> None:
        car.done = True
        car.path = []
        car.end_stint(at)
        if all(other.done for other in self.cars):
            self._at(at + SETTLE, "over")

    def _begin_lap(self, car: Car, at: int) -> None:
        car.lap_from = car.sector_from = at
        car.sectors = []
        wet = pace.wetness(self.plan, at - self.green_at)
        slow = YELLOW_SLOWDOWN if self.flag == "yellow" else 1.0
        ms = pace.lap_ms(car, self.plan, self._rng, wet=wet, slow=slow)
        ms = pace.in_traffic(ms, at, self._last_over_line, car, self._rng)
        ms = pace.unrepeated(ms, at, car, self._quiet)
        self._last_over_line = car
        stop = self._stop_ms(car, at, ms)
        car.pits_this_lap = stop is not None
        car.path = pace.waypoints(self.plan, at, ms, stop, self._rng)

    def _stop_ms(self, car: Car, at: int, ms: int) -> int | None:
        """How long the kart will stop this lap, or None when it does not."""
        enters = at + round(ms * self.plan.track.pit_in)
        due = car.laps and enters - car.stints[-1].started_at >= car.stint_target
        closed = self.flag != "green" or enters > self.ends_at - 3 * MINUTE
        if self.plan.laps or not due or closed or self._calm(enters) != enters:
            return None
        stop = pace.stop_ms(self.plan, self._rng)
        return self._calm(enters + stop) - enters

    def _pit_in(self, car: Car, at: int) -> list[Happening]:
        car.in_pit = True
        stint = car.end_stint(at)
        car.stops.append(StopRecord(len(car.laps), at))
        stopped = any(at - stint <= red < at for red in self._reds)
        if stint > self.plan.max_stint_ms and not stopped:
            self._accuse(at, car, "long_stint", incidents.hours(stint))
        if pace.retires(self.plan, self._rng):
            car.retires, car.done, car.path = True, True, []
        return [PitEntered(at, car.index)]

    def _change(self, car: Car, at: int) -> list[Happening]:
        news: list[Happening] = []
        chosen = pace.next_driver(car, self._rng)
        if chosen != car.driver:
            car.driver = chosen
            news.append(DriverChanged(at, car.index, chosen))
        if self.plan.kart_changes and self._rng.random() < 0.5:
            car.number = junk.free_number(self.cars, self._rng)
            news.append(KartChanged(at, car.index, car.number))
        return news

    def _pit_out(self, car: Car, at: int) -> list[Happening]:
        car.in_pit = False
        stop = car.stops[-1]
        stop.out_at = at
        car.begin_stint(at)
        car.stint_target = pace.stint_target(self.plan, self._rng)
        if at - stop.in_at < self.plan.min_pit_ms:
            self._accuse(at, car, "short_pit", incidents.minutes(at - stop.in_at))
        return [PitLeft(at, car.index)]
