"""What a team watches on a feed: the list, and everything that can be done to it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from displays.feeds import board_of, last_race, view_of
from displays.forms import AddForm, MarkForm, PlanForm
from displays.marking import RulesGoError, Wish, best_by, fulfil, marked_as, row_of, who
from displays.watching import finds, watching
from races.models import Feed, Race
from teams.doors import TeamRequest
from teams.permissions import may_write, needs_write
from timing.errors import WatchError
from timing.models import Monitor
from timing.queries import monitors_of, plan_of
from timing.services import mark, set_note, set_order, set_plan

UNDO = "watch_undo"  # in the session: what was done last, where, and the fields that take it back


@require_safe
def watch(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    return _page(request, _feed(feed_id))


def _page(request: TeamRequest, feed: Feed, **forms: Any) -> HttpResponse:
    view = view_of(feed)
    race = view.race or last_race(feed)
    plan = plan_of(request.team, feed)
    board = board_of(race).board if race else None
    monitors = list(monitors_of(request.team, feed))
    found = [(each, *_now(each, board), _ways(monitors, at)) for at, each in enumerate(monitors)]
    context = {
        "feed": feed,
        "race": race,
        "is_live": view.is_live,
        "watched": found,
        "colours": [row["colour"] for _each, _name, row, _ways in found if row],
        "plan": plan,
        "add": forms.get("add") or AddForm(initial=request.GET.dict()),
        "plan_form": forms.get("plan_form") or _plan_form(plan),
        "undo": _undo(request, feed),
        "may_write": may_write(request),
    }
    return render(request, "displays/watch.html", context, status=422 if forms else 200)


def _undo(request: TeamRequest, feed: Feed) -> dict[str, Any] | None:
    """Shown once. What was done for another team, or on another feed, is not for this page."""
    kept = request.session.get(UNDO)
    if not kept or kept.get("where") != _where(request, feed):
        return None
    del request.session[UNDO]
    return dict(kept["fields"])


def _where(request: TeamRequest, feed: Feed) -> list[str]:
    return [str(request.team.pk), str(feed.pk)]


def _plan_form(plan: Any) -> PlanForm:
    return PlanForm(initial={"name": plan.name, "notes": plan.notes} if plan else None)


def _now(monitor: Monitor, board: Any) -> tuple[str, Any]:
    """(who it is, the row that the mark finds in the race that is shown, or None)"""
    rows = board["rows"].values() if board else ()
    row = next((each for each in rows if finds(monitor, each, board["race"])), None)
    if row is None:
        return who(monitor), None
    colour = board["classes"].get(row["class"], {}).get("colour", "")
    return row["competitor"] or who(monitor), row | {"colour": colour}


def _ways(monitors: list[Monitor], at: int) -> dict[str, bool]:
    """Whether it can go up or down among those of its kind."""
    kind = monitors[at].kind
    below = monitors[at + 1 :]
    return {
        "up": at > 0 and monitors[at - 1].kind == kind,
        "down": bool(below) and below[0].kind == kind,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def watch_mark(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """GET: a page that asks as what, for whoever has no script. POST: do it, answer in kind."""
    feed = _feed(feed_id)
    form = MarkForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _refused(request, feed, _("This cannot be read. Load the page again."))
    wish = form.wish()
    if request.method != "POST":
        return _ask(request, feed, wish)
    try:
        done = fulfil(team=request.team, feed=feed, wish=wish)
    except RulesGoError as error:
        return _refused(request, feed, str(error), wish=wish, sure=True)
    except WatchError as error:
        return _refused(request, feed, str(error), wish=wish)
    if _wants_json(request):
        return JsonResponse(
            {"said": done.said, "undo": done.undo, "overlay": _overlay(request, feed, wish)}
        )
    messages.success(request, done.said)
    if done.undo:
        request.session[UNDO] = {"where": _where(request, feed), "fields": done.undo}
    return redirect(_next(request, feed))


def _wants_json(request: TeamRequest) -> bool:
    return bool(request.accepts("application/json") and not request.accepts("text/html"))


def _overlay(request: TeamRequest, feed: Feed, wish: Wish) -> Any:
    """What the page shows until the pipeline has spoken."""
    race = Race.objects.filter(pk=wish.race, feed=feed).first() if wish.race else None
    if race is None:
        return None
    found = watching(team=request.team, feed=feed, race=race, board=board_of(race).board)
    return {"overlay": found.overlay, "recent": found.recent, "marked": found.marked}


def _ask(request: TeamRequest, feed: Feed, wish: Wish) -> HttpResponse:
    row = row_of(feed, wish.race, wish.key) if wish.race and wish.key else None
    had = marked_as(request.team, feed, wish, row)
    if row is None and had is None:
        messages.error(request, _("This entry is not in the race any more."))
        return redirect("watch", request.team.slug, feed.pk)
    return _mark_page(request, feed, wish, row=row, had=had)


def _mark_page(request: TeamRequest, feed: Feed, wish: Wish, **more: Any) -> HttpResponse:
    had = more.get("had")
    context = {
        "feed": feed,
        "wish": wish,
        "by": wish.by or (had.by if had else best_by(more.get("row"))),
        "next": request.GET.get("next", ""),
        **more,
    }
    status = 422 if more.get("error") else 200
    return render(request, "displays/watch/mark.html", context, status=status)


def _refused(
    request: TeamRequest,
    feed: Feed,
    error: str,
    *,
    wish: Wish | None = None,
    sure: bool = False,
) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": error, "sure": sure}, status=409 if sure else 422)
    wish = wish or Wish()
    row = row_of(feed, wish.race, wish.key) if wish.race and wish.key else None
    had = marked_as(request.team, feed, wish, row)
    return _mark_page(request, feed, wish, row=row, had=had, error=error, sure=sure)


def _next(request: TeamRequest, feed: Feed) -> str:
    """Back to where it was asked, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return reverse("watch", args=[request.team.slug, feed.pk])


@require_POST
@needs_write
def watch_add(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    feed, form = _feed(feed_id), AddForm(request.POST)
    if form.is_valid():
        try:
            made = mark(team=request.team, feed=feed, **form.cleaned_data)
        except WatchError as error:
            form.add_error("value", str(error))
        else:
            messages.success(request, _("%(who)s is watched from now on.") % {"who": who(made)})
            return redirect("watch", team_slug, feed_id)
    return _page(request, feed, add=form)


@require_POST
@needs_write
def watch_note(
    request: TeamRequest, team_slug: str, feed_id: uuid.UUID, monitor_id: int
) -> HttpResponse:
    monitor = _monitor(feed_id, monitor_id)
    set_note(monitor=monitor, note=request.POST.get("note", ""))
    messages.success(request, _("The note on %(who)s is saved.") % {"who": who(monitor)})
    return redirect("watch", team_slug, feed_id)


@require_POST
@needs_write
def watch_move(
    request: TeamRequest, team_slug: str, feed_id: uuid.UUID, monitor_id: int
) -> HttpResponse:
    """One place up or down among those of its kind."""
    feed, monitor = _feed(feed_id), _monitor(feed_id, monitor_id)
    monitors = list(monitors_of(request.team, feed))
    order = [each.pk for each in monitors]
    at = order.index(monitor.pk)
    to = at + (-1 if request.POST.get("way") == "up" else 1)
    if 0 <= to < len(order) and monitors[to].kind == monitor.kind:
        order[at], order[to] = order[to], order[at]
        set_order(team=request.team, feed=feed, monitors=order)
    return redirect("watch", team_slug, feed_id)


@require_POST
@needs_write
def watch_plan(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    feed, form = _feed(feed_id), PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, feed, plan_form=form)
    set_plan(team=request.team, feed=feed, **form.cleaned_data)
    messages.success(request, _("The plan is saved."))
    return redirect("watch", team_slug, feed_id)


def _feed(feed_id: uuid.UUID) -> Feed:
    return get_object_or_404(Feed.objects.select_related("track"), pk=feed_id)


def _monitor(feed_id: uuid.UUID, pk: int) -> Monitor:
    return get_object_or_404(Monitor, feed=feed_id, pk=pk)
