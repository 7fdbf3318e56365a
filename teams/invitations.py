"""Invitations: links by which one person may join a team.

Only the digest of a link is kept, so a link can be shown once; who needs it again gets a new one,
and the old one ends.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from teams import audit, mail, news
from teams.accounts import ask_to_verify
from teams.enums import Role
from teams.models import Invitation, Membership, Team, User
from teams.scoping import before_scope, scope
from teams.services import TeamError, add_member

LASTS = timedelta(days=7)
MOST_A_DAY = 100  # of a team, and of a person: whoever founds teams could send mails to anybody


class InvitationGoneError(TeamError):
    """Used, withdrawn or expired since it was looked at."""


class AlreadyInError(TeamError):
    """A member keeps the role they have, and the invitation stays for whom it was meant."""


@dataclass(frozen=True, slots=True)
class Invited:
    """`token` is nowhere else: it is shown now or never."""

    invitation: Invitation
    token: str

    @property
    def path(self) -> str:
        return reverse("invitation", args=[self.token])


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def proof_of(invitation: Invitation, token: str) -> str:
    """Stands in the mailed link only: who shows it has read the mail. The link that an owner sees
    has none, or owners could vouch for addresses that are not theirs."""
    named = f"{token} {invitation.email.casefold()}"
    return salted_hmac("teams.invitations.mailed", named, algorithm="sha256").hexdigest()[:32]


def _open(rows: QuerySet[Invitation]) -> QuerySet[Invitation]:
    return rows.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())


def open_invitations(team: Team) -> QuerySet[Invitation]:
    return _open(Invitation.objects.filter(team=team).select_related("invited_by"))


def find(token: str) -> Invitation | None:
    """The invitation of a link, used or not."""
    with before_scope("invitation"):
        rows = Invitation._base_manager.select_related("team", "invited_by")  # noqa: SLF001
        return rows.filter(digest=digest_of(token)).first()


def is_open(invitation: Invitation) -> bool:
    ended = invitation.accepted_at or invitation.revoked_at
    return not ended and invitation.expires_at > timezone.now()


# -- by owners, inside the team's scope


@transaction.atomic
def invite(*, team: Team, email: str, role: Role, by: User) -> Invited:
    """Ends an open invitation to the same address: one person, one link."""
    email = User.objects.normalize_email(email.strip())
    if Membership.objects.filter(team=team, user__email__iexact=email).exists():
        raise TeamError(_("Somebody with this address is in the team already."))
    today = Invitation.objects.filter(team=team, created_at__gt=timezone.now() - timedelta(days=1))
    # Those of a team that was deleted count too, which only the cache remembers.
    sent = mail.may_send_more("invitation", by, most_a_day=MOST_A_DAY)
    if not sent or today.count() >= MOST_A_DAY:
        raise TeamError(_("That is enough invitations for today. Try again tomorrow."))
    _open(Invitation.objects.filter(team=team, email__iexact=email)).update(
        revoked_at=timezone.now()
    )
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        team=team,
        email=email,
        role=role,
        digest=digest_of(token),
        invited_by=by,
        expires_at=timezone.now() + LASTS,
    )
    invited = Invited(invitation, token)
    link = f"{mail.address_of('invitation', token)}?mailed={proof_of(invitation, token)}"
    mail.send("invitation", to=email, invitation=invitation, link=link)
    return invited


def invite_again(*, invitation: Invitation, by: User) -> Invited:
    """A new link to the same address; the old one ends."""
    role = Role(invitation.role)
    return invite(team=invitation.team, email=invitation.email, role=role, by=by)


def revoke(*, invitation: Invitation) -> None:
    """What was accepted or has expired stays as it is."""
    _open(Invitation.objects.filter(pk=invitation.pk)).update(revoked_at=timezone.now())


# -- by whoever holds the link


@transaction.atomic
def accept(*, invitation: Invitation, user: User, proven: bool = False) -> Membership:
    """The first who comes takes it. `proven`: the link was read in the invited mailbox."""
    with scope(invitation.team):
        if Membership.objects.filter(team=invitation.team, user=user).exists():
            raise AlreadyInError(_("You are in this team already."))
        rows = _open(Invitation.objects.filter(pk=invitation.pk))
        if not rows.update(accepted_at=timezone.now(), accepted_by=user):
            raise InvitationGoneError(_("This invitation has just ended."))
        membership = add_member(team=invitation.team, user=user, role=Role(invitation.role))
        _tell(invitation)
    if proven and not user.email_verified_at and _is_to(invitation, user.email):
        user.email_verified_at = timezone.now()
        user.save(update_fields=["email_verified_at"])
    transaction.on_commit(lambda: news.access_changed(users=[user.pk]))
    return membership


def _tell(invitation: Invitation) -> None:
    by = invitation.invited_by
    invited_by = {"id": str(by.pk), "name": by.get_username()} if by else None
    after = {"role": invitation.role, "invited_by": invited_by}
    audit.record("accepted", team=invitation.team, subject=invitation, after=after)


@transaction.atomic
def sign_up(
    *, invitation: Invitation, username: str, email: str, password: str, proven: bool = False
) -> User:
    """A new account that joins the team. Its address counts as verified only if it is the invited
    one and the link came from the mail; else a mail asks."""
    user = User(
        username=User.normalize_username(username), email=User.objects.normalize_email(email)
    )
    user.set_password(password)
    with audit.acting_as(user):
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            raise TeamError(_("Somebody took this user name or address just now.")) from None
        accept(invitation=invitation, user=user, proven=proven)
    if not user.email_verified_at:
        ask_to_verify(user=user)
    return user


def _is_to(invitation: Invitation, email: str) -> bool:
    return invitation.email.casefold() == email.casefold()


def was_mailed(invitation: Invitation, token: str, proof: str) -> bool:
    return constant_time_compare(proof_of(invitation, token), proof)
