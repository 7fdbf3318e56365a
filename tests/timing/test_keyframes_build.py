from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.timing.rewound import FEED, boards, straight
from tests.timing.simulated import simulated
from timing.keyframes import Directory, keys_path
from timing.keyframes_build import LOCK, build, is_building
from timing.members import text_length
from timing.rewind import NotIndexed, RewindError, indexed, nearest, seek, tapes_of
from timing.rewinding import ROOT, Builders, Rewinding, Wish


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a feed without an index, where so much is long."""
    monkeypatch.setattr("timing.rewind.STRETCH", 20_000)
    monkeypatch.setattr("timing.keyframes_build.STRETCH", 20_000)
    monkeypatch.setattr("timing.keyframes_build.KEY_BYTES", 8_000)
    made = tmp_path / FEED
    made.mkdir()
    simulated(karts=12, minutes=10).tape(made)
    return made


def bounds(folder: Path) -> tuple[int, int]:
    run = straight(folder)
    return run.ats[0], run.ats[-1]


def test_an_index_is_made_where_there_is_none(folder: Path) -> None:
    run = straight(folder)
    first, last = run.ats[0], run.ats[-1]
    with pytest.raises(NotIndexed):
        seek(tapes_of(folder), last, since=first, feed=FEED)
    assert indexed(tapes_of(folder), last, since=first) == 0

    assert build(folder, since=first, at=last) > 5

    tapes = tapes_of(folder)
    assert indexed(tapes, last, since=first) > 0.9
    for at in range(first, last + 1, (last - first) // 9):
        assert boards(seek(tapes, at, since=first, feed=FEED)) == run.boards_at(at)
    assert build(folder, since=first, at=last) == 0


def test_an_index_is_gone_on_with_after_a_kill(folder: Path) -> None:
    first, last = bounds(folder)
    build(folder, since=first, at=last)
    path = keys_path(tapes_of(folder)[0].path, "built")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    half = nearest(tapes_of(folder), last, since=first)
    build(folder, since=first, at=last)
    whole = nearest(tapes_of(folder), last, since=first)
    assert half.key is not None
    assert whole.key is not None
    assert whole.key.offset > half.key.offset


def test_what_other_code_has_built_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = bounds(folder)
    with monkeypatch.context() as other:
        other.setattr("timing.keyframes.CODE", "other")
        other.setattr("timing.rewind.CODE", "other")
        build(folder, since=first, at=last)
    build(folder, since=first, at=last)
    found = Directory(keys_path(tapes_of(folder)[0].path, "built"))
    found.read_on()
    assert "other" not in {key.code for key in found.keys}


def test_a_tape_that_somebody_else_packed_can_be_entered_afterwards(folder: Path) -> None:
    tape = tapes_of(folder)[0].path
    first, last = bounds(folder)
    said = tape.read_bytes()
    packed = tape.with_name(tape.name + ".gz")
    packed.write_bytes(gzip.compress(said))
    tape.unlink()
    build(folder, since=first, at=last)
    assert gzip.decompress(packed.read_bytes()) == said
    assert text_length(packed) == len(said)


def test_one_at_a_time_works_on_a_feed(folder: Path) -> None:
    first, last = bounds(folder)
    hold = (
        f"import fcntl, sys; f = open({str(folder / LOCK)!r}, 'w');"
        "fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    other.stdout.readline()
    try:
        assert is_building(folder)
        assert build(folder, since=first, at=last) == 0
    finally:
        other.communicate()
    assert not is_building(folder)


def test_an_index_that_cannot_be_made_is_asked_for_once(folder: Path) -> None:
    first, last = bounds(folder)
    started: list[list[str]] = []

    def fail(command: list[str]) -> subprocess.Popen[bytes]:
        started.append(command)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], cwd=ROOT)

    builders = Builders(fail)
    rewinding = Rewinding(builders)
    wish = Wish(feed=FEED, race=None, since=first, at=last, to=last)
    with pytest.raises(RewindError):
        rewinding.look(folder.parent, wish)
    builders.finish()
    for _ in range(2):
        with pytest.raises(RewindError, match="no index"):
            rewinding.look(folder.parent, wish)
    assert len(started) == 1
