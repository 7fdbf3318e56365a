from __future__ import annotations

import pytest

from teams.text import lines, one_line


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Team  Rouge ", "Team Rouge"),
        ("Team\r\nBcc: all@example.com", "Team Bcc: all@example.com"),
        ("Team \x1b[31mred\x07", "Team [31mred"),
        ("‮eguoR‬", "eguoR"),
        ("Ou\u200brs\ufeff", "Ours"),
        ("\u2066\u202e\u200b", ""),
        ("Żółw 🏁 équipe 車隊", "Żółw 🏁 équipe 車隊"),
        ("👩‍🔧 می‌خواهم", "👩‍🔧 می‌خواهم"),  # joiners make pictures and words
    ],
)
def test_a_name_is_one_line_of_what_is_shown(given: str, kept: str) -> None:
    assert one_line(given) == kept


def test_a_note_keeps_its_lines() -> None:
    assert lines("\tfirst\r\n\r\n  second\rthird\x00\n") == "first\n\n  second\nthird"
