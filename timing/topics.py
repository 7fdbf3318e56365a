"""Names of topics: the only place that knows how they are spelled."""

from __future__ import annotations


def race_topic(race: object) -> str:
    return f"race.{race}"


def feed_topic(feed: object) -> str:
    return f"feed.{feed}"


def overlay_topic(team: object, race: object) -> str:
    """What a team adds to a race, for that team alone."""
    return f"team.{team}.race.{race}"


def alerts_topic(team: object) -> str:
    return f"team.{team}.alerts"


def race_of(topic: str) -> str | None:
    """The race a topic is of, or None where it is of something else."""
    kind, _, name = topic.partition(".")
    return name if kind == "race" and name else None


def overlay_of(topic: str) -> tuple[str, str] | None:
    """The team and the race that a topic is the overlay of, or None if it is of something else."""
    match topic.split("."):
        case ["team", team, "race", race] if team and race:
            return team, race
    return None


def alerts_of(topic: str) -> str | None:
    """The team whose alerts a topic carries, or None if it is of something else."""
    match topic.split("."):
        case ["team", team, "alerts"] if team:
            return team
    return None
