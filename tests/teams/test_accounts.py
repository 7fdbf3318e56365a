from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from teams import accounts
from teams.models import Session, User
from teams.sessions import SessionStore
from tests import factories as make
from tests.post import IN_MEMORY, Ear, mailed_path, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make.user("ada")


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def token() -> str:
    return mailed_path().rstrip("/").rpartition("/")[2]


def link() -> accounts.AddressLink:
    found = accounts.read_link(token())
    assert found is not None
    return found


def session_of(user: User) -> str:
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store.create()
    return str(store.session_key)


def test_verify_address_says_when(ada, committed):
    with committed():
        accounts.ask_to_verify(user=ada)
    accounts.verify_address(link=link())

    ada.refresh_from_db()
    assert timezone.now() - ada.email_verified_at < timedelta(minutes=1)
    assert mails() == [("ada@example.com", "Is this your address?")]


def test_verify_address_twice_changes_nothing(ada, committed):
    with committed():
        accounts.ask_to_verify(user=ada)
    accounts.verify_address(link=link())
    ada.refresh_from_db()

    assert link().is_done
    accounts.verify_address(link=link())

    assert User.objects.get(pk=ada.pk).email_verified_at == ada.email_verified_at


def test_new_address_counts_once_it_has_answered(ada, committed):
    with committed():
        accounts.ask_new_address(user=ada, email=" New@EXAMPLE.com ")
    before = User.objects.get(pk=ada.pk).email
    with committed():
        accounts.verify_address(link=link())

    assert (before, User.objects.get(pk=ada.pk).email) == ("ada@example.com", "New@example.com")
    assert mails() == [
        ("New@example.com", "Is this your address?"),
        ("ada@example.com", "Your account on LT-Analyzer has another address"),
    ]


def test_new_address_of_another_account_is_not_told(ada, committed):
    make.user("bob")
    with committed():
        accounts.ask_new_address(user=ada, email="BOB@example.com")

    assert mails() == []


def test_new_address_that_was_taken_meanwhile_is_refused(ada, committed):
    with committed():
        accounts.ask_new_address(user=ada, email="new@example.com")
    make.user("bob", email="NEW@example.com")

    with pytest.raises(accounts.AccountError):
        accounts.verify_address(link=link())
    assert User.objects.get(pk=ada.pk).email == "ada@example.com"


def test_link_ends_with_another_password_or_address(ada, committed):
    with committed():
        accounts.ask_new_address(user=ada, email="evil@example.com")
    ada.set_password("another")
    ada.save()

    assert accounts.read_link(token()) is None


def test_link_ends_with_another_change_of_address(ada, committed):
    with committed():
        accounts.ask_new_address(user=ada, email="first@example.com")
    first = token()
    with committed():
        accounts.ask_new_address(user=ada, email="second@example.com")
    accounts.verify_address(link=link())

    assert accounts.read_link(first) is None


@pytest.mark.parametrize("damage", ["x", "", ":"])
def test_link_that_was_changed_is_none(damage, ada, committed):
    with committed():
        accounts.ask_to_verify(user=ada)

    assert accounts.read_link(token()[:-1] + damage) is None


def test_link_lasts_three_days(ada, committed, monkeypatch):
    with committed():
        accounts.ask_to_verify(user=ada)
    now = signing.time.time()
    days = 24 * 3600

    for age, is_good in ((2.9 * days, True), (3.1 * days, False)):
        monkeypatch.setattr(signing.time, "time", lambda age=age: now + age)
        assert (accounts.read_link(token()) is not None) == is_good


def test_change_of_password_ends_other_sessions(ada, committed, settings):
    settings.CHANNEL_LAYERS = IN_MEMORY
    ear, kept, other = Ear(), session_of(ada), session_of(ada)
    bobs = session_of(make.user("bob"))

    with committed():
        accounts.password_was_changed(user=ada, keep=kept)

    left = set(Session.objects.values_list("session_key", flat=True))
    assert left == {kept, bobs}
    assert other not in left
    assert ear.users() == [[ada.pk]]
    assert mails() == [("ada@example.com", "Your password for LT-Analyzer was changed")]


def test_reset_of_password_ends_all_and_verifies_the_mailbox(ada):
    session_of(ada)

    accounts.password_was_reset(user=ada)

    assert not Session.objects.exists()
    assert User.objects.get(pk=ada.pk).email_verified_at is not None


def test_end_sessions_ends_ones_own_only(ada, committed, settings):
    settings.CHANNEL_LAYERS = IN_MEMORY
    ear, mine, bobs = Ear(), session_of(ada), session_of(make.user("bob"))

    with committed():
        assert accounts.end_sessions(user=ada, keys=[mine, bobs]) == 1

    assert [each.session_key for each in Session.objects.all()] == [bobs]
    assert ear.users() == [[ada.pk]]
