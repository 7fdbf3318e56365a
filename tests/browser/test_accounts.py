"""Accounts in a browser: every form by keyboard alone, and the whole way of a newcomer."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.board import FEED
from tests.browser.conftest import SHOTS
from tests.browser.patience import Wire, leaving, until, wait
from tests.browser.server import PASSWORD
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
    with leaving(page):
        page.keyboard.press("Enter")


def says(page: Any, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text)


def invite(visit: Any) -> tuple[str, str]:
    """(address, link) of a fresh invitation, made by keyboard."""
    email = f"new{next(_number)}@example.com"
    page = visit(OWN["members"])
    tab_to(page, "^E-mail address$")
    page.keyboard.type(email)
    press(page, "^Invite$")
    return email, page.locator("#link").inner_text()


def mailed_link(page: Any, site: Any, to: str, about: str) -> str:
    """The link to a page below `about` that was mailed to an address."""
    # To its end, for the mail may be half there.
    link = re.compile(re.escape(f"{site.url}{about}") + r"\S+(?=\s)")
    found: list[str] = []

    def arrived() -> list[str]:
        texts = [path.read_text() for path in (site.data / "mails").glob("*")]
        mails = [each for text in texts for each in text.split("-" * 79) if f"To: {to}" in each]
        found.extend(each[0] for mail in mails if (each := link.search(mail)))
        return found

    wait(page, arrived, said=f"no mail to {to} with a link to {about}")
    return found[0]


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
    with leaving(page):
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
    with leaving(page):
        page.get_by_role("button", name="Sign up").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


# -- the way of a newcomer


def test_newcomer_joins_by_the_mailed_link(site: Any, visit: Any) -> None:
    page = visit("/accounts/login/", anonymous=True)
    email, _shown = invite(visit)

    page.goto(mailed_link(page, site, email, "/join/"))
    expect(page.get_by_label("E-mail address")).to_have_value(email)
    sign_up(page, "newcomer")

    page.wait_for_url(f"**{TEAM}")
    says(page, "Welcome to Phoenix.")
    page.goto(f"{site.url}/account/")
    says(page, f"{email} · verified")


def test_newcomer_with_the_shown_link_verifies_the_address(site: Any, visit: Any) -> None:
    email, link = invite(visit)
    page = visit(link.removeprefix(site.url), anonymous=True)
    sign_up(page, "by-hand")
    page.wait_for_url(f"**{TEAM}")

    page.goto(mailed_link(page, site, email, "/account/verify/"))
    press(page, "Confirm the address")

    says(page, "The address is verified")


def test_owner_changes_a_role_and_removes_the_member(site: Any, visit: Any) -> None:
    _email, link = invite(visit)
    theirs = visit(link.removeprefix(site.url), anonymous=True, forgive=NOT_FOUND)
    sign_up(theirs, "short-stay")
    theirs.wait_for_url(f"**{TEAM}")

    page = visit(OWN["members"])
    tab_to(page, "^Role of short-stay$")
    page.keyboard.press("v")  # a select by its first letter
    until(page, "document.activeElement.value === 'viewer'")
    press(page, "^Change, short-stay$")
    says(page, "short-stay is Viewer now.")
    remove_member(page, "short-stay")

    says(page, "short-stay is no longer in the team.")
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
        wire = Wire(page)
        page.goto(f"{site.url}{path}")
        wire.await_answer()

    remove_member(visit(OWN["members"]), "left-open")

    for page in pages:
        expect(page.get_by_role("heading", name="This page has closed")).to_be_visible()
        expect(page.locator("body > *")).to_have_count(1)
        says(page, "You are no longer in the team Phoenix")


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
    expect(page.get_by_label("Name")).to_have_value("Day Shift")
    press(page, "^Delete$")
    tab_to(page, "The name of the team")
    page.keyboard.type("Day Shift")
    press(page, "Delete for good")

    says(page, "Day Shift is deleted.")


def test_menu_leads_to_the_other_teams_by_keyboard(visit: Any) -> None:
    page = visit(TEAM)
    tab_to(page, "teams and account")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Phoenix Owner")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Phoenix Owner")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Phoenix Owner")).to_be_visible()
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

    page.goto(mailed_link(page, site, email, "/account/reset/"))
    write(page, {"^New password$": "six slow karts", "^The new password again$": "six slow karts"})
    press(page, "Set the password")
    says(page, "Your new password is set")
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
    says(first, "Signed out there.")

    second.goto(f"{site.url}/account/")
    second.wait_for_url("**/accounts/login/**")


def test_lock_says_for_how_long(site: Any, visit: Any) -> None:
    page = visit("/accounts/login/", anonymous=True, forgive=("429",))
    for _attempt in range(5):
        sign_in(page, site, "nobody-here", "wrong")

    says(page, "opens again in 15 minutes")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    sign_in(page, site, "owner", PASSWORD)
    page.wait_for_url(f"**{TEAM}")
