from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from teams.scoping import Scope, opened


def system() -> AbstractContextManager[Any]:
    """`every_team` without its line in the audit log, of which each test would print hundreds."""
    return opened(Scope(None, "factory"))
