from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from displays.receivers import receivers
from displays.rule_forms import BLANK, SAME, WAYS, RuleForm, initial_of, ways_of
from displays.rule_words import kind_facts, title
from displays.usual_rules import suggestions, take_usual
from races.models import Feed
from teams.doors import TeamRequest
from teams.models import Team
from teams.permissions import ALERTS_READ, may_write, needs, needs_write
from teams.posting import posted_from
from timing.models import AlertRule, Monitor
from timing.queries import rules_of
from timing.services import WatchError, create_rule, delete_rule, update_rule

UNDO, UNDO_FOR_S = "rule_undo", 3_600


@require_safe
@needs(ALERTS_READ)
def rules(request: TeamRequest, team_slug: str) -> HttpResponse:
    found = list(rules_of(request.team).annotate(count=Count("alerts"), last=Max("alerts__at")))
    feeds = Feed.objects.in_bulk({rule.feed_id for rule in found if rule.feed_id})
    context = {
        # A feed is None for every feed, and for one that the team no longer follows.
        "rules": [(rule, feeds.get(rule.feed_id) if rule.feed_id else None) for rule in found],
        "undo": _undo(request),
        "deaf": receivers(request.team).missing(found),
        "may_write": may_write(request),
        "any_watched": Monitor.objects.filter(team=request.team).exists(),
    }
    return render(request, "displays/rules/rules.html", context)


def _undo(request: TeamRequest) -> dict[str, str] | None:
    """Shown once, though the signature holds longer: the next look at the list is another matter.
    What another team deleted is not for this team's page.
    """
    kept = request.session.get(UNDO)
    if not kept or kept["team"] != request.team.slug:
        return None
    del request.session[UNDO]
    return dict(kept)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def new_rule(request: TeamRequest, team_slug: str) -> HttpResponse:
    """`?like=` begins with the values of a rule that there is."""
    initial: dict[str, Any] = dict(BLANK)
    like = request.GET.get("like", "")
    if like.isdecimal() and len(like) < 19:
        initial |= initial_of(get_object_or_404(AlertRule, pk=int(like)))
    return _edit(request, None, initial)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def edit_rule(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    rule = get_object_or_404(AlertRule, pk=pk)
    return _edit(request, rule, initial_of(rule))


def _edit(request: TeamRequest, rule: AlertRule | None, initial: dict[str, Any]) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = RuleForm(data, team=request.team, rule=rule, initial=initial)
    if request.method == "POST" and form.is_valid() and (saved := form.save()):
        messages.success(request, _("Saved: %(rule)s.") % {"rule": title(saved)})
        return redirect("rules", team_slug=request.team.slug)
    context = {
        "form": form,
        "rule": rule,
        "title": title(rule) if rule else "",
        "kinds": kind_facts(),
        "ways": ways_of(form, receivers(request.team)),
    }
    status = 422 if form.errors else 200
    return render(request, "displays/rules/edit.html", context, status=status)


@require_POST
@needs_write
def switch_rule(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    rule = get_object_or_404(AlertRule, pk=pk)
    try:
        update_rule(rule=rule, is_enabled=request.POST.get("enabled") == "1")
    except WatchError as refused:  # of a feed that is no longer followed, say
        messages.error(request, str(refused))
    return redirect("rules", team_slug=team_slug)


@require_POST
@needs_write
def remove_rule(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    """At once, and it can be undone: nobody has to be asked first."""
    rule = get_object_or_404(AlertRule, pk=pk)
    kept = signing.dumps(_kept(rule), salt=_salt(request.team))
    request.session[UNDO] = {"team": team_slug, "name": title(rule), "rule": kept}
    delete_rule(rule=rule)
    return redirect("rules", team_slug=team_slug)


@posted_from("rules")
@needs_write
def restore_rule(request: TeamRequest, team_slug: str) -> HttpResponse:
    """The rule as it was, as a new row: its alerts of before stay in the list without it."""
    try:
        kept = signing.loads(
            request.POST.get("rule", ""), salt=_salt(request.team), max_age=UNDO_FOR_S
        )
        rule = create_rule(team=request.team, **_found(kept))
    except signing.BadSignature:
        messages.error(request, _("That is too long ago to be undone."))
    except WatchError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is back: %(rule)s.") % {"rule": title(rule)})
    return redirect("rules", team_slug=team_slug)


def _salt(team: Team) -> str:
    return f"displays.rules {team.pk}"


def _kept(rule: AlertRule) -> dict[str, Any]:
    kept = {name: getattr(rule, name) for name in (*SAME, *WAYS)}
    for name in ("quiet_from", "quiet_to"):
        kept[name] = kept[name].isoformat() if kept[name] else None
    kept |= {"subject": rule.subject, "threshold": rule.threshold, "is_enabled": rule.is_enabled}
    feed = str(rule.feed_id) if rule.feed_id else None
    return kept | {"feed": feed, "monitor": rule.monitor_id}


def _found(kept: dict[str, Any]) -> dict[str, Any]:
    """Raises WatchError where what the rule was about is gone meanwhile."""
    feed = Feed.objects.filter(pk=kept["feed"]).first() if kept["feed"] else None
    monitor = Monitor.objects.filter(pk=kept["monitor"]).first() if kept["monitor"] else None
    if (kept["feed"] and feed is None) or (kept["monitor"] and monitor is None):
        raise WatchError(_("What this rule was about is no longer watched."))
    quiet = {
        name: time.fromisoformat(kept[name]) if kept[name] else None
        for name in ("quiet_from", "quiet_to")
    }
    return kept | quiet | {"feed": feed, "monitor": monitor}


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def usual_rules(request: TeamRequest, team_slug: str) -> HttpResponse:
    if request.method == "POST":
        return _take_usual(request)
    found = suggestions(request.team)
    context = {
        "suggestions": found,
        "any_new": any(not each.is_there for each in found),
        "any_watched": Monitor.objects.filter(team=request.team).exists(),
    }
    return render(request, "displays/rules/usual.html", context)


def _take_usual(request: TeamRequest) -> HttpResponse:
    try:
        with transaction.atomic():  # all that were asked for, or none
            made = take_usual(team=request.team, keys=request.POST.getlist("rules"))
    except WatchError as refused:
        messages.error(request, str(refused))
    else:
        count = len(made)
        text = ngettext("%(count)d rule is set.", "%(count)d rules are set.", count)
        messages.success(request, text % {"count": count})
    return redirect("rules", team_slug=request.team.slug)
