"""Whatever changes something tells the audit log so, once: who, from where, before and after, and
no secret. An address that is added later has to be put into `changes.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.test import Client

from lt_analyzer.isolation.routes import Route, all_routes
from teams.models import AuditEntry
from tests.factories.system import system
from tests.teams.changeable import (
    ADDRESS,
    NEW_PASSWORD,
    OLD_ENDPOINT,
    PASSWORD,
    Case,
    build_place,
)
from tests.teams.changes import AS_WELL_BY_OTHER_METHODS, CASES, CHANGES_NOTHING

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
ROUTES = {route.route: route for route in all_routes() if not route.is_admin}


@pytest.fixture
def place(db: None) -> SimpleNamespace:
    return build_place()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def client_of(place: SimpleNamespace, case: Case) -> Client:
    by_key = {"authorization": f"Bearer {place.key}"} if case.route.startswith("api/") else {}
    client = Client(REMOTE_ADDR=ADDRESS, headers=by_key)
    if case.signed_in:
        client.force_login(getattr(place, case.signed_in))
    if case.route == "account/sessions/end/":
        Client().force_login(place.olga)
    if "uidb64" in case.route:  # the link leads on to an address that is none
        session = client.session
        session["_password_reset_token"] = default_token_generator.make_token(place.oscar)
        session.save()
    return client


def ask(place: SimpleNamespace, case: Case) -> Any:
    route = ROUTES[case.route]
    values = {"team_slug": "ours"} | {name: made(place) for name, made in case.path.items()}
    data, client = case.data(place), client_of(place, case)
    if case.route.startswith("api/"):
        data = json.dumps(data)
    kind = {"content_type": "application/json"} if isinstance(data, str) else {}
    with system():
        AuditEntry.objects.all().delete()
    return getattr(client, case.method)(route.path(values), data, **kind)


def entries() -> list[AuditEntry]:
    with system():
        return list(AuditEntry.objects.select_related("actor").order_by("model", "action"))


def test_each_change_is_told_once_with_who_did_it(place: SimpleNamespace) -> None:
    wrong = {}
    for case in CASES:
        with undone():
            status = ask(place, case).status_code
            found = entries()
        told = sorted((each.action, each.model.rpartition(".")[2]) for each in found)
        who = {"token" if each.token_name else each.actor_name for each in found}
        wanted = "token" if case.route.startswith("api/") else case.who
        if told != sorted(case.told) or who != {wanted}:
            wrong[case.route, case.method] = (status, told, who)

    assert wrong == {}


def test_each_entry_says_from_where_and_what_and_no_secret(place: SimpleNamespace) -> None:
    token = place.token.digest
    secrets = [PASSWORD, NEW_PASSWORD, "secret-path", OLD_ENDPOINT, "push.example", "whsec"]
    secrets += [token, place.invited.token, place.invited.invitation.digest, place.key]
    for case in CASES:
        with undone():
            ask(place, case)
            found = entries()
        for each in found if case.address else []:  # but of who wants to be forgotten
            said = f"{each.object_name} {each.before} {each.after}"
            assert [word for word in secrets if word in said] == [], case.route
            assert each.address == ADDRESS, case.route
            if each.action == "changed":
                assert each.before.keys() == each.after.keys() != set(), case.route
            if each.action in ("created", "deleted"):
                assert bool(each.after if each.action == "created" else each.before), case.route


def test_no_address_that_takes_anything_is_forgotten(place: SimpleNamespace) -> None:
    known = {(case.route, case.method.upper()) for case in CASES}
    harmless = {*CHANGES_NOTHING, *AS_WELL_BY_OTHER_METHODS}
    found = {
        (name, method)
        for name, route in ROUTES.items()
        for method in UNSAFE & taken(place, route)
        if (name, method) not in known and name not in harmless
    }

    assert found == set()
    assert {route for route, _method in known} | harmless <= ROUTES.keys()


def taken(place: SimpleNamespace, route: Route) -> set[str]:
    """Asked for what no address does, each says what it does."""
    client = Client(headers={"authorization": f"Bearer {place.key}"} if route.is_api else {})
    if not route.is_api:
        client.force_login(place.olga)
    ids = dict.fromkeys(("feed_id", "race_id", "entry_id"), place.feed.pk)
    ids |= {"pk": place.feed.pk if "uuid:pk" in route.route else 1, "monitor_id": 1}
    values = dict.fromkeys(route.kwargs, "x") | ids | {"team_slug": "ours", "code": "AAAAAAAA"}
    answer = client.generic("BREW", route.path(values))
    return set(answer.get("Allow", ", ".join(UNSAFE)).split(", "))
