from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.engine.events import KartClass, Message
from timing.protocols import apex_text as text


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("Tour 14", ("lap", 14)),
        ("Giro 5", ("lap", 5)),
        ("Lap 5", ("lap", 5)),
        ("Varv 6", ("lap", 6)),
        ("Volta 9", ("lap", 9)),
        ("Vuelta 3", ("lap", 3)),
        ("Ronde 7", ("lap", 7)),
        ("1 Tour", ("laps", 1)),
        ("12 Tours", ("laps", 12)),
        ("1 Giro", ("laps", 1)),
        ("2 Giri", ("laps", 2)),
        ("1 Lap", ("laps", 1)),
        ("2 Laps", ("laps", 2)),
        ("1 Varv", ("laps", 1)),
        ("1 Volta", ("laps", 1)),
        ("2 Voltas", ("laps", 2)),
        ("2 Vueltas", ("laps", 2)),
        ("2 Rondes", ("laps", 2)),
        ("3 Trs", ("laps", 3)),
        ("0.251", ("ms", 251)),
        ("+0.251", ("ms", 251)),
        ("1:59.153", ("ms", 119_153)),
        ("0.000", ("ms", 0)),
        ("  2 Tours ", ("laps", 2)),
        ("", None),
        ("-", None),
        ("Tour", None),
        ("Tour 123456", None),
        ("2 3", None),
        ("<b>1</b> Tour", None),
    ],
)
def test_a_gap_is_a_lap_number_laps_down_or_a_time(cell: str, read: tuple[str, int] | None) -> None:
    assert text.gap(cell) == read


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("rk", ["Clt", "Cla", "Rnk", "Pos.", "Clssf.", "Clasif."]),
        ("no", ["Kart", "Nº", "No", "N°"]),
        ("nat", ["Nation", "Nacionalidad", "Nazione"]),
        ("dr", ["Equipe", "Team", "Equipo", "Equipa", "Pilote", "Driver"]),
        ("dr", ["Pilota", "Piloto", "Piloot", "Förare"]),
        ("class", ["Clase", "Catégorie", "Categoria", "Categoría", "Class"]),
        ("llp", ["Dernier T.", "Ultimo T.", "Last lap", "Sista v", "Última V."]),
        ("llp", ["Última vuelta", "Laatste ronde"]),
        ("blp", ["Meilleur T.", "Giro mig.", "Best lap", "Bästa varv", "Melhor V."]),
        ("blp", ["Mejor vuelta", "Snelste ronde", "M. Vuelta"]),
        ("gap", ["Ecart", "Écart", "Distacco", "Gap", "Diferença", "Dif.", "Afstand"]),
        ("int", ["Interv.", "Intervalo"]),
        ("tlp", ["Tours", "Giri", "Laps", "Varv", "Voltas", "Vueltas", "Rondes"]),
        ("otr", ["En piste", "In pista", "On track", "Na pista", "Op circuit", "På banan"]),
        ("pit", ["Stands", "Pit stop", "Pits"]),
        ("pen", ["Péna.", "Pena", "Penalty", "Penalización"]),
        ("first", ["First name", "Prénom", "Nome", "Voornaam"]),
        ("last", ["Last name", "Cognome", "Achternaam"]),
        ("s2", ["S2"]),
        (None, ["Pit time", "Tempo Pit", "Tempo", "km/h", "Information", "", " ", "Photo"]),
    ],
)
def test_a_label_tells_what_an_untyped_column_holds(kind: str | None, labels: list[str]) -> None:
    assert [text.column_kind("", label) for label in labels] == [kind] * len(labels)


def test_a_label_says_nothing_of_a_column_with_a_type() -> None:
    assert text.column_kind("sp1", "Last lap") is None


@pytest.mark.parametrize(
    ("label", "teams"),
    [
        ("Equipe", True),
        ("Équipe", True),
        ("Team", True),
        ("Equipo", True),
        ("Lag", True),
        ("Ploeg", True),
        ("Pilote", False),
        ("Driver", False),
        ("Pilota", False),
        ("Piloto", False),
        ("Piloot", False),
        ("Förare", False),
        ("", False),
    ],
)
def test_the_name_column_announces_teams_or_drivers(label: str, teams: bool) -> None:
    assert text.names_teams(label) is teams


@pytest.mark.parametrize(
    ("ranking", "title", "kind"),
    [
        ("laps", "Qualifying", "race"),
        ("best", "QUALIF - Q3: One shot", "qualifying"),
        ("best", "Essais chronométrés", "qualifying"),
        ("best", "Qualificação", "qualifying"),
        ("best", "Kval", "qualifying"),
        ("best", "Tijdtraining", "qualifying"),
        ("best", "SP 1A SENIOR", "qualifying"),
        ("best", "Session 7", "practice"),
        ("best", "Sessão 6", "practice"),
        ("best", "Heat 33", "practice"),
        ("best", "Essais libres", "practice"),
        ("best", "", "practice"),
    ],
)
def test_the_title_tells_qualifying_from_practice(ranking: str, title: str, kind: str) -> None:
    assert text.session_kind(ranking, "", title) == kind


@pytest.mark.parametrize(
    ("cell", "cost"),
    [
        ("1 Tr", (1, None)),
        ("3 Trs", (3, None)),
        ("100 Trs", (100, None)),
        ("2 Tours", (2, None)),
        ("10.000", (None, 10_000)),
        ("1:10.000", (None, 70_000)),
        ("1 Tr 10.000", (1, 10_000)),
        ("", (None, None)),
        ("DSQ", (None, None)),
        ("99999 Trs", (None, None)),
    ],
)
def test_a_penalty_costs_laps_or_seconds_or_both(
    cell: str, cost: tuple[int | None, int | None]
) -> None:
    assert text.penalty(cell) == cost


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("ADA LINDQVIST [0:54]", ("ADA LINDQVIST", 54 * 60_000)),
        ("Ada  Lindqvist  [3:08]", ("Ada Lindqvist", 188 * 60_000)),
        ("ADA LINDQVIST", ("ADA LINDQVIST", None)),
        ("ADA [B] LINDQVIST [1:00]", ("ADA [B] LINDQVIST", 3_600_000)),
        ("ADA [B]", ("ADA [B]", None)),
        ("[0:00]", ("", 0)),
        ("]", ("]", None)),
        ("O&#39;TARRAN [0:01]", ("O'TARRAN", 60_000)),
    ],
)
def test_a_driver_brings_the_time_driven_so_far(cell: str, read: tuple[str, int | None]) -> None:
    assert text.driver(cell) == read


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("MOULIN (987m)", ("MOULIN", 987)),
        ("-LOCATION- (1366m)", ("-LOCATION-", 1_366)),
        ("Piste 1500m", ("Piste 1500m", 1_500)),
        ("KART TRACK", ("KART TRACK", None)),
        ("KARTING DEL SUR  - 1560.000 km", ("KARTING DEL SUR", 1_560)),
        ("PISTA - 1,2 km", ("PISTA", 1_200)),
        ("DOUBLE  BLANK (1107m)", ("DOUBLE BLANK", 1_107)),
        ("", ("", None)),
        ("HUGE (99999999999999m)", ("HUGE (99999999999999m)", None)),
    ],
)
def test_a_track_has_a_name_and_perhaps_a_length(cell: str, read: tuple[str, int | None]) -> None:
    assert text.track(cell) == read


@pytest.mark.parametrize(
    ("name", "colours"),
    [
        ("notc255", KartClass("#ff0000", "#ffffff")),  # a COLORREF: the low byte is red
        ("notc65535", KartClass("#ffff00", "#000000")),
        ("notc16711680", KartClass("#0000ff", "#ffffff")),
        ("no7", None),
        ("notc", None),
        ("notc٣", None),
        ("notc9999999999", None),
    ],
)
def test_a_class_may_be_named_by_its_colour(name: str, colours: KartClass | None) -> None:
    assert text.colorref(name) == colours


def test_a_css_line_gives_two_colours_and_nothing_else() -> None:
    rules = "border-bottom-color:#FF8000 !important; background:url(//evil); color:#FFFFFF"

    assert text.kart_class(rules) == KartClass("#ff8000", "#ffffff")
    assert text.kart_class("background-color:#123456;color:red") == KartClass("", "")


def test_text_is_one_bounded_line_with_its_markup_as_text() -> None:
    assert text.clean(" A&amp;B \t<b>x</b>\r\n ") == "A&B <b>x</b>"
    assert len(text.clean("x" * 100_000)) == text.MAX_TEXT


def test_race_control_is_read_newest_first() -> None:
    block = (
        '<p><b>13:41</b><span data-flag="penalty"></span><span class="com_no notc65535">26</span>'
        "Pénalité - Passage au stand en 01:57 (Tour 962) - 1 Tour</p>"
        '<p><b>13:05</b><span data-flag="penalty"></span><span class="com_no no1">7</span>'
        "Pénalité - contact - 10.000</p>"
        '<p><b>13:02</b><span data-flag="warning"></span><span class="com_no no1">7</span>'
        "Avertissement - casque &amp; gants</p>"
        "<p><b>13:01</b>Bonne course</p>"
        '<p><b>13:00</b><span data-flag="green"></span>Départ</p>'
        "<p></p>"
    )

    assert text.race_control(block) == (
        Message(
            "13:41",
            "penalty",
            "26",
            "Pénalité - Passage au stand en 01:57 (Tour 962) - 1 Tour",
            laps=1,
            lap=962,
        ),
        Message("13:05", "penalty", "7", "Pénalité - contact - 10.000", ms=10_000),
        Message("13:02", "warning", "7", "Avertissement - casque & gants"),
        Message("13:01", "msg", "", "Bonne course"),
        Message("13:00", "green", "", "Départ"),
    )


def test_race_control_is_bounded() -> None:
    assert len(text.race_control("<p>x</p>" * 5_000)) == text.MAX_MESSAGES


@pytest.mark.timeout(60)  # what is not linear here takes hours
@pytest.mark.parametrize("piece", ["<p>", "</p>", "<p><b>", "<p ", "<"])
def test_unfinished_messages_are_read_in_linear_time(piece: str) -> None:
    assert len(text.race_control(piece * 1_000_000)) <= 1


@given(st.text(max_size=200))
def test_no_cell_is_too_strange_to_read(cell: str) -> None:
    for read in (
        text.gap,
        text.penalty,
        text.driver,
        text.track,
        text.kart_class,
        text.colorref,
        text.race_control,
        text.clean,
    ):
        read(cell)
