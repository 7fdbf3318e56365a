"""The ways round the scope stand where they are expected, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [
    path
    for app in ("teams", "races", "timing", "displays", "lt_analyzer")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]

UNSCOPED = {
    "teams/scopes.py": "explains it",
    "teams/scoping.py": "the scope itself",
    "teams/auditing.py": "what a row was before it is written",
    "teams/audit.py": "writes the log, also where no scope is open",
    "teams/audit_values.py": "names a row that an entry points at",
    "teams/rotation.py": "encrypts the secrets of every team anew",
    "teams/tokens.py": "a key is looked up before it says which team it opens",
    "lt_analyzer/isolation/": "tries to leak",
    "teams/doors.py": "looks up who asks, before there can be a scope",
    "teams/invitations.py": "a link is looked up before it says to which team it leads",
    "teams/delivery/devices.py": "a browser that renews its address says of no team",
    "teams/delivery/unsubscribing.py": "a link is looked up before it says to which team it leads",
}
# Whole applications that serve all teams at once are named by their folder.
EVERY_TEAM = {
    "teams/scopes.py": "defines it",
    "teams/doors.py": "superusers in the admin",
    "teams/services.py": "a new team is in no scope yet",
    "teams/delivery/worker.py": "delivers what any team has to tell",
    "teams/housekeeping.py": "forgets what is over, of whatever team",
    "teams/personal.py": "what is held about a person, in whatever team",
    "races/services.py": "a shared feed is found, and followed, before it is visible",
    "races/catalogue.py": "tracks are one catalogue for all",
    "races/merging.py": "displays of any team follow a merged race",
    "races/management/commands/prune.py": "a command for the whole installation",
    "displays/announcements.py": "what operators say, to all teams or on a display of any",
    "timing/": "the pipeline writes the facts of all feeds",
    "lt_analyzer/": "commands that set up an installation",
}


def files_with(text: str) -> set[str]:
    return {str(p.relative_to(ROOT)) for p in CODE if text in p.read_text(encoding="utf-8")}


def test_the_unscoped_manager_is_used_where_there_is_a_reason():
    assert _outside(files_with("_base_manager"), UNSCOPED) == _files(UNSCOPED)


def test_look_ups_without_a_scope_say_so_and_why():
    """Or PostgreSQL would answer them with nothing."""
    silent = _files(UNSCOPED) - files_with("before_scope(") - {"teams/auditing.py"}

    assert silent == set()
    assert {path.split("/")[0] for path in files_with("before_scope(")} == {"teams"}


def test_every_team_is_opened_where_there_is_a_reason():
    assert _outside(files_with("every_team("), EVERY_TEAM) == _files(EVERY_TEAM)


def _files(reasons: dict[str, str]) -> set[str]:
    return {path for path in reasons if not path.endswith("/")}


def _outside(found: set[str], reasons: dict[str, str]) -> set[str]:
    folders = tuple(path for path in reasons if path.endswith("/"))
    return {path for path in found if not path.startswith(folders)}


def test_nothing_owns_the_tables_but_what_makes_them():
    assert {path.split("/")[1] for path in files_with("as_owner(")} == {"postgresql"}


@pytest.mark.parametrize("text", [".raw(", "cursor()", "_raw_delete"])
def test_no_query_is_written_by_hand(text):
    """SQL of our own would pass by every scope; a lease may have its reasons."""
    assert {
        path
        for path in files_with(text)
        if not path.startswith(
            ("timing/", "teams/scop", "lt_analyzer/postgresql/", "lt_analyzer/isolation/")
        )
    } <= {"lt_analyzer/health.py"}
