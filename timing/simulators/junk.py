"""What strangers, scanners and careless operators put on an Apex feed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from timing.simulators.car import Car
from timing.simulators.screen import Screen

PROBES = (
    ("GET / HTTP/1.1\r", "Host: 203.0.113.9:8520\r", "User-Agent: probe/1.0\r", "Accept: */*\r"),
    ("POST /ext/bc/C/rpc HTTP/1.1\r", "Content-Type: application/json\r", '{"id":1}'),
    ("\x16\x03\x01\x00\ufffd\x01\x00\x00\ufffd\x03\x03\ufffd\ufffd|\ufffd|\x00",),
    ("MGLNDD_203.0.113.9_8520",),
    ("S#", "D#-30#D1.L"),
    ("\x00\x00\x00\x7f|\ufffd\ufffd|\x1b[2J",),
    ("|||", "r", "r|", "c1|x|y", "rc|tn|1.000", "r0c3||x", "r-1c2|tn|1.000"),
    ("css|no77</style><script>alert(1)</script>|color:red",),
    ("css|no78|background:url(javascript:alert(1)); color:expression(alert(1))",),
    ("msg|msgt|<script>alert(1)</script><img src=x onerror=alert(1)>",),
    ("dyn1|countdown|soon", "light|lz|", "wth1|</td>|"),
)
MARKUP_NAME = '<b onmouseover="alert(1)">GROSSE & Co</b>'
LONG_LINE = 300_000


def lines(helping: int, screen: Screen, rng: Random, *, teams: bool) -> list[str]:
    """One helping of junk, another each time; nothing in it may change what the race is."""
    choice = helping % (len(PROBES) + 3)
    if choice < len(PROBES):
        return list(PROBES[choice])
    car = rng.randrange(len(screen.rows))
    row = screen.rows[car]
    if choice == len(PROBES) and screen.shows("llp"):
        at = screen.line(car, "llp").partition("|")[0]
        return [f"{at}|tn|-0.001", f"{at}|tn|abc", f"{row}c99|tn|1.234"]
    if choice == len(PROBES) + 1:
        return [f"flood|tn|{'A' * LONG_LINE}"]
    if teams and screen.shows("dr"):
        good = screen.line(car, "dr")
        at, style, _ = good.split("|", 2)
        return [f"{at}|dr|{MARKUP_NAME}", good] if style == "dr" else [good]
    return ["update|x|y"]


def free_number(cars: Sequence[Car], rng: Random) -> str:
    """A kart that nobody drives now."""
    taken = {car.number for car in cars}
    return rng.choice([str(n) for n in range(1, 2 * len(cars) + 10) if str(n) not in taken])
