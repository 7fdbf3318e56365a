from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from teams import tokens
from teams.enums import Access
from teams.models import ApiToken, Team, User
from teams.scoping import scope
from teams.services import TeamError
from teams.standing import of_token
from tests import factories as make
from tests.factories.system import system

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.team("Ours")


@pytest.fixture
def owner(team: Team) -> User:
    return make.member(team, "olga", role="owner")


def made(team: Team, owner: User, **fields: object) -> tuple[ApiToken, str]:
    given = {"name": "Laptop", "access": Access.READ} | fields
    with scope(team):
        return tokens.create_token(team=team, created_by=owner, **given)


def test_a_key_opens_its_team_and_is_not_kept(team, owner) -> None:
    token, key = made(team, owner)

    assert key.startswith("lt_")
    assert len(key) == 46
    assert key.startswith(token.prefix)
    assert tokens.token_of(key) == token
    with system():
        row = ApiToken.objects.values().get()
    assert not any(key in str(value) for value in row.values())


def test_what_a_token_may_do_is_at_most_what_a_manager_may(team, owner) -> None:
    read, _key = made(team, owner)
    write, _key = made(team, owner, access=Access.WRITE)

    assert sorted(of_token(read).permissions) == ["alerts:read", "dashboard:read"]
    assert sorted(of_token(write).permissions) == [
        "alerts:read",
        "dashboard:read",
        "dashboard:write",
    ]


def test_a_key_that_is_not_right_opens_nothing(team, owner) -> None:
    token, key = made(team, owner)

    assert tokens.token_of(key[:-1]) is None
    assert tokens.token_of(token.digest) is None
    assert tokens.token_of("lt_") is None


def test_a_token_expires(team, owner) -> None:
    now = timezone.now()
    _late, late = made(team, owner, expires_at=now - timedelta(seconds=1))
    soon, key = made(team, owner, expires_at=now + timedelta(hours=1))

    assert tokens.token_of(late) is None
    assert tokens.token_of(key) == soon


def test_a_revoked_token_opens_nothing_and_stays_to_be_seen(
    team, owner, django_capture_on_commit_callbacks
) -> None:
    token, key = made(team, owner)

    with scope(team), django_capture_on_commit_callbacks() as told:
        tokens.revoke_token(token=token)
        at = token.revoked_at
        tokens.revoke_token(token=token)

    assert tokens.token_of(key) is None
    assert tokens.still_good(token.pk) is None
    assert len(told) == 2
    with system():
        token.refresh_from_db()
    assert token.revoked_at == at


def test_the_last_use_is_written_once_a_minute(team, owner, django_assert_num_queries) -> None:
    token, key = made(team, owner)

    tokens.note_use(token)

    found = tokens.token_of(key)
    assert found is not None
    assert found.last_used_at is not None
    with django_assert_num_queries(0):
        tokens.note_use(found)
    first = found.last_used_at
    tokens.note_use(token)  # another process, which has not seen it yet
    with system():
        found.refresh_from_db()
    assert found.last_used_at == first


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": " "}, "A token needs a name, so that you know later what it is for."),
        ({"access": "everything"}, "A token reads, or reads and writes."),
    ],
)
def test_what_a_token_must_have(fields, error, team, owner) -> None:
    with pytest.raises(TeamError, match=error):
        made(team, owner, **fields)


def test_a_team_has_so_many_tokens(team, owner, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 1)
    token, _key = made(team, owner)
    with pytest.raises(TeamError, match="A team has at most 1 tokens"):
        made(team, owner)

    with scope(team):
        tokens.revoke_token(token=token)
    made(team, owner)
