"""What the pages about teams and accounts show."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.db.models import QuerySet
from django.utils import timezone

from teams.browsers import words_for
from teams.models import Membership, Session, Team, User


def members_of(team: Team) -> QuerySet[Membership]:
    return Membership.objects.filter(team=team).select_related("user").order_by("user__username")


@dataclass(frozen=True, slots=True)
class Browser:
    """A signed-in session, as its person may see it. Its key is what signs it in, so pages are
    given `handle`, which is not."""

    session: Session
    handle: str
    words: str
    is_this: bool


def browsers_of(user: User, this: str | None) -> list[Browser]:
    """This one first, then those seen last."""
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    found = [
        Browser(row, handle_of(row.session_key), words_for(row.agent), row.session_key == this)
        for row in rows
    ]
    return sorted(found, key=lambda each: not each.is_this)


def handle_of(session_key: str) -> str:
    return sha256(session_key.encode()).hexdigest()[:20]
