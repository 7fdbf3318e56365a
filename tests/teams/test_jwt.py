from __future__ import annotations

import json
import uuid
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from teams import jwt
from teams.enums import Role
from teams.models import Membership, Team, User
from teams.personal import delete_account
from teams.standing import Standing
from tests import factories as make
from tests.factories.system import system

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.team("Ours")


@pytest.fixture
def ada(team: Team) -> User:
    return make.member(team, "ada", role=Role.MANAGER)


def standing(pair: jwt.Pair) -> Standing | None:
    return jwt.standing_of(jwt.read(jwt.Access, pair.access))


def refused(text: str, kind: type = jwt.Refresh) -> bool:
    try:
        jwt.read(kind, text)
    except jwt.Refused:
        return True
    return False


def test_a_token_says_who_and_which_team_and_not_what_is_allowed(team, ada) -> None:
    pair = jwt.issue(user=ada, team=team)

    said = json.loads(urlsafe_b64decode(pair.access.split(".")[1] + "=="))
    assert sorted(said) == [
        "exp",
        "family",
        "iat",
        "jti",
        "password",
        "team",
        "token_type",
        "user_id",
    ]
    assert (said["user_id"], said["team"]) == (str(ada.pk), str(team.pk))
    assert said["exp"] - said["iat"] == pair.expires_in == 86_400
    found = standing(pair)
    assert found is not None
    assert (found.user, found.team, found.role) == (ada, team, "manager")
    assert found.permissions == {"dashboard:read", "alerts:read", "dashboard:write"}


def test_a_role_is_asked_for_at_every_use(team, ada) -> None:
    pair = jwt.issue(user=ada, team=team)
    with system():
        Membership.objects.update(role=Role.VIEWER)

    found = standing(pair)

    assert found is not None
    assert found.permissions == {"dashboard:read"}


def test_a_token_of_one_team_opens_no_other(team, ada) -> None:
    other = make.team("Theirs")
    with system():
        Membership.objects.create(team=other, user=ada)
    pair = jwt.issue(user=ada, team=team)
    with system():
        Membership.objects.filter(team=team).delete()

    assert standing(pair) is None


@pytest.mark.parametrize("how", ["inactive", "password", "deleted"])
def test_a_token_ends_with_the_account(how, team, ada) -> None:
    pair = jwt.issue(user=ada, team=team)
    if how == "inactive":
        ada.is_active = False
    elif how == "password":
        ada.set_password("another one")
    ada.save()
    if how == "deleted":
        ada.delete()

    assert standing(pair) is None


def test_a_refresh_token_is_good_once(team, ada) -> None:
    first = jwt.issue(user=ada, team=team)

    second = jwt.renew(first.refresh)

    assert standing(second) is not None
    assert standing(first) is not None, "what was given out lasts its time"
    third = jwt.renew(second.refresh)
    assert standing(third) is not None


def test_a_refresh_token_that_comes_again_was_stolen(team, ada) -> None:
    first = jwt.issue(user=ada, team=team)
    second = jwt.renew(first.refresh)

    with pytest.raises(jwt.Refused):
        jwt.renew(first.refresh)

    assert standing(second) is None
    with pytest.raises(jwt.Refused):
        jwt.renew(second.refresh)


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_revoking_ends_all_that_came_of_one_sign_in(which, team, ada) -> None:
    here, elsewhere = jwt.issue(user=ada, team=team), jwt.issue(user=ada, team=team)
    newer = jwt.renew(here.refresh)

    claims = jwt.revoke(getattr(newer, which))

    assert claims is not None
    assert claims.user_id == ada.pk
    assert standing(here) is None
    assert standing(newer) is None
    assert standing(elsewhere) is not None
    assert jwt.revoke(newer.access) is not None, "twice changes nothing"


def test_families_are_seen_and_ended(team, ada) -> None:
    bob = make.member(team, "bob")
    first, second = (
        jwt.issue(user=ada, team=team, where=where) for where in ("curl", "Python · 192.0.2.1")
    )
    renewed, other = jwt.renew(first.refresh), jwt.issue(user=bob, team=team)

    def seen() -> list[str]:
        return [row.token for row in jwt.families_of(ada)]

    assert seen() == ["Python · 192.0.2.1", "curl"]
    assert jwt.end_families(user=bob, name=jwt.families_of(ada)[1].jti) == 0
    assert jwt.end_families(user=ada, name=jwt.families_of(ada)[1].jti) == 1
    assert seen() == ["Python · 192.0.2.1"]
    assert [standing(pair) is None for pair in (first, renewed, second, other)] == [1, 1, 0, 0]
    assert jwt.end_families(user=ada) == 1
    assert seen() == []
    assert [standing(pair) is None for pair in (second, other)] == [True, False]
    with pytest.raises(jwt.Refused):
        jwt.renew(second.refresh)


def test_no_token_is_kept(team, ada) -> None:
    pair = jwt.renew(jwt.issue(user=ada, team=team).refresh)
    jwt.revoke(pair.refresh)

    assert list(OutstandingToken.objects.values_list("token", flat=True)) == ["", ""]


def test_who_left_the_team_renews_nothing(team, ada) -> None:
    pair = jwt.issue(user=ada, team=team)
    with system():
        Membership.objects.all().delete()

    with pytest.raises(jwt.Refused):
        jwt.renew(pair.refresh)


def test_what_is_no_token_of_ours_opens_nothing(team, ada, settings) -> None:
    pair = jwt.issue(user=ada, team=team)
    head, body, signature = pair.access.split(".")

    assert refused("")
    assert refused("lt_x")
    assert refused(pair.refresh, jwt.Access)
    assert refused(pair.access, jwt.Refresh)
    assert refused(f"{head}.{body}.{signature[::-1]}", jwt.Access)
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    assert refused(f"{none}.{body}.", jwt.Access)
    assert jwt.revoke("nonsense") is None


def test_a_token_expires(team, ada) -> None:
    token = jwt.Access()
    token.set_exp(lifetime=timedelta(seconds=-1))

    assert refused(str(token), jwt.Access)
    pair = jwt.issue(user=ada, team=team)
    claims = jwt.read(jwt.Access, pair.access)
    late = replace(claims, expires_at=0.0)
    assert jwt.user_of(late) is None


@pytest.mark.parametrize("missing", ["user_id", "team", "family", "password"])
def test_a_token_that_another_program_signed_with_our_key_opens_nothing(missing) -> None:
    token = jwt.Access()
    said = {"user_id": "1", "team": str(uuid.uuid4()), "family": "x", "password": "x"}
    token.payload.update(said)
    del token.payload[missing]

    assert refused(str(token), jwt.Access)


def test_of_a_deleted_account_there_is_nothing_to_refuse(team, ada) -> None:
    pair = jwt.issue(user=ada, team=team)
    delete_account(user=ada)

    assert jwt.revoke(pair.refresh) is None
    assert jwt.revoke(pair.access) is None
    assert not OutstandingToken.objects.exists()
