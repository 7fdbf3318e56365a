"""A recording played into the running product, as a feed like any other.

Frames keep the virtual times of the recording, moved so that its end falls together with the end
of the replay: at any speed the races have the durations they had, and nothing lies in the future.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from races.models import Feed, Follow
from teams.models import Team
from timing.enums import LinkState
from timing.protocols import PROTOCOLS
from timing.tape import TapeError, frames, read_header
from timing.transports import LinkReport, RawFrame, TapeTransport, tape_path

FOLDER = "replays"
MAX_SPEED = 100_000.0


class ReplayError(ValueError):
    """The recording cannot be played; the text is for whoever asked."""


def begin_replay(arguments: dict[str, Any], tapes: Path) -> Feed:
    """Make the feed of a replay. `arguments`: tape (a file under `tapes`), speed, team (slug)."""
    name, speed = str(arguments.get("tape", "")), _asked_speed(arguments.get("speed", 1))
    path = (tapes / name).resolve()
    if not path.is_relative_to(tapes.resolve()) or not path.is_file():
        raise ReplayError(f"there is no recording {name}")
    try:
        header = read_header(path)
    except (OSError, TapeError) as error:
        raise ReplayError(str(error)) from error
    if header.protocol not in PROTOCOLS:
        raise ReplayError(f"no decoder for protocol {header.protocol!r}")
    team = Team.objects.filter(slug=arguments.get("team") or "").first()
    address = f"tape:{name}?speed={speed:g}&id={uuid.uuid4().hex[:8]}"
    made = Feed.objects.create(
        name=f"Replay of {path.name.removesuffix('.gz').removesuffix('.jsonl')}"[:120],
        protocol=header.protocol,
        address=address,
        owner=team,
        pinned=True,
    )
    if team is not None:
        Follow.objects.get_or_create(team=team, feed=made)
    return made


def _asked_speed(value: Any) -> float:
    """Whatever stands in a request: it must not end the loop that does what people ask."""
    try:
        speed = float(value)
    except (TypeError, ValueError) as error:
        raise ReplayError(f"{value!r} is no speed") from error
    if not 0 < speed <= MAX_SPEED:  # neither is NaN
        raise ReplayError(f"a speed is more than 0 and at most {MAX_SPEED:g}")
    return speed


async def replay_frames(
    address: str, tapes: Path, report: Callable[[LinkReport], None], now_ms: Callable[[], int]
) -> AsyncIterator[RawFrame]:
    """The frames of ``tape:<file>?speed=…``, paced, with times that end when the replay ends."""
    name, _, query = address.partition("?")
    speed = _speed(query)
    path = tape_path(name, directory=tapes)
    start = now_ms()
    length = _length_ms(path)
    virtual = start + round(length / speed) - length
    transport = TapeTransport(path, speed=speed, origin_ms=start, on_report=report)
    async with aclosing(transport.frames()) as played:  # type: ignore[type-var]
        async for frame in played:
            at = frame.received_at_ms - start + virtual
            yield RawFrame(at, frame.msg, frame.connection)
    report(LinkReport(LinkState.IDLE, now_ms()))


def _speed(query: str) -> float:
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "speed":
            return max(float(value), 0.01)
    return 1.0


def _length_ms(path: Path) -> int:
    last = 0
    for frame in frames(path):
        last = frame.t_ms
    return last
