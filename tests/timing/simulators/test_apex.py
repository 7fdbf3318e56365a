from __future__ import annotations

import re

import pytest

from tests.timing.simulators.compare import differences
from tests.timing.simulators.feeds import read, run, truth
from timing.simulators.scenario import KINDS
from timing.simulators.words import LANGUAGES

RACE = {"karts": 20, "minutes": 40, "seed": 10}


def lines_of(frames: list[tuple[int, str]]) -> list[str]:
    return [line for _, text in frames for line in text.split("\n") if line]


@pytest.mark.parametrize("kind", KINDS)
def test_feed_tells_the_truth(kind: str) -> None:
    feed, frames = run(kind=kind, karts=15, minutes=45, seed=5)

    assert differences(truth(feed), read(frames)) == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_feed_tells_the_truth_in_every_language(language: str) -> None:
    feed, frames = run(language=language, karts=8, minutes=25, seed=2)
    words = LANGUAGES[language]

    assert differences(truth(feed), read(frames)) == []
    assert f">{words.labels['llp']}</td>" in frames[0][1]
    assert f"\ncomments||{words.comments}\n" in frames[0][1]
    assert any(f"|in|{words.lap} 1" in line for line in lines_of(frames))


def test_same_seed_gives_the_same_bytes() -> None:
    _, frames = run(**RACE)
    run.cache_clear()

    assert run(**RACE)[1] == frames


def test_opening_block_has_its_order() -> None:
    _, frames = run(**RACE)
    ids = list(dict.fromkeys(line.partition("|")[0] for line in frames[0][1].split("\n") if line))

    assert ids == [
        "init", "best", "css", "effects", "comments", "title1", "title2", "dyn1", "light",
        "wth1", "wth2", "wth3", "track", "com", "grid", "msg",
    ]  # fmt: skip


def test_pushes_are_about_200_ms_apart() -> None:
    _, frames = run(**RACE)
    times = [at for at, _ in frames]

    assert times == sorted(times)
    assert {at % 200 < 7 for at, text in frames if text != "\n"} == {True}


def test_race_starts_and_ends_as_races_do() -> None:
    feed, frames = run(**RACE)
    lines = lines_of(frames)

    start = lines.index("light|lg|")
    assert lines[start + 1].startswith('com||<p><b>10:30</b><span data-flag="green">')
    assert "dyn1|countdown|2400000" in lines
    end = lines.index("light|lf|")
    assert 'data-flag="chequered"' in lines[end + 1]
    finished = {line.partition("c")[0] for line in lines[end:] if line.endswith("|sf|")}
    racing = {car.plan.row for car in feed.races[0].cars if not car.in_pit}
    assert finished == racing
    assert "dyn1|text|" in lines[end:]


def test_equal_lap_comes_as_a_crossing_only() -> None:
    feed, frames = run(karts=30, minutes=60, seed=4)
    reader = read(frames)
    row, number = next(
        (car.plan.row, n)
        for car in feed.races[0].cars
        for n in range(2, len(car.laps))
        if car.laps[n].ms == car.laps[n - 1].ms and not car.laps[n - 1].pit
    )

    rows = reader.session.rows[row]
    assert rows.laps[number][0] == rows.laps[number - 1][0]
    assert len(rows.laps) == len(next(c for c in feed.races[0].cars if c.plan.row == row).laps)


def test_names_of_team_and_driver_take_turns() -> None:
    _, frames = run(**RACE)
    own = [line for line in lines_of(frames) if re.match(r"r44385c4\|", line)]
    styles = [line.split("|")[1] for line in own]

    assert set(styles) == {"dr", "drteam"}
    assert any(re.search(r" \[0:\d\d\]$", line) for line in own)


def test_pit_timer_runs_with_a_dot() -> None:
    _, frames = run(**RACE)
    timers = [line for line in lines_of(frames) if re.match(r"r\d+c\d+\|to\|", line)]

    assert all(re.search(r"\|to\|(\d+:)?\d\d\.$", line) for line in timers)
    assert any(line.endswith("|to|00.") for line in timers)


def test_session_best_turns_green_when_it_is_beaten() -> None:
    _, frames = run(**RACE)
    holders = [line for line in lines_of(frames) if re.match(r"r\d+c12\|tb\|", line)]
    freed = [line for line in lines_of(frames) if re.match(r"r\d+c12\|in\|", line)]

    assert len(holders) > 1
    assert freed


def test_full_state_in_mid_race_is_what_the_lines_add_up_to() -> None:
    feed, _ = run(**RACE)
    build = read([(0, feed.stages[0].opening(feed.now))])
    whole = read(run(**RACE)[1])

    assert {name: row.cells for name, row in build.session.rows.items()} == {
        name: row.cells for name, row in whole.session.rows.items()
    }


def test_rental_heats_use_the_row_ids_again() -> None:
    feed, _ = run(kind="practice", karts=6, minutes=36, seed=9)

    assert [[car.plan.row for car in race.cars] for race in feed.races] == [
        [f"r{n}" for n in range(1, 7)]
    ] * 3
    assert len({race.cars[0].name for race in feed.races}) == 3
