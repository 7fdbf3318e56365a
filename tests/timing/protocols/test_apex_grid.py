from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.protocols.apex_grid import MAX_ROWS, Cell, Grid, GridRow, parse_grid

HEAD = (
    '<tr data-id="r0" class="head" data-pos="0"><td data-id="c1" data-type="sta" data-pr="1"></td>'
    '<td data-id="c2" data-type="rk" data-pr="1">Rnk</td>'
    '<td data-id="c3" data-type="no" data-pr="1">Kart</td>'
    '<td data-id="c4" data-type="dr" data-pr="1" data-width="23" data-min="16">Team</td></tr>'
)
ROW = (
    '<tr data-id="r44404" data-pos="11"><td data-id="r44404c1" class="sr"></td>'
    '<td class="rk"><div><p data-id="r44404c2" class="">11</p></div></td>'
    '<td class="no"><div data-id="r44404c3" class="no1">13</div></td>'
    '<td data-id="r44404c4" class="dr">THE  OTTERS </td></tr>'
)


def table(*rows: str, head: str = HEAD) -> str:
    return f"<tbody>{head}{''.join(rows)}</tbody>"


def head(*columns: tuple[str, str]) -> str:
    cells = "".join(f'<td data-type="{kind}">{label}</td>' for kind, label in columns)
    return f'<tr data-id="r0" class="head">{cells}</tr>'


def test_a_table_gives_columns_and_rows() -> None:
    assert parse_grid(table(ROW)) == Grid(
        columns={1: "sta", 2: "rk", 3: "no", 4: "dr"},
        teams=True,
        rows=(
            GridRow(
                "r44404",
                11,
                (
                    Cell(1, "sr", ""),
                    Cell(2, "", "11"),
                    Cell(3, "no1", "13"),
                    Cell(4, "dr", "THE  OTTERS "),
                ),
            ),
        ),
        dropped=0,
    )


def test_a_table_without_rows_is_one() -> None:
    assert parse_grid(table()).rows == ()
    assert parse_grid(table()).columns == {1: "sta", 2: "rk", 3: "no", 4: "dr"}


def test_cells_count_by_position_when_they_have_no_id() -> None:
    row = '<tr data-id="r1" data-pos="1"><td>x</td><td></td><td data-id="r1c3">5</td></tr>'

    assert parse_grid(table(row)).rows == (GridRow("r1", 1, (Cell(3, "", "5"),)),)


def test_an_older_name_of_the_lap_count_is_understood() -> None:
    assert parse_grid(table(head=head(("lc", "Laps")))).columns == {1: "tlp"}


def test_untyped_columns_are_known_by_their_label() -> None:
    columns = parse_grid(
        table(head=head(("no", "Kart"), ("", "Péna."), ("", "Catégorie"), ("", "Tempo")))
    ).columns

    assert columns == {1: "no", 2: "pen", 3: "class"}


def test_a_label_never_overrules_a_type() -> None:
    columns = parse_grid(table(head=head(("blp", "Best lap"), ("", "M. Vuelta")))).columns

    assert columns == {1: "blp"}


def test_single_drivers_are_told_from_teams_by_the_header() -> None:
    assert parse_grid(table(head=head(("dr", "Pilote")))).teams is False


@pytest.mark.parametrize(
    "key",
    ["", "1", "r", "rx", "r1c2", "r-1", "r٣", "r" + "1" * 16, "r1 onload=x"],
)
def test_a_row_without_a_usable_id_is_dropped(key: str) -> None:
    grid = parse_grid(table(f'<tr data-id="{key}"><td></td></tr>', ROW))

    assert ([row.key for row in grid.rows], grid.dropped) == (["r44404"], 1)


@pytest.mark.parametrize("position", ["", "x", "-1", "1.5", "999999"])
def test_a_position_that_is_none_is_none(position: str) -> None:
    grid = parse_grid(table(f'<tr data-id="r1" data-pos="{position}"></tr>'))

    assert grid.rows == (GridRow("r1", None, ()),)


def test_rows_and_columns_are_bounded() -> None:
    rows = [f'<tr data-id="r{n}"><td data-id="r{n}c1">x</td></tr>' for n in range(1, 1_500)]
    grid = parse_grid(table(*rows, head=head(*[("no", "Kart")] * 200)))

    assert (len(grid.rows), grid.dropped, len(grid.columns)) == (MAX_ROWS, 499, 64)


def test_a_huge_row_is_cut() -> None:
    row = '<tr data-id="r1">' + '<td data-id="r1c1">x</td>' * 100_000 + "</tr>"
    grid = parse_grid(table(row))

    assert len(grid.rows[0].cells) == 64


@pytest.mark.timeout(60)  # what is not linear here takes hours
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "data-id=",
        "<tr ",
        "<tr>",
        "<td ",
        "<td>",
        '<tr data-id="',
        "<p data-id=",
        "</tbody>",
        "<tr data-id='r1'",
    ],
)
def test_unfinished_markup_is_read_in_linear_time(piece: str) -> None:
    for html in (
        "<tbody>" + piece * 200_000,
        table('<tr data-id="r1"><td>' + piece * 200_000 + "</td></tr>"),
        table(*['<tr data-id="r1">' + piece * 1_500] * 100),
    ):
        assert len(parse_grid(html).rows) <= MAX_ROWS


@given(st.text(alphabet=st.sampled_from(list("<>/trdpb=\" 'r1c-adi\n")), max_size=300))
def test_no_table_is_too_strange_to_read(html: str) -> None:
    parse_grid(html)
