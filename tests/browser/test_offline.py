"""A browser without a network: what it shows, and to whom."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.board import CONNECTED, FEED, LINKED, cell, connected, keys
from tests.browser.conftest import new_context
from tests.browser.kept import await_kept, await_worker, everything, ready
from tests.browser.patience import leaving, until, wait
from tests.browser.server import PASSWORD

DISPLAY = f"/d/{scene.CODE}/"
AWAY = ("WebSocket connection", "net::ERR_", "Failed to load resource", "502", "Service Worker")


@pytest.fixture
def away(site: Any) -> Iterator[Any]:
    """The server stops when a test says so, and is there again for the next."""
    site.show(scene.scene(5))
    site.status()
    yield site.stop
    if site.process.poll() is not None:
        site.start()


def kept_board(visit: Any, path: str = FEED, **options: Any) -> Any:
    page = connected(visit, path, workers=True, forgive=AWAY, **options)
    await_worker(page)
    await_kept(page, path.partition("?")[0].replace("wall/", "").replace("phone/", ""))
    return page


def test_board_without_a_network_is_the_last_one_with_its_age(
    site: Any, visit: Any, away: Any
) -> None:
    page = kept_board(visit)
    away()

    page.reload()
    ready(page)

    assert keys(page) == ["r1", "r2", "r3", "r4", "r5"]
    expect(page.locator("tr[data-key=r5]")).to_be_visible()
    assert cell(page, "r1", "last") != ""
    assert page.evaluate("document.body.dataset.stale") == "link"
    assert re.search(r"as of \d\d:\d\d, .* ago$", page.text_content("[data-s=notice]"))
    assert page.text_content("[data-s=conn]") == "Connection lost"
    assert page.locator("[data-cards] li").count() > 0
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()

    site.start()
    site.show(scene.scene(6))
    page.get_by_role("button", name="Try now").click()
    until(page, "document.querySelectorAll('[data-rows] tr').length === 6")
    with_status = CONNECTED
    site.status()
    until(page, with_status)


def test_timers_of_a_board_that_is_kept_stand_still(site: Any, visit: Any, away: Any) -> None:
    page = kept_board(visit)
    away()
    page.reload()
    ready(page)
    running = "[...document.querySelectorAll('[data-s=clock], [data-f=chip_time], [data-f=stint]')]"
    before = page.evaluate(f"{running}.map((node) => node.textContent)")

    page.evaluate("Date.now = ((now) => () => now() + 7_200_000)(Date.now)")
    until(
        page,
        "document.querySelector('[data-s=age]').textContent.startsWith('120 min') || "
        "document.querySelector('[data-s=age]').textContent.startsWith('2 h')",
    )

    assert page.evaluate(f"{running}.map((node) => node.textContent)") == before


@pytest.mark.parametrize("view", ["wall/", "phone/"])
def test_wall_and_phone_show_the_board_of_their_feed(view: str, visit: Any, away: Any) -> None:
    page = visit(FEED + view, workers=True, forgive=AWAY)
    until(page, LINKED)
    await_worker(page)
    await_kept(page, FEED)
    away()

    page.reload()
    ready(page)

    assert keys(page) == ["r1", "r2", "r3", "r4", "r5"]


def test_start_of_the_app_without_a_network_lists_what_is_kept(visit: Any, away: Any) -> None:
    page = kept_board(visit)
    away()

    page.goto(page.url.split("/t/")[0] + "/")
    ready(page)

    expect(page.get_by_role("heading", name="No connection to the server")).to_be_visible()
    link = page.get_by_role("link", name=scene.EVENT)
    expect(link).to_have_attribute("href", FEED)
    with leaving(page):
        link.click()
    ready(page)
    assert len(keys(page)) == 5


def test_display_on_a_screen_that_lost_the_server_comes_back_by_itself(
    site: Any, visit: Any, away: Any
) -> None:
    page = kept_board(visit, DISPLAY, anonymous=True)
    away()
    page.reload()
    ready(page)
    expect(page.locator("[data-rows] tr:visible")).to_have_count(5)
    assert page.locator("[data-others]").is_hidden()

    site.start()
    site.show(scene.scene(4))

    until(page, "document.querySelectorAll('[data-rows] tr').length === 4")


def test_page_that_is_offline_at_first_sight_says_that_nothing_is_kept(
    visit: Any, away: Any
) -> None:
    page = kept_board(visit, DISPLAY, anonymous=True)
    page.evaluate("import('/static/js/kept/boards.js').then((m) => m.forget(location.pathname))")
    page.goto("about:blank")
    away()

    page.goto(visit_url(page, DISPLAY, away))
    ready(page)

    expect(page.get_by_text("No board is kept on this device.")).to_be_visible()
    assert page.locator("[data-board]").is_hidden()


def visit_url(_page: Any, path: str, stop: Any) -> str:
    return f"{stop.__self__.url}{path}"


# -- whose boards they are


def sign_in(page: Any, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    with leaving(page):
        page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def tablet(chromium: Any, site: Any) -> Iterator[Any]:
    """Shared by two people: one after the other."""
    site.show(scene.scene(5))
    site.status()
    context = new_context(chromium, base_url=site.url)
    page = context.new_page()
    page.goto(FEED)
    sign_in(page, "owner")
    until(page, LINKED)
    await_worker(page)
    await_kept(page, FEED)
    yield page
    context.close()
    if site.process.poll() is not None:
        site.start()


def sign_out(page: Any) -> None:
    page.goto("/account/")
    page.locator("details[data-menu] summary").last.click()
    with leaving(page):
        page.get_by_role("button", name="Sign out", exact=True).click()


def test_what_one_person_saw_the_next_one_does_not(tablet: Any, site: Any) -> None:
    tablet.goto(DISPLAY)
    await_kept(tablet, DISPLAY)
    sign_out(tablet)
    wait(tablet, lambda: everything(tablet) == [[DISPLAY, ""]])

    tablet.goto("/accounts/login/")
    sign_in(tablet, "neighbour")
    await_worker(tablet)
    site.stop()
    tablet.goto(FEED)
    ready(tablet)

    assert tablet.locator("[data-board]").is_hidden()
    assert tablet.locator("[data-kept] a").evaluate_all("all => all.map(a => a.pathname)") == [
        DISPLAY
    ]


def test_signing_out_clears_though_the_answer_never_comes(tablet: Any, site: Any) -> None:
    tablet.goto("/account/")
    tablet.locator("details[data-menu] summary").last.click()
    site.stop()
    tablet.get_by_role("button", name="Sign out", exact=True).click()
    other = tablet.context.new_page()
    other.goto(FEED)
    ready(other)

    wait(other, lambda: everything(other) == [])


def test_page_left_open_by_one_person_keeps_nothing_for_the_next(tablet: Any, site: Any) -> None:
    other = tablet.context.new_page()
    other.goto("/account/")
    # As though the page had not heard yet that its person has signed out.
    tablet.evaluate("import('/static/js/kept/boards.js').then((m) => m.settle('77'))")
    assert everything(tablet) == []
    changed = copy.deepcopy(site.shown)
    changed["rows"]["r1"]["laps"] = 999
    site.change(changed)
    until(tablet, "document.querySelector('tr[data-key=r1] [data-f=laps]').textContent === '999'")
    tablet.evaluate("dispatchEvent(new Event('pagehide'))")
    tablet.evaluate("import('/static/js/kept/boards.js').then((m) => m.readable())")

    assert everything(tablet) == []


def test_session_that_ended_elsewhere_leaves_nothing(tablet: Any) -> None:
    tablet.context.clear_cookies()

    tablet.goto(FEED)  # leads to the door

    wait(tablet, lambda: everything(tablet) == [])


def test_page_that_is_not_there_any_more_is_forgotten(tablet: Any) -> None:
    tablet.evaluate(
        """import("/static/js/kept/boards.js").then(async (m) => {
          const [kept] = await m.readable();
          await m.keep({ ...kept, path: "/t/phoenix/feeds/00000000-0000-0000-0000-0000000000ff/" });
        })"""
    )
    tablet.goto("/t/phoenix/feeds/00000000-0000-0000-0000-0000000000ff/wall/")

    wait(tablet, lambda: [path for path, _owner in everything(tablet)] == [FEED])


def test_feed_that_is_followed_no_more_and_team_that_was_left_are_forgotten(tablet: Any) -> None:
    tablet.evaluate(
        """import("/static/js/kept/boards.js").then(async (m) => {
          const [kept] = await m.readable();
          await m.keep({ ...kept, path: "/t/phoenix/races/1/board/", feed: "another" });
          await m.keep({ ...kept, path: "/t/otters/feeds/1/", team: "otters" });
        })"""
    )
    assert len(everything(tablet)) == 3
    tablet.goto("/t/phoenix/")

    wait(tablet, lambda: [path for path, _owner in everything(tablet)] == [FEED])


def test_display_that_is_closed_is_forgotten(site: Any, visit: Any, away: Any) -> None:
    sockets: list[Any] = []

    def listen(page: Any) -> None:
        def opened(route: Any) -> None:
            sockets.append(route)
            server = route.connect_to_server()
            server.on_message(route.send)
            route.on_message(server.send)

        page.route_web_socket(re.compile("/ws/"), opened)

    page = kept_board(visit, DISPLAY, anonymous=True, before=listen)
    channel = f"display.{scene.CODE}"
    refusal = {"type": "subscription_result", "channel": channel, "success": False}
    sockets[-1].send(json.dumps(refusal))

    wait(page, lambda: everything(page) == [])


def test_boards_are_bounded_in_number_and_age(visit: Any) -> None:
    page = visit("/", anonymous=True, workers=True)

    found = page.evaluate(
        """async () => {
          const { keep, readable, settle } = await import("/static/js/kept/boards.js");
          await settle("7");
          const day = 86_400_000, now = Date.now();
          const same = { team: "t", offset: 0 };
          const of = (path, at, owner = "7") => ({ ...same, path, owner, at, kept_at: at });
          for (let i = 1; i <= 30; i += 1) await keep(of(`/${i}/`, now - i));
          const most = (await readable()).map(({ path }) => path);
          await keep(of("/old/", now - 4 * day, ""));
          await keep(of("/foreign/", now, "8"));
          const seen = (await readable()).map(({ path }) => path);
          await settle("7", ["t"]);
          const more = ["/old/", "/foreign/"].map((path) => seen.includes(path));
          return [most.length, most[0], most.at(-1), ...more];
        }"""
    )

    assert found == [20, "/1/", "/20/", False, False]


NO_DATABASE = """
  Object.defineProperty(globalThis, "indexedDB", {
    value: { open() { throw new DOMException("no", "SecurityError"); } },
  });
"""


def test_browser_that_keeps_nothing_shows_boards_all_the_same(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    page = connected(visit, workers=True, before=lambda page: page.add_init_script(NO_DATABASE))
    changed = copy.deepcopy(site.shown)
    changed["rows"]["r1"]["laps"] = 777
    site.change(changed)

    until(page, "document.querySelector('tr[data-key=r1] [data-f=laps]').textContent === '777'")


# -- the worker


def test_nothing_that_is_somebodys_is_in_the_caches(tablet: Any) -> None:
    tablet.goto("/account/")
    tablet.goto(FEED)
    tablet.evaluate("fetch('/api/me/')")

    found = tablet.evaluate(
        """(async () => {
          const every = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) every.push(new URL(request.url).pathname);
          }
          return every;
        })()"""
    )

    assert {path for path in found if not path.startswith("/static/")} == {"/offline/"}
    assert "/static/js/kept/offline.js" in found


def test_caches_of_workers_before_are_removed(visit: Any) -> None:
    page = visit("/", anonymous=True, workers=True)
    page.evaluate(
        "caches.open('lt-shell-of-last-year').then(() => caches.open('of-somebody-else'))"
    )
    page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => null)")

    until(
        page,
        "caches.keys().then((all) => !all.includes('lt-shell-of-last-year') && all.length === 2)",
    )


WITNESS = """
  addEventListener("DOMContentLoaded", () => {
    if (document.body.classList.contains("offline")) sessionStorage.offline = "seen";
  });
"""


def test_board_of_a_slow_server_is_shown_meanwhile(site: Any, visit: Any, away: Any) -> None:
    page = kept_board(visit, before=lambda page: page.add_init_script(WITNESS))
    (worker,) = page.context.service_workers
    worker.evaluate(
        """async () => {
          await self.registration.navigationPreload.disable();
          const real = self.fetch, timer = self.setTimeout;
          let asked = 0;
          self.fetch = (request) => {
            const late = request.mode === "navigate" && (asked += 1) === 1;
            return late ? new Promise(() => {}) : real(request);
          };
          self.setTimeout = (work, _ms, ...rest) => timer(work, 0, ...rest);
        }"""
    )

    page.reload()

    # It gives way as soon as the server has answered the page's own question.
    until(page, "sessionStorage.offline === 'seen'")
    until(page, f"document.querySelector('[data-live]') && {LINKED}")


def test_proxy_without_anybody_behind_it_is_as_no_network(visit: Any, away: Any) -> None:
    page = kept_board(visit)
    (worker,) = page.context.service_workers
    worker.evaluate(
        """async () => {
          await self.registration.navigationPreload.disable();
          const real = self.fetch;
          self.fetch = async (request) =>
            request.mode === "navigate" ? new Response("", { status: 502 }) : real(request);
        }"""
    )
    # The page's own question is answered alike, or it would give way at once.
    page.route("**/feeds/**", lambda route: route.fulfill(status=502, body="Bad gateway"))

    page.reload()
    ready(page)

    assert len(keys(page)) == 5


def test_installable(site: Any, visit: Any) -> None:
    page = visit(DISPLAY, anonymous=True, workers=True)
    session = page.context.new_cdp_session(page)

    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {each["errorId"] for each in errors} <= {"in-incognito"}  # as all contexts are
    assert session.send("Page.getAppManifest")["errors"] == []
