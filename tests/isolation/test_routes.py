"""Every route: a member who asks with another team's ids gets 404, the anonymous get nothing.

Routes of a team, of the API and of the admin are recognised and tested by themselves. Any other
route must be named in OPEN with the reason why it may answer without a team. A parameter that no
value is known for fails too: teach VALUES what it stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby, product
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import resolve, reverse

from lt_analyzer.health import forget
from races.models import Entry, Track
from teams.models import User
from tests.factories.system import system
from tests.isolation.routes import Route, all_routes
from tests.isolation.world import MARK, World, our_models
from timing.models import Monitor

OPEN = {
    "": "the landing page; a member is led to the own team",
    "accounts/login/": "signing in comes before any team",
    "accounts/logout/": "leaving needs no team",
    "api/": "leads to the API's description",
    "api/docs/": "the API's description holds no data",
    "api/schema/": "the API's description holds no data",
    "api/me/": "who asks, in which of their own teams",
    "auth/token": "a name and password for tokens: comes before any team",
    "auth/token/refresh": "a refresh token for the next ones",
    "auth/token/revoke": "a token for nothing",
    "api/health": "for monitoring: names the shared feeds, which are public pages, and no other",
    "health": "for monitoring: names the shared feeds, which are public pages, and no other",
    "favicon.ico": "a file of ours",
    "alerts/stop/<str:token>/": "the signed link in a mail is the key, and does this one thing",
    "push/renew/": "a browser's old address, which it alone knows, is the key",
    "sw.js": "a file of ours, with words",
    "account/": "one's own account, sessions and memberships",
    "account/address/": "one's own account",
    "account/address/send/": "one's own account",
    "account/delete/": "one's own account; names the teams that one alone owns",
    "account/export/": "one's own data",
    "account/password/": "one's own account",
    "account/reset/": "comes before signing in, and answers the same for every address",
    "account/reset/<uidb64>/<token>/": "the token is the key",
    "account/reset/done/": "says that it is done",
    "account/reset/sent/": "says that a mail may have been sent",
    "account/sessions/end/": "one's own sessions, by handles that nobody else has",
    "account/verify/<str:token>/": "the signed token is the key",
    "join/<str:token>/": "an invitation: the token is the key, and is tested with the accounts",
    "teams/": "lists the teams of who asks, and founds new ones",
    "d/<str:code>/": "a public board: the code is the key, and is tested with the displays",
}

# What a parameter of a route stands for. The race, feed and entry are of the private feed.
VALUES: dict[str, Callable[[World], Any]] = {
    "team_slug": lambda world: world.team.slug,
    "feed_id": lambda world: world.private.pk,
    "race_id": lambda world: world.race.pk,
    "entry_id": lambda world: _entry(world).pk,
    "key": lambda world: _entry(world).key,
    "monitor_id": lambda world: world.of(Monitor).pk,
}
PK_UNDER = {
    "deliveries": "teams.Delivery",
    "rules": "timing.AlertRule",
    "devices": "teams.PushSubscription",
    "displays": "displays.Display",
    "invitations": "teams.Invitation",
    "members": "teams.Membership",
    "webhooks": "teams.Webhook",
    "tokens": "teams.ApiToken",
}
METHODS = ["get", "post", "put", "patch", "delete"]

ROUTES = all_routes()
OF_A_TEAM = [route for route in ROUTES if route.is_of_a_team]
ADMIN = [route for route in ROUTES if route.is_admin]
API = [r for r in ROUTES if r.is_api and r.route not in OPEN]
OTHERS = [r for r in ROUTES if not (r.is_of_a_team or r.is_admin or r in API)]


def each_route(routes: list[Route]) -> Any:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.route)


def each_model_of_the_admin(routes: list[Route]) -> Any:
    """One test a model, because two worlds take longer to make than to ask."""
    keyed = groupby(routes, key=lambda route: "/".join(route.route.split("/")[:3]))
    groups = [pytest.param(list(found), id=key) for key, found in keyed]
    return pytest.mark.parametrize("routes", groups)


def _entry(world: World) -> Entry:
    return Entry._base_manager.get(race=world.race)


def value(route: Route, name: str, world: World) -> Any:
    if name == "pk":
        under = route.route.split("/")[2]
        return world.of(apps.get_model(PK_UNDER[under])).pk
    return VALUES[name](world)


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{body.decode()} {answer.headers}"


# -- decisions


def test_every_route_is_of_a_team_the_api_the_admin_or_open_for_a_reason():
    undecided = [route.route for route in OTHERS if route.route not in OPEN]

    assert undecided == [], "say in OPEN why they may answer without a team"
    assert all(OPEN.values())


@each_route(OF_A_TEAM)
def test_every_parameter_is_known(route, ours):
    for name in route.kwargs:
        assert value(route, name, ours)


# -- pages of a team


def foreign_paths(route: Route, ours: World, theirs: World) -> list[str]:
    """Every mixture of our ids and theirs that holds at least one of theirs."""
    paths = []
    for choice in product((ours, theirs), repeat=len(route.kwargs)):
        if theirs in choice:
            pairs = zip(route.kwargs, choice, strict=True)
            paths.append(route.path({name: value(route, name, world) for name, world in pairs}))
    return paths


def own_path(route: Route, ours: World) -> str:
    return route.path({name: value(route, name, ours) for name in route.kwargs})


@each_route(OF_A_TEAM)
def test_a_member_who_asks_with_foreign_ids_gets_404(route, ours, theirs):
    client = signed_in(ours.user)
    for path in foreign_paths(route, ours, theirs):
        for method in METHODS:
            answer = getattr(client, method)(path)
            assert answer.status_code in (404, 405), f"{method} {path}: {answer.status_code}"
            assert MARK not in text(answer).replace(path, "")
    assert client.get(own_path(route, ours)).status_code in (200, 302, 405), "it has power"


@each_route(OF_A_TEAM)
def test_pages_of_a_team_hold_nothing_of_another(route, ours, theirs):
    answer = signed_in(ours.user).get(own_path(route, ours), follow=True)

    assert answer.status_code in (200, 405)
    assert MARK not in text(answer)


@each_route(OF_A_TEAM)
def test_the_anonymous_get_no_page_of_a_team(route, ours):
    for method in METHODS:
        answer = getattr(Client(), method)(own_path(route, ours))
        assert answer.status_code in (302, 401, 403, 404, 405)
        if answer.status_code == 302:
            assert answer["Location"].startswith(f"{reverse('login')}?next=")


# -- the API


def api_model(route: Route) -> Any:
    view: Any = resolve(route.path(dict.fromkeys(route.kwargs, "x"))).func
    return view.cls.serializer_class.Meta.model


def is_listed(route: Route) -> bool:
    view: Any = resolve(route.path(dict.fromkeys(route.kwargs, "x"))).func
    return "get" in view.actions


@each_route([route for route in API if not route.kwargs and is_listed(route)])
def test_api_lists_hold_rows_of_the_own_team_only(route, ours, theirs):
    model = api_model(route)
    client = signed_in(ours.user)
    answer = client.get(route.path({}), {"limit": 1000})

    assert answer.status_code == 200
    assert MARK not in text(answer)
    if model is not Track:
        assert answer.json()["count"] > 0, "it has power"
        assert not any(str(pk) in text(answer) for pk in theirs.rows[model] if len(str(pk)) > 30)
    for team in (theirs.team.slug, "nobody"):
        assert client.get(route.path({}), headers={"X-Team": team}).status_code == 404
        assert client.get(route.path({}), {"team": team}).status_code == 404


@each_route([route for route in API if route.kwargs and api_model(route) is not Track])
def test_api_rows_of_another_team_are_404(route, ours, theirs):
    model = api_model(route)
    (name,) = route.kwargs
    client = signed_in(ours.user)
    for pk in theirs.rows[model]:
        for method in METHODS:
            answer = getattr(client, method)(route.path({name: pk}))
            assert answer.status_code in (404, 405)
    own = client.get(route.path({name: ours.of(model).pk}))
    assert own.status_code == 200, "it has power"
    assert MARK not in text(own)


@each_route(API)
def test_the_anonymous_get_nothing_from_the_api(route, ours):
    for method in METHODS:
        answer = getattr(Client(), method)(route.path(dict.fromkeys(route.kwargs, "1")))
        assert answer.status_code in (401, 403, 405)


# -- the admin


def admin_model(route: Route) -> Any:
    """The model of ours that an admin route is about, if it is."""
    steps = route.route.split("/")
    found = {(m._meta.app_label, m._meta.model_name): m for m in our_models()}
    return found.get((steps[1], steps[2])) if len(steps) > 3 else None


@pytest.fixture
def limited(ours):
    """Staff of our team with every right that Django knows."""
    ours.user.is_staff = True
    ours.user.save()
    ours.user.user_permissions.set(Permission.objects.all())
    return signed_in(ours.user)


@each_model_of_the_admin(ADMIN)
def test_the_admin_is_for_staff(routes, ours):
    for route, client in product(routes, (Client(), signed_in(ours.user))):
        answer = client.get(route.path(dict.fromkeys(route.kwargs, "1")))
        if answer.status_code == 200:
            assert answer.resolver_match.url_name in ("login", "jsi18n")
        else:
            assert answer.status_code in (302, 403, 404)


@each_model_of_the_admin(
    [r for r in ADMIN if admin_model(r) not in (None, Track) and "object_id" in r.kwargs]
)
def test_limited_staff_reach_no_row_of_another_team(routes, limited, ours, theirs):
    model = admin_model(routes[0])
    for route, pk, method in product(routes, theirs.rows[model], ("get", "post")):
        answer = getattr(limited, method)(route.path({"object_id": pk}), {"post": "yes"})
        assert answer.status_code in (302, 403, 404)
        assert MARK not in text(answer)
    with system():
        kept = set(model._base_manager.filter(pk__in=theirs.rows[model]).values_list("pk"))
    assert len(kept) == len(theirs.rows[model]), "still there"


@each_model_of_the_admin([r for r in ADMIN if r.route != "admin/logout/" and not r.kwargs])
def test_admin_lists_of_limited_staff_hold_nothing_of_another_team(routes, limited, theirs):
    for route in routes:
        answer = limited.get(route.path({}))
        assert answer.status_code in (200, 302, 403, 404)
        assert MARK not in text(answer)


AUTOCOMPLETED = [
    (model, name)
    for model, its_admin in admin.site._registry.items()
    for name in (
        *its_admin.autocomplete_fields,
        *(n for inline in its_admin.inlines for n in inline.autocomplete_fields),
    )
    if any(field.name == name for field in model._meta.fields)
]


@pytest.mark.parametrize(("model", "name"), AUTOCOMPLETED)
def test_autocompletion_of_limited_staff_finds_nothing_of_another_team(
    model, name, limited, theirs
):
    answer = limited.get(
        reverse("admin:autocomplete"),
        {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": name,
            "term": MARK.lower(),
        },
    )
    assert answer.status_code in (200, 403)
    assert answer.status_code == 403 or answer.json()["results"] == []


# -- the rest


@each_route([route for route in OTHERS if route.route in OPEN])
def test_open_routes_hold_nothing_of_a_team(route, ours, theirs):
    forget()  # health answers from memory for a moment
    path = route.path(dict.fromkeys(route.kwargs, "AAAAAAAA"))
    public = f"{MARK} followed" if "health" in route.route else ""
    for client in (Client(), signed_in(ours.user)):
        for method in ("get", "post"):
            answer = getattr(client, method)(path)
            assert answer.status_code < 500 or "health" in route.route
            assert MARK not in (text(answer).replace(public, "") if public else text(answer))
            assert str(theirs.private.pk) not in text(answer)
