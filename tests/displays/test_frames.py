from __future__ import annotations

import random
import string

import pytest

from displays.frames import Batch, Frame
from tests.displays.pipes import Peer

SIZES = [0, 1, 125, 126, 255, 256, 257, 65_535, 65_536, 200_000]


def a_text(size: int, *, seed: int = 1) -> str:
    chance = random.Random(seed)
    return "".join(chance.choices(string.ascii_letters + "äß€🏁", k=size))


@pytest.mark.parametrize("deflates", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_a_client_reads_what_was_framed_by_hand(size: int, deflates: bool) -> None:
    peer, text = Peer(deflates=deflates), a_text(size)
    frame = Frame(text)
    assert peer.put(frame.deflated if deflates else frame.plain)
    assert peer.texts == [text]


def test_a_batch_is_its_frames_one_after_the_other() -> None:
    texts = [a_text(size, seed=size) for size in (3, 300, 70_000)]
    batch = Batch([Frame(text) for text in texts])
    plain, deflated = Peer(), Peer(deflates=True)
    assert (plain.put(batch.plain), deflated.put(batch.deflated)) == (True, True)
    assert (plain.texts, deflated.texts, plain.writes) == (texts, texts, 1)


def test_deflated_frames_depend_on_no_other() -> None:
    """Whoever joins in the middle, or misses some, can read each by itself."""
    frames = [Frame(f'{{"laps": {number}, "rest": "{"ab" * 300}"}}') for number in range(3)]
    for frame in reversed(frames):
        peer = Peer(deflates=True)
        peer.put(frame.deflated)
        assert peer.texts == [frame.text]


def test_only_what_pays_is_deflated() -> None:
    small, noise, much = Frame("x" * 255), Frame(a_text(300)), Frame("laps" * 5_000)
    assert small.deflated is small.plain
    assert len(noise.deflated) <= len(noise.plain)
    assert len(much.deflated) < len(much.plain) / 10


def test_bytes_are_made_once() -> None:
    frame = Frame("laps" * 500)
    assert frame.plain is frame.plain
    assert frame.deflated is frame.deflated
