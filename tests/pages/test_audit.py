from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from teams.audit_log import ACTIONS
from teams.models import AuditEntry, Team
from tests import factories as make
from tests.factories.system import system

PAGE, FILE = "/t/ours/audit/", "/t/ours/audit/csv/"
APPS = ("teams", "races", "timing", "displays")
HOSTILE = '<script>alert("x")</script>'


def entry(place: SimpleNamespace, **fields: Any) -> AuditEntry:
    fields = {
        "team": place.team,
        "at": timezone.now(),
        "actor": place.owner,
        "actor_name": "owner",
        "action": "changed",
        "model": "teams.webhook",
        "object_id": "7",
        "object_name": "Pit wall",
        "before": {"name": "Box"},
        "after": {"name": "Pit wall"},
    } | fields
    with system():
        return AuditEntry.objects.create(**fields)


def shown(page: Any) -> list[AuditEntry]:
    return [line.entry for line in page.context["lines"]]


def rows(answer: Any) -> list[list[str]]:
    body = b"".join(answer.streaming_content).decode()
    return list(csv.reader(StringIO(body)))


def test_the_log_says_who_changed_what(owner: Client, place: SimpleNamespace) -> None:
    entry(place, token_name="Wall", address="192.0.2.7", model="teams.membership")

    page = owner.get(PAGE)

    line = page.context["lines"][0]
    assert (line.who, line.action, line.kind) == ("Wall", "changed", "membership")
    assert line.changes == [("name", "Box", "Pit wall")]
    assert "192.0.2.7" in page.text


def test_values_are_said_in_words(owner: Client, place: SimpleNamespace) -> None:
    of_ada = {"id": "3", "name": "ada"}
    entry(place, before={}, after={"is_enabled": True, "team": of_ada, "gone": None, "list": [1]})
    entry(place, action="deleted", before={}, after={"also": {"races.Lap": 2, "races.Race": 1}})

    counted, words = owner.get(PAGE).context["lines"]

    assert words.changes == [
        ("team", "", "ada"),
        ("enabled", "", "yes"),
        ("gone", "", ""),
        ("list", "", "[1]"),
    ]
    assert counted.changes == [("with it", "", "2 laps, 1 race")]


def test_choices_and_instants_are_said_as_on_the_pages(
    owner: Client, place: SimpleNamespace
) -> None:
    with system():
        Team.objects.filter(pk=place.team.pk).update(time_zone="Asia/Tokyo")
    at = datetime(2026, 6, 7, 22, 0, tzinfo=UTC)
    made = {"kind": "pit_in", "quiet_from": "22:30:00", "subject": "made up"}
    entry(place, at=at, model="timing.alertrule", before={}, after=made)
    until = {"expires_at": "2026-06-14T22:00:00+00:00", "role": "owner"}
    entry(place, model="teams.invitation", before={}, after=until | {"accepted_at": "soon"})

    page = owner.get(PAGE)

    invitation, rule = page.context["lines"]
    assert rule.changes == [
        ("when", "", "goes into the pits"),
        ("about", "", "made up"),
        ("quiet from", "", "22:30"),
    ]
    assert invitation.changes == [
        ("role", "", "Owner"),
        ("expires", "", "15 Jun 2026, 07:00:00"),
        ("accepted", "", "soon"),
    ]
    assert "8 Jun 2026, 07:00:00" in page.text, "by the clock of the team"
    assert shown(owner.get(PAGE, {"since": "2026-06-08", "until": "2026-06-08"})) == [rule.entry]
    assert len(rows(owner.get(FILE, {"since": "2026-06-08", "until": "2026-06-08"}))) == 2


def test_each_action_is_said_in_words(place: SimpleNamespace) -> None:
    """What is recorded and not here would be shown in the words of the program."""
    source = "".join(path.read_text() for app in APPS for path in Path(app).rglob("*.py"))
    found = set(re.findall(r'audit\.(?:record|entry)\(\s*"([a-z -]+)"', source))

    assert len(found) > 10
    assert found <= ACTIONS.keys()


def test_an_entry_may_be_older_than_its_model(owner: Client, place: SimpleNamespace) -> None:
    entry(place, model="bygone.thing")

    assert owner.get(PAGE).context["lines"][0].kind == "bygone.thing"


def test_the_log_without_any_entry_says_so(owner: Client) -> None:
    assert "Nothing has been changed yet" in owner.get(PAGE).text


def test_the_log_is_for_owners(client: Client, place: SimpleNamespace) -> None:
    for person, status in ((place.reader, 403), (place.stranger, 404)):
        client.force_login(person)
        assert [client.get(url).status_code for url in (PAGE, FILE)] == [status, status]


def test_the_log_of_another_team_and_of_no_team_is_not_shown(
    owner: Client, place: SimpleNamespace
) -> None:
    entry(place, team=place.other)
    entry(place, team=None)

    assert shown(owner.get(PAGE)) == []
    assert len(rows(owner.get(FILE))) == 1, "the heading"


def test_the_log_is_filtered(owner: Client, place: SimpleNamespace) -> None:
    now = timezone.now()
    old = entry(place, at=now - timedelta(days=9))
    token = entry(place, actor=None, actor_name="", token_name="Wall")
    team = entry(place, model="teams.team")
    day = (now - timedelta(days=5)).date().isoformat()
    for query, found in (
        ({"who": str(place.owner.pk)}, [team, old]),
        ({"who": "token:Wall"}, [token]),
        ({"who": "x"}, []),
        ({"kind": "teams.team"}, [team]),
        ({"since": day}, [team, token]),
        ({"until": day}, [old]),
        ({"since": "x", "page": "x"}, [team, token, old]),
        ({"since": "0001-01-01", "until": "9999-12-31"}, [team, token, old]),
    ):
        assert shown(owner.get(PAGE, query)) == found, query

    page = owner.get(PAGE)
    assert page.context["people"] == [
        (str(place.owner.pk), "owner"),
        ("token:Wall", "Wall (token)"),
    ]
    assert page.context["kinds"] == [("teams.team", "team"), ("teams.webhook", "webhook")]


def test_the_log_comes_in_pages(owner: Client, place: SimpleNamespace) -> None:
    for _number in range(60):
        entry(place)

    assert [len(shown(owner.get(PAGE, {"page": n}))) for n in (1, 2)] == [50, 10]
    assert len(rows(owner.get(FILE))) == 61


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_takes_as_many_queries_however_long(
    count: int, owner: Client, place: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        entry(place, object_name=f"{number}", actor_name=f"{number}")

    with django_assert_max_num_queries(7):
        owner.get(PAGE)


def test_hostile_text_is_text(owner: Client, place: SimpleNamespace) -> None:
    entry(place, object_name=HOSTILE, after={HOSTILE: HOSTILE}, actor_name=HOSTILE)

    assert HOSTILE not in owner.get(PAGE).text


def test_the_file_holds_what_the_page_shows_and_no_formula(
    owner: Client, place: SimpleNamespace
) -> None:
    row = entry(place, object_name="=1+1", actor_name="@x", address="192.0.2.7")

    answer = owner.get(FILE, {"kind": "teams.webhook"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="audit-ours.csv"'
    assert rows(answer)[1:] == [
        [
            row.at.isoformat(),
            "'@x",
            "",
            "192.0.2.7",
            "changed",
            "teams.webhook",
            "7",
            "'=1+1",
            '{"name": "Box"}',
            '{"name": "Pit wall"}',
        ]
    ]
    with system():
        assert AuditEntry.objects.filter(action="exported", team=place.team).count() == 1


@pytest.mark.django_db(transaction=True)
async def test_the_file_is_streamed_by_a_server_that_can(place: SimpleNamespace) -> None:
    await sync_to_async(entry)(place)
    client = AsyncClient()
    await client.aforce_login(place.owner)

    answer = await client.get(FILE)
    body = b"".join([part async for part in answer.streaming_content])

    assert len(body.decode().splitlines()) == 2
    await sync_to_async(connections.close_all)()


def test_the_tabs_of_an_owner_lead_here(owner: Client) -> None:
    assert reverse("team-audit", args=["ours"]) in owner.get("/t/ours/settings/").text


def test_a_demo_of_who_writes(owner: Client, place: SimpleNamespace) -> None:
    owner.post("/t/ours/settings/", {"name": "Renamed", "time_zone": ""})

    (entry,) = shown(owner.get(PAGE, {"kind": "teams.team"}))
    assert (entry.actor_name, entry.before, entry.after) == (
        "owner",
        {"name": "Ours"},
        {"name": "Renamed"},
    )
    assert make.team().pk != place.team.pk
