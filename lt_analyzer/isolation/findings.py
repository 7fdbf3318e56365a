"""What was tried, and what leaked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt. `kind` groups it in the report; `problem` is empty where the wall held."""

    kind: str
    name: str
    problem: str = ""


def first_problem(kind: str, name: str, problems: Iterable[str]) -> Probe:
    """The attempts at one thing as one probe: the first that got through is enough to know."""
    return Probe(kind, name, next(iter(problems), ""))


def says(*claims: tuple[bool, str]) -> Iterator[str]:
    """The texts of the claims that do not hold."""
    return (text for holds, text in claims if not holds)
