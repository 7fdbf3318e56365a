from __future__ import annotations

from drf_spectacular.authentication import SessionScheme


class SessionWithChallengeScheme(SessionScheme):
    target_class = "teams.api.SessionWithChallenge"
    priority = 1
