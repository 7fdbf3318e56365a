"""Access and refresh tokens (JWT) of a person in one team.

They say who and which team, never what is allowed: that is asked at every use. A refresh token is
good once; used again it is stolen, and the whole family (all that came of one sign-in) is refused.
A family is a row of simplejwt's outstanding tokens, in which `token` says where it came from, so
that its person can see and end it; refused names are rows of its blacklist. The tokens themselves
are stored nowhere.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import Token

from teams import news
from teams.models import Team, User
from teams.standing import Standing, of_person


class Access(Token):
    token_type = "access"  # noqa: S105 - a kind, no secret
    lifetime = api_settings.ACCESS_TOKEN_LIFETIME


class Refresh(Token):
    token_type = "refresh"  # noqa: S105 - a kind, no secret
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: int
    team_id: uuid.UUID
    family: str
    password: str  # of which it is a keyed digest: another password ends all tokens
    name: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str

    @property
    def expires_in(self) -> int:
        return int(Access.lifetime.total_seconds())


class Refused(Exception):  # noqa: N818 - an answer
    """This token opens nothing (any more)."""


def issue(*, user: User, team: Team, family: str = "", where: str = "") -> Pair:
    """`where` is kept of a new family, for the person to know it by."""
    said = {
        "user_id": str(user.pk),
        "team": str(team.pk),
        "family": family or uuid.uuid4().hex,
        "password": _fingerprint(user),
    }
    pair = Pair(_token(Access, said), _token(Refresh, said))
    until = {"expires_at": timezone.now() + Refresh.lifetime}
    begin = until | {"user": user, "created_at": timezone.now(), "token": where}
    OutstandingToken.objects.update_or_create(
        jti=said["family"], defaults=until, create_defaults=begin
    )
    return pair


def families_of(user: User) -> list[OutstandingToken]:
    """Which may still be good, the newest first."""
    found = OutstandingToken.objects.filter(user=user, expires_at__gt=timezone.now())
    return list(found.filter(blacklistedtoken__isnull=True).order_by("-created_at"))


@transaction.atomic
def end_families(*, user: User, name: str = "") -> int:
    """One of the person's, or all. How many there were."""
    rows = [row for row in families_of(user) if name in ("", row.jti)]
    BlacklistedToken.objects.bulk_create(
        [BlacklistedToken(token=row) for row in rows], ignore_conflicts=True
    )
    if rows:
        transaction.on_commit(partial(news.access_changed, users=[user.pk]))
    return len(rows)


def renew(text: str) -> Pair:
    """Another pair for a refresh token, which is then used up. Raises Refused."""
    claims = read(Refresh, text)
    standing = standing_of(claims)
    if standing is None or standing.user is None:
        raise Refused
    if not _refuse(claims.name, claims):
        revoke(text)
        raise Refused
    return issue(user=standing.user, team=standing.team, family=claims.family)


def revoke(text: str) -> Claims | None:
    """Ends the family of an access or refresh token; None if it is none of ours."""
    for kind in (Refresh, Access):
        try:
            claims = read(kind, text)
        except Refused:
            continue
        if not User.objects.filter(pk=claims.user_id).exists():
            return None  # the account took its tokens along
        _refuse(claims.family, claims)
        transaction.on_commit(partial(news.access_changed, users=[claims.user_id]))
        return claims
    return None


def read(kind: type[Token], text: str) -> Claims:
    """Raises Refused if it is not signed by us, expired or of another kind."""
    try:
        said = kind(text).payload  # type: ignore[arg-type]
        return Claims(
            user_id=int(said["user_id"]),
            team_id=uuid.UUID(said["team"]),
            family=str(said["family"]),
            password=str(said["password"]),
            name=str(said["jti"]),
            expires_at=float(said["exp"]),
        )
    except (TokenError, KeyError, TypeError, ValueError):
        raise Refused from None


def user_of(claims: Claims) -> User | None:
    """Active, with the same password, and not signed out since."""
    if claims.expires_at <= timezone.now().timestamp():
        return None
    refused = BlacklistedToken.objects.filter(token__jti=OuterRef("family"))
    asked = User.objects.annotate(family=Value(claims.family)).annotate(refused=Exists(refused))
    user = asked.filter(pk=claims.user_id, is_active=True, refused=False).first()
    if user is None or not constant_time_compare(_fingerprint(user), claims.password):
        return None
    return user


def standing_of(claims: Claims) -> Standing | None:
    """What the person may do in the team of the token now, if they still belong to it."""
    user = user_of(claims)
    mine = of_person(user) if user else []
    return next((each for each in mine if each.team.pk == claims.team_id), None)


def _token(kind: type[Token], said: dict[str, Any]) -> str:
    token = kind()
    token.payload.update(said)
    return str(token)


def _fingerprint(user: User) -> str:
    return user.get_session_auth_hash()[:32]


def _refuse(name: str, claims: Claims) -> bool:
    """False if it was refused before. The row lasts as long as anything of the family could."""
    until = datetime.now(UTC) + Refresh.lifetime
    row, _created = OutstandingToken.objects.get_or_create(
        jti=name,
        defaults={"user_id": claims.user_id, "created_at": timezone.now(), "expires_at": until},
    )
    _row, created = BlacklistedToken.objects.get_or_create(token=row)
    return created
