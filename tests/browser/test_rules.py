"""Alert rules by keyboard, and every page of alerts and rules in every theme and width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import scene
from tests.browser.alerts import ask, raise_alert
from tests.browser.conftest import SHOTS
from tests.browser.test_board import FEED
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


def test_rule_is_made_by_keyboard(site: Any, visit: Any) -> None:
    page = visit(NEW)
    page.get_by_label("Tell us when").focus()
    page.keyboard.type("a stint")
    press(page, "Tab")
    page.keyboard.type("our e")
    press(page, "Tab")
    page.keyboard.type("45:00")
    press(page, "Tab", "Tab")  # on every feed
    press(page, "ArrowRight")  # from warning to urgent
    press(page, "Tab", "Space")  # no sound
    press(page, "Tab", "Space")  # but a push
    press(page, "Enter")

    page.wait_for_url(f"**{LIST}")
    assert rules(site) == [("stint", "ours", 2_700_000, "danger", 0, 1, 1)]
    assert page.get_by_text("Saved: A stint reaches 45 min.").is_visible()


def test_form_asks_only_what_the_kind_needs(visit: Any) -> None:
    page = visit(NEW)
    kind = page.get_by_label("Tell us when")
    value, about = page.locator("[data-field=limit]"), page.locator("[data-field=about]")

    kind.select_option("stale")
    assert value.locator("label").inner_text() == "Silence"
    assert [value.is_visible(), about.is_visible()] == [True, False]

    kind.select_option("pit_in")
    assert [value.is_visible(), about.is_visible()] == [False, True]

    kind.select_option("catch")
    assert value.locator("label").inner_text() == "Laps to the catch"
    assert [value.is_visible(), about.is_visible()] == [True, True]


def test_mistake_is_said_where_it_is(site: Any, visit: Any) -> None:
    page = visit(NEW, forgive=("422",))
    page.get_by_label("Tell us when").select_option("stint")
    page.get_by_label("Length of the stint").fill("45")
    page.get_by_role("button", name="Create").click()

    field = page.get_by_label("Length of the stint")
    assert field.get_attribute("aria-invalid") == "true"
    assert "45 minutes are written 45:00" in page.locator("[data-field=limit]").inner_text()

    page.get_by_label("Tell us when").select_option("catch")
    assert page.get_by_text("45 minutes are written").count() == 0
    page.get_by_label("Laps to the catch").fill("5")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"**{LIST}")
    assert rules(site) == [("catch", "rivals", 5, "warning", 1, 0, 1)]


def test_form_without_scripts_asks_for_all(site: Any, visit: Any) -> None:
    page = visit(NEW, java_script_enabled=False)
    page.get_by_label("Tell us when").select_option("gap")
    page.get_by_label("Value").fill("5")
    page.get_by_role("button", name="Create").click()

    assert page.url.endswith(LIST)
    assert rules(site) == [("gap", "rivals", 5_000, "warning", 1, 0, 1)]


def test_usual_set_switched_deleted_and_taken_back_by_keyboard(site: Any, visit: Any) -> None:
    page = visit(LIST)
    page.get_by_role("link", name="Begin with the usual set").focus()
    press(page, "Enter")
    page.wait_for_url(f"**{USUAL}")
    for box in page.get_by_role("checkbox").all()[2:]:
        box.focus()
        press(page, "Space")
    page.get_by_role("button", name="Set these rules").focus()
    press(page, "Enter")
    page.wait_for_url(f"**{LIST}")
    kept = [
        ("message", "ours", None, "danger", 1, 1, 1),
        ("trouble", "ours", None, "danger", 1, 1, 1),
    ]
    assert rules(site) == kept

    page.get_by_role("button", name="Stops on track").and_(page.locator(".toggle")).focus()
    press(page, "Enter")
    page.locator(".toggle[aria-pressed=false]").wait_for()
    assert rules(site)[1][-1] == 0

    page.get_by_role("button", name="Delete").nth(1).focus()
    press(page, "Enter")
    page.get_by_text("Deleted: Stops on track or is slow.").wait_for()
    assert rules(site) == kept[:1]

    page.get_by_role("button", name="Undo").focus()
    press(page, "Enter")
    page.get_by_text("It is back: Stops on track or is slow.").wait_for()
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
    page.evaluate("document.fonts.ready")
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        page.screenshot(path=SHOTS / f"{name}-{width}-{theme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
