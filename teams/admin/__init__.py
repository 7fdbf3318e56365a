"""The admin of accounts, teams and what they keep."""

from teams.admin import audit, channels, people, team
from teams.admin.shared import FactAdmin, OperatorsOnly, TeamAdmin, is_limited, visible_users

__all__ = [
    "FactAdmin",
    "OperatorsOnly",
    "TeamAdmin",
    "audit",
    "channels",
    "is_limited",
    "people",
    "team",
    "visible_users",
]
