from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.timing.captures import capture
from tests.timing.rewound import FEED, Straight, boards, straight
from tests.timing.simulated import STARTED, simulated
from timing.rewind import STRETCH, NotIndexed, RewindError, nearest, seek, tapes_of
from timing.tape import TapeWriter, compress, frames, read_header

BEGAN = round(STARTED.timestamp() * 1000)
EVERY = 40_000


def instants(run: Straight, many: int) -> list[int]:
    """Some of frames, some between them, the first and the last."""
    dice = random.Random(5)
    first, last = run.ats[0], run.ats[-1]
    between = [dice.randint(first, last) for _ in range(many)]
    return [first, *dice.sample(run.ats, many), *between, last, last + 1_000]


def agrees(folder: Path, run: Straight, *, many: int = 12) -> None:
    tapes = tapes_of(folder)
    for at in instants(run, many):
        player = seek(tapes, at, since=run.ats[0], feed=FEED)
        assert boards(player) == run.boards_at(at)
        assert player.pipeline.routing.current == run.shown_at(at)


def split(tape: Path, folder: Path, parts: int) -> None:
    """The same frames on several tapes, as a feed that is recorded for days leaves them."""
    header, all_frames = read_header(tape), list(frames(tape))
    zero = header.started_at.timestamp() * 1000
    size = len(all_frames) // parts + 1
    for number in range(parts):
        own = all_frames[number * size : (number + 1) * size]
        began = own[0].t_ms
        path = folder / f"20260530-0{number}.jsonl"
        started = datetime.fromtimestamp((zero + began) / 1000, UTC)
        with TapeWriter(path, protocol="apex", url="", started_at=started) as writer:
            for frame in own:
                writer.write((frame.t_ms - began) / 1000, frame.msg, frame.connection)


def test_any_instant_is_as_in_a_straight_run(tmp_path: Path) -> None:
    simulated(karts=12, minutes=25, mishaps="all").tape(tmp_path)
    agrees(tmp_path, straight(tmp_path, every=EVERY))


def test_any_instant_of_a_packed_tape(tmp_path: Path) -> None:
    tape = simulated(karts=12, minutes=25, mishaps="all").tape(tmp_path)
    run = straight(tmp_path, every=EVERY)
    compress(tape)
    agrees(tmp_path, run)


def test_a_race_goes_on_over_tapes_that_are_changed(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    tape = simulated(karts=12, minutes=25).tape(tmp_path / "whole")
    split(tape, tmp_path / "parts", 4)
    run = straight(tmp_path / "parts", every=EVERY)
    assert run.states[-1].keys() == straight(tmp_path / "whole").states[-1].keys()
    agrees(tmp_path / "parts", run)


def test_a_race_that_staff_began_again(tmp_path: Path) -> None:
    simulated(karts=12, minutes=10).tape(tmp_path)
    run = straight(tmp_path, every=10_000_000, forget={400: "", 700: ""})
    agrees(tmp_path, run, many=6)


def test_several_races_of_one_feed(tmp_path: Path) -> None:
    simulated(kind="sprint", karts=10, minutes=8).tape(tmp_path)
    run = straight(tmp_path, every=EVERY)
    assert len(set(run.shown) - {""}) > 1
    agrees(tmp_path, run)


@pytest.mark.parametrize("name", ["apex-analyzer-v3/Brignoles_Qualifs_F1_20260530_083007.jsonl.gz"])
def test_a_real_recording(tmp_path: Path, name: str) -> None:
    (tmp_path / "20250101-000000.jsonl.gz").write_bytes(capture(name).read_bytes())
    agrees(tmp_path, straight(tmp_path, every=EVERY), many=6)


def test_what_must_be_read_is_no_more_late_in_a_race(tmp_path: Path) -> None:
    simulated(karts=12, minutes=25).tape(tmp_path)
    run = straight(tmp_path, every=EVERY)
    tapes = tapes_of(tmp_path)
    stretches = [nearest(tapes, at, since=BEGAN).stretch for at in instants(run, 60)[1:]]
    assert max(stretches) <= EVERY + 20_000  # and one frame, the longest of which is a snapshot


def test_a_tape_without_an_index_is_read_as_long_as_it_is_short(tmp_path: Path) -> None:
    simulated(karts=12, minutes=10).tape(tmp_path)
    agrees(tmp_path, straight(tmp_path), many=3)


def test_a_long_tape_without_an_index_is_not(tmp_path: Path) -> None:
    tape = simulated(karts=12, minutes=10).tape(tmp_path)
    with open(tape, "ab") as file:
        file.write(b'{"t":900.0,"msg":"' + b"x" * STRETCH + b'"}\n')
    with pytest.raises(NotIndexed):
        seek(tapes_of(tmp_path), BEGAN + 900_000, since=BEGAN, feed=FEED)


def test_an_instant_before_every_tape(tmp_path: Path) -> None:
    simulated(karts=12, minutes=10).tape(tmp_path)
    with pytest.raises(RewindError, match="no tape"):
        seek(tapes_of(tmp_path), BEGAN - 1, since=BEGAN - 1, feed=FEED)


def test_key_frames_of_other_code_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(karts=12, minutes=10).tape(tmp_path)
    run = straight(tmp_path, every=EVERY)
    monkeypatch.setattr("timing.rewind.CODE", "another")
    start = nearest(tapes_of(tmp_path), run.ats[-1], since=BEGAN)
    assert (start.tape, start.key) == (0, None)
    agrees(tmp_path, run, many=3)


def test_key_frames_that_do_not_know_the_races_beginning_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    simulated(karts=12, minutes=20).tape(tmp_path / "whole")
    split(tmp_path / "whole" / "simulated.jsonl", tmp_path, 2)
    first, second = tapes_of(tmp_path)
    first.path.rename(first.path.with_suffix(".away"))
    late = straight(tmp_path, every=EVERY)
    first.path.with_suffix(".away").rename(first.path)
    assert nearest(tapes_of(tmp_path), late.ats[-1], since=BEGAN).key is None
    assert nearest(tapes_of(tmp_path), late.ats[-1], since=second.zero).key is not None


def test_a_clock_that_was_set_back_does_not_hide_what_came_after(tmp_path: Path) -> None:
    whole = list(frames(simulated(karts=12, minutes=10).tape(tmp_path)))
    path = tmp_path / "simulated.jsonl"
    half = len(whole) // 2
    with TapeWriter(path, protocol="apex", url="", started_at=STARTED) as writer:
        for number, frame in enumerate(whole):
            back = 90.0 if number > half else 0.0
            writer.write(frame.t_ms / 1000 - back, frame.msg, frame.connection)
    agrees(tmp_path, straight(tmp_path, every=EVERY))


def test_what_the_log_has_told_it_is_not_told_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    simulated(karts=12, minutes=25, mishaps="all").tape(tmp_path)
    run = straight(tmp_path, every=EVERY)
    assert "bad values" in caplog.text
    caplog.clear()
    seek(tapes_of(tmp_path), run.ats[-1], since=run.ats[0], feed=FEED)
    assert caplog.text == ""
