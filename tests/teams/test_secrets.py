from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from lt_analyzer.checks import keys_open_what_is_stored
from teams import rotation
from teams.models import Webhook
from teams.scoping import scope
from teams.secrets import SecretLost, decrypt, encrypt
from tests import factories as make

OLD, NEW = (Fernet.generate_key().decode() for _key in range(2))


@pytest.fixture
def keys(settings: Settings) -> Settings:
    settings.SECRETS_KEYS = [OLD]
    return settings


@pytest.fixture
def hook(db: None, keys: Settings) -> Webhook:
    team = make.team()
    with scope(team):
        return Webhook.objects.create(team=team, name="Pit", url="https://x.example", secret="s")


def stored(row: Webhook) -> tuple[str, str]:
    """The columns as the database holds them."""
    with scope(row.team), connection.cursor() as cursor:
        cursor.execute("SELECT url, secret FROM teams_webhook WHERE id = %s", [row.pk])
        return cursor.fetchone()


def again(row: Webhook) -> Webhook:
    with scope(row.team):
        return Webhook.objects.get(pk=row.pk)


def test_a_secret_is_readable_by_us_and_not_in_the_database(hook):
    assert (again(hook).url, again(hook).secret) == ("https://x.example", "s")
    assert not {"https://x.example", "s"} & set(stored(hook))
    assert decrypt(stored(hook)[0]) == "https://x.example"


def test_a_new_key_in_front_reads_what_the_old_one_wrote(hook, keys):
    keys.SECRETS_KEYS = [NEW, OLD]

    assert again(hook).secret == "s"
    assert Fernet(NEW).decrypt(encrypt("x").encode()) == b"x"


def test_a_lost_key_fails_where_the_secret_is_needed_and_no_list(hook, keys):
    keys.SECRETS_KEYS = [NEW]

    with scope(hook.team):
        assert [row.name for row in Webhook.objects.all()] == ["Pit"]
        assert list(Webhook.objects.values_list("name", flat=True)) == ["Pit"]
    with pytest.raises(SecretLost, match="SECRETS_KEYS"):
        print(again(hook).secret)


def test_a_row_whose_key_is_lost_is_saved_with_its_secret_untouched(hook, keys):
    keys.SECRETS_KEYS = [NEW]
    before, row = stored(hook), again(hook)
    row.name = "Box"
    with scope(hook.team):
        row.save()

    assert stored(hook) == before
    assert again(hook).name == "Box"


def test_a_lost_secret_can_be_given_anew(hook, keys):
    keys.SECRETS_KEYS = [NEW]
    row = again(hook)
    row.secret = "other"
    with scope(hook.team):
        row.save(update_fields=["secret"])

    assert again(hook).secret == "other"


def test_a_deferred_secret_is_read_when_asked_for(hook):
    with scope(hook.team):
        row = Webhook.objects.defer("secret").get()

        assert row.get_deferred_fields() == {"secret"}
        assert row.secret == "s"


def test_an_empty_secret_is_kept_as_such(keys, db):
    team = make.team()
    with scope(team):
        row = Webhook.objects.create(team=team, name="n", url="", secret="")

        assert Webhook.objects.get(pk=row.pk).url == ""


# -- a new key


def rotated() -> str:
    out = StringIO()
    call_command("rotate_secrets", stdout=out)
    return out.getvalue()


def test_rotating_writes_every_secret_with_the_first_key(hook, keys):
    keys.SECRETS_KEYS = [NEW, OLD]

    assert rotated() == "Secrets: 2 rewritten, 0 already current.\n"
    keys.SECRETS_KEYS = [NEW]
    assert (again(hook).url, again(hook).secret) == ("https://x.example", "s")
    assert rotated() == "Secrets: 0 rewritten, 2 already current.\n"


def test_rotating_goes_through_all_teams_in_batches(hook, keys, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    for _team in range(2):
        team = make.team()
        with scope(team):
            for _hook in range(2):
                Webhook.objects.create(team=team, name="n", url="u", secret="s")
    keys.SECRETS_KEYS = [NEW, OLD]

    assert rotated() == "Secrets: 10 rewritten, 0 already current.\n"


def test_rotating_names_the_rows_that_no_key_opens(hook, keys):
    keys.SECRETS_KEYS = [NEW]
    with scope(hook.team):
        other = Webhook.objects.create(team=hook.team, name="n", url="u", secret="s")
    out, err = StringIO(), StringIO()

    with pytest.raises(CommandError, match="not in SECRETS_KEYS"):
        call_command("rotate_secrets", stdout=out, stderr=err)

    assert out.getvalue() == "Secrets: 0 rewritten, 2 already current.\n"
    assert err.getvalue() == f"teams.Webhook: no key opens the secrets of {hook.pk}.\n"
    assert again(other).secret == "s"


def test_a_secret_that_is_changed_meanwhile_is_left_as_it_is(hook, keys, monkeypatch):
    keys.SECRETS_KEYS = [NEW, OLD]

    def changed_meanwhile(stored: str) -> bool:
        with scope(hook.team):
            Webhook.objects.update(secret="newer")
        return False

    monkeypatch.setattr(rotation, "is_current", changed_meanwhile)

    assert rotation.rotate().rewritten == 1, "the address, which nobody changed"
    assert again(hook).secret == "newer"


def test_every_encrypted_field_is_rotated():
    assert {model._meta.label: names for model, names in rotation.encrypted_fields().items()} == {
        "teams.PushSubscription": ["endpoint", "p256dh", "auth"],
        "teams.Webhook": ["url", "secret"],
    }


def test_the_check_names_what_no_key_opens(hook, keys):
    assert keys_open_what_is_stored(databases=["default"]) == []
    keys.SECRETS_KEYS = [NEW]

    (found,) = keys_open_what_is_stored(databases=["default"])

    assert found.id == "lt.W006"
    assert found.msg == (f"No key in SECRETS_KEYS opens secrets of 1 teams.Webhook: {hook.pk}.")
    assert keys_open_what_is_stored() == [], "without a database nothing is asked"
