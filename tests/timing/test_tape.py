from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timing.tape import TapeError, TapeHeader, TapeWriter, compress, frames, read_header

STARTED = datetime(2026, 5, 30, 10, 0, tzinfo=UTC)


def written(path: Path, *said: tuple[float, str, int]) -> Path:
    with TapeWriter(path, protocol="apex", url="ws://x/", started_at=STARTED) as tape:
        for t, msg, connection in said:
            tape.write(t, msg, connection)
    return path


def read(path: Path, offset: int = 0) -> list[tuple[int, str, int]]:
    return [(frame.t_ms, frame.msg, frame.connection) for frame in frames(path, offset)]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return written(
        tmp_path / "t.jsonl", (0, "init|r|\n", 0), (1.2, "r1|#|1\n", 0), (9.9999, "\n", 1)
    )


def test_a_tape_reads_back_as_it_was_written(tape: Path) -> None:
    assert read_header(tape) == TapeHeader("apex", "ws://x/", STARTED)
    assert read(tape) == [(0, "init|r|\n", 0), (1_200, "r1|#|1\n", 0), (10_000, "\n", 1)]


def test_the_file_is_lines_of_json(tape: Path) -> None:
    assert tape.read_bytes().split(b"\n") == [
        b'{"v":1,"protocol":"apex","url":"ws://x/","started_at":"2026-05-30T10:00:00Z"}',
        b'{"t":0,"msg":"init|r|\\n"}',
        b'{"t":1.2,"msg":"r1|#|1\\n"}',
        b'{"t":10.0,"msg":"\\n","c":1}',
        b"",
    ]


def test_reading_goes_on_where_it_stopped(tape: Path) -> None:
    for number, frame in enumerate(frames(tape), start=1):
        assert read(tape, frame.next_offset) == read(tape)[number:]


def test_a_closed_tape_is_packed_and_reads_the_same(tape: Path) -> None:
    before, offsets = read(tape), [frame.next_offset for frame in frames(tape)]
    packed = compress(tape)

    assert (packed.name, tape.exists()) == ("t.jsonl.gz", False)
    assert read(packed) == before
    assert read(packed, offsets[0]) == before[1:]


def test_a_torn_last_line_is_dropped(tape: Path) -> None:
    whole = tape.read_bytes()
    for cut in range(1, 20):
        tape.write_bytes(whole[:-cut])
        assert read(tape) == [(0, "init|r|\n", 0), (1_200, "r1|#|1\n", 0)]


def test_a_damaged_line_elsewhere_is_skipped(tape: Path) -> None:
    lines = tape.read_bytes().split(b"\n")
    lines[2:2] = [b"{", b"[]", b"1", b'{"t":"x","msg":"y"}', b'{"msg":"y"}', b"\xff\xfe", b""]
    tape.write_bytes(b"\n".join(lines))

    assert [t for t, _, _ in read(tape)] == [0, 1_200, 10_000]


@pytest.mark.parametrize("cut", [30, 60, 100])
def test_a_packed_tape_that_was_cut_ends_there(tmp_path: Path, cut: int) -> None:
    packed = written(tmp_path / "t.jsonl.gz", *[(n, f"r1|#|{n}" * 50, 0) for n in range(500)])
    whole = packed.read_bytes()
    packed.write_bytes(whole[: -len(whole) // 2 - cut])

    assert read(packed) == [(n * 1_000, f"r1|#|{n}" * 50, 0) for n in range(len(read(packed)))]


def test_a_packed_tape_that_is_damaged_ends_there(tmp_path: Path) -> None:
    packed = written(tmp_path / "t.jsonl.gz", *[(n, f"r1|#|{n * 7919}", 0) for n in range(5_000)])
    data = bytearray(packed.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\0" * 40
    packed.write_bytes(bytes(data))

    assert len(read(packed)) < 5_000


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        b"not json\n",
        b"[]\n",
        b'{"v":1}\n',
        b'{"v":1,"protocol":"apex","started_at":"soon"}\n',
        b'{"v":2,"protocol":"apex","started_at":"2026-05-30T10:00:00Z"}\n',
        b"\x1f\x8b not gzip",
    ],
)
def test_what_is_no_tape_is_refused(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "x").write_bytes(head)

    with pytest.raises(TapeError):
        read_header(tmp_path / "x")


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b'{"v":1,"protocol":"apex","started_at":"2026-05-30T10:00:00"}\n')

    assert read_header(tmp_path / "x").started_at == STARTED


def test_a_tape_goes_on_after_a_crash_without_what_was_torn(tape: Path) -> None:
    offset = list(frames(tape))[1].next_offset
    tape.write_bytes(tape.read_bytes()[:-4])
    writer = TapeWriter.reopen(tape, header=read_header(tape), offset=offset)
    writer.write(20, "again", 2)
    writer.close()

    assert read(tape) == [(0, "init|r|\n", 0), (1_200, "r1|#|1\n", 0), (20_000, "again", 2)]


def test_a_tape_without_frames_keeps_its_header(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl")
    writer = TapeWriter.reopen(path, header=read_header(path), offset=0)
    writer.write(1, "first")
    writer.close()

    assert read_header(path).started_at == STARTED
    assert read(path) == [(1_000, "first", 0)]


def test_a_tape_shorter_than_it_should_be_is_not_filled_up(tape: Path) -> None:
    size = tape.stat().st_size
    writer = TapeWriter.reopen(tape, header=read_header(tape), offset=size + 100)
    writer.write(20, "again", 2)
    writer.close()

    assert len(read(tape)) == 4
    assert b"\0" not in tape.read_bytes()


def test_a_tape_that_lost_half_a_line_before_its_mark_goes_on_with_whole_ones(tape: Path) -> None:
    size, before = tape.stat().st_size, read(tape)
    os.truncate(tape, size - 3)
    writer = TapeWriter.reopen(tape, header=read_header(tape), offset=size)
    writer.write(20, "again", 2)
    writer.close()

    assert read(tape) == [*before[:-1], (20_000, "again", 2)]


def test_text_that_is_no_text_is_recorded_as_well_as_can_be(tmp_path: Path) -> None:
    assert read(written(tmp_path / "t.jsonl", (0, "a\ud800b", 0))) == [(0, "a?b", 0)]


@settings(max_examples=50)
@given(said=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=5))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> None:
    path = written(tmp_path_factory.mktemp("t") / "t.jsonl", *[(0, text, 0) for text in said])

    assert [frame.msg for frame in frames(path)] == said


def test_a_plain_gzip_is_read_whatever_its_name(tmp_path: Path, tape: Path) -> None:
    (tmp_path / "odd").write_bytes(gzip.compress(tape.read_bytes()))

    assert read(tmp_path / "odd") == read(tape)
