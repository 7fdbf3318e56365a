"""What the hub and the sockets of this process have to tell Prometheus and the system page."""

from __future__ import annotations

from collections import Counter
from typing import Any

from displays.hub import Hub, hub
from displays.processes import known
from displays.tally import tally
from timing.metrics import Family


def kind_of(topic: str) -> str:
    """race, feed, overlay, alerts, dashboard or display: names of topics are many, and some are
    secret."""
    parts = topic.split(".")
    if parts[0] == "team":
        return "overlay" if "race" in parts else "alerts"
    return parts[0]


def subscriptions_by_kind(found: Hub = hub) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for topic, count in found.listeners():
        kinds[kind_of(topic)] += count
    return dict(kinds)


def is_heard(found: Hub = hub) -> bool:
    """Whether what ingesters publish arrives here."""
    return found.listening.is_set() and known.hears_itself()


def socket_families(found: Hub = hub) -> list[Family]:
    stats = found.stats()
    by_who = Family("lt_sockets", "gauge", "Open sockets.")
    for who, count in sorted(tally.open.items()):
        by_who.add(count, by=who)
    ended = Family("lt_sockets_closed_total", "counter", "Sockets that ended; 4408: too slow.")
    for code, count in sorted(tally.closed.items()):
        ended.add(count, code=str(code or "left"))
    subscriptions = Family("lt_subscriptions", "gauge", "Places of sockets in topics.")
    for kind, count in sorted(subscriptions_by_kind(found).items()):
        subscriptions.add(count, kind=kind)
    counted: dict[str, tuple[int, str]] = {
        "lt_sockets_opened_total": (tally.opened, "Sockets that were accepted."),
        "lt_socket_messages_total": (tally.messages, "Messages of clients."),
        "lt_socket_replies_total": (tally.replies, "Answers to them."),
        "lt_subscribed_total": (tally.subscribed, "Subscriptions begun."),
        "lt_resumes_total": (tally.resumed, "Subscriptions that went on from a cursor."),
        "lt_renewals_total": (tally.renewed, "Tokens renewed on open sockets."),
        "lt_hub_messages_total": (found.delivered, "Messages of the layer."),
        "lt_hub_sent_total": (tally.sent, "Frames that were sent to sockets."),
        "lt_hub_pushed_total": (tally.pushed, "Writes that were made at once."),
        "lt_hub_merged_total": (tally.merged, "Whole boards in place of what a socket missed."),
    }
    for name in stats.keys() - {"topics", "subscriptions"}:
        counted[f"lt_hub_{name}_total"] = (stats[name], _HUB.get(name, "Of the hub."))
    return [
        by_who,
        ended,
        subscriptions,
        Family("lt_hub_topics", "gauge", "Topics that are remembered.").add(stats["topics"]),
        Family("lt_hub_listening", "gauge", "1 while the layer is heard.").add(
            int(is_heard(found))
        ),
        *(Family(name, "counter", told).add(value) for name, (value, told) in counted.items()),
    ]


_HUB = {
    "gaps": "Frames that were missed and asked for again.",
    "refused": "Frames of an older epoch or number.",
}


def hub_numbers() -> dict[str, Any]:
    """For /stats and the system page."""
    return {
        "connections": sum(tally.open.values()),
        "by": dict(tally.open),
        "subscriptions": subscriptions_by_kind(),
        "topics": hub.stats()["topics"],
        "messages": {
            "from_feeds": hub.delivered,
            "from_clients": tally.messages,
            "replies": tally.replies,
        },
        "resumed": tally.resumed,
        "closed": {str(code or "left"): count for code, count in tally.closed.items()},
    }
