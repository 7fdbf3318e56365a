"""Column layouts of the grid, as data: (cell kind, data-type, label key, priority, width, min).

The cell kind is ours; data-type and label are all that a client sees of it.
"""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    cell: str
    type: str
    label: str
    attributes: str


COLUMNS = {
    "grp": Column("grp", "grp", "", 'data-pr="6"'),
    "sta": Column("sta", "sta", "", 'data-pr="1"'),
    "rk": Column("rk", "rk", "rk", 'data-pr="1"'),
    "no": Column("no", "no", "no", 'data-pr="1"'),
    "team": Column("dr", "dr", "team", 'data-pr="1" data-width="23" data-min="16"'),
    "driver": Column("dr", "dr", "driver", 'data-pr="1" data-width="31" data-min="16"'),
    "nat": Column("nat", "nat", "nat", 'data-pr="5" data-width="7"'),
    "class": Column("class", "class", "category", 'data-pr="6" data-width="11" data-min="8"'),
    "category": Column("class", "", "category", 'data-pr="6" data-width="9" data-min="6"'),
    "s1": Column("s1", "s1", "S1", 'data-pr="3" data-width="6" data-min="6"'),
    "s2": Column("s2", "s2", "S2", 'data-pr="3" data-width="6" data-min="6"'),
    "s3": Column("s3", "s3", "S3", 'data-pr="3" data-width="6" data-min="6"'),
    "llp": Column("llp", "llp", "llp", 'data-pr="2" data-width="12" data-min="7"'),
    "blp": Column("blp", "blp", "blp", 'data-pr="6" data-width="10" data-min="7"'),
    "best": Column("blp", "", "blp", 'data-pr="6" data-width="15" data-min="11"'),
    "gap": Column("gap", "gap", "gap", 'data-pr="1" data-width="12" data-min="8"'),
    "int": Column("int", "int", "int", 'data-pr="5" data-width="9" data-min="7"'),
    "tlp": Column("tlp", "tlp", "tlp", 'data-pr="5" data-width="5" data-min="4"'),
    "otr": Column("otr", "otr", "otr", 'data-pr="2" data-width="9" data-min="8"'),
    "pit": Column("pit", "pit", "pit", 'data-pr="2" data-width="6" data-min="7"'),
    "pena": Column("pena", "", "pena", 'data-pr="6" data-width="7" data-min="5"'),
}

LAYOUTS = {
    "team_race": "sta rk no team llp tlp gap int blp otr pit pena",
    "team_race_nat": "sta rk no team nat llp gap int blp otr pit pena",
    "team_race_classes": "grp sta rk no category team tlp llp blp gap int pit otr pena",
    "team_race_bare": "rk no team llp tlp pit",
    "team_practice": "grp sta rk no team llp blp gap tlp otr pit pena",
    "team_practice_other": "sta rk no team nat best llp gap tlp pit",
    "team_practice_bare": "rk no team llp tlp",
    "rental": "grp sta rk no driver llp blp gap tlp",
    "rental_other": "sta rk no driver blp llp tlp gap",
    "rental_practice_bare": "rk no driver llp",
    "rental_race": "grp sta rk no driver llp gap blp",
    "rental_race_laps": "grp sta rk no driver llp gap tlp blp",
    "rental_race_other": "sta rk no driver tlp gap best llp int",
    "rental_race_bare": "rk no driver llp gap blp otr",
    "championship": "grp sta rk no nat driver class llp best gap int tlp",
}


def columns(layout: str, *, sectors: int = 0) -> tuple[Column, ...]:
    """The columns of a layout; a track with sectors gets its sector columns before llp."""
    names = LAYOUTS[layout].split()
    at = names.index("llp")
    names[at:at] = [f"s{index + 1}" for index in range(sectors)]
    return tuple(COLUMNS[name] for name in names)
