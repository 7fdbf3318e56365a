"""Addresses that are of no team: each has its reason, and none of them shows one."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from displays.models import Display
from lt_analyzer.health import forget
from lt_analyzer.isolation.alone import differences
from lt_analyzer.isolation.asking import Ask, Asker
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.pages import own_asks
from lt_analyzer.isolation.routes import OPEN, VALUES, Route, all_routes
from lt_analyzer.isolation.world import OURS, THEIRS, World


def open_addresses() -> list[Route]:
    """Neither of a team nor of the admin, nor of the API's lists."""
    others = [route for route in all_routes() if not (route.is_of_a_team or route.is_admin)]
    return [route for route in others if not route.is_api or route.route in OPEN]


def probe_open_addresses(ours: World, theirs: World) -> Iterator[Probe]:
    for route in open_addresses():
        is_health = "health" in route.route
        found = (health_problems if is_health else open_problems)(route, ours, theirs)
        yield first_problem("open address", route.route, found)
    yield first_problem("open address", "a display in common", display_problems(ours))


def open_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    if route.route not in OPEN:
        yield "nothing says why it may answer without a team"
    # Where a key is wanted, one that opens nothing, but for the code of a display.
    rows = ours.places[0]
    values = {name: VALUES[name](rows) if name in VALUES else "A" * 8 for name in route.kwargs}
    for asker in (Asker(), Asker(ours.user)):
        yield from differences(asker, own_asks(route.path(values), theirs), theirs)


def health_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    """It names the shared feeds, theirs among them."""
    forget()  # it answers from memory for a moment
    text = Asker().ask(Ask("get", route.path({}))).text
    if THEIRS in text.replace(f"{THEIRS} followed", "") or str(theirs.private.pk) in text:
        yield "shows another team"


def display_problems(ours: World) -> Iterator[str]:
    """The public is shown what the feed says, and of the team no more than the display's name."""
    display = ours.places[1][Display]
    answer = Asker().ask(Ask("get", reverse("display", args=[display.code])))
    if answer.status != 200:
        yield f"it answers {answer.status}: the check has no power"
    if OURS in answer.text.replace(display.name, ""):
        yield "it tells the public of its team"
