from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.timing.simulators.checker import Reader
from tests.timing.simulators.compare import differences
from timing.tape import frames, read_header


def simulate(folder: Path, name: str, **options: object) -> tuple[Path, Path]:
    tape, truth = folder / name, folder / f"{name}.truth.json"
    call_command("simulate", "apex", karts=6, minutes=20, seed=3, tape=tape, truth=truth, **options)
    return tape, truth


def test_tape_and_truth_agree(tmp_path: Path) -> None:
    tape, truth = simulate(tmp_path, "one.jsonl", mishaps="all")

    reader = Reader().read((frame.t_ms, frame.msg) for frame in frames(tape))
    assert read_header(tape).protocol == "apex"
    assert differences(json.loads(truth.read_bytes()), reader) == []


def test_same_seed_writes_the_same_tape(tmp_path: Path) -> None:
    one, other = simulate(tmp_path, "one.jsonl"), simulate(tmp_path, "other.jsonl")

    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_packed_tape_holds_the_same_frames(tmp_path: Path) -> None:
    plain, _ = simulate(tmp_path, "plain.jsonl")
    packed, _ = simulate(tmp_path, "packed.jsonl.gz")

    assert packed.read_bytes()[:2] == b"\x1f\x8b"
    assert [f.msg for f in frames(packed)] == [f.msg for f in frames(plain)]


def test_cut_connections_are_numbered_on_the_tape(tmp_path: Path) -> None:
    tape, _ = simulate(tmp_path, "cut.jsonl", mishaps="drop")

    assert sorted({frame.connection for frame in frames(tape)}) == [0, 1, 2]


def test_unknown_mishap_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such mishap: rain"):
        simulate(tmp_path, "no.jsonl", mishaps="rain")
