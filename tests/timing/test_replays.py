from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from races.models import Feed, Follow
from tests import factories
from tests.factories.system import system
from timing.replays import ReplayError, begin_replay, replay_frames
from timing.tape import TapeWriter

pytestmark = pytest.mark.django_db

STARTED = datetime(2026, 5, 30, 10, 0, tzinfo=UTC)


@pytest.fixture
def tapes(tmp_path: Path) -> Iterator[Path]:
    record(tmp_path / "tapes" / "night.jsonl")
    with system():
        yield tmp_path / "tapes"


def record(path: Path, protocol: str = "apex") -> None:
    with TapeWriter(path, protocol=protocol, url="", started_at=STARTED) as writer:
        for t in (0, 0.1, 0.2):
            writer.write(t, f"r1|#|{t}")


def begin(tapes: Path, **arguments: Any) -> Feed:
    return begin_replay(arguments, tapes)


def test_a_replay_is_a_feed_of_its_team(tapes: Path) -> None:
    team = factories.team()
    feed = begin(tapes, tape="night.jsonl", speed=20, team=team.slug)

    assert (feed.name, feed.protocol, feed.owner, feed.pinned) == (
        "Replay of night",
        "apex",
        team,
        True,
    )
    assert feed.address.startswith("tape:night.jsonl?speed=20&id=")
    assert Follow.objects.get().team == team


def test_two_replays_of_one_tape_are_two_feeds(tapes: Path) -> None:
    begin(tapes, tape="night.jsonl")
    begin(tapes, tape="night.jsonl")

    assert Feed.objects.count() == 2


@pytest.mark.parametrize("name", ["", ".", "none.jsonl", "../secret.jsonl", "/etc/passwd"])
def test_only_files_among_the_tapes_are_played(tapes: Path, name: str) -> None:
    record(tapes.parent / "secret.jsonl")

    with pytest.raises(ReplayError):
        begin(tapes, tape=name)
    assert Feed.objects.count() == 0


def test_a_link_out_of_the_folder_is_not_followed(tapes: Path) -> None:
    record(tapes.parent / "secret.jsonl")
    (tapes / "link.jsonl").symlink_to(tapes.parent / "secret.jsonl")

    with pytest.raises(ReplayError):
        begin(tapes, tape="link.jsonl")


def test_what_is_no_tape_or_of_no_known_protocol_is_refused(tapes: Path) -> None:
    (tapes / "x.jsonl").write_text("hello")
    record(tapes / "y.jsonl", protocol="smoke-signals")

    for name in ("x.jsonl", "y.jsonl"):
        with pytest.raises(ReplayError):
            begin(tapes, tape=name)


@pytest.mark.parametrize("speed", [0, -1, "fast", "nan", "inf", None, [], 1e9])
def test_a_speed_that_cannot_be_is_refused(tapes: Path, speed: Any) -> None:
    with pytest.raises(ReplayError):
        begin(tapes, tape="night.jsonl", speed=speed)


async def test_frames_keep_the_times_of_the_recording_and_end_with_the_replay(
    tapes: Path,
) -> None:
    reports: list[Any] = []
    stream = replay_frames(
        "tape:night.jsonl?speed=10&id=x", tapes, reports.append, lambda: 1_000_000
    )
    at = [frame.received_at_ms async for frame in stream]

    assert at == [1_000_000 + 20 - 200 + ms for ms in (0, 100, 200)]
    assert [report.state for report in reports] == ["live", "idle"]
