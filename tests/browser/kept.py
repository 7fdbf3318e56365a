"""What a browser keeps of us."""

from __future__ import annotations

from typing import Any

from tests.browser.patience import until, wait

READABLE = "import('/static/js/kept/boards.js').then((m) => m.readable())"
EVERYTHING = """new Promise((done) => {
  const opening = indexedDB.open("lt-boards");
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onerror = () => done([]);
  opening.onsuccess = () => {
    const all = opening.result.transaction("boards").objectStore("boards").getAll();
    all.onsuccess = () => {
      opening.result.close();
      done(all.result.map(({ path, owner }) => [path, owner]));
    };
  };
})"""


def everything(page: Any) -> list[list[str]]:
    """Path and owner of each board, whoever may see it."""
    return list(page.evaluate(EVERYTHING))


def await_kept(page: Any, path: str) -> None:
    wait(page, lambda: path in [kept for kept, _owner in everything(page)], said=f"{path} is kept")


def await_worker(page: Any) -> None:
    """It is installed, and answers for this page."""
    until(page, "navigator.serviceWorker.controller !== null")


def ready(page: Any) -> None:
    until(page, "document.body.dataset.ready === '1'")
