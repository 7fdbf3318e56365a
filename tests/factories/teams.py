from __future__ import annotations

from itertools import count
from typing import Any

from teams.enums import Role
from teams.models import Membership, Team, User
from tests.factories.system import system

_number = count(1)


def user(username: str = "", **fields: Any) -> User:
    username = username or f"user{next(_number)}"
    fields = {"email": f"{username}@example.com", "password": "pw"} | fields
    return User.objects.create_user(username, **fields)


def team(name: str = "", **fields: Any) -> Team:
    name = name or f"Team {next(_number)}"
    fields = {"slug": name.lower().replace(" ", "-")} | fields
    with system():
        return Team.objects.create(name=name, **fields)


def member(of: Team, username: str = "", role: Role = Role.MEMBER, **fields: Any) -> User:
    """A user who belongs to the team."""
    person = user(username, **fields)
    with system():
        Membership.objects.create(team=of, user=person, role=role)
    return person
