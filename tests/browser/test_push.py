"""Push as a browser sees it: the page that subscribes, the worker that shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.patience import leaving, wait
from tests.pages.test_channels import given

CHANNELS = "/t/phoenix/channels/"
# Chromium's own push service is out in the world, and refuses headless browsers.
STAND_IN = """
  const given = %s;
  PushManager.prototype.subscribe = async function ({ userVisibleOnly, applicationServerKey }) {
    if (!userVisibleOnly || applicationServerKey.length !== 65) throw new Error("wrong options");
    sessionStorage.subscribed = "1";
    return { toJSON: () => given };
  };
  PushManager.prototype.getSubscription = async () =>
    sessionStorage.subscribed ? { toJSON: () => given } : null;
"""
SHOWN = """navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((list) => list.map(({ title, body, tag, data, renotify, requireInteraction }) =>
    ({ title, body, tag, url: data.url, renotify, requireInteraction })))"""


def allowed(visit: Any, site: Any, script: str = "", **options: Any) -> Any:
    """The page of channels, in a browser that lets it show notifications."""

    def before(page: Any) -> None:
        page.context.grant_permissions(["notifications"], origin=site.url)
        page.add_init_script(script)

    return visit(CHANNELS, before=before, workers=True, **options)


@pytest.fixture
def page(visit: Any, site: Any) -> Any:
    return allowed(visit, site)


@pytest.fixture
def worker(page: Any) -> Any:
    page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => null)")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    wait(page, lambda: page.context.service_workers)
    (found,) = page.context.service_workers
    return found


# Chromium forgets a notification of which it is asked while it is about to show it, so a push is
# over when it was shown, and nobody asks before.
COUNT = """() => {
  self.shown = 0;
  const show = ServiceWorkerRegistration.prototype.showNotification;
  ServiceWorkerRegistration.prototype.showNotification = async function (...said) {
    await show.apply(this, said);
    self.shown += 1;
  };
}"""


@pytest.fixture
def push(page: Any, site: Any, worker: Any) -> Iterator[Callable[[str], None]]:
    """What the push service would hand to this browser."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    wait(page, lambda: found)

    worker.evaluate(COUNT)

    def deliver(data: str) -> None:
        where, before = {"origin": site.url, "registrationId": found[-1]}, worker.evaluate("shown")
        session.send("ServiceWorker.deliverPushMessage", where | {"data": data})
        wait(page, lambda: worker.evaluate("shown") > before, said="the push was shown")

    yield deliver
    session.detach()


def no_objection(page: Any) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def alert(**fields: str) -> str:
    said = {"title": "Kart 7 pits", "text": "Lap 31", "url": "/t/phoenix/feeds/1/", "tag": "a1"}
    return json.dumps(said | {"severity": "warning"} | fields, ensure_ascii=False)


def test_a_push_is_shown_as_it_was_sent(page: Any, push: Any) -> None:
    push(alert(title="Écurie Mistral ‹7› pits"))

    assert page.evaluate(SHOWN) == [
        {
            "title": "Écurie Mistral ‹7› pits",
            "body": "Lap 31",
            "tag": "a1",
            "url": "/t/phoenix/feeds/1/",
            "renotify": True,
            "requireInteraction": False,
        }
    ]


def test_danger_stays_until_it_is_seen_and_news_is_quiet(page: Any, push: Any) -> None:
    push(alert(severity="danger"))
    push(alert(severity="info", tag="a2"))

    loudness = {
        each["tag"]: (each["renotify"], each["requireInteraction"]) for each in page.evaluate(SHOWN)
    }
    assert loudness == {"a1": (True, True), "a2": (False, False)}


def test_a_repeat_replaces_the_first(page: Any, push: Any) -> None:
    push(alert())
    push(alert(text="Lap 32"))

    assert [each["body"] for each in page.evaluate(SHOWN)] == ["Lap 32"]


@pytest.mark.parametrize(
    "data", ["", "not json", "[1]", "null", "7", '{"title": {"a": 1}, "url": 3, "tag": []}']
)
def test_a_push_that_makes_no_sense_says_that_there_is_news(
    data: str, page: Any, push: Any
) -> None:
    push(data)

    assert page.evaluate(SHOWN) == [
        {
            "title": "LT-Analyzer",
            "body": "There is news of your race.",
            "tag": "",
            "url": "/",
            "renotify": False,
            "requireInteraction": False,
        }
    ]


# -- a click. Browsers open and focus pages for real clicks only, so what was asked for is noted.

CLICK = """async (url) => {
  const asked = [];
  self.clients.openWindow = async (target) => asked.push(["open", target]);
  WindowClient.prototype.focus = async function () { asked.push(["focus", this.url]); };
  await self.registration.showNotification("x", { data: { url } });
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  const done = new Promise((resolve) => { event.waitUntil = (work) => work.then(resolve); });
  self.dispatchEvent(event);
  await done;
  while ((await self.registration.getNotifications()).length) await new Promise(setTimeout);
  return asked;
}"""


def test_a_click_focuses_the_board_that_is_open(page: Any, site: Any, worker: Any) -> None:
    asked = worker.evaluate(CLICK, f"https://elsewhere.example{CHANNELS}?a=1")

    assert asked == [["focus", site.url + CHANNELS]]


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("/t/phoenix/feeds/1/?a=1#b", "/t/phoenix/feeds/1/?a=1#b"),
        ("https://evil.example/t/phoenix/", "/t/phoenix/"),
        ("//evil.example/x", "/x"),
        ("https://evil.example//other.example/", "//other.example/"),
        ("javascript:alert(1)", "/"),
        ("http://[", "/"),
    ],
)
def test_a_click_opens_a_page_of_ours_and_no_other(
    url: str, opened: str, page: Any, site: Any, worker: Any
) -> None:
    assert worker.evaluate(CLICK, url) == [["open", site.url + opened]]


def test_a_browser_whose_address_changed_tells_us(page: Any, worker: Any) -> None:
    told = worker.evaluate(
        """async () => {
          const told = [];
          self.fetch = async (url, { method, body }) => told.push([url, method, JSON.parse(body)]);
          const event = new ExtendableEvent("pushsubscriptionchange");
          event.oldSubscription = { endpoint: "https://push.example.net/old", options: {} };
          event.newSubscription = { toJSON: () => ({ endpoint: "https://push.example.net/new" }) };
          const done = new Promise((resolve) => {
            event.waitUntil = (work) => work.then(resolve);
          });
          self.dispatchEvent(event);
          await done;
          return told;
        }"""
    )

    new = {"endpoint": "https://push.example.net/new"}
    assert told == [["/push/renew/", "POST", {"old": "https://push.example.net/old", "new": new}]]


# -- the page


def test_a_device_subscribes_knows_itself_and_is_removed(visit: Any, site: Any) -> None:
    stand_in = STAND_IN % json.dumps(given("https://push.example.net/browser"))
    page = allowed(visit, site, stand_in)
    button = page.get_by_role("button", name="Push to this device")

    button.focus()
    with leaving(page):
        page.keyboard.press("Enter")

    row = page.locator("tr[data-device]")
    expect(row.get_by_text("this device")).to_be_visible()
    expect(page.get_by_text("Alerts are pushed to this device.")).to_be_visible()
    expect(button).to_be_hidden()
    no_objection(page)
    with leaving(page):
        row.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way")).to_be_visible()
    with leaving(page):
        row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("gets no more pushes")).to_be_visible()
    expect(button).to_be_visible()


def test_what_the_server_refuses_is_said(visit: Any, site: Any) -> None:
    stand_in = STAND_IN % json.dumps(given("https://127.0.0.1/private"))
    page = allowed(visit, site, stand_in, forgive=("422",))

    page.get_by_role("button", name="Push to this device").click()

    expect(page.get_by_role("alert").get_by_text("private network")).to_be_visible()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "https://"),
        ("delete window.PushManager", "takes no pushes"),
        ("Object.defineProperty(Notification, 'permission', { value: 'denied' })", "blocks"),
    ],
)
def test_what_stands_in_the_way_is_said(script: str, said: str, visit: Any) -> None:
    page = visit(CHANNELS, before=lambda page: page.add_init_script(script))

    visible = page.locator("[data-push-when]:visible")
    expect(visible).to_have_count(1)
    expect(visible).to_contain_text(said)


def test_a_webhook_by_keyboard_with_its_secret_and_its_log(visit: Any) -> None:
    page = visit(CHANNELS, forgive=("422",))
    page.get_by_label("Name").fill("Pit radio")
    page.get_by_label("Address").fill("http://hooks.example.net/1")
    with leaving(page):
        page.keyboard.press("Enter")
    expect(page.get_by_text("The address must begin with https://")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Pit radio")
    no_objection(page)

    page.get_by_label("Address").fill("https://hooks.example.net/1")
    with leaving(page):
        page.keyboard.press("Enter")
    expect(page.get_by_text("whsec_")).to_be_visible()
    no_objection(page)
    with leaving(page):
        page.get_by_role("link", name="I have it").press("Enter")
    hook = page.get_by_role("row").filter(has_text="Pit radio")
    with leaving(page):
        hook.get_by_role("button", name="Send a test").press("Enter")

    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
    expect(page.locator(".list tbody tr").first).to_be_visible()
    no_objection(page)
