from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from races.models import Follow
from teams import tokens
from teams.enums import Role
from teams.models import Team
from teams.scoping import scope
from tests import factories as make
from tests.factories.system import system
from timing.models import Alert, AlertRule, Monitor, Plan

pytestmark = pytest.mark.django_db

PREFIXES = ["monitors", "plans", "alert-rules", "alerts"]
NOBODY = "00000000-0000-0000-0000-000000000000"


def a_place(name: str) -> SimpleNamespace:
    team = make.team(name)
    feed = make.followed_feed(team, name=f"{name} feed")
    race = make.race(feed)
    kart = make.entry(race, number="7", competitor=f"{name} karting")
    return SimpleNamespace(team=team, feed=feed, race=race, kart=kart)


@pytest.fixture
def ours() -> SimpleNamespace:
    return a_place("Ours")


@pytest.fixture
def theirs() -> SimpleNamespace:
    found = a_place("Theirs")
    filled(found, 1)
    return found


def client_of(team: Team, role: Role) -> Client:
    client = Client()
    client.force_login(make.member(team, role=role))
    return client


@pytest.fixture
def client(ours) -> Client:
    return client_of(ours.team, Role.MANAGER)


def filled(place: SimpleNamespace, rows: int) -> None:
    with system():
        for number in range(rows):
            feed = make.followed_feed(place.team)
            monitor = Monitor.objects.create(
                team=place.team, feed=feed, kind="rival", value=f"{place.team.name} {number}"
            )
            Plan.objects.create(team=place.team, feed=feed, name=f"{place.team.name} plan")
            rule = AlertRule.objects.create(
                team=place.team, kind="pit_in", monitor=monitor, name=f"{place.team.name} rule"
            )
            Alert.objects.create(
                team=place.team,
                feed=feed,
                rule=rule,
                kind="pit_in",
                severity="info",
                title=f"{place.team.name} alert",
                at=make.after(number),
            )


def of(model: Any, place: SimpleNamespace) -> Any:
    with system():
        return model.objects.filter(team=place.team).first()


def send(client: Client, method: str, path: str, **data: Any) -> Any:
    asked = getattr(client, method)
    return asked(f"/api/{path}", data, content_type="application/json")


def results(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/{path}").json()["results"]
    return found


# -- watching


def test_an_entry_is_watched_by_its_number(client, ours) -> None:
    answer = send(client, "post", "monitors/", feed=str(ours.feed.pk), kind="ours", value="7")

    assert answer.status_code == 201
    row = of(Monitor, ours)
    assert answer.json() == {
        "id": row.pk,
        "feed": str(ours.feed.pk),
        "kind": "ours",
        "by": "number",
        "entry": None,
        "value": "7",
        "note": "",
        "place": 0,
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert results(client, f"monitors/?feed={ours.feed.pk}&kind=ours") == [answer.json()]
    assert client.get(f"/api/monitors/{row.pk}/").json() == answer.json()


@pytest.mark.parametrize(
    ("by", "expected"),
    [("entry", ("entry", "7")), ("number", (None, "7")), ("name", (None, "Ours karting"))],
)
def test_an_entry_is_watched_as_itself_or_gives_the_value(by, expected, client, ours) -> None:
    feed, entry = str(ours.feed.pk), str(ours.kart.pk)
    answer = send(client, "post", "monitors/", feed=feed, kind="rival", by=by, entry=entry)

    assert answer.status_code == 201
    row = of(Monitor, ours)
    assert (row.entry_id and "entry", row.value) == expected


def test_posting_an_entry_again_changes_it(client, ours) -> None:
    given = {"feed": str(ours.feed.pk), "value": "7"}
    send(client, "post", "monitors/", kind="rival", note="fast", **given)

    send(client, "post", "monitors/", kind="ours", **given)

    (found,) = results(client, "monitors/")
    assert (found["kind"], found["note"]) == ("ours", "fast")


def test_kind_and_note_are_changed_and_whom_it_watches_stays(client, ours) -> None:
    made = send(client, "post", "monitors/", feed=str(ours.feed.pk), kind="rival", value="7").json()
    path = f"monitors/{made['id']}/"

    answer = send(client, "patch", path, kind="ours", note="ours now", value="9")

    assert answer.json() == made | {"kind": "ours", "note": "ours now"}
    assert send(client, "patch", path, note="").json()["note"] == ""
    assert client.delete(f"/api/{path}").status_code == 204
    assert results(client, "monitors/") == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "kind"),
        ({"kind": "friend"}, "kind"),
        ({"kind": "ours", "by": "smell"}, "by"),
        ({"kind": "ours"}, "detail"),
        ({"kind": "ours", "value": " "}, "detail"),
        ({"kind": "ours", "by": "entry"}, "detail"),
        ({"kind": "ours", "entry": NOBODY}, "entry"),
        ({"kind": "ours", "value": "7", "feed": NOBODY}, "feed"),
        ({"kind": "ours", "value": "7", "feed": 7}, "feed"),
    ],
)
def test_what_cannot_be_watched_is_explained(given, named, client, ours) -> None:
    answer = send(client, "post", "monitors/", **{"feed": str(ours.feed.pk)} | given)

    assert answer.status_code == 400
    assert list(answer.json()) == [named]
    assert of(Monitor, ours) is None


def test_nothing_of_another_team_can_be_watched(client, ours, theirs) -> None:
    entry = send(
        client,
        "post",
        "monitors/",
        feed=str(ours.feed.pk),
        kind="ours",
        by="entry",
        entry=str(theirs.kart.pk),
    )
    feed = send(client, "post", "monitors/", feed=str(theirs.feed.pk), kind="ours", value="7")

    assert list(entry.json()) == ["entry"]
    assert list(feed.json()) == ["feed"]
    assert "does not exist" in entry.text
    assert of(Monitor, ours) is None


def test_a_plan_has_a_name_and_notes(client, ours) -> None:
    feed = str(ours.feed.pk)
    made = send(client, "post", "plans/", feed=feed, name="Two stops", notes="rain at four")
    again = send(client, "post", "plans/", feed=feed, name="Three stops")

    row = of(Plan, ours)
    shown = {"id": row.pk, "feed": feed, "name": "Three stops", "notes": "rain at four"}
    assert (made.status_code, again.json()) == (201, shown)
    changed = send(client, "patch", f"plans/{row.pk}/", notes="")
    assert changed.json() == shown | {"notes": ""}
    assert results(client, f"plans/?feed={feed}") == [changed.json()]
    assert client.delete(f"/api/plans/{row.pk}/").status_code == 405


# -- rules


def test_a_rule_is_made_changed_and_deleted(client, ours) -> None:
    made = send(client, "post", "alert-rules/", kind="gap", threshold=5000, push=True)

    assert made.status_code == 201
    row = of(AlertRule, ours)
    assert made.json() == {
        "id": row.pk,
        "name": "",
        "kind": "gap",
        "feed": None,
        "subject": "watched",
        "monitor": None,
        "threshold": 5000,
        "severity": "warning",
        "cooldown_s": 30,
        "quiet_from": None,
        "quiet_to": None,
        "sound": False,
        "push": True,
        "email": False,
        "webhook": False,
        "is_enabled": True,
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }
    path = f"alert-rules/{row.pk}/"
    quiet = {"quiet_from": "22:00:00", "quiet_to": "06:00:00"}
    changed = send(client, "patch", path, is_enabled=False, **quiet)
    assert changed.json() == made.json() | {"is_enabled": False} | quiet
    assert results(client, "alert-rules/?kind=gap&is_enabled=false") == [changed.json()]
    assert client.delete(f"/api/{path}").status_code == 204
    assert of(AlertRule, ours) is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "kind"),
        ({"kind": "gap"}, "detail"),
        ({"kind": "gap", "threshold": -1}, "threshold"),
        ({"kind": "pit_in", "quiet_from": "22:00"}, "detail"),
        ({"kind": "pit_in", "subject": "all"}, "subject"),
        ({"kind": "pit_in", "cooldown_s": 10**9}, "detail"),
        ({"kind": "pit_in", "monitor": 987654}, "monitor"),
        ({"kind": "pit_in", "feed": NOBODY}, "feed"),
    ],
)
def test_a_rule_that_makes_no_sense_is_explained(given, named, client, ours) -> None:
    answer = send(client, "post", "alert-rules/", **given)

    assert answer.status_code == 400
    assert list(answer.json()) == [named]


def test_a_rule_names_no_watched_entry_of_another_team(client, ours, theirs) -> None:
    monitor = of(Monitor, theirs)

    answer = send(client, "post", "alert-rules/", kind="pit_in", monitor=monitor.pk)

    assert (answer.status_code, list(answer.json())) == (400, ["monitor"])
    assert answer.json()["monitor"] == [f'Invalid pk "{monitor.pk}" - object does not exist.']


# -- alerts


def test_alerts_are_filtered_and_acknowledged(ours, theirs) -> None:
    filled(ours, 3)
    client = client_of(ours.team, Role.MEMBER)
    newest, middle, oldest = results(client, "alerts/")
    assert results(client, f"alerts/?feed={oldest['feed']}") == [oldest]
    assert results(client, "alerts/?since=2026-05-01T12:00:02Z") == [newest]

    foreign = of(Alert, theirs)
    answer = send(client, "post", "alerts/seen/", ids=[newest["id"], str(foreign.pk), NOBODY])

    assert answer.json() == {"ids": [newest["id"]]}
    (seen,) = results(client, "alerts/?seen=true")
    assert seen | {"seen_at": None, "seen_by": ""} == newest
    assert seen["seen_at"] is not None
    assert seen["seen_by"].startswith("user")
    assert results(client, "alerts/?seen=false") == [middle, oldest]
    again = send(client, "post", "alerts/seen/", ids=[newest["id"]])
    assert again.json() == {"ids": []}
    assert of(Alert, theirs).seen_at is None


def test_a_moment_outside_the_calendar_is_refused(ours, client) -> None:
    filled(ours, 1)

    for said in ("since=0001-01-01T00:00:00%2B23:59", "until=9999-12-31T23:59:59-23:59"):
        assert client.get(f"/api/alerts/?{said}").status_code == 400
    assert len(results(client, "alerts/?since=2026-05-01T14:00:00%2B02:00")) == 1


@pytest.mark.parametrize("ids", [None, [], ["x"], "x", [NOBODY] * 501])
def test_what_is_to_be_acknowledged_must_be_said(ids, client) -> None:
    assert send(client, "post", "alerts/seen/", ids=ids).status_code == 400


# -- who may


def test_who_sees_no_alerts_sees_no_rules(ours) -> None:
    """As on the pages: what a team waits for tells as much."""
    filled(ours, 1)
    viewer = client_of(ours.team, Role.VIEWER)

    found = {prefix: viewer.get(f"/api/{prefix}/").status_code for prefix in PREFIXES}

    assert found == {"monitors": 200, "plans": 200, "alert-rules": 403, "alerts": 403}


@pytest.mark.parametrize(
    ("role", "alerts", "write"),
    [
        (Role.VIEWER, 403, 403),
        (Role.MEMBER, 200, 403),
        (Role.MANAGER, 200, 201),
        (Role.OWNER, 200, 201),
    ],
)
def test_each_role_may_do_what_its_permissions_say(role, alerts, write, ours) -> None:
    client = client_of(ours.team, role)

    assert client.get("/api/monitors/").status_code == 200
    assert client.get("/api/alerts/").status_code == alerts
    assert send(client, "post", "alerts/seen/", ids=[NOBODY]).status_code == alerts
    rule = send(client, "post", "alert-rules/", kind="flag")
    assert rule.status_code == write
    if write == 403:
        assert rule.json() == {
            "detail": "This needs the permission dashboard:write, which your role does not give."
        }


@pytest.mark.parametrize(("access", "expected"), [("read", 403), ("write", 201)])
def test_a_token_of_the_team_may_do_what_it_was_made_for(access, expected, ours) -> None:
    owner = make.member(ours.team, role=Role.OWNER)
    with scope(ours.team):
        _token, key = tokens.create_token(
            team=ours.team, name="Pit wall", access=access, created_by=owner
        )
    client = Client(headers={"authorization": f"Bearer {key}"})

    assert client.get("/api/alerts/").status_code == 200
    answer = send(client, "post", "alert-rules/", kind="flag")
    assert answer.status_code == expected
    assert send(client, "post", "alerts/seen/", ids=[NOBODY]).status_code in (200, 403)
    if access == "read":
        assert answer.json()["detail"] == "This API token only reads. Make one that may write."


def test_a_token_acknowledges_in_nobodys_name(ours) -> None:
    filled(ours, 1)
    owner = make.member(ours.team, role=Role.OWNER)
    with scope(ours.team):
        _token, key = tokens.create_token(
            team=ours.team, name="Pit wall", access="write", created_by=owner
        )
    client = Client(headers={"authorization": f"Bearer {key}"})

    send(client, "post", "alerts/seen/", ids=[str(of(Alert, ours).pk)])

    row = of(Alert, ours)
    assert row.seen_at is not None
    assert row.seen_by is None


def test_what_a_browser_changes_needs_the_csrf_token(ours) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.member(ours.team, role=Role.OWNER))

    answer = send(client, "post", "alert-rules/", kind="flag")

    assert answer.status_code == 403
    assert "CSRF" in answer.text


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rows_of_another_team_are_not_there(prefix, client, ours, theirs) -> None:
    model = {"monitors": Monitor, "plans": Plan, "alert-rules": AlertRule, "alerts": Alert}[prefix]
    row = of(model, theirs)
    path = f"/api/{prefix}/{row.pk}/"

    assert results(client, f"{prefix}/") == []
    for method in ("get", "patch", "delete"):
        answer = getattr(client, method)(path, {"name": "x"}, content_type="application/json")
        assert answer.status_code in (404, 405)
    assert of(model, theirs) == row


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_lists_ask_the_same_number_of_queries(
    client, ours, prefix, rows, django_assert_max_num_queries
) -> None:
    filled(ours, rows)
    with django_assert_max_num_queries(5):  # session, user, membership, count, rows
        assert len(results(client, f"{prefix}/")) == rows


def test_what_was_about_an_unfollowed_feed_can_be_switched_off_and_deleted(client, ours) -> None:
    with system():
        watched = Monitor.objects.create(team=ours.team, feed=ours.feed, kind="ours", value="7")
        rule = AlertRule.objects.create(team=ours.team, feed=ours.feed, kind="flag")
        Follow.objects.all().delete()
    path = f"/api/alert-rules/{rule.pk}/"

    off = client.patch(path, {"is_enabled": False}, content_type="application/json")
    on = client.patch(path, {"is_enabled": True}, content_type="application/json")

    assert (off.status_code, off.json()["is_enabled"], on.status_code) == (200, False, 400)
    assert client.delete(path).status_code == 204
    assert client.delete(f"/api/monitors/{watched.pk}/").status_code == 204
    with system():
        assert not AlertRule.objects.exists()
        assert not Monitor.objects.exists()
