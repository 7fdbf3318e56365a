from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from teams import housekeeping, jwt
from teams.enums import Role
from teams.housekeeping import KEEP_INVITATIONS, forget_what_is_over
from teams.invitations import LASTS, invite
from teams.models import AuditEntry, Invitation, Session
from teams.scoping import every_team, scope
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = timezone.now()
A_MONTH = timedelta(days=31)


def left() -> list[int]:
    with every_team("test"):
        kept = (Session, OutstandingToken, BlacklistedToken, AccessAttempt, Invitation)
        return [model._base_manager.count() for model in kept]


def test_what_is_over_is_forgotten_and_nothing_else() -> None:
    team = make.team("Ours")
    owner = make.member(team, "owner", role=Role.OWNER)
    client = Client()
    client.force_login(owner)
    client.post("/accounts/login/", {"username": "owner", "password": "wrong"})
    Client().post("/accounts/login/", {"username": "owner", "password": "wrong"})
    jwt.revoke(jwt.issue(user=owner, team=team).refresh)
    with scope(team):
        invite(team=team, email="ada@example.com", role=Role.VIEWER, by=owner)

    assert (forget_what_is_over(now=NOW), left()) == (0, [1, 1, 1, 1, 1])
    assert (forget_what_is_over(now=NOW + A_MONTH), left()) == (3, [0, 0, 0, 0, 1])
    over = timezone.now() + LASTS + KEEP_INVITATIONS
    assert (forget_what_is_over(now=over), left()) == (1, [0, 0, 0, 0, 0])


def test_the_audit_log_is_kept_as_long_as_the_operator_says(settings) -> None:
    team = make.team("Ours")

    def entry(days: int) -> int:
        with every_team("test"):
            at = NOW - timedelta(days=days, seconds=1)
            return AuditEntry.objects.create(team=team, at=at, action="created", model="x").pk

    entry(10)
    kept = [entry(9)]
    settings.KEEP_AUDIT_DAYS = 0
    assert forget_what_is_over(now=NOW) == 0
    settings.KEEP_AUDIT_DAYS = 10
    assert forget_what_is_over(now=NOW) == 1
    with every_team("test"):
        assert list(AuditEntry.objects.values_list("pk", flat=True)) == kept


def test_much_goes_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    for key in range(5):
        Session.objects.create(session_key=f"{key}", session_data="", expire_date=NOW - A_MONTH)

    assert (forget_what_is_over(now=NOW), Session.objects.count()) == (5, 0)
