"""One frame to a thousand viewers: the product against what users would pick instead, in one run.

Each server has one core to itself, an epoll client in C (bench/load) the other. The client greets,
waits until every socket has got something, and then counts what comes, how late after it was due,
and whether any number is missing. The rivals live in an environment of their own.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import machine
from bench.page import write_section

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "var" / "bench"
DESIGNS = ("socketio_gevent", "broadcast", "product")
NAMES = {
    "socketio_gevent": "Flask-SocketIO on gevent",
    "broadcast": "`websockets.broadcast` on uvloop",
    "product": "**LT-Analyzer**",
}
SOCKETS, SECONDS = 1_000, 4.0
IN_TIME_MS, FINE = 250, 1.15
SLOWEST, FASTEST = 20, 4_000
MANY, MANY_RATE, MANY_SECONDS = 5_000, 5, 10.0


@dataclass(frozen=True, slots=True)
class Figures:
    rate: float
    sockets: int
    seconds: float
    deliveries: int
    missed: int
    closed: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    processor: float  # of the server, in cores
    idle_mb: float
    mb: float
    joined_s: float

    @property
    def in_time(self) -> bool:
        wanted = self.rate * self.sockets * self.seconds
        whole = not (self.missed or self.closed) and self.deliveries >= 0.97 * wanted
        return whole and self.p99_ms <= IN_TIME_MS

    @property
    def a_second(self) -> float:
        return self.deliveries / self.seconds


def client() -> Path:
    """The load client, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise SystemExit("The load client is written in C: install a compiler (apt install gcc).")
    BUILT.mkdir(parents=True, exist_ok=True)
    made, source = BUILT / "client", HERE / "load" / "client.c"
    subprocess.run([compiler, "-O2", "-o", made, source], check=True)
    return made


def rivals() -> Path:
    """The interpreter of the environment that the rivals are installed in."""
    wanted = HERE / "rivals" / "requirements.txt"
    home, mark = BUILT / "rivals", BUILT / "rivals" / "installed.txt"
    python = home / "bin" / "python"
    if not mark.exists() or mark.read_text() != wanted.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        mark.write_text(wanted.read_text())
    return python


def on_core(number: int) -> list[str]:
    alone = shutil.which("taskset") and (os.cpu_count() or 1) > number
    return ["taskset", "-c", str(number)] if alone else []


@contextmanager
def serving(design: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A server on the first core, and how to connect to it."""
    with tempfile.TemporaryDirectory(prefix="lt-bench-") as folder:
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env |= {
            "DJANGO_SETTINGS_MODULE": "lt_analyzer.settings",
            "LT_ENV_FILE": "",
            "LT_DATA_DIR": folder,
            "LOG_LEVEL": "ERROR",
            "MAX_CONNECTIONS_PER_USER": "100000",
        }
        if design == "product":
            command = [sys.executable, "-m", "bench.fanout_server", *arguments]
        else:
            command = [str(rivals()), str(HERE / "rivals" / f"{design}.py")]
        server = subprocess.Popen(
            [*on_core(0), *command],
            env=env,
            cwd=HERE.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            yield server, json.loads(server.stdout.readline())
        finally:
            server.kill()
            server.wait()


def measure(
    design: str,
    rate: float,
    *arguments: str,
    sockets: int = SOCKETS,
    seconds: float = SECONDS,
    stalled: int = 0,
    stamp: str = "at_ns",
) -> Figures:
    """`stalled` of the sockets stop reading once they have greeted."""
    _allow_files(sockets + 200)
    with serving(design, *arguments) as (server, told):
        assert server.stdin is not None
        idle = memory_mb(server.pid)
        where = ["127.0.0.1", str(told["port"]), told["path"], str(sockets), str(seconds)]
        command = [*on_core(1), str(client()), "-s", str(stalled), "-m", stamp, *where]
        load = subprocess.Popen(
            [*command, told["headers"], *told["greetings"]], stdout=subprocess.PIPE, text=True
        )
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise SystemExit(f"{design}: the sockets could not be opened")
        server.stdin.write(f"rate {rate}\n")
        server.stdin.flush()
        used = processor_s(server.pid)
        found = json.loads(load.stdout.readline())
        used = processor_s(server.pid) - used
        return Figures(
            rate=rate,
            sockets=sockets - stalled,
            seconds=seconds,
            deliveries=found["deliveries"],
            missed=found["missed"],
            closed=found["closed"],
            p50_ms=found["p50_us"] / 1000,
            p99_ms=found["p99_us"] / 1000,
            worst_ms=found["worst_us"] / 1000,
            processor=used / seconds,
            idle_mb=idle,
            mb=memory_mb(server.pid),
            joined_s=found["joined_s"],
        )


def most(design: str) -> Figures:
    """The highest rate, within FINE, at which all arrive and 99 of 100 do so in time."""
    low, high = float(SLOWEST), float(FASTEST)
    best = measure(design, low)
    while low * 2 < high and (found := measure(design, low * 2)).in_time:
        low, best = low * 2, found
    high = min(high, low * 2)
    while high / low > FINE:
        middle = (low * high) ** 0.5
        found = measure(design, middle)
        if found.in_time:
            low, best = middle, found
        else:
            high = middle
    return best


def memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def main() -> None:
    easy = {design: measure(design, SLOWEST) for design in DESIGNS}
    hard = {design: most(design) for design in DESIGNS}
    stalled = measure("product", SLOWEST, stalled=3)
    many = measure("product", MANY_RATE, sockets=MANY, seconds=MANY_SECONDS, stalled=3)
    head = (
        "| 1,000 viewers | most deliveries/s in time | to `broadcast` | to gevent "
        f"| p50 / p99 at {SLOWEST} messages/s | processor at that | memory idle / with viewers |"
    )
    lines = [
        head,
        "|---|--:|--:|--:|--:|--:|--:|",
        *(_row(design, easy, hard) for design in DESIGNS),
        "",
        _of_stalled(stalled, easy["product"]),
        "",
        _of_many(many),
        "",
        f"`python -m bench fanout` · {machine()}",
    ]
    print("\n".join(lines))
    write_section("fanout", "\n".join(lines))


def _of_stalled(found: Figures, without: Figures) -> str:
    return (
        f"Three of 1,000 viewers stop reading: p99 of the others {found.p99_ms:.1f} ms (without "
        f"them {without.p99_ms:.1f} ms), memory {found.mb:.0f} MB ({without.mb:.0f} MB), "
        f"missed {found.missed}."
    )


def _of_many(found: Figures) -> str:
    return (
        f"{MANY:,} sockets, {MANY_RATE} updates/s, three of them stalled: p50 {found.p50_ms:.0f}, "
        f"p99 {found.p99_ms:.0f}, worst {found.worst_ms:.0f} ms, "
        f"{1024 * (found.mb - found.idle_mb) / MANY:.1f} KB a socket, missed {found.missed}, "
        f"{found.processor:.0%} of a core; all of them connected in {found.joined_s:.0f} s."
    )


def _row(design: str, easy: dict[str, Figures], hard: dict[str, Figures]) -> str:
    at_ease, top = easy[design], hard[design].a_second
    of = {name: f"{top / found.a_second:.1f}x" for name, found in hard.items()}
    return (
        f"| {NAMES[design]} | {top:,.0f} | {of['broadcast']} | {of['socketio_gevent']} "
        f"| {at_ease.p50_ms:.1f} / {at_ease.p99_ms:.1f} ms | {at_ease.processor:.0%} "
        f"| {at_ease.idle_mb:.0f} / {at_ease.mb:.0f} MB |"
    )
