"""Secrets of teams are on no page, in no file and in no answer, whatever asks for their rows."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from pprint import pformat
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib import admin
from django.core import serializers
from django.core.management import call_command
from django.db import models
from django.test import Client
from rest_framework.serializers import ModelSerializer

from lt_analyzer.isolation.world import our_models
from lt_analyzer.postgresql.wall import as_owner
from teams.models import ApiToken, Delivery, Invitation, PushSubscription, User, Webhook
from teams.rotation import encrypted_fields
from teams.scoping import every_team
from teams.secrets import EncryptedTextField, Sealed
from tests import factories as make
from tests.factories.system import system
from tests.teams.delivery import build

HUSH = "hush-hush"
MODELS = [Webhook, PushSubscription, ApiToken, Invitation]


@pytest.fixture
def rows(db: None) -> SimpleNamespace:
    """One of each kind that has secrets, all of whose secrets are the same word."""
    team = make.team("Ours")
    user = make.member(team, "ada", "owner")
    with system():
        own = {"team": team, "endpoint": HUSH, "p256dh": HUSH, "auth": HUSH}
        PushSubscription.objects.create(user=user, digest=HUSH, browser=HUSH, **own)
        Webhook.objects.create(team=team, name="Pit", url=f"https://x.example/{HUSH}", secret=HUSH)
        ApiToken.objects.create(team=team, name="Wall", prefix="lt_a", digest=HUSH)
        ends = build.NOW.replace(year=2100)
        Invitation.objects.create(team=team, email="a@example.com", digest=HUSH, expires_at=ends)
    return SimpleNamespace(team=team, user=user)


def all_of(model: type[models.Model]) -> list[Any]:
    with every_team("test"):
        return list(model._base_manager.all())


def secret_names(model: Any) -> set[str]:
    named = set(getattr(model, "secret_fields", ()))
    fields = model._meta.concrete_fields
    return named | {each.name for each in fields if isinstance(each, EncryptedTextField)}


def test_no_row_says_its_secrets_of_itself(rows: SimpleNamespace) -> None:
    for model in MODELS:
        (row,) = all_of(model)
        for name in secret_names(model):
            assert HUSH in str(getattr(row, name)), f"the check of {model}.{name} has no power"
        with system():  # an invitation is called by its team's name, too
            said = f"{row} {row!r} {pformat(row)} {[row]} %r" % row
        assert HUSH not in said
    assert HUSH not in repr(Sealed(HUSH))


# -- dumpdata and loaddata


def dumped() -> str:
    out = StringIO()
    with as_owner():
        names = [model._meta.label for model in encrypted_fields()]
        call_command("dumpdata", *names, "teams.Team", "teams.User", "--all", stdout=out)
    return out.getvalue()


def test_what_is_dumped_is_encrypted(rows: SimpleNamespace) -> None:
    found = {each["model"]: each["fields"] for each in json.loads(dumped())}

    for model, names in encrypted_fields().items():
        for name in names:
            text = found[model._meta.label_lower][name]
            assert text.startswith("lt-sealed:gAAAA"), f"{model}.{name}"
            assert HUSH not in text


def test_what_was_dumped_is_loaded(rows: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    file.write_text(dumped())
    with system():
        Webhook.objects.all().delete()
        PushSubscription.objects.all().delete()

    with as_owner():
        call_command("loaddata", str(file), verbosity=0)

    (hook,), (device,) = all_of(Webhook), all_of(PushSubscription)
    assert (hook.url, hook.secret) == (f"https://x.example/{HUSH}", HUSH)
    assert (device.endpoint, device.p256dh, device.auth) == (HUSH, HUSH, HUSH)


def test_a_row_that_no_key_opens_is_dumped_as_it_is(rows: SimpleNamespace, settings: Any) -> None:
    """A backup must not fail, and the key may turn up again."""
    before = dumped()
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]

    assert dumped() == before


def test_a_row_that_is_not_stored_yet_is_dumped_encrypted_too(rows: SimpleNamespace) -> None:
    found = serializers.serialize("json", [Webhook(team=rows.team, name="n", url=HUSH, secret="")])

    assert HUSH not in found
    (again,) = serializers.deserialize("json", found)
    assert (again.object.url, again.object.secret) == (HUSH, "")


# -- pages and answers


def test_no_page_of_the_admin_shows_a_secret(rows: SimpleNamespace, client: Client) -> None:
    client.force_login(make.user("root", is_staff=True, is_superuser=True))
    for model in MODELS:
        (row,) = all_of(model)
        label = f"{model._meta.app_label}/{model._meta.model_name}"
        for path in (f"/admin/{label}/", f"/admin/{label}/{row.pk}/change/"):
            page = client.get(path)
            assert page.status_code == 200, path
            assert HUSH not in page.text, path
            assert "gAAAA" not in page.text, path


def test_no_admin_has_a_secret_among_its_fields(rf: Any) -> None:
    request = rf.get("/admin/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    for model in our_models():
        if model not in admin.site._registry or model is User:  # whose password Django masks
            continue
        shown = admin.site._registry[model]
        names = {*shown.list_display, *shown.search_fields, *shown.list_filter}
        with every_team("test"):
            names |= set(shown.get_fields(request, None))
        assert not secret_names(model) & {str(name) for name in names}, model


def test_no_answer_of_the_api_has_a_secret_among_its_fields() -> None:
    found = _below(ModelSerializer)
    assert found
    for each in found:
        model = getattr(getattr(each, "Meta", None), "model", None)
        if model is not None:
            assert not secret_names(model) & set(each().fields), each


def _below(kind: type) -> list[Any]:
    return [found for each in kind.__subclasses__() for found in (each, *_below(each))]


def test_what_a_delivery_keeps_names_no_address_and_no_secret(rows: SimpleNamespace) -> None:
    build.offer(rows.team, push=True, webhook=True)

    found = all_of(Delivery)
    assert len(found) == 2
    for row in found:
        kept = {name: value for name, value in vars(row).items() if name != "_state"}
        assert HUSH not in str(kept)
