from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import pytest

from timing.members import MEMBER, find_member, open_at, text_length, write_members

TEXT = random.Random(3).randbytes(2 * MEMBER + 12_345)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "text.gz"
    with open(path, "wb") as sink:
        write_members(io.BytesIO(TEXT), sink)
    return path


def test_any_gzip_reader_reads_it(packed: Path) -> None:
    assert gzip.decompress(packed.read_bytes()) == TEXT


@pytest.mark.parametrize("offset", [0, 1, MEMBER - 1, MEMBER, MEMBER + 1, 2 * MEMBER, len(TEXT)])
def test_it_is_entered_anywhere(packed: Path, offset: int) -> None:
    with open_at(packed, offset) as file:
        assert file.read() == TEXT[offset:]


def test_members_before_the_wanted_one_are_passed_over(packed: Path) -> None:
    with open(packed, "rb") as file:
        member = find_member(file, 2 * MEMBER + 5)
    assert member is not None
    assert (member.offset, member.at > MEMBER) == (2 * MEMBER, True)


def test_how_much_text_it_holds(packed: Path) -> None:
    assert text_length(packed) == len(TEXT)


def test_a_gzip_of_somebody_else_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "other.gz"
    path.write_bytes(gzip.compress(TEXT))
    assert text_length(path) is None
    with open_at(path, 77) as file:
        assert file.read() == TEXT[77:]
