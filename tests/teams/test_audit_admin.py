"""What operators change in the admin is told to the audit log as anything else is: once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import models, transaction
from django.test import Client

from teams.auditing import AuditedModel
from teams.models import ApiToken, AuditEntry, PushSubscription, User, Webhook
from teams.scoping import every_team
from tests import factories as make
from tests.teams.changeable import build_place

# What is changed of a row of each kind: a field of its page, and another value.
CHANGES = {
    "auth.Group": ("name", "Marshals"),
    "displays.Display": ("name", "Foyer"),
    "races.Feed": ("name", "Other ring"),
    "races.Race": ("name", "Final"),
    "races.Track": ("name", "Other"),
    "teams.ApiToken": None,  # to be looked at and deleted
    "teams.Invitation": None,
    "teams.Membership": ("role", "viewer"),
    "teams.PushSubscription": None,
    "teams.Team": ("time_zone", "Europe/Paris"),
    "teams.User": ("first_name", "Ada"),
    "teams.Webhook": ("is_enabled", None),
    "timing.AlertRule": ("name", "Stops"),
    "timing.Monitor": ("note", "stops long"),
    "timing.Plan": ("name", "B"),
    "races.Follow": None,
}


@pytest.fixture
def place(db: None) -> SimpleNamespace:
    rows = build_place()
    rows.group = Group.objects.create(name="Stewards")
    rows.race = make.full_race(rows.feed, entries=2)
    return rows


@pytest.fixture
def operator(db: None) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(make.user("root", is_staff=True, is_superuser=True))
    return client


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic(), every_team("test"):
        AuditEntry.objects.all().delete()
        yield
        transaction.set_rollback(True)


def told() -> list[tuple[str, str, str, str | None]]:
    return [(e.action, e.model, e.actor_name, e.address) for e in AuditEntry.objects.order_by("pk")]


def changeable() -> list[Any]:
    request = SimpleNamespace(user=User(is_superuser=True, is_staff=True), method="POST", GET={})
    found = admin.site._registry.items()
    return [
        model
        for model, shown in found
        if shown.has_change_permission(request) or shown.has_delete_permission(request)  # type: ignore[arg-type]
    ]


def row_of(model: type[models.Model], place: SimpleNamespace) -> Any:
    if model is User:
        return place.guest
    with every_team("test"):
        return model._base_manager.order_by("-pk").first()


class Form(HTMLParser):
    """What a browser would send of the page's own form, unchanged."""

    def __init__(self, page: str, name: str) -> None:
        super().__init__()
        self.name, self.inside, self.select, self.area = name, False, "", ""
        self.said: dict[str, Any] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        has = dict(attrs)
        if tag == "form":
            self.inside = has.get("id") == self.name
        elif self.inside and tag == "input":
            is_box = has.get("type") in ("checkbox", "radio")
            if has.get("name") and has.get("type") != "submit" and ("checked" in has or not is_box):
                self.said[has["name"]] = has.get("value", "on" if is_box else "")
        elif self.inside and tag == "select":
            self.select = has["name"]
        elif self.inside and tag == "option" and self.select and "selected" in has:
            self.said.setdefault(self.select, []).append(has["value"])
        elif self.inside and tag == "textarea":
            self.area = has["name"]
            self.said[self.area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.said[self.area] += data.removeprefix("\n")


def path_of(model: type[models.Model], row: Any, what: str) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/{what}/"


def test_whoever_may_be_changed_tells_the_log(place: SimpleNamespace) -> None:
    for model in changeable():
        label = model._meta.label
        assert label in CHANGES, f"say how a row of {label} is changed"
        assert model is Group or (issubclass(model, AuditedModel) and model.is_audited), label


def test_a_change_in_the_admin_is_told_once(place: SimpleNamespace, operator: Client) -> None:
    for model in changeable():
        change = CHANGES[model._meta.label]
        if change is None:
            continue
        row, (name, value) = row_of(model, place), change
        path = path_of(model, row, "change")
        said = Form(operator.get(path).text, f"{model._meta.model_name}_form").said
        said = {key: given for key, given in said.items() if key != name or value is not None}
        said |= {} if value is None else {name: value}
        with undone():
            answer = operator.post(path, said)
            found = told()
        assert answer.status_code == 302, (path, answer.context and answer.context["errors"])
        assert found == [("changed", model._meta.label_lower, "root", "192.0.2.7")], path


def test_a_deletion_in_the_admin_is_told_once(place: SimpleNamespace, operator: Client) -> None:
    for model in changeable():
        row = row_of(model, place)
        path = path_of(model, row, "delete")
        with undone():
            answer = operator.post(path, {"post": "yes"})
            found = told()
        assert answer.status_code == 302, path
        # The log forgets the name of an account that goes.
        assert [each[:2] for each in found] == [("deleted", model._meta.label_lower)], path


@pytest.mark.parametrize(
    ("model", "action", "entry"),
    [
        ("displays/display", "disable", ("changed", "displays.display")),
        ("races/feed", "pin", ("changed", "races.feed")),
        ("races/feed", "disable", ("changed", "races.feed")),
        ("races/feed", "restart", ("created", "races.feedrequest")),
        ("races/race", "reset", ("reset", "races.race")),
        ("races/race", "merge", ("merged", "races.race")),
    ],
)
def test_an_action_in_the_admin_is_told_once(
    model: str, action: str, entry: tuple[str, str], place: SimpleNamespace, operator: Client
) -> None:
    chosen = {"displays/display": [place.display], "races/feed": [place.feed]}
    races = [place.race, make.full_race(place.feed)]
    rows = chosen.get(model, races if action == "merge" else races[:1])
    said = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "yes"}

    with undone():
        operator.post(f"/admin/{model}/", said)
        assert told() == [(*entry, "root", "192.0.2.7")]


def test_another_password_given_in_the_admin_is_told_and_not_shown(
    place: SimpleNamespace, operator: Client
) -> None:
    new = {"password1": "quite another one", "password2": "quite another one"}
    with undone():
        operator.post(
            f"/admin/teams/user/{place.guest.pk}/password/", new | {"usable_password": "true"}
        )
        assert told() == [("changed the password", "teams.user", "root", "192.0.2.7")]
        assert AuditEntry.objects.get().after == {}


# -- groups, which are Django's own


def test_a_group_that_is_made_and_given_rights_is_told(operator: Client, db: None) -> None:
    rights = list(Permission.objects.order_by("pk")[:2])
    said = {"name": "Stewards", "permissions": [each.pk for each in rights]}
    with undone():
        operator.post("/admin/auth/group/add/", said)
        (entry,) = AuditEntry.objects.all()
        group = Group.objects.get()
        operator.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Stewards"})
        *_before, second = AuditEntry.objects.order_by("pk")
        operator.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Stewards"})
        assert AuditEntry.objects.count() == 2, "nothing was changed"

        names = sorted(map(str, rights))
        assert (entry.action, entry.object_name, entry.before, entry.after) == (
            "created",
            "Stewards",
            {},
            {"name": "Stewards", "permissions": names},
        )
        assert (second.action, second.before, second.after) == (
            "changed",
            {"permissions": names},
            {"permissions": []},
        )


def test_groups_that_are_deleted_together_are_told_each(operator: Client, db: None) -> None:
    groups = [Group.objects.create(name=name) for name in ("a", "b")]
    said = {"action": "delete_selected", "_selected_action": [each.pk for each in groups]}
    with undone():
        operator.post("/admin/auth/group/", said | {"post": "yes"})
        found = AuditEntry.objects.order_by("object_name")
        assert [(each.action, each.object_name) for each in found] == [
            ("deleted", "a"),
            ("deleted", "b"),
        ]


def test_tokens_that_were_refused_are_nobodys_to_look_at() -> None:
    assert not [model for model in admin.site._registry if "blacklist" in model._meta.app_label]
    assert {ApiToken, PushSubscription, Webhook} <= set(changeable())
