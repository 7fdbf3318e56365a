from __future__ import annotations

from tests.timing.simulators.feeds import run

RACE = {"karts": 6, "minutes": 30, "seed": 21, "mishaps": "title_flicker"}


def titles(frames: list[tuple[int, str]]) -> list[str]:
    lines = [line for _, text in frames for line in text.split("\n")]
    return [line.removeprefix("title2||") for line in lines if line.startswith("title2|")]


def test_an_edition_is_in_the_title_and_nowhere_else() -> None:
    _, plain = run(**RACE)
    _, again = run(**RACE, edition="01.06. 14:05")

    assert titles(plain) == ["Course 1H", "Test", "Course 1H"]
    assert titles(again) == ["Course 1H 01.06. 14:05", "Test", "Course 1H 01.06. 14:05"]
    assert [(at, text.replace(" 01.06. 14:05", "")) for at, text in again] == plain
