"""Accounts in a browser: every form by keyboard alone, and the whole way of a newcomer."""

from __future__ import annotations

import re
import time
from itertools import count
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import scene
from tests.browser.conftest import SHOTS
from tests.browser.server import PASSWORD
from tests.browser.test_board import FEED
from tests.browser.test_pages import PUT_ON, THEMES, WIDTHS

TEAM = "/t/phoenix/"
OWN = {
    "account": "/account/",
    "address": "/account/address/",
    "password": "/account/password/",
    "delete-account": "/account/delete/",
    "teams": "/teams/",
    "settings": f"{TEAM}settings/",
    "members": f"{TEAM}members/",
    "leave": f"{TEAM}leave/",
    "delete-team": f"{TEAM}settings/delete/",
}
OUTSIDE = {
    "reset": "/account/reset/",
    "reset-sent": "/account/reset/sent/",
    "reset-done": "/account/reset/done/",
}
ENDED = {"no-invitation": "/join/nobody-made-this/", "no-link": "/account/verify/x/"}
PAGES = OWN | OUTSIDE | ENDED
LONG = "four slow karts"
NOT_FOUND = ("404",)  # which these pages are

_number = count(1)


def open_page(visit: Any, name: str, **options: Any) -> Any:
    return visit(PAGES[name], anonymous=name not in OWN, forgive=NOT_FOUND, **options)


# What a screen reader calls the element that has the focus.
FOCUSED = """() => {
  const it = document.activeElement;
  return (it.labels?.[0] ?? it).textContent.replace(/\\s+/g, " ").trim();
}"""


def tab_to(page: Any, name: str) -> None:
    """With the Tab key, as who has no mouse."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(FOCUSED)):
            return
    raise AssertionError(f"no way to {name} with the Tab key")


def write(page: Any, fields: dict[str, str]) -> None:
    for label, text in fields.items():
        tab_to(page, label)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)


def press(page: Any, name: str) -> None:
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def invite(visit: Any) -> tuple[str, str]:
    """(address, link) of a fresh invitation, made by keyboard."""
    email = f"new{next(_number)}@example.com"
    page = visit(OWN["members"])
    tab_to(page, "^E-mail address$")
    page.keyboard.type(email)
    press(page, "^Invite$")
    return email, page.locator("#link").inner_text()


def mailed_link(site: Any, to: str) -> str:
    """The link of the last mail to an address."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        texts = [path.read_text() for path in sorted((site.data / "mails").glob("*"))]
        found = [each for text in texts for each in text.split("-" * 79) if f"To: {to}" in each]
        if found:
            return re.findall(r"http\S+", found[-1])[-1]
        time.sleep(0.05)
    raise AssertionError(f"no mail to {to}")


def sign_up(page: Any, name: str) -> None:
    write(page, {"^User name$": name, "^Password$": LONG, "^The same password again$": LONG})
    press(page, "Sign up and join")


def sign_in(page: Any, site: Any, name: str, password: str) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("User name").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


# -- every page


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_no_objection(name: str, visit: Any) -> None:
    page = open_page(visit, name)
    for theme, look in THEMES.items():
        page.evaluate(PUT_ON, {"contrast": "normal"} | look)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{theme}: {found.generate_report()}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_is_photographed(name: str, width: int, visit: Any) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(visit, name, width=width, height=WIDTHS[width])
    page.evaluate("document.fonts.ready")
    for theme in ("dark", "light"):
        page.evaluate(PUT_ON, {"theme": theme})
        page.screenshot(path=SHOTS / f"{name}-{width}-{theme}.png")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_axe_has_no_objection_to_invitations_and_errors(visit: Any) -> None:
    _email, link = invite(visit)
    path = link.partition("://")[2].partition("/")[2]
    for options in ({}, {"anonymous": True}):
        page = visit(f"/{path}", **options)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.get_by_label("User name").fill("owner")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("The same password again").fill("other")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_selector(".errorlist")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


# -- the way of a newcomer


def test_newcomer_joins_by_the_mailed_link(site: Any, visit: Any) -> None:
    email, _shown = invite(visit)
    link = mailed_link(site, email).removeprefix(site.url)

    page = visit(link, anonymous=True)
    assert page.get_by_label("E-mail address").input_value() == email
    sign_up(page, "newcomer")

    page.wait_for_url(f"**{TEAM}")
    assert "Welcome to Phoenix." in page.inner_text("main")
    page.goto(f"{site.url}/account/")
    assert f"{email} · verified" in page.inner_text("main")


def test_newcomer_with_the_shown_link_verifies_the_address(site: Any, visit: Any) -> None:
    email, link = invite(visit)
    page = visit(link.removeprefix(site.url), anonymous=True)
    sign_up(page, "by-hand")
    page.wait_for_url(f"**{TEAM}")

    page.goto(mailed_link(site, email))
    press(page, "Confirm the address")

    assert "The address is verified" in page.inner_text("main")


def test_owner_changes_a_role_and_removes_the_member(site: Any, visit: Any) -> None:
    _email, link = invite(visit)
    theirs = visit(link.removeprefix(site.url), anonymous=True, forgive=NOT_FOUND)
    sign_up(theirs, "short-stay")
    theirs.wait_for_url(f"**{TEAM}")

    page = visit(OWN["members"])
    tab_to(page, "^Role of short-stay$")
    page.keyboard.press("v")  # a select by its first letter
    press(page, "^Change, short-stay$")
    assert "short-stay is Viewer now." in page.inner_text("main")
    remove_member(page, "short-stay")

    assert "short-stay is no longer in the team." in page.inner_text("main")
    assert theirs.goto(f"{site.url}{TEAM}").status == 404


def remove_member(page: Any, name: str) -> None:
    press(page, f"^Remove, {name}$")
    press(page, "^Remove$")


LEFT_OPEN = (FEED, f"{FEED}wall/", f"{FEED}phone/", f"{TEAM}alerts/", TEAM)


def test_pages_that_a_removed_member_left_open_say_so_and_show_nothing_more(
    site: Any, visit: Any
) -> None:
    site.show(scene.scene(5))
    site.status()
    _email, link = invite(visit)
    theirs = visit(link.removeprefix(site.url), anonymous=True, forgive=NOT_FOUND)
    sign_up(theirs, "left-open")
    theirs.wait_for_url(f"**{TEAM}")
    pages = [theirs.context.new_page() for _each in LEFT_OPEN]
    for page, path in zip(pages, LEFT_OPEN, strict=True):
        with page.expect_websocket() as socket:
            page.goto(f"{site.url}{path}")
        if not socket.value.is_closed():
            socket.value.wait_for_event("framereceived")

    remove_member(visit(OWN["members"]), "left-open")

    for page in pages:
        page.get_by_role("heading", name="This page has closed").wait_for()
        assert page.locator("body > *").count() == 1
        assert "You are no longer in the team Phoenix" in page.inner_text("main")


def test_team_is_founded_renamed_and_deleted(site: Any, visit: Any) -> None:
    page = visit("/teams/")
    tab_to(page, "Name of the team")
    page.keyboard.type("Night Shift")
    press(page, "Found the team")
    page.wait_for_url("**/t/night-shift/")
    page.goto(f"{site.url}/t/night-shift/settings/")
    tab_to(page, "^Name$")
    page.keyboard.press("Control+A")
    page.keyboard.type("Day Shift")
    press(page, "^Save$")
    assert page.get_by_label("Name").input_value() == "Day Shift"
    press(page, "^Delete$")
    tab_to(page, "The name of the team")
    page.keyboard.type("Day Shift")
    press(page, "Delete for good")

    assert "Day Shift is deleted." in page.inner_text("main")


def test_menu_leads_to_the_other_teams_by_keyboard(visit: Any) -> None:
    page = visit(TEAM)
    tab_to(page, "teams and account")
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Phoenix Owner").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Phoenix Owner").is_visible()
    page.keyboard.press("Enter")
    press(page, "All teams, or a new one")

    page.wait_for_url("**/teams/")


def test_menu_works_without_a_script(visit: Any) -> None:
    page = visit(TEAM, java_script_enabled=False)
    page.locator("summary").click()

    page.get_by_role("link", name="All teams, or a new one").click()
    page.wait_for_url("**/teams/")


def test_forgotten_password_is_set_again(site: Any, visit: Any) -> None:
    email, link = invite(visit)
    page = visit(link.removeprefix(site.url), anonymous=True)
    sign_up(page, "forgetful")
    page.wait_for_url(f"**{TEAM}")
    page = visit("/account/reset/", anonymous=True)
    tab_to(page, "^E-?mail")
    page.keyboard.type(email)
    press(page, "Send the link")
    asked = time.monotonic()
    while "/account/reset/" not in (found := mailed_link(site, email)):
        assert time.monotonic() - asked < 15
        time.sleep(0.05)

    page.goto(found)
    write(page, {"^New password$": "six slow karts", "^The new password again$": "six slow karts"})
    press(page, "Set the password")
    assert "Your new password is set" in page.inner_text("main")
    sign_in(page, site, "forgetful", "six slow karts")

    page.wait_for_url(f"**{TEAM}")


def test_browser_is_signed_out_from_another(site: Any, visit: Any) -> None:
    _email, link = invite(visit)
    first = visit(link.removeprefix(site.url), anonymous=True)
    sign_up(first, "two-screens")
    first.wait_for_url(f"**{TEAM}")
    second = visit("/accounts/login/", anonymous=True)
    sign_in(second, site, "two-screens", LONG)
    second.wait_for_url(f"**{TEAM}")

    first.goto(f"{site.url}/account/")
    press(first, "Sign out everywhere else")
    assert "Signed out there." in first.inner_text("main")

    second.goto(f"{site.url}/account/")
    second.wait_for_url("**/accounts/login/**")


def test_lock_says_for_how_long(site: Any, visit: Any) -> None:
    page = visit("/accounts/login/", anonymous=True, forgive=("429",))
    for _attempt in range(5):
        sign_in(page, site, "nobody-here", "wrong")

    assert "opens again in 15 minutes" in page.inner_text("main")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    sign_in(page, site, "owner", PASSWORD)
    page.wait_for_url(f"**{TEAM}")
