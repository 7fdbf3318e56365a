"""Alert rules by keyboard, and every page of alerts and rules in every theme and width."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.alerts import ask, raise_alert
from tests.browser.board import FEED
from tests.browser.conftest import SHOTS
from tests.browser.patience import leaving, until
from tests.browser.test_pages import PUT_ON, THEMES, WIDTHS

LIST, NEW, USUAL = "/t/phoenix/rules/", "/t/phoenix/rules/new/", "/t/phoenix/rules/usual/"
PAGES = {"alerts": "/t/phoenix/alerts/", "rules": LIST, "new-rule": NEW, "usual-rules": USUAL}


@pytest.fixture(autouse=True)
def no_rules(site: Any) -> Iterator[None]:
    yield
    ask(site, "delete from timing_alert")
    ask(site, "delete from timing_alertrule")


def rules(site: Any) -> list[tuple[Any, ...]]:
    return ask(
        site,
        "select kind, subject, threshold, severity, sound, push, is_enabled from timing_alertrule",
    )


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


CHOSEN = "document.activeElement.value"


def choose(page: Any, value: str) -> None:
    """In the select that has the focus. Not by its first letters: a browser forgets those that
    were typed a second ago."""
    press(page, "Home")
    while (before := page.evaluate(CHOSEN)) != value:
        press(page, "ArrowDown")
        until(page, f"{CHOSEN} !== {json.dumps(before)}")


def send(page: Any) -> None:
    with leaving(page):
        press(page, "Enter")


def test_rule_is_made_by_keyboard(site: Any, visit: Any) -> None:
    page = visit(NEW)
    page.get_by_label("Tell us when").focus()
    choose(page, "stint")
    press(page, "Tab")
    choose(page, "ours")
    press(page, "Tab")
    page.keyboard.type("45:00")
    press(page, "Tab", "Tab")  # on every feed
    press(page, "ArrowRight")  # from warning to urgent
    press(page, "Tab", "Space")  # no sound
    press(page, "Tab", "Space")  # but a push
    send(page)

    expect(page).to_have_url(f"{site.url}{LIST}")
    assert rules(site) == [("stint", "ours", 2_700_000, "danger", 0, 1, 1)]
    expect(page.get_by_text("Saved: A stint reaches 45 min.")).to_be_visible()


def test_form_asks_only_what_the_kind_needs(visit: Any) -> None:
    page = visit(NEW)
    kind = page.get_by_label("Tell us when")
    value, about = page.locator("[data-field=limit]"), page.locator("[data-field=about]")

    kind.select_option("stale")
    expect(value.locator("label")).to_have_text("Silence")
    expect(value).to_be_visible()
    expect(about).to_be_hidden()

    kind.select_option("pit_in")
    expect(value).to_be_hidden()
    expect(about).to_be_visible()

    kind.select_option("catch")
    expect(value.locator("label")).to_have_text("Laps to the catch")
    expect(value).to_be_visible()
    expect(about).to_be_visible()


def test_mistake_is_said_where_it_is(site: Any, visit: Any) -> None:
    page = visit(NEW, forgive=("422",))
    page.get_by_label("Tell us when").select_option("stint")
    page.get_by_label("Length of the stint").fill("45")
    with leaving(page):
        page.get_by_role("button", name="Create").click()

    field = page.get_by_label("Length of the stint")
    expect(field).to_have_attribute("aria-invalid", "true")
    said = "45 minutes are written 45:00"
    expect(page.locator("[data-field=limit]")).to_contain_text(said)

    page.get_by_label("Tell us when").select_option("catch")
    expect(page.get_by_text("45 minutes are written")).to_have_count(0)
    page.get_by_label("Laps to the catch").fill("5")
    with leaving(page):
        page.get_by_role("button", name="Create").click()
    expect(page).to_have_url(f"{site.url}{LIST}")
    assert rules(site) == [("catch", "rivals", 5, "warning", 1, 0, 1)]


def test_form_without_scripts_asks_for_all(site: Any, visit: Any) -> None:
    page = visit(NEW, java_script_enabled=False)
    page.get_by_label("Tell us when").select_option("gap")
    page.get_by_label("Value").fill("5")
    with leaving(page):
        page.get_by_role("button", name="Create").click()

    expect(page).to_have_url(f"{site.url}{LIST}")
    assert rules(site) == [("gap", "rivals", 5_000, "warning", 1, 0, 1)]


def test_usual_set_switched_deleted_and_taken_back_by_keyboard(site: Any, visit: Any) -> None:
    page = visit(LIST)
    page.get_by_role("link", name="Begin with the usual set").focus()
    send(page)
    expect(page).to_have_url(f"{site.url}{USUAL}")
    for box in page.get_by_role("checkbox").all()[2:]:
        box.focus()
        press(page, "Space")
    page.get_by_role("button", name="Set these rules").focus()
    send(page)
    expect(page).to_have_url(f"{site.url}{LIST}")
    kept = [
        ("message", "ours", None, "danger", 1, 1, 1),
        ("trouble", "ours", None, "danger", 1, 1, 1),
    ]
    assert rules(site) == kept

    page.get_by_role("button", name="Stops on track").and_(page.locator(".toggle")).focus()
    send(page)
    expect(page.locator(".toggle[aria-pressed=false]")).to_be_visible()
    assert rules(site)[1][-1] == 0

    page.get_by_role("button", name="Delete").nth(1).focus()
    send(page)
    expect(page.get_by_text("Deleted: Stops on track or is slow.")).to_be_visible()
    assert rules(site) == kept[:1]

    page.get_by_role("button", name="Undo").focus()
    send(page)
    expect(page.get_by_text("It is back: Stops on track or is slow.")).to_be_visible()
    assert rules(site) == [kept[0], (*kept[1][:-1], 0)]


# -- how they look


@pytest.fixture
def something_to_see(site: Any, visit: Any) -> None:
    site.show(scene.scene(30))
    site.status()
    raise_alert(site, "Kart 40 leaves the pits", "info", number="40", age_ms=90_000)
    raise_alert(site, "Kart 40 within 5 s", detail="4.96 s from kart 27, lap 88", number="40")
    raise_alert(
        site, "Race control to kart 27: Cutting the chicane - 5 s", "danger", detail="15:36"
    )
    raise_alert(site, "Kart 1234 has stopped", "danger", detail="Last seen 2:40 ago", number="1234")


@pytest.mark.parametrize("name", [*PAGES, "board"])
def test_axe_has_no_objection(name: str, visit: Any, something_to_see: None) -> None:
    page = visit(PAGES.get(name, FEED))
    if name == "rules":
        page.goto(page.url.replace(LIST, USUAL))
        with leaving(page):
            page.get_by_role("button", name="Set these rules").click()
    for theme, look in THEMES.items():
        page.evaluate(PUT_ON, {"contrast": "normal"} | look)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{theme}: {found.generate_report()}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_is_photographed(
    name: str, width: int, visit: Any, something_to_see: None
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = visit(PAGES[name], width=width, height=WIDTHS[width])
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        page.screenshot(path=SHOTS / f"{name}-{width}-{theme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
