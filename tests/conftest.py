from __future__ import annotations

from pathlib import Path

import pytest

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running in the main thread, and no
    coroutine test could begin in that process any more. Each xdist worker keeps this order."""
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER))
