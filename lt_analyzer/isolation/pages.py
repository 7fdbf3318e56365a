"""Pages of a team: a member who asks with another team's ids finds nothing, a stranger no page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from displays.hub import hub
from lt_analyzer.isolation.alone import differences
from lt_analyzer.isolation.asking import Ask, Asker, anonymous_problems, foreign_problems
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.routes import OF_PAGES, Route, all_routes, bait
from lt_analyzer.isolation.world import World
from races.models import Race
from timing.frames import hub_frame
from timing.sinks.overlays import nothing_watched
from timing.topics import overlay_topic

EPOCH = 4_815_162_342  # of nothing else


def pages() -> list[Route]:
    return [route for route in all_routes() if route.is_of_a_team]


def probe_pages(ours: World, theirs: World) -> Iterator[Probe]:
    for route in pages():
        yield first_problem("page", route.route, page_problems(route, ours, theirs))
    yield first_problem("page", "overlays that the hub has heard", overlay_problems(ours, theirs))


def page_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    own, member = route.own_path(ours), Asker(ours.user)
    # First the other team, so that what is remembered of a page is theirs.
    Asker(theirs.user).ask(Ask("get", route.own_path(theirs)))
    answer = member.ask(Ask("get", own))
    if answer.status not in (200, 302, 405):
        yield f"the own page answers {answer.status}: the check has no power"
    yield from foreign_problems(member, route.foreign_paths(ours, theirs), OF_PAGES)
    yield from differences(member, own_asks(own, theirs), theirs)
    yield from anonymous_problems(own, OF_PAGES)


def own_asks(path: str, theirs: World) -> list[Ask]:
    """What is ours, also with their ids in the query or in the form."""
    given = bait(theirs)
    return [Ask("get", path), Ask("get", path, given), Ask("post", path, given)]


def overlay_problems(ours: World, theirs: World) -> Iterator[str]:
    """Of the race in common, which both have on a page."""
    race, member = str(ours.places[1][Race].pk), Asker(ours.user)
    tell = partial(hub_frame, event="gap_update", seq=1, at=None, overlay=nothing_watched(race))
    for world, epoch in ((theirs, EPOCH), (ours, EPOCH + 1)):
        hub.deliver(tell(overlay_topic(world.team.pk, race), epoch=epoch))
    shown = [member.ask(Ask("get", route.own_path(ours))).text for route in pages()]
    if any(str(EPOCH) in text for text in shown):
        yield "are shown to another team"
    if not any(str(EPOCH + 1) in text for text in shown):
        yield "are not shown to their own: the check has no power"
