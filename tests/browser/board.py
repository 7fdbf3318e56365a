"""The board as a page, for whoever wants one open."""

from __future__ import annotations

from typing import Any

from tests.browser import scene
from tests.browser.patience import until

FEED = f"/t/phoenix/feeds/{scene.FEED}/"
CONNECTION = "document.querySelector('[data-conn-block]').dataset.conn"
LINKED = f"!['connecting', 'offline'].includes({CONNECTION})"
CONNECTED = f"{CONNECTION} === 'live'"  # and the feed has spoken within half a minute


def keys(page: Any) -> list[str]:
    return page.eval_on_selector_all("[data-rows] tr", "rows => rows.map(r => r.dataset.key)")


def cell(page: Any, key: str, field: str) -> str:
    return page.text_content(f'tr[data-key="{key}"] [data-f="{field}"]')


def connected(visit: Any, path: str = FEED, **options: Any) -> Any:
    """A page whose socket is open. What it shows, all that it shows at once, it painted before."""
    page = visit(path, **options)
    until(page, LINKED)
    return page
