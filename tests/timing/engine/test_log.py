from __future__ import annotations

from tests.timing.apex_feed import RACE, Played, Table, block, said
from timing.engine.facts import MessageFact, PenaltyFact
from timing.engine.log import MAX_LINES

TABLE = Table(*RACE)
GO = said("12:00", "green", "Go")
HIT = said("12:05", "penalty", "Contact - 10.000", "7")
LATE = said("12:09", "penalty", "Stint too long (Lap 9) - 1 Lap", "8")
NOTE = said("12:10", "msg", "Rain")


def hearing(*logs: str) -> Played:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7"}, "r2": {"no": "8"}}, light="lg"))
    for number, log in enumerate(logs, start=1):
        played.at(60 * number, f"com||{log}")
    return played


def texts(played: Played) -> list[str]:
    """Oldest first; what was withdrawn in brackets."""
    lines = sorted(played.state.log, key=lambda line: line.order)
    return [f"({x.message.text})" if x.withdrawn else x.message.text for x in lines]


def penalties(played: Played, row: str) -> list[tuple[int, int | None, int | None, bool]]:
    return [
        (fact.number, fact.laps, fact.ms, fact.withdrawn_at is not None)
        for fact in played.facts(PenaltyFact, row)
    ]


def test_new_lines_are_told_by_difference() -> None:
    played = hearing(GO, HIT + GO, LATE + HIT + GO)
    facts = played.races[played.state.id].facts[MessageFact].values()

    assert [(fact.order, fact.message.text, fact.at) for fact in facts] == [
        (0, "Go", played.ms(60)),
        (1, "Contact - 10.000", played.ms(120)),
        (2, "Stint too long (Lap 9) - 1 Lap", played.ms(180)),
    ]


def test_a_penalty_is_of_the_entry_with_that_number() -> None:
    played = hearing(GO, LATE + HIT + GO)

    assert penalties(played, "r1") == [(1, None, 10_000, False)]
    assert penalties(played, "r2") == [(1, 1, None, False)]
    assert played.facts(PenaltyFact, "r2")[0].lap == 9


def test_a_line_that_went_is_withdrawn_and_not_forgotten() -> None:
    played = hearing(GO, HIT + GO, LATE + HIT + GO, LATE + GO)

    assert texts(played) == ["Go", "(Contact - 10.000)", "Stint too long (Lap 9) - 1 Lap"]
    assert penalties(played, "r1") == [(1, None, 10_000, True)]


def test_lines_after_a_withdrawn_one_keep_their_order() -> None:
    played = hearing(GO, LATE + HIT + GO, LATE + GO, NOTE + LATE + GO)

    assert texts(played) == ["Go", "(Contact - 10.000)", "Stint too long (Lap 9) - 1 Lap", "Rain"]


def test_an_edited_line_takes_the_place_of_the_old_one() -> None:
    edited = said("12:05", "penalty", "Contact - 20.000", "7")
    played = hearing(LATE + HIT + GO, LATE + edited + GO)

    assert sorted(texts(played)[1:3]) == ["(Contact - 10.000)", "Contact - 20.000"]
    assert (texts(played)[0], texts(played)[3]) == ("Go", "Stint too long (Lap 9) - 1 Lap")
    assert penalties(played, "r1") == [(1, None, 10_000, True), (2, None, 20_000, False)]


def test_the_same_line_twice_is_two_lines() -> None:
    assert texts(hearing(HIT + HIT + GO)) == ["Go", "Contact - 10.000", "Contact - 10.000"]


def test_a_log_that_went_blank_for_a_moment_withdraws_nothing() -> None:
    played = hearing(HIT + GO, "", HIT + GO)

    assert texts(played) == ["Go", "Contact - 10.000"]
    assert penalties(played, "r1") == [(1, None, 10_000, False)]


def test_a_penalty_whose_number_two_entries_bear_is_of_nobody() -> None:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7"}, "r2": {"no": "7"}}, light="lg"))
    played.at(60, f"com||{HIT + GO}")

    assert (penalties(played, "r1"), penalties(played, "r2")) == ([], [])
    assert texts(played) == ["Go", "Contact - 10.000"]


def test_lines_that_were_there_before_us_have_no_instant() -> None:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7", "llp": "59.000"}}, light="lg", log=HIT + GO))
    facts = played.races[played.state.id].facts[MessageFact].values()

    assert [fact.at for fact in facts] == [None, None]


def test_a_flood_of_lines_is_bounded() -> None:
    floods = ["".join(said("12:00", "msg", f"{n}/{m}") for m in range(900)) for n in range(8)]

    assert len(hearing(*floods).state.log) <= MAX_LINES
