"""Rank, gap and interval cells as the scoring server writes them, after each change of order."""

from __future__ import annotations

from timing.simulators.screen import Screen
from timing.simulators.standings import Standings, close_packs
from timing.simulators.words import lap_count, seconds

Spot = tuple[int, int | None] | None  # laps, ms: as in [laps, ms] of a gap; None is blank


def race_spots(standings: Standings) -> list[tuple[Spot, Spot]]:
    """Gap and interval in rank order. The first of those equally many laps down shows the laps,
    whoever follows shows the time behind that first one."""
    spots: list[tuple[Spot, Spot]] = []
    head = ahead = standings.leader()
    down = 0
    for place, car in enumerate(standings.order):
        if place == 0 or not standings.laps[car]:
            spots.append((None, None))
            continue
        now = standings.laps_down(car)
        if now > down:
            spots.append(((now, None), (now - down, None)))
            head, down = car, now
        else:
            gap, interval = standings.behind(car, head), standings.behind(car, ahead)
            spots.append(
                (None if gap is None else (0, gap), None if interval is None else (0, interval))
            )
        ahead = car
    return spots


def best_spots(standings: Standings) -> list[tuple[Spot, Spot]]:
    """Gap and interval of a ranking by best lap: differences of the best laps."""
    spots: list[tuple[Spot, Spot]] = []
    leader = standings.best[standings.leader()]
    ahead = leader
    for place, car in enumerate(standings.order):
        best = standings.best[car]
        if place == 0 or best is None or leader is None or ahead is None:
            spots.append((None, None))
        else:
            spots.append(((0, best - leader), (0, best - ahead)))
        ahead = best
    return spots


class Scoreboard:
    """Remembers what is shown, so that only differences are looked at."""

    def __init__(self, screen: Screen, standings: Standings) -> None:
        self._screen = screen
        self._standings = standings
        count = len(standings.order)
        self._places = {car: place for place, car in enumerate(standings.order, start=1)}
        self._shown: list[tuple[Spot, Spot]] = [(None, None)] * count

    def place(self, car: int) -> int:
        """The place shown before the refresh that is due."""
        return self._places[car]

    def refresh(self, lines: list[str], marks: list[str], *, first: int | None) -> set[int]:
        """Bring all rows up to date, row `first` leading; ``#`` lines go to `marks`.

        Returns the karts whose place changed.
        """
        order = self._standings.order
        by_laps = self._standings.by_laps
        spots = race_spots(self._standings) if by_laps else best_spots(self._standings)
        moved: set[int] = set()
        packs = self._packs(spots) if self._screen.shows("grp") else None
        places = list(range(len(order)))
        if first is not None:
            at = order.index(first)
            places.insert(0, places.pop(at))
        for index in places:
            car = order[index]
            if packs:
                self._screen.put(lines, car, "grp", packs[index], "")
            if self._places[car] != index + 1:
                self._places[car] = index + 1
                moved.add(car)
                marks.append(f"{self._screen.rows[car]}|#|{index + 1}")
            if self._standings.laps[car]:
                self._screen.put(lines, car, "rk", "", str(index + 1))
            if self._shown[car] != spots[index] or index == 0:
                self._shown[car] = spots[index]
                self._put_spots(lines, car, spots[index], leads=index == 0)
        return moved

    def _packs(self, spots: list[tuple[Spot, Spot]]) -> list[str]:
        apart = [spot[1][1] if spot[1] and not spot[1][0] else None for spot in spots]
        return close_packs(apart, within_ms=1_000 if self._standings.by_laps else 100)

    def _put_spots(self, lines: list[str], car: int, spot: tuple[Spot, Spot], leads: bool) -> None:
        by_laps = self._standings.by_laps
        style, gap = "ib" if by_laps else "in", self._text(spot[0])
        if leads and by_laps and self._standings.laps[car]:
            style, gap = "in", f"{self._screen.words.lap} {self._standings.scored(car)}"
        self._screen.put(lines, car, "gap", style, gap)
        self._screen.put(lines, car, "int", "in", self._text(spot[1]))

    def _text(self, spot: Spot) -> str:
        if spot is None:
            return ""
        laps, ms = spot
        return lap_count(self._screen.words, laps) if ms is None else seconds(ms)
