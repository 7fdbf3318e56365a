"""The words of Apex Timing feeds: seven languages, gaps, penalties, titles, race control."""

from __future__ import annotations

import re
from html import unescape

from timing.engine.events import KartClass, Kind, Message
from timing.engine.units import Ms, parse_clock_hm, parse_lap

MAX_TEXT = 500  # characters of a name, title or message that anybody will ever read
MAX_MESSAGES = 1_000

LANGUAGES = {
    "commentaires": "fr",
    "commenti": "it",
    "comments": "en",
    "kommentarer": "sv",
    "comentários": "pt",
    "comentarios": "es",
    "opmerkingen": "nl",
}

# Column kinds by header label, for columns without a data-type we know. The first that fits wins.
_LABELS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("skip", r"pit ?time|tempo pit|km/h|mph|information|^tempo$"),
        ("first", r"^(first ?name|pr[ée]nom|nome|nombre|voornaam|f[öo]rnamn)$"),
        ("last", r"^(last ?name|nom|cognome|apellidos?|achternaam|efternamn)$"),
        ("pen", r"^p[ée]na|^penal"),
        ("class", r"^cat[ée]g|^clas(e|se|s)$|^klass"),
        ("blp", r"^m\.? ?vuelta|mejor|meilleur|best|mig(l|\.)|b[äa]sta|melhor|snelste"),
        ("llp", r"dernier|last|sista|[uú]ltim|laatste"),
        ("gap", r"^[ée]cart|distacco|^gap|^dif|afstand"),
        ("int", r"^int"),
        ("tlp", r"^tours$|^giri$|^laps$|^varv$|^voltas$|^vueltas$|^rondes$|^ronden$"),
        ("pit", r"^stands?$|^pits?$|pit ?stops?"),
        ("otr", r"en piste|in pista|on track|na pista|op circuit|en pista|p[åa] banan"),
        ("rk", r"^cl[atsf]|^rnk|^pos"),
        ("no", r"^kart$|^n[º°o]\.?$|^num"),
        ("dr", r"^[ée]quipe|^team|^equip|^pilot|^driver|^f[öo]rare|^piloot|^rijder"),
        ("nat", r"^nat|^nacional|^naz"),
        ("s1", r"^s1$"),
        ("s2", r"^s2$"),
        ("s3", r"^s3$"),
    )
)
_TEAM_LABEL = re.compile(r"[ée]quipe|team|equip|squadra|ploeg|lag\b", re.IGNORECASE)

_QUALIFYING = re.compile(
    r"quali|ch?rono|\bq ?\d\b|qualy|clasif|classific|pole\b(?! m[ée]ca)|\bkval|\btidskval|kwalif"
    r"|tijdtraining|tijdrit|zeittraining|time ?trial|\btimed\b|one shot|\bsp ?\d",
    re.IGNORECASE,
)
_PRACTICE = re.compile(
    r"\blib(?:re|er[aeio])|livre|\bvrij|\bfria?\b|\bfreies?\b|\bfree\b|warm|aquecimento|[ée]chauff"
    r"|riscald|calentam|entra[iî]nement",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # of no meaning, and databases refuse some
_LAP_NUMBER = re.compile(r"[^\W\d]+\.?\s+(\d{1,5})")
_LAPS_DOWN = re.compile(r"(\d{1,5})\s+[^\W\d]+\.?")
_PENALTY = re.compile(r"(?:(\d{1,4})\s*[^\W\d]+\.?)?\s*(\d+(?::\d+)*\.\d+)?")
_SECONDS = re.compile(r"(\d{1,4}) ?(?:s|se[cgk]\w*|\")\.?", re.IGNORECASE)
_COLOUR = re.compile(r"(?<![-\w])(border-bottom-color|color)\s*:\s*(#[0-9a-fA-F]{6})\b")
_LENGTH = re.compile(r"(?<!\d)(\d{1,6}(?:[.,]\d{1,6})?)\s*(km|m)\b", re.IGNORECASE)
_TIME = re.compile(r"\s*<b>([^<]{0,8})</b>")
_FLAG = re.compile(r"\s*<span data-flag=\"([\w-]{0,20})\"></span>")
_NUMBER = re.compile(r"\s*<span class=\"com_no[^\"]*\">([^<]{0,20})</span>")
_LIFTED = re.compile(
    r"(?=.*(?:p[ée]na|sanc|sanz|straf))"
    r".*\b(?:retir|annul|anul|supprim|enlev|remov|cancel|withdr|rescind|ritir|tolt|revoc|elimin"
    r"|quita|borttag|ingetrok|vervall|geschrapt)",
    re.IGNORECASE,
)
_ON_LAP = re.compile(r"\([^\W\d]+ (\d{1,5})\)")


def clean(text: str) -> str:
    """One line of text as a person reads it: entities decoded, blanks folded, length bounded.

    Markup is not removed: whoever writes ``<b>`` into a name gets to see ``<b>``.
    """
    if "&" in text:
        text = unescape(text)
    folded = " ".join(text[: 4 * MAX_TEXT].split())[:MAX_TEXT]
    return folded if folded.isprintable() else _CONTROL.sub("", folded)


def column_kind(data_type: str, label: str) -> str | None:
    """What a column of the grid holds when its data-type does not say; None: nothing we use."""
    folded = clean(label).casefold()
    if data_type or not folded:
        return None
    kind = next((kind for kind, pattern in _LABELS if pattern.search(folded)), None)
    return None if kind == "skip" else kind


def names_teams(label: str) -> bool:
    """Whether the header of the name column announces teams (else single drivers)."""
    return bool(_TEAM_LABEL.search(label))


def session_kind(ranking: str, event: str, name: str) -> Kind:
    """Ranked by laps is a race; by best time the title tells qualifying from practice."""
    if ranking == "laps":
        return "race"
    if _PRACTICE.search(name):  # free practice stays it, also at a meeting called a qualifying
        return "practice"
    return "qualifying" if _QUALIFYING.search(name) or _QUALIFYING.search(event) else "practice"


def gap(value: str) -> tuple[str, int] | None:
    """A gap or interval cell: ("lap", n) leader's lap, ("laps", n) down, ("ms", n), or None."""
    text = clean(value)
    if not text:
        return None
    ms = parse_lap(text.lstrip("+"))
    if ms is not None:
        return "ms", ms
    if text.lstrip("+") in ("0.000", "0.00", "0.0"):
        return "ms", 0
    if match := _LAP_NUMBER.fullmatch(text):
        return "lap", int(match[1])
    if match := _LAPS_DOWN.fullmatch(text):
        return "laps", int(match[1])
    return None


def penalty(value: str) -> tuple[int | None, Ms | None]:
    """``1 Tr``, ``10.000``, ``1 Tr 10.000``, ``10 sec`` -> (laps, ms)."""
    text = clean(value).lstrip("+")
    if match := _SECONDS.fullmatch(text):
        return None, int(match[1]) * 1000
    match = _PENALTY.fullmatch(text)
    if match is None:
        return None, None
    return (int(match[1]) if match[1] else None), (parse_lap(match[2]) if match[2] else None)


def driver(value: str) -> tuple[str, Ms | None]:
    """``NAME [H:MM]`` -> the name and the driver's cumulative time in this race."""
    text = clean(value)
    if text.endswith("]"):
        name, bracket, total = text.rpartition("[")
        if bracket and (ms := parse_clock_hm(total[:-1].strip())) is not None:
            return name.rstrip(), ms
    return text, None


def track(value: str) -> tuple[str, int | None]:
    """``NAME (987m)`` -> name and length in metres."""
    text = clean(value)
    found = list(_LENGTH.finditer(text))
    if not found:
        return text, None
    number, unit = float(found[-1][1].replace(",", ".")), found[-1][2].lower()
    metres = round(number * 1000) if unit == "km" and number < 100 else round(number)
    before = text[: found[-1].start()].rstrip()
    if before.endswith("("):
        return before[:-1].rstrip(), metres
    if before.endswith(" -"):
        return before[:-2].rstrip(), metres
    return text, metres


def kart_class(rules: str) -> KartClass:
    """The two colours of a ``css`` line; nothing else of it is ever used."""
    found = {name: colour.lower() for name, colour in _COLOUR.findall(rules[:1000])}
    return KartClass(found.get("border-bottom-color", ""), found.get("color", ""))


def colorref(name: str) -> KartClass | None:
    """``notc255``: the class is named by its colour, a Windows COLORREF (low byte is red)."""
    digits = name.removeprefix("notc")
    if digits == name or not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        return None
    value = int(digits)
    red, green, blue = value & 255, value >> 8 & 255, value >> 16 & 255
    ink = "#000000" if 299 * red + 587 * green + 114 * blue > 128_000 else "#ffffff"
    return KartClass(f"#{red:02x}{green:02x}{blue:02x}", ink)


def race_control(value: str) -> tuple[Message, ...]:
    """The ``com`` block: the whole log, newest first."""
    pieces = value.split("</p>", MAX_MESSAGES)[:-1]  # split: no regular expression, no detours
    paragraphs = (piece.partition("<p>") for piece in pieces)
    found = (_message(inner[: 4 * MAX_TEXT]) for _, opened, inner in paragraphs if opened)
    return tuple(message for message in found if message is not None)


def _message(paragraph: str) -> Message | None:
    rest, found = paragraph, []
    for pattern in (_TIME, _FLAG, _NUMBER):
        match = pattern.match(rest)
        found.append(clean(match[1]) if match else "")
        rest = rest[match.end() :] if match else rest
    time, kind, number = found
    text = clean(rest)
    if not (time or kind or text):
        return None
    laps = ms = None
    if kind == "penalty":
        laps, ms = penalty(text.rpartition(" - ")[2])
    on_lap = _ON_LAP.search(text)
    lap = int(on_lap[1]) if on_lap else None
    lifts = kind != "penalty" and bool(number) and _LIFTED.match(text) is not None
    return Message(time, kind or "msg", number, text, laps, ms, lap, lifts)
