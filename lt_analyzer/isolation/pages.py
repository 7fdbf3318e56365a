"""Pages of a team: a member who asks with another team's ids finds nothing, a stranger no page."""

from __future__ import annotations

from collections.abc import Iterator

from lt_analyzer.health import forget
from lt_analyzer.isolation.asking import NOT_THERE, Asker, anonymous_problems
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.routes import METHODS, OPEN, Route, all_routes
from lt_analyzer.isolation.world import THEIRS, World


def pages() -> list[Route]:
    return [route for route in all_routes() if route.is_of_a_team]


def other_routes() -> list[Route]:
    """Neither of a team nor of the admin, nor of the API's lists."""
    return [r for r in all_routes() if not (r.is_of_a_team or r.is_admin) and _is_other(r)]


def _is_other(route: Route) -> bool:
    return not route.is_api or route.route in OPEN


def probe_pages(ours: World, theirs: World) -> Iterator[Probe]:
    for route in pages():
        yield first_problem("page", route.route, page_problems(route, ours, theirs))
    for route in other_routes():
        yield first_problem("open address", route.route, open_problems(route, ours, theirs))


def page_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    own, member = route.own_path(ours), Asker(ours.user)
    yield from _foreign(route, member, ours, theirs)
    answer = member.ask("get", own)
    if answer.status not in (200, 302, 405):
        yield f"the own page answers {answer.status}: the check has no power"
    if answer.leaks:
        yield "the own page shows another team"
    yield from anonymous_problems(own)


def _foreign(route: Route, member: Asker, ours: World, theirs: World) -> Iterator[str]:
    for path in route.foreign_paths(ours, theirs):
        for method in METHODS:
            answer = member.ask(method, path)
            if answer.status not in NOT_THERE:
                yield f"{method} with ids of another team answers {answer.status}"
            if answer.leaks:
                yield f"{method} with ids of another team shows that team"


def open_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    if route.route not in OPEN:
        yield "nothing says why it may answer without a team"
        return
    forget()  # health answers from memory for a moment
    path = route.path(dict.fromkeys(route.kwargs, "AAAAAAAA"))
    is_health = "health" in route.route
    for who, asker in (("nobody", Asker()), ("a member", Asker(ours.user))):
        for method in ("get", "post"):
            answer = asker.ask(method, path)
            text = answer.text.replace(f"{THEIRS} followed", "") if is_health else answer.text
            if THEIRS in text or str(theirs.private.pk) in text:
                yield f"{method} by {who} shows another team"
            if answer.status >= 500 and not is_health:
                yield f"{method} by {who} fails with {answer.status}"
