"""From an invitation to an alert that is seen, heard and acknowledged: the product itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.browser.alerts import seen_button, shows
from tests.browser.board import LINKED
from tests.browser.conftest import ROOT, new_context
from tests.browser.patience import leaving, until, wait
from tests.browser.server import PASSWORD
from tests.browser.sound import EAR, count, is_heard, switch_on
from tests.browser.track import Track
from tests.services import reserved_port

TEAM = "/t/otters/"
PITS = "Kart 19 in the pits"
OF_MIA = "a-second-Person-0"  # her password


@pytest.fixture
def track() -> Iterator[Track]:
    with Track() as made:
        yield made


@pytest.fixture
def port() -> Iterator[int]:
    with reserved_port() as found:
        yield found


@pytest.fixture
def product(tmp_path: Path, port: int) -> Iterator[str]:
    env = os.environ | {
        "LT_DATA_DIR": str(tmp_path),
        "LT_ENV_FILE": "",
        "SECRET_KEY": "only-for-tests",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "STATIC_HASHED": "false",
        "DJANGO_SETTINGS_MODULE": "lt_analyzer.settings",
        "ALLOW_PRIVATE_FEEDS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.product", str(port)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.fixture
def people(chromium: Any, product: str) -> Iterator[list[Any]]:
    """Two browsers that share nothing, each with an ear."""
    contexts = [new_context(chromium, base_url=product) for _each in range(2)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.add_init_script(EAR)
    wait(pages[0], lambda: answers(product), said=f"no answer from {product}")
    yield pages
    for context in contexts:
        context.close()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code < 500
    except httpx.TransportError:
        return False


def test_from_invitation_to_acknowledged_alert(people: list[Any], track: Track) -> None:
    otto, mia = people
    sign_in(otto)
    accept(mia, invite(otto))
    follow(otto, track)
    mark(otto, "7", "Ours")
    mark(otto, "19", "Rival")
    make_rule(otto)

    mia.goto(TEAM)
    with leaving(mia):
        mia.get_by_role("link", name="Board").first.click()
    for page in people:
        until(page, LINKED)
        switch_on(page)
    told(track, otto)

    for page in people:
        shows(page, PITS)
        is_heard(page)
        assert count(page) == 1

    seen_button(mia, PITS).focus()
    mia.keyboard.press("Enter")

    for page in people:
        shows(page)
    otto.goto(f"{TEAM}alerts/")
    expect(otto.locator("tr", has_text=PITS)).to_contain_text("mia")


def sign_in(page: Any) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("otto")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{TEAM}")


def invite(page: Any) -> str:
    page.goto(f"{TEAM}members/")
    page.get_by_label("E-mail").fill("mia@example.com")
    page.get_by_role("combobox", name="Role", exact=True).select_option("member")
    with leaving(page):
        page.get_by_role("button", name="Invite").click()
    return str(page.locator("#link").inner_text())


def accept(page: Any, link: str) -> None:
    page.goto(link)
    page.locator("[name=username]").fill("mia")
    page.locator("[name=password1]").fill(OF_MIA)
    page.locator("[name=password2]").fill(OF_MIA)
    page.get_by_role("button", name="Sign up and join").click()
    page.wait_for_url(f"**{TEAM}")


def follow(page: Any, track: Track) -> None:
    page.goto(f"{TEAM}feeds/add/")
    page.get_by_label("Address of the timing page").fill(track.page)
    with leaving(page):
        page.get_by_role("button", name="Follow", exact=True).first.click()
    expect(page.locator("[data-rows] tr", has_text="Voles")).to_be_visible()


def mark(page: Any, number: str, kind: str) -> None:
    row = page.locator("[data-rows] tr", has=page.get_by_text(number, exact=True)).first
    row.locator("[data-mark-row]").focus()
    page.keyboard.press("Enter")
    page.locator("dialog").get_by_role("button", name=kind, exact=True).click()
    expect(page.locator("dialog")).to_be_hidden()
    expect(row).to_have_attribute("data-kind", kind.lower())


def make_rule(page: Any) -> None:
    board = page.url
    page.goto(f"{TEAM}rules/new/")
    page.get_by_label("Tell us when").select_option("pit_in")
    page.get_by_label("About").select_option("rivals")
    page.get_by_label("Urgent").check()
    page.get_by_label("Then quiet for").fill("3600")  # however often the kart comes round
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"**{TEAM}rules/")
    page.goto(board)


def told(track: Track, page: Any) -> None:
    """The pipeline hears of a new rule within seconds, and nothing on a page says when it has: so
    the kart comes round until it is told of, which is once."""
    for _each in range(20):
        track.goes_in("r2")
        with suppress(PlaywrightTimeout):
            return page.locator(".alert").first.wait_for(timeout=4_000)
        track.comes_out("r2")
    raise AssertionError("never told")
