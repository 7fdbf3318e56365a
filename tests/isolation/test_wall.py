"""The second wall: what PostgreSQL itself keeps apart, whatever our code asks for.

Raw SQL here stands for every query that somebody forgets to scope. The login of the tests is
nobody's superuser: those are not bound by policies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import (
    IntegrityError,
    ProgrammingError,
    connection,
    connections,
    models,
    transaction,
)
from django.test import Client

from displays.models import Display
from lt_analyzer.isolation.raw import walled_models
from lt_analyzer.postgresql.operations import make_roles
from lt_analyzer.postgresql.wall import OWNER, Standing, as_owner, wanted
from races.models import Feed, Follow, Track
from teams.audit import Actor, acting
from teams.models import AuditEntry, Membership, Team, User, Webhook
from teams.scoping import before_scope, every_team, scope, scope_of
from tests import factories as make
from tests.factories.system import system

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has the first wall only"),
]


def sql(text: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else []


def count(model: type[models.Model]) -> int:
    return int(sql(f'SELECT count(*) FROM "{model._meta.db_table}"')[0][0])


def standing() -> Standing:
    """As the server has it."""
    role, teams = sql("SELECT current_role, current_setting('lt.teams')")[0]
    return Standing(str(role), str(teams))


WALLED = dict(walled_models())
each_walled = pytest.mark.parametrize("model", WALLED, ids=lambda model: model._meta.label)


# -- no table is forgotten


@each_walled
def test_every_table_of_teams_has_its_policies(model):
    table = model._meta.db_table
    enabled = sql("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", table)
    policies = sql(
        "SELECT policyname, roles::text, cmd, qual, with_check FROM pg_policies "
        "WHERE tablename = %s AND policyname <> 'lt_shared' ORDER BY policyname",
        table,
    )
    own = f"({WALLED[model]} = ANY (( SELECT lt_teams() AS lt_teams)::uuid[]))"

    hint = "a new model of teams needs KeepToTeams in a migration: see lt_analyzer/migrations"
    assert enabled == [(True,)], hint
    assert policies == [
        ("lt_system", "{lt_system}", "ALL", "true", None),
        ("lt_team", "{lt_app}", "ALL", own, None),
    ], hint


def test_only_shared_feeds_are_for_all_to_read():
    assert sql("SELECT tablename, cmd, qual FROM pg_policies WHERE policyname = 'lt_shared'") == [
        ("races_feed", "SELECT", "(owner_id IS NULL)")
    ]


def test_the_roles_are_no_logins_and_pass_by_no_policy():
    assert sql(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles "
        "WHERE rolname LIKE 'lt\\_%%' ORDER BY rolname"
    ) == [("lt_app", False, False, False), ("lt_system", False, False, False)]


# -- what raw SQL sees


@each_walled
def test_without_a_scope_no_row_is_seen(model, ours, theirs):
    shared = Feed._base_manager.filter(owner=None).count() if model is Feed else 0

    assert count(model) == shared
    with scope_of([]):
        assert count(model) == shared
    with every_team("test"):
        assert count(model) > shared, "it has power"


@each_walled
def test_in_a_scope_only_its_own_rows_are_seen(model, ours, theirs):
    table, key = model._meta.db_table, model._meta.pk.column
    with scope(ours.team):
        seen = {pk for (pk,) in sql(f'SELECT "{key}" FROM "{table}"')}

    assert ours.rows[model] <= seen
    assert not seen & {pk for pk in theirs.rows[model] if not (model is Feed and is_shared(pk))}


def is_shared(pk: Any) -> bool:
    with system():
        return bool(Feed.objects.filter(pk=pk, owner=None).exists())


@each_walled
def test_rows_of_another_team_cannot_be_changed_or_deleted(model, ours, theirs):
    table, key, column = model._meta.db_table, model._meta.pk.column, WALLED[model]
    row = theirs.of(model)
    with scope(ours.team), connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET "{key}" = "{key}" WHERE "{key}" = %s', [row.pk])
        assert cursor.rowcount == 0
        cursor.execute(f'DELETE FROM "{table}" WHERE "{key}" = %s', [row.pk])
        assert cursor.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute(
                f'UPDATE "{table}" SET "{column}" = %s WHERE "{key}" = %s',
                [theirs.team.pk, ours.private.pk if model is Feed else ours.of(model).pk],
            )
    assert theirs.of(model) == row


def test_rows_cannot_be_put_into_another_team(ours, theirs):
    with scope(ours.team):
        for made in (
            lambda: sql(
                "INSERT INTO races_follow (team_id, feed_id, created_at) VALUES (%s, %s, now())",
                theirs.team.pk,
                ours.private.pk,
            ),
            lambda: Webhook._base_manager.bulk_create(
                [Webhook(team=theirs.team, name="n", url="u", secret="s")]
            ),
            lambda: sql(
                "INSERT INTO races_feed (id, owner_id, name, protocol, address, pinned, enabled, "
                "created_at) VALUES (gen_random_uuid(), null, 'n', 'apex', 'x', true, true, now())"
            ),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                made()


def test_tracks_are_read_by_all_and_written_by_the_system():
    track = make.track("rkc")
    for write in (
        lambda: Track.objects.filter(pk=track.pk).update(name="x"),
        lambda: Track.objects.create(slug="x", name="x"),
        lambda: track.delete(),
    ):
        with scope(make.team()):
            assert list(Track.objects.values_list("slug", flat=True)) == ["rkc"]
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                write()
    with every_team("test"):
        Track.objects.filter(pk=track.pk).update(name="RKC")


def test_entries_of_no_team_are_the_systems():
    with acting(Actor(None, "ada")):
        make.user("grace")

    assert count(AuditEntry) == 0
    with scope(make.team()):
        assert count(AuditEntry) == 0
    with every_team("test"):
        assert count(AuditEntry) == 1


# -- who stands where


def test_a_connection_stands_where_the_scope_says(ours, theirs):
    both = ",".join(sorted([str(ours.team.pk), str(theirs.team.pk)]))
    app = Standing("lt_app", "")

    assert standing() == app
    with scope(ours.team):
        assert standing() == Standing("lt_app", str(ours.team.pk))
        with every_team("test"):
            assert standing() == Standing("lt_system", "")
        with before_scope("test"):
            assert standing() == Standing("lt_system", "")
            with scope(theirs.team):
                assert standing() == Standing("lt_app", str(theirs.team.pk))
        assert standing() == Standing("lt_app", str(ours.team.pk))
    with scope_of([ours.team, theirs.team]):
        assert standing() == Standing("lt_app", both)
    with as_owner():
        assert (wanted(), standing().role) == (OWNER, "lt")
    assert standing() == app


def test_the_look_up_before_a_scope_does_not_open_it(ours):
    with before_scope("test"):
        assert Membership._base_manager.filter(user=ours.user).count() == 1
        with pytest.raises(Exception, match="No team scope is open"):
            Membership.objects.exists()


def test_standing_there_already_costs_nothing(ours, django_assert_num_queries):
    told = []
    with scope(ours.team):
        sql("SELECT 1")
        raw = connection.connection.cursor
        connection.connection.cursor = lambda *a, **k: told.append(a) or raw(*a, **k)
        try:
            with django_assert_num_queries(2):
                sql("SELECT 1")
                sql("SELECT 2")
        finally:
            del connection.connection.cursor

    assert len(told) == 2, "a cursor for each query, and none to say where to stand"


@pytest.mark.parametrize("path", ["/t/{slug}/", "/t/{slug}/members/", "/api/races/"])
def test_a_request_says_at_most_twice_where_it_stands(path, ours, monkeypatch):
    """Who asks is one standing, the team's work the other."""
    path = path.format(slug=ours.team.slug)
    client = Client()
    client.force_login(ours.user)
    client.get(path)  # a session is marked as seen once a minute
    told: list[Standing] = []
    sql_of = Standing.sql.fget

    def counted(here: Standing) -> Any:
        told.append(here)
        return sql_of(here)

    monkeypatch.setattr(Standing, "sql", property(counted))
    assert client.get(path).status_code == 200

    assert told == [Standing("lt_system", ""), Standing("lt_app", str(ours.team.pk))]


def test_a_statement_that_fails_leaves_the_wall_up(ours, theirs):
    with scope(ours.team):
        with pytest.raises(ProgrammingError), transaction.atomic():
            sql("SELECT nonsense")
        assert standing() == Standing("lt_app", str(ours.team.pk))
    assert standing() == Standing("lt_app", "")


def test_a_savepoint_that_is_rolled_back_takes_the_standing_back(ours):
    sql("SELECT 1")
    point = transaction.savepoint()
    with scope(ours.team):
        assert count(Follow) > 0
        transaction.savepoint_rollback(point)
        assert count(Follow) > 0
    point = transaction.savepoint()
    with every_team("test"):
        assert count(Follow) > 0
    transaction.savepoint_rollback(point)

    assert count(Follow) == 0


def test_server_side_cursors_are_walled(ours, theirs):
    with scope(ours.team):
        seen = {row.pk for row in Follow.objects.all().iterator(chunk_size=1)}

    assert seen == ours.rows[Follow]
    assert list(Follow._base_manager.all().iterator(chunk_size=1)) == []


# -- in real transactions


@pytest.fixture
def real(transactional_db: None) -> tuple[Team, Team]:
    ours, theirs = make.team("Ours"), make.team("Theirs")
    for team in (ours, theirs):
        make.followed_feed(team, owner=team)
    return ours, theirs


def _give_up() -> None:
    transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_takes_the_standing_back(real):
    ours, theirs = real
    for ending in (lambda: sql("SELECT nonsense"), _give_up):
        with every_team("test"), suppress(ProgrammingError), transaction.atomic():
            assert count(Follow) == 2
            ending()
        assert count(Follow) == 0
        with scope(ours):
            assert count(Follow) == 1
        with scope(theirs), transaction.atomic():
            assert [team for (team,) in sql("SELECT team_id FROM races_follow")] == [theirs.pk]


@pytest.mark.django_db(transaction=True)
def test_the_scope_may_change_within_a_transaction(real):
    ours, theirs = real
    with transaction.atomic():
        for team in (ours, theirs, ours):
            with scope(team):
                assert sql("SELECT team_id FROM races_follow") == [(team.pk,)]
        assert count(Follow) == 0
    assert count(Follow) == 0


@pytest.mark.django_db(transaction=True)
def test_work_on_commit_stands_where_it_is_done(real):
    ours, seen = real[0], []
    with scope(ours), transaction.atomic():
        transaction.on_commit(lambda: seen.append(count(Follow)))
    with transaction.atomic(), scope(ours):
        transaction.on_commit(lambda: seen.append(count(Follow)))
    with every_team("test"), transaction.atomic():
        transaction.on_commit(lambda: seen.append(count(Follow)))

    assert seen == [1, 0, 2], "the second outlived its scope, as it does on SQLite"


def in_a_thread(ask: Callable[[], Any]) -> Any:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(ask())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_a_session_that_others_used_before_is_walled(real):
    ours = real[0]

    def leave_behind() -> int:
        with every_team("test"):
            count(Follow)
            return int(sql("SELECT pg_backend_pid()")[0][0])

    def as_ours() -> tuple[int, list[Any]]:
        with scope(ours):
            pid = sql("SELECT pg_backend_pid()")[0][0]
            return int(pid), sql("SELECT team_id FROM races_follow")

    connection.close()
    used = in_a_thread(leave_behind)
    pids: set[int] = set()
    while used not in pids:
        assert len(pids) < 20, "the pool gives every session but that one"
        assert in_a_thread(lambda: count(Follow)) == 0
        pid, seen = in_a_thread(as_ours)
        pids.add(pid)
        assert seen == [(ours.pk,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_walled_again(real):
    with every_team("test"):
        count(Follow)
    connection.close()

    assert count(Follow) == 0


# -- what goes past one team


def test_a_person_goes_with_all_memberships(ours, theirs):
    with system():
        Membership.objects.create(team=theirs.team, user=ours.user)
        AuditEntry.objects.create(team=theirs.team, actor=ours.user, at=make.after(0), action="x")

    ours.user.delete()

    assert not User.objects.filter(username="ours-user").exists()
    with system():
        assert not Membership.objects.filter(team=ours.team).exists()


def test_a_team_goes_with_all_that_is_its(ours, theirs):
    with scope(ours.team):
        Team.objects.get().delete()

    with system():
        for model in WALLED:
            own = {pk for pk in ours.rows[model] if not (model is Feed and is_shared(pk))}
            assert not model._base_manager.filter(pk__in=own).exists()
            assert model._base_manager.filter(pk__in=theirs.rows[model]).exists()


def test_unique_values_of_another_team_are_still_taken(ours, theirs):
    with scope(ours.team), pytest.raises(IntegrityError), transaction.atomic():
        Display.objects.create(
            team=ours.team, name="n", feed=ours.private, code=theirs.of(Display).code
        )


# -- roles


@pytest.fixture
def powerless(transactional_db: None) -> Iterator[Any]:
    """A connection whose login is allowed nothing."""
    with as_owner():
        sql("CREATE ROLE powerless LOGIN")
        other = connections["powerless"] = connection.copy("powerless")
        other.settings_dict["USER"] = "powerless"
        other.settings_dict["OPTIONS"] = {}
        yield other
        other.close()
        del connections["powerless"]
        sql("DROP ROLE powerless")


@pytest.mark.django_db(transaction=True)
def test_a_login_that_may_not_make_the_roles_is_told_what_to_run(powerless):
    with pytest.raises(CommandError) as told:
        make_roles(powerless)

    assert str(told.value).split("\n\n")[1] == (
        "    GRANT lt_app TO powerless;\n    GRANT lt_system TO powerless;\n"
    )


def test_tables_of_tomorrow_are_for_the_roles_too():
    with as_owner():
        sql("CREATE TABLE tomorrow (id bigserial)")

    sql("INSERT INTO tomorrow DEFAULT VALUES")
    assert sql("SELECT id FROM tomorrow") == [(1,)]
