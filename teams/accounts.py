"""What people do to their own accounts: address, password, sessions, and the end of it all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from teams import audit, jwt, lockout, mail, news
from teams.delivery.devices import end_pushes
from teams.models import Session, User
from teams.services import TeamError

LINK_LASTS = timedelta(days=3)
_SALT = "teams.accounts.email"


class AccountError(TeamError):
    """What was asked cannot be done; the text is for the user."""


# -- the e-mail address


@dataclass(frozen=True, slots=True)
class AddressLink:
    """What a link to verify an address says, after its signature was checked."""

    user: User
    email: str

    @property
    def is_done(self) -> bool:
        return self.user.email == self.email and self.user.email_verified_at is not None


def ask_to_verify(*, user: User) -> None:
    mail.send("verify", to=user.email, user=user, link=_link(user, user.email))


def ask_new_address(*, user: User, email: str) -> None:
    """The account keeps its address until the new one has answered. To whom the new one belongs
    is not told: where it is another account's, nothing is sent."""
    email = User.objects.normalize_email(email.strip())
    is_taken = User.objects.exclude(pk=user.pk).filter(email__iexact=email).exists()
    mail.send("verify", to="" if is_taken else email, user=user, link=_link(user, email))


def _link(user: User, email: str) -> str:
    said = {"user": user.pk, "from": user.email, "to": email, "key": _key(user)}
    return mail.address_of("email-verify", signing.dumps(said, salt=_SALT))


def _key(user: User) -> str:
    """Another one after a change of password, so that who recovers an account ends the links that
    were asked for by whoever had it."""
    return user.get_session_auth_hash()[:16]


def read_link(token: str) -> AddressLink | None:
    try:
        said: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=said["user"], is_active=True).first()
    if user is None or said["key"] != _key(user):
        return None
    return AddressLink(user, said["to"]) if user.email in (said["from"], said["to"]) else None


@transaction.atomic
def verify_address(*, link: AddressLink) -> None:
    """Doing it twice changes nothing. The old address is told where it was another one."""
    if link.is_done:
        return
    user, old = link.user, link.user.email
    user.email, user.email_verified_at = link.email, timezone.now()
    try:
        with transaction.atomic(), audit.acting_as(user):
            user.save(update_fields=["email", "email_verified_at"])
    except IntegrityError:
        raise AccountError(_("Another account uses this address by now.")) from None
    if old.casefold() != link.email.casefold():
        mail.send("address_changed", to=old, user=user)


# -- password and sessions


@transaction.atomic
def password_was_changed(*, user: User, keep: str | None = None) -> None:
    """Whoever else was signed in with the old one is not any more, and gets no pushes. `keep`:
    this session's key."""
    this = Session.objects.filter(user=user, session_key=keep).values_list("browser", flat=True)
    end_pushes(user=user, but=this.first() or "")
    Session.objects.filter(user=user).exclude(session_key=keep).delete()
    jwt.end_families(user=user)
    lockout.lift(user.get_username())
    mail.send("password_changed", to=user.email, user=user)
    transaction.on_commit(lambda: news.access_changed(users=[user.pk]))


@transaction.atomic
def password_was_reset(*, user: User) -> None:
    """The link was read in the mailbox, which thereby is known to be the person's."""
    if not user.email_verified_at:
        user.email_verified_at = timezone.now()
        user.save(update_fields=["email_verified_at"])
    password_was_changed(user=user)


@transaction.atomic
def end_sessions(*, user: User, keys: list[str]) -> int:
    """How many there were. Browsers that are left without any get no pushes."""
    mine = Session.objects.filter(user=user)
    browsers = set(mine.filter(session_key__in=keys).values_list("browser", flat=True))
    ended, _rows = mine.filter(session_key__in=keys).delete()
    if ended:
        audit.record("ended sessions", subject=user, after={"sessions": ended})
    end_pushes(user=user, browsers=browsers.difference(mine.values_list("browser", flat=True)))
    transaction.on_commit(lambda: news.access_changed(users=[user.pk]))
    return ended
