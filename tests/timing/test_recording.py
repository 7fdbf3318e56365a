from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from timing.recording import Recording, pack, tape_file
from timing.tape import frames, read_header

START_MS = 1_780_135_200_000


def begun(path: Path) -> Recording:
    return Recording.begin(path, protocol="apex", url="ws://x/", at_ms=START_MS)


def read(path: Path) -> list[tuple[int, str, int]]:
    return [(frame.t_ms, frame.msg, frame.connection) for frame in frames(path)]


def test_a_frame_is_on_the_tape_when_write_returns(tmp_path: Path) -> None:
    recording = begun(tmp_path / "a" / "t.jsonl")
    recording.write(START_MS + 1_500, "init|r|", 3)

    assert read(recording.path) == [(1_500, "init|r|", 3)]
    assert recording.offset == recording.path.stat().st_size
    assert (recording.frames, recording.recording) == (1, True)


def test_the_tape_begins_with_its_first_frame(tmp_path: Path) -> None:
    recording = begun(tmp_path / "t.jsonl")
    recording.write(START_MS, "x", 0)

    assert read_header(recording.path).started_at == datetime.fromtimestamp(START_MS / 1000, UTC)


def test_a_full_disk_stops_the_recording_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = tmp_path / "full.jsonl"
    full.symlink_to("/dev/full")
    recording = begun(full)
    before = recording.offset
    with caplog.at_level(logging.ERROR):
        recording.write(START_MS, "x", 0)
        recording.write(START_MS + 1_000, "y", 0)
    recording.close()

    assert recording.recording is False
    assert (recording.frames, recording.offset) == (0, before)
    assert len([r for r in caplog.records if "recording stopped" in r.getMessage()]) == 1


def test_the_tape_of_a_killed_process_goes_on(tmp_path: Path) -> None:
    first = begun(tmp_path / "t.jsonl")
    first.write(START_MS, "one", 0)
    whole = first.offset
    first.write(START_MS + 1_000, "two", 0)
    with open(first.path, "r+b") as file:
        file.truncate(whole + 9)

    again = Recording.go_on(first.path, offset=whole)
    again.write(START_MS + 2_000, "three", 1)
    again.close()

    assert read(first.path) == [(0, "one", 0), (2_000, "three", 1)]


def test_a_tape_has_an_age(tmp_path: Path) -> None:
    recording = begun(tmp_path / "t.jsonl")

    assert recording.is_older_than(60, START_MS + 60_000) is False
    assert recording.is_older_than(60, START_MS + 60_001) is True


def test_names_of_tapes_are_never_given_twice(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        path = tape_file(tmp_path, "feed", START_MS)
        path.parent.mkdir(exist_ok=True)
        path.touch()
        names.append(path.name)
    pack(tmp_path / "feed" / "20260530-100000.jsonl")

    assert names == ["20260530-100000.jsonl", "20260530-100000-2.jsonl", "20260530-100000-3.jsonl"]
    assert tape_file(tmp_path, "feed", START_MS).name == "20260530-100000-4.jsonl"


def test_a_tape_that_cannot_be_packed_stays(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("x")
    (tmp_path / "t.jsonl.gz.part").mkdir()

    assert pack(path) == path
    assert path.read_text() == "x"
