"""`/auth/token`: a name and password for a pair of tokens, a refresh token for the next pair."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import (
    AuthenticationFailed,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from teams import audit, jwt, standing
from teams.browsers import words_for
from teams.doors import client_address
from teams.models import User
from teams.parsing import Json
from teams.sign_in import person_with
from teams.standing import Standing
from teams.throttles import SIGN_IN, Left, neighbourhood, with_headers


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(help_text="User name or e-mail address.")
    password = serializers.CharField(trim_whitespace=False, style={"input_type": "password"})
    team = serializers.CharField(required=False, help_text="Address of a team, if in several.")


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField()


class RevokeSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="A refresh or access token.")


class PairSerializer(serializers.Serializer[jwt.Pair]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")


class Open(APIView):
    """Asked by whoever is nobody yet; so often an address, and no more."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (Json, FormParser)
    left: Left | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        who = neighbourhood(client_address(request))
        self.left = SIGN_IN.count(who) if who else None
        if self.left and self.left.wait_s:
            raise Throttled(self.left.wait_s, _("Too many attempts from your network."))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return with_headers(answer, self.left) if self.left else answer

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"  # or a refusal would be 403


class ObtainToken(Open):
    @extend_schema(
        summary="Sign in",
        description="Tokens act in one team. Who belongs to several names one.",
        request=SignInSerializer,
        responses={200: PairSerializer, 401: OpenApiResponse(description="Wrong name or password")},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        asked = request._request  # noqa: SLF001 - the lockout marks Django's own request
        user = person_with(asked, name=said["username"], password=said["password"])
        if user is None:
            audit.record("sign-in failed")
            raise AuthenticationFailed(_("Wrong name or password."))
        found = _team(user, said.get("team", ""))
        audit.become(audit.Actor(user.pk, user.get_username(), address=client_address(request)))
        user_logged_in.send(sender=User, request=asked, user=user)  # which ends the lockout's count
        audit.record("signed in", subject=user, after={"by": "token", "team": found.team.slug})
        where = f"{words_for(request.headers.get('User-Agent', ''))} · {client_address(request)}"
        pair = jwt.issue(user=user, team=found.team, where=where)
        return Response(PairSerializer(pair).data)


def _team(user: User, slug: str) -> Standing:
    mine = standing.of_person(user)
    if not mine:
        raise PermissionDenied(_("You belong to no team."))
    found = [each for each in mine if each.team.slug == slug] if slug else mine
    if len(found) == 1:
        return found[0]
    names = [each.team.slug for each in mine]
    raise ValidationError({"team": [_("Name one of your teams.")], "teams": names})


class RenewToken(Open):
    @extend_schema(
        summary="Renew",
        description="A refresh token is good once: the answer holds the next one.",
        request=RefreshSerializer,
        responses={200: PairSerializer, 401: OpenApiResponse(description="Sign in again")},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            pair = jwt.renew(given.validated_data["refresh"])
        except jwt.Refused:
            raise AuthenticationFailed(_("This token is no longer good. Sign in again.")) from None
        return Response(PairSerializer(pair).data)


class RevokeToken(Open):
    @extend_schema(
        summary="Sign out",
        description="Ends all tokens that came of the same sign-in. An unknown one is no error.",
        request=RevokeSerializer,
        responses={204: None},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        given = RevokeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        claims = jwt.revoke(given.validated_data["token"])
        user = User.objects.filter(pk=claims.user_id).first() if claims else None
        if user is not None:
            with audit.acting_as(user):
                audit.record("signed out", subject=user, after={"by": "token"})
        return Response(status=status.HTTP_204_NO_CONTENT)
