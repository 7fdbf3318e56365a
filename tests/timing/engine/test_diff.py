from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from timing.engine.diff import Board, diff, patch

small = st.integers(0, 3)
rows = st.dictionaries(
    st.sampled_from(["r1", "r2", "r3"]),
    st.fixed_dictionaries(
        {"pos": st.none() | small, "gap": st.none() | st.lists(small, min_size=2, max_size=2)}
    ),
)
boards = st.fixed_dictionaries(
    {
        "race": st.sampled_from(["a", "b"]),
        "session": st.fixed_dictionaries({"flag": small, "name": small}),
        "classes": st.dictionaries(st.sampled_from(["no1", "no2"]), small),
        "order": st.lists(st.sampled_from(["r1", "r2"]), max_size=3),
        "rows": rows,
        "messages": st.lists(small, max_size=2),
    }
)


def board(**fields: Any) -> Board:
    return {
        "race": "a",
        "session": {"flag": "green", "name": "Final"},
        "classes": {},
        "order": ["r1", "r2"],
        "rows": {"r1": {"pos": 1, "laps": 3}, "r2": {"pos": 2, "laps": 3}},
        "messages": [],
    } | fields


@given(boards, boards)
def test_a_diff_leads_from_one_board_to_the_other(old: Board, new: Board) -> None:
    assert patch(old, diff(old, new)) == new


@given(boards, boards)
def test_neither_function_touches_what_it_gets(old: Board, new: Board) -> None:
    before = copy.deepcopy((old, new))

    change = diff(old, new)
    kept = copy.deepcopy(change)
    patch(old, change)

    assert ((old, new), change) == (before, kept)


@given(boards)
def test_nothing_changed_is_an_empty_diff(value: Board) -> None:
    assert diff(value, copy.deepcopy(value)) == {}


def test_a_lap_changes_the_fields_of_one_row() -> None:
    new = board(rows={"r1": {"pos": 1, "laps": 4}, "r2": {"pos": 2, "laps": 3}})

    assert diff(board(), new) == {"rows": {"r1": {"laps": 4}}}


def test_a_new_entry_comes_whole_and_one_that_went_by_name() -> None:
    new = board(order=["r1", "r3"], rows={"r1": {"pos": 1, "laps": 3}, "r3": {"pos": 2}})

    assert diff(board(), new) == {
        "order": ["r1", "r3"],
        "rows": {"r3": {"pos": 2}},
        "gone": ["r2"],
    }


def test_a_flag_changes_one_field_of_the_session() -> None:
    new = board(session={"flag": "red", "name": "Final"})

    assert diff(board(), new) == {"session": {"flag": "red"}}


def test_rows_that_did_not_change_stay_the_same_objects() -> None:
    old = board()
    new = patch(old, {"rows": {"r1": {"laps": 4}}})

    assert new["rows"]["r2"] is old["rows"]["r2"]
