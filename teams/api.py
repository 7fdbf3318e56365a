"""The API's door, and what every viewset behind it shares."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, ClassVar

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from teams import standing
from teams.authentication import Basic, Bearer, BrowserSession
from teams.jwt import Claims
from teams.models import ApiToken, Team
from teams.permissions import DASHBOARD_READ, DASHBOARD_WRITE, platform_permissions
from teams.scoping import before_scope, scope
from teams.standing import Standing
from teams.throttles import API, Left, with_headers

TEAM = [
    OpenApiParameter("X-Team", str, OpenApiParameter.HEADER, description="Address of your team."),
    OpenApiParameter("team", str, description="The same, where a header cannot be sent."),
]


def standings_of(request: Request) -> list[Standing]:
    """Where the one who asks may act: a token in its team only."""
    if isinstance(request.auth, ApiToken):
        return [standing.of_token(request.auth)]
    mine = standing.of_person(request.user)
    if isinstance(request.auth, Claims):
        return [each for each in mine if each.team.pk == request.auth.team_id]
    return mine


def chosen(request: Request, mine: list[Standing]) -> Standing:
    """The team that the request names (header `X-Team` or `?team=`), else the only one.

    A stranger to the named team gets Http404.
    """
    slug = request.headers.get("X-Team") or request.query_params.get("team")
    if slug:
        mine = [each for each in mine if each.team.slug == slug]
        if not mine:
            raise Http404
    if not mine:
        raise PermissionDenied(_("You belong to no team."))
    if len(mine) > 1:
        raise ValidationError({"team": [_("Name your team in the header X-Team or in ?team=.")]})
    return mine[0]


class Counted(APIView):
    """Counts requests, and says in each answer what is left."""

    authentication_classes = [Bearer, Basic, BrowserSession]
    permission_classes = [IsAuthenticated]
    left: Left | None = None

    def count(self, who: object) -> None:
        self.left = API.count(who)
        if self.left.wait_s:
            raise Throttled(self.left.wait_s, _("Your team asked too often."))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        return with_headers(answer, self.left) if self.left else answer


class TeamApi(Counted, GenericViewSet[Any]):
    """Opens the scope once the person is known and keeps it open while the answer is rendered:
    the browsable pages and the filters ask the database then."""

    to_read: ClassVar[str] = DASHBOARD_READ
    to_write: ClassVar[str] = DASHBOARD_WRITE
    standing: Standing

    @property
    def team(self) -> Team:
        return self.standing.team

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.door:
            response = super().dispatch(request, *args, **kwargs)
            return response.render() if isinstance(response, Response) else response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        with before_scope("who asks the API, and for which team"):
            super().initial(request, *args, **kwargs)
            self.standing = chosen(request, standings_of(request))
        self.count(self.team.pk)
        if self.action:  # else the method is not offered, which is said first
            self._check_permission(request)
        self.door.enter_context(scope(self.team))

    def _check_permission(self, request: Request) -> None:
        needed = self.to_read if request.method in SAFE_METHODS else self.to_write
        token = self.standing.token
        if token is not None and request.method not in SAFE_METHODS and token.access != "write":
            raise PermissionDenied(_("This API token only reads. Make one that may write."))
        if not self.standing.allows(needed):
            raise PermissionDenied(
                _("This needs the permission %(name)s, which your role does not give.")
                % {"name": needed}
            )


# -- who am I


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    username = serializers.CharField()
    email = serializers.EmailField()


class TokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    access = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)


class StandingSerializer(serializers.Serializer[Standing]):
    id = serializers.UUIDField(source="team.pk")
    slug = serializers.CharField(source="team.slug")
    name = serializers.CharField(source="team.name")
    role = serializers.CharField()
    permissions = serializers.SerializerMethodField()

    def get_permissions(self, found: Standing) -> list[str]:
        return sorted(found.permissions)


class LimitSerializer(serializers.Serializer[Left]):
    limit = serializers.IntegerField()
    remaining = serializers.IntegerField()
    reset_s = serializers.IntegerField()


class MeSerializer(serializers.Serializer[Any]):
    user = PersonSerializer(allow_null=True)
    token = TokenSerializer(allow_null=True)
    teams = StandingSerializer(many=True)
    platform = serializers.ListField(child=serializers.CharField())
    limit = LimitSerializer()


class Me(Counted):
    """Who asks, in which teams and with which permissions. An API token has no user."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        with before_scope("who asks the API"):
            mine = standings_of(request)
        token = request.auth if isinstance(request.auth, ApiToken) else None
        self.count(mine[0].team.pk if len(mine) == 1 else f"user:{request.user.pk}")
        found = {
            "user": None if token else request.user,
            "token": token,
            "teams": mine,
            "platform": sorted(platform_permissions(request.user)),
            "limit": self.left,
        }
        return Response(MeSerializer(found).data)
