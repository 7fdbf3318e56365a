"""A real browser against a real server. Skipped aloud where there is no Chromium, which is a
failure with LT_REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import scene
from tests.browser.alerts import ask
from tests.browser.patience import PATIENCE_S, until
from tests.browser.server import PASSWORD
from tests.services import reserved_port
from timing.engine.diff import diff

ROOT = Path(__file__).resolve().parent.parent.parent
SHOTS = ROOT / "var" / "screenshots"
CHROMIUM = os.environ.get("LT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Site:
    """The server process, and what its hub has been told."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port, self.process = data, port, None
        self.epoch, self.seq, self.status_seq = 1, 0, 0
        self.overlay_seq = 0
        self.shown: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        env = os.environ | {
            "LT_DATA_DIR": str(self.data),
            "LT_ENV_FILE": "",
            "SECRET_KEY": "only-for-tests",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "STATIC_HASHED": "false",
            "DJANGO_SETTINGS_MODULE": "lt_analyzer.settings",
            "LOG_LEVEL": "WARNING",
            "PUBLIC_URL": self.url,
            # To files: what is printed would stand between the lines that we read from it.
            "EMAIL_URL": f"filemail:///{self.data}/mails",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.server", str(self.port)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._expect("ready")
        self.epoch += 1

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()

    def _expect(self, word: str) -> None:
        line = self.process.stdout.readline()
        assert line.strip() == word, f"the server said {line!r}"

    def _send(self, topic: str, event: str, epoch: int, seq: int, **data: Any) -> None:
        where = {"topic": topic, "epoch": epoch, "seq": seq}
        frame = {"type": "dashboard_event", "event": event, "data": where | data}
        message = {"type": "hub.frame", "event": event, "frame": json.dumps(frame)} | where
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        self._expect("sent")

    def show(self, board: dict[str, Any], *, at: int | None = None) -> None:
        """A whole board, which begins a new epoch: no test depends on the one before it."""
        self.epoch, self.seq, self.shown = self.epoch + 1, 0, board
        self._frame("race_data_update", at, board=board)

    def change(self, board: dict[str, Any], *, at: int | None = None) -> None:
        change, self.shown = diff(self.shown, board), board
        self.seq += 1
        self._frame("teams_update", at, diff=change)

    def _frame(self, event: str, at: int | None, **data: Any) -> None:
        at = scene.now_ms() if at is None else at
        self._send(f"race.{self.shown['race']}", event, self.epoch, self.seq, at=at, **data)

    def overlay(self, overlay: dict[str, Any]) -> None:
        """What the pipeline says to the team of its watched karts."""
        self.overlay_seq += 1
        topic = f"team.{scene.TEAM}.race.{overlay['race']}"
        at = scene.now_ms()
        self._send(topic, "gap_update", self.epoch, self.overlay_seq, at=at, overlay=overlay)

    def status(self, state: str = "live", *, race: object = scene.RACE, at: int = 0) -> None:
        self.status_seq += 1
        at = at or scene.now_ms()
        said = {"feed": str(scene.FEED), "race": str(race), "state": state, "data_at": at}
        topic = f"feed.{scene.FEED}"
        self._send(topic, "system.status", self.epoch, self.status_seq, retry_at=None, **said)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    required = os.environ.get("LT_REQUIRE_BROWSER") == "1"
    if not Path(CHROMIUM).exists():
        message = f"no Chromium at {CHROMIUM}: install it, or set LT_CHROMIUM"
        pytest.fail(message) if required else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--force-color-profile=srgb"],
            timeout=PATIENCE_S * 1_000,
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with reserved_port() as port:  # while it is restarted, too
        made = Site(tmp_path_factory.mktemp("site"), port)
        made.start()
        yield made
        made.stop()


def new_context(chromium: Any, **options: Any) -> Any:
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENCE_S * 1_000)
    return context


@pytest.fixture(scope="session")
def signed_in(chromium: Any, site: Site) -> Any:
    context = new_context(chromium)
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("User name").fill("owner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/t/phoenix/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def no_alerts(site: Site) -> Iterator[None]:
    """A race that is on; what one test raised is gone for the next."""
    site.show(scene.scene(5))
    site.status()
    yield
    ask(site, "delete from timing_alert")


Opener = Callable[..., Any]


@pytest.fixture
def visit(chromium: Any, site: Site, signed_in: Any) -> Iterator[Opener]:
    """Opens pages; at the end none of them may have complained on its console."""
    complaints: list[str] = []
    contexts: list[Any] = []

    def open_page(path: str, *, width: int = 1440, height: int = 900, **options: Any) -> Any:
        look, forgive = options.pop("look", {}), options.pop("forgive", ())
        anonymous, before = options.pop("anonymous", False), options.pop("before", None)
        # Requests of a page that has a worker are the worker's: tests of other things want none.
        options["service_workers"] = "allow" if options.pop("workers", False) else "block"
        context = new_context(
            chromium,
            viewport={"width": width, "height": height},
            storage_state=None if anonymous else signed_in,
            **options,
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": f"lt_{name}", "value": value, "url": site.url}
                for name, value in look.items()
            ]
        )
        page = context.new_page()
        page.on("console", lambda said: _note(complaints, said, forgive))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if before is not None:
            before(page)
        page.goto(f"{site.url}{path}")
        until(page, "document.fonts.ready.then(() => true)")  # else its measures may change
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


# What the browser says when a page is left while its socket is still being opened.
LEFT = "WebSocket is closed before the connection is established"
BLOCKED = "Service Worker registration blocked by Playwright"


def _note(complaints: list[str], said: Any, forgive: tuple[str, ...]) -> None:
    known = (LEFT, BLOCKED, *forgive)
    if said.type in ("error", "warning") and not any(text in said.text for text in known):
        complaints.append(said.text)
