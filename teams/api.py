"""The API's door, and what every viewset behind it shares."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from teams.doors import membership_of, memberships_of
from teams.models import Membership
from teams.scoping import scope


class SessionWithChallenge(SessionAuthentication):
    """Answers 401 to the anonymous, where DRF's own would make it 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def chosen_membership(request: Request) -> Membership:
    """The team that the request names (header `X-Team` or `?team=`), else the person's only one.

    A stranger to the named team gets Http404.
    """
    slug = request.headers.get("X-Team") or request.query_params.get("team")
    if slug:
        return membership_of(request.user, slug)
    found = list(memberships_of(request.user)[:2])
    if not found:
        raise PermissionDenied(_("You belong to no team."))
    if len(found) > 1:
        raise ValidationError({"team": [_("Name your team in the header X-Team or in ?team=.")]})
    return found[0]


class TeamApi(GenericViewSet[Any]):
    """Opens the scope once the person is known and keeps it open while the answer is rendered:
    the browsable pages and the filters ask the database then."""

    authentication_classes = [SessionWithChallenge, BasicAuthentication]
    permission_classes = [IsAuthenticated]
    membership: Membership

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.door:
            response = super().dispatch(request, *args, **kwargs)
            return response.render() if isinstance(response, Response) else response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.membership = chosen_membership(request)
        self.door.enter_context(scope(self.membership.team))
