from __future__ import annotations

import pytest

from tests.timing.simulators.compare import differences
from tests.timing.simulators.feeds import read, run, truth
from timing.simulators.build import build_feed
from timing.simulators.mishaps import MISHAPS
from timing.simulators.scenario import KINDS

RACE = {"karts": 16, "minutes": 60, "seed": 21}


def starts(frames: list[tuple[int, str]], mark: str) -> int:
    return sum(text.startswith(mark) for _, text in frames)


@pytest.mark.parametrize("name", sorted(MISHAPS))
def test_laps_survive_each_mishap(name: str) -> None:
    feed, frames = run(**RACE, mishaps=name)

    assert differences(truth(feed), read(frames)) == []
    assert bool(feed.lost_laps) == (name == "drop")


@pytest.mark.parametrize("kind", KINDS)
def test_laps_survive_all_of_them_together(kind: str) -> None:
    feed, frames = run(**RACE, kind=kind, mishaps="all")

    assert differences(truth(feed), read(frames)) == []


def test_mishaps_are_the_same_with_the_same_seed() -> None:
    _, frames = run(**RACE, mishaps="all")
    run.cache_clear()

    assert run(**RACE, mishaps="all")[1] == frames


def test_lost_laps_are_laps_of_the_truth() -> None:
    feed, _ = run(**RACE, mishaps="drop")
    told = truth(feed)

    laps = {
        (place, entry["row"], lap["n"])
        for place, race in enumerate(told["races"])
        for entry in race["entries"]
        for lap in entry["laps"]
    }
    lost = {(gap["race"], gap["row"], gap["n"]) for gap in told["lost_laps"]}
    assert lost
    assert lost < laps


def test_drop_is_another_connection_that_opens_with_the_full_state() -> None:
    feed = build_feed(**RACE, mishaps="drop")
    connections: dict[int, list[str]] = {}
    for _, text in feed.frames():
        connections.setdefault(feed.connection, []).append(text)

    assert [texts[0][:7] for texts in connections.values()] == ["init|r|"] * 3


def test_reinit_shows_other_columns() -> None:
    _, frames = run(**RACE, mishaps="reinit")
    heads = {
        text.partition("</tr>")[0].partition("grid||")[2] for _, text in frames if "grid||" in text
    }

    assert len(heads) == 2


def test_blip_shows_no_session_for_some_seconds() -> None:
    _, frames = run(**RACE, mishaps="blip")
    closed = [at for at, text in frames if text.startswith("init|n|")]
    opened = [at for at, text in frames if text.startswith("init|r|")]

    assert len(closed) == 2
    assert [4_000 <= back - gone <= 8_100 for gone, back in zip(closed, opened[1:], strict=True)]


def test_title_flickers_back_within_seconds() -> None:
    _, frames = run(**RACE, mishaps="title_flicker")
    titles = [
        (at, line.split("|")[2])
        for at, text in frames[1:]
        for line in text.split("\n")
        if line.startswith("title2|")
    ]

    assert [title for _, title in titles] == ["Test", "Course 1H"]
    assert titles[1][0] - titles[0][0] < 15_000


def test_republished_race_is_shown_again_with_its_result() -> None:
    feed, frames = run(**RACE, mishaps="republish")
    blocks = [text for _, text in frames if "grid||" in text]

    assert [race.plan.title for race in feed.races] == [
        "TROPHÉE DES ÉTANGS 1H - Course 1H",
        "Session 6",
    ]
    assert len(blocks) == 3
    assert "title2||Course 1H\n" in blocks[2]
    assert "light|lf|" in blocks[2]


def test_junk_is_hostile() -> None:
    _, frames = run(**RACE, mishaps="junk")
    everything = "\n".join(text for _, text in frames)

    assert "GET / HTTP/1.1\r" in everything
    assert "<script>" in everything
    assert "\ufffd" in everything
    assert max(len(line) for line in everything.split("\n")) >= 300_000
    assert "|tn|-0.001" in everything


def test_unknown_mishap_is_refused() -> None:
    with pytest.raises(ValueError, match="No such mishap: earthquake"):
        build_feed(mishaps="drop,earthquake")
