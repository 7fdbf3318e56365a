"""Names of topics and groups: the only place that knows how they are spelled."""

from __future__ import annotations

HUB_GROUP = "hub"  # every web process's hub listens here
INGEST_GROUP = "ingest"  # every ingester listens here


def race_topic(race: object) -> str:
    return f"race.{race}"


def feed_topic(feed: object) -> str:
    return f"feed.{feed}"


def race_of(topic: str) -> str | None:
    """The race a topic is of, or None where it is of something else."""
    kind, _, name = topic.partition(".")
    return name if kind == "race" and name else None
