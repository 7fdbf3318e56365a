from __future__ import annotations

from pathlib import Path

import pytest

from tests.timing.rewound import FEED, straight
from tests.timing.simulated import simulated
from timing.keyframes import Directory, KeyWriter, Reset, keys_path, load, moment_of
from timing.pipeline import Pipeline, ResumeError
from timing.rewind import tapes_of


@pytest.fixture
def index(tmp_path: Path) -> Path:
    simulated(karts=12, minutes=10).tape(tmp_path)
    straight(tmp_path, every=20_000)
    return keys_path(tapes_of(tmp_path)[0].path)


def read(path: Path) -> Directory:
    found = Directory(path)
    found.read_on()
    return found


def test_an_index_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path / "none.keys") == Directory(tmp_path / "none.keys")


def test_a_key_frame_is_the_pipeline_as_it_was(tmp_path: Path, index: Path) -> None:
    key = read(index).keys[-1]
    pipeline = load(key)
    assert (pipeline.latest_at, pipeline.born_at, pipeline.feed) == (key.at, key.born_at, FEED)
    again = moment_of(pipeline, offset=key.offset, connection=key.connection)
    writer = KeyWriter(tmp_path / "again.keys")
    writer.add(again)
    assert load(read(tmp_path / "again.keys").keys[0]).states == pipeline.states


def test_an_index_is_read_on(index: Path) -> None:
    whole, data = read(index), index.read_bytes()
    index.write_bytes(data[: whole.keys[2].place])
    part = read(index)
    assert part.keys == whole.keys[:2]
    index.write_bytes(data)
    part.read_on()
    assert part == whole


def test_a_torn_record_is_not_read_and_makes_room_for_the_next(index: Path) -> None:
    whole, data = read(index), index.read_bytes()
    index.write_bytes(data[:-5])
    assert read(index).keys == whole.keys[:-1]
    writer = KeyWriter(index)
    writer.add_reset(Reset(7, "race"))
    assert read(index).resets == [Reset(7, "race")]
    assert read(index).keys == whole.keys[:-1]


def test_zeros_that_a_power_cut_left_are_not_read(index: Path) -> None:
    whole = read(index)
    with open(index, "ab") as file:
        file.write(bytes(4_096))
    assert read(index).keys == whole.keys


def test_key_frames_behind_the_end_of_the_tape_are_cut_off(index: Path) -> None:
    whole = read(index)
    kept = whole.keys[3]
    KeyWriter(index, up_to=kept.offset + 1).add_reset(Reset(kept.offset + 1, "race"))
    assert read(index).keys == whole.keys[:4]


def test_a_damaged_key_frame_is_refused(index: Path) -> None:
    key = read(index).keys[1]
    data = bytearray(index.read_bytes())
    data[key.place + 400] ^= 255
    index.write_bytes(data)
    with pytest.raises(ResumeError, match="damaged"):
        load(key)


def test_a_race_that_is_over_takes_no_more_room(tmp_path: Path, index: Path) -> None:
    pipeline = load(read(index).keys[-1])
    writer = KeyWriter(tmp_path / "still.keys")
    sizes = []
    for _ in range(3):
        writer.add(moment_of(pipeline, offset=1, connection=0))
        sizes.append((tmp_path / "still.keys").stat().st_size)
    head = sizes[2] - sizes[1]
    assert sizes[0] > head > 0
    assert sizes[1] - sizes[0] == head


def test_no_room_on_the_disk_leaves_what_was_written(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, pipeline = read(index), load(read(index).keys[-1])
    writer = KeyWriter(index)
    pipeline = Pipeline.whole(pipeline.head(), dict(pipeline.states))
    moment = moment_of(pipeline, offset=before.keys[-1].offset, connection=0)
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr(writer, "path", full)
    with pytest.raises(OSError, match=r"No space|Invalid"):
        writer.add(moment)
    monkeypatch.setattr(writer, "path", index)
    writer.add(moment)
    after = read(index)
    assert after.keys[:-1] == before.keys
    assert load(after.keys[-1]).states == pipeline.states


def test_who_was_overtaken_writes_no_more(index: Path) -> None:
    sleeper, successor = KeyWriter(index), KeyWriter(index)
    sleeper.add_reset(Reset(1, "race"))
    successor.add_reset(Reset(2, "race"))
    successor.add_reset(Reset(3, "race"))
    with pytest.raises(OSError, match="another process"):
        sleeper.add_reset(Reset(4, "race"))
    assert read(index).resets == [Reset(2, "race"), Reset(3, "race")]
