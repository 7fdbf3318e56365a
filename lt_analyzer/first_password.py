"""The password of a user that a first start makes.

Random as the secret key is, from which it comes, and the same at every start: so it can be said
again, and a board left open stays signed in.
"""

from __future__ import annotations

import base64

from django.utils.crypto import salted_hmac

from teams.models import Team, User


def first_password(username: str) -> str:
    digest = salted_hmac("lt_analyzer.first_password", username, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()


def still_has_it(*, username: str, team: Team) -> bool:
    """Whether this member of the team can sign in with it. Inside `every_team`."""
    user = User.objects.filter(username=username, is_active=True, memberships__team=team).first()
    return user is not None and user.check_password(first_password(username))
