"""What an alert says: short, concrete, read at a glance on a wall or a lock screen.

One function a kind, from the raw values that the kernel found to (title, detail).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from timing.engine.alerts import Hit
from timing.engine.units import Ms, format_ms
from timing.enums import AlertKind

Values = Mapping[str, Any]
Words = tuple[str, str]


def words(hit: Hit) -> Words:
    """In the language that is active. Title and detail; the detail may be empty."""
    return _WORDS[hit.kind](hit.number or hit.key, hit.values)


def _pit_in(number: str, values: Values) -> Words:
    return _("Kart %s in the pits") % number, _stop_after(values)


def _pit_out(number: str, values: Values) -> Words:
    title = _("Kart %s leaves the pits") % number
    if values.get("duration_ms") is None:
        return title, _stop_after(values)
    stop, took = values["stop"], _length(values["duration_ms"])
    return title, _("Stop %(stop)d took %(took)s") % {"stop": stop, "took": took}


def _short_stop(number: str, values: Values) -> Words:
    told = {"took": _length(values["duration_ms"]), "least": _length(values["threshold_ms"])}
    detail = _("%(took)s, at least %(least)s wanted") % told
    return _("Kart %s: pit stop too short") % number, detail


def _stop_after(values: Values) -> str:
    return _("Stop %(stop)d, after lap %(lap)d") % {"stop": values["stop"], "lap": values["lap"]}


def _driver(number: str, values: Values) -> Words:
    title = _("Kart %(number)s: %(driver)s drives") % {"number": number, "driver": values["driver"]}
    detail = [_("Stint %d") % values["stint"]] if values.get("stint") else []
    if values.get("before"):
        detail.append(_("before: %s") % values["before"])
    return title, _joined(detail)


def _trouble(number: str, values: Values) -> Words:
    titles = {
        "stopped": _("Kart %s has stopped"),
        "slow": _("Kart %s is slow"),
        "missing": _("Kart %s is overdue"),
    }
    silent = values.get("silent_ms")
    detail = "" if silent is None else _("Last seen %s ago") % _length(silent)
    return titles[values["what"]] % number, detail


def _best(number: str, values: Values) -> Words:
    told = {"number": number, "time": format_ms(values["ms"])}
    whose = _("Kart %(number)s: own best lap, %(time)s")
    if values.get("session"):
        whose = _("Kart %(number)s: best lap of all, %(time)s")
    detail = [_("Lap %d") % values["lap"]] if values.get("lap") else []
    if values.get("before_ms"):
        detail.append(_("%s quicker") % _seconds(values["before_ms"] - values["ms"]))
    return whose % told, _joined(detail)


def _gap(number: str, values: Values) -> Words:
    told = {"number": number, "limit": _limit(values["threshold_ms"])}
    title = _("Kart %(number)s more than %(limit)s away")
    if values["direction"] == "closer":
        title = _("Kart %(number)s within %(limit)s")
    return title % told, _apart(values)


def _catch(number: str, values: Values) -> Words:
    told = {"number": number, "pace": _seconds(values["closing_ms"]), "laps": values["laps"]}
    if values["chaser"] == "they":
        title = ngettext(
            "Kart %(number)s closes: %(pace)s a lap, there in %(laps)d lap",
            "Kart %(number)s closes: %(pace)s a lap, there in %(laps)d laps",
            values["laps"],
        )
    else:
        title = ngettext(
            "We close on kart %(number)s: %(pace)s a lap, there in %(laps)d lap",
            "We close on kart %(number)s: %(pace)s a lap, there in %(laps)d laps",
            values["laps"],
        )
    return title % told, _apart(values)


def _apart(values: Values) -> str:
    told = {"gap": _seconds(values["gap_ms"]), "own": values["own_number"], "lap": values["lap"]}
    return _("%(gap)s from kart %(own)s, lap %(lap)d") % told


def _stint(number: str, values: Values) -> Words:
    told = {"number": number, "length": _length(values["threshold_ms"])}
    detail = [_("Stint %d") % values["stint"], values.get("driver") or ""]
    return _("Kart %(number)s: stint of %(length)s") % told, _joined(detail)


def _message(number: str, values: Values) -> Words:
    title = _("Race control: %s") % values["text"]
    if number:
        told = {"number": number, "text": values["text"]}
        title = _("Race control to kart %(number)s: %(text)s") % told
    return title, values.get("time") or ""


def _flag(number: str, values: Values) -> Words:
    return _flags().get(values["flag"], _("The flag changes")), ""


def _flags() -> dict[str, str]:
    return {
        "green": _("Green flag"),
        "yellow": _("Yellow flag"),
        "red": _("Red flag"),
        "code60": _("Code 60"),
        "chequered": _("Chequered flag"),
        "none": _("No flag any more"),
    }


def _pace(number: str, values: Values) -> Words:
    told = {"now": format_ms(values["now_ms"]), "then": format_ms(values["then_ms"])}
    detail = _("%(now)s a lap, a quarter of an hour ago %(then)s") % told
    return _("The whole field is %d %% slower") % values["percent"], detail


def _stale(number: str, values: Values) -> Words:
    return _("The feed is silent"), _("No news for %s") % _length(values["silent_ms"])


def _joined(parts: list[str]) -> str:
    text = " · ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _seconds(ms: Ms) -> str:
    """0.31 s, 12.4 s; of what takes longer, 1:12."""
    if abs(ms) >= 60_000:
        return _length(ms)
    seconds = f"{ms / 1000:.2f}" if abs(ms) < 10_000 else f"{ms / 1000:.1f}"
    return pgettext("seconds", "%s s") % seconds


def _limit(ms: Ms) -> str:
    """As a person would write it: 5 s, 2.5 s."""
    return pgettext("seconds", "%s s") % f"{ms / 1000:g}" if ms < 60_000 else _length(ms)


def _length(ms: Ms) -> str:
    """45 s, 1:12, 2:05:00."""
    total = round(ms / 1000)
    minutes, seconds = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}" if minutes else pgettext("seconds", "%s s") % seconds


_WORDS: dict[str, Callable[[str, Values], Words]] = {
    AlertKind.PIT_IN: _pit_in,
    AlertKind.PIT_OUT: _pit_out,
    AlertKind.SHORT_STOP: _short_stop,
    AlertKind.DRIVER: _driver,
    AlertKind.TROUBLE: _trouble,
    AlertKind.BEST: _best,
    AlertKind.GAP: _gap,
    AlertKind.CATCH: _catch,
    AlertKind.STINT: _stint,
    AlertKind.MESSAGE: _message,
    AlertKind.FLAG: _flag,
    AlertKind.PACE: _pace,
    AlertKind.STALE: _stale,
}
