// Alerts of the team on a page: at most three strips, a count for the rest, and a voice.

import { OpenAlerts } from "./alert-store.js";
import { hour } from "./hour.js";
import { soundSwitch } from "./sound-switch.js";
import { TabCount } from "./tab-count.js";

const STRIPS = 3;
const LISTED = 50; // the server lists no more
const MOVED_GRACE = 400; // a strip that has just slipped under the pointer was not meant
const AGAIN_AFTER = 5_000;

export class AlertPanel {
  #root; #clock; #state; #open; #strips; #template; #sound; #tab = new TabCount(); #movedAt = 0; #retry = 0;
  #due;

  /** `due(alerts)`: those that may be shown by now, on a page that runs late. */
  constructor(root, { clock, due = (alerts) => alerts }) {
    this.#root = root;
    this.#due = due;
    this.#clock = clock;
    this.#state = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    this.#open = new OpenAlerts(this.#state.open);
    this.#strips = root.querySelector("[data-alert-strips]");
    this.#template = root.querySelector("[data-alert-strip]");
    const { sound_key: key, words } = this.#state;
    this.#sound = soundSwitch(root.querySelector("[data-sound]"), { key, words, icons: document.body.dataset.icons });
    root.addEventListener("submit", (event) => this.#submitted(event));
    this.#strips.replaceChildren();
    this.#render();
  }

  /** A frame whose event begins with "alert". */
  take({ event, data }) {
    if (event === "alert" && this.#open.add(data.alert)) this.#news([data.alert]);
    else if (event === "alert_seen") this.#open.see(data.ids);
    this.#render();
  }

  /** After every (re)connection, once the channel is subscribed: what is open now. */
  async refresh() {
    clearTimeout(this.#retry);
    const mark = this.#open.mark();
    const alerts = await this.#asked();
    if (alerts) this.#news(this.#open.replace(this.#due(alerts), mark));
    else this.#retry = setTimeout(() => this.refresh(), AGAIN_AFTER);
    this.#render();
  }

  // Null where there was no answer; none for who is signed out, or may not see them any more.
  async #asked() {
    try {
      const answer = await fetch(this.#state.open_url);
      if (answer.redirected || [401, 403, 404].includes(answer.status)) return [];
      return answer.ok ? (await answer.json()).alerts : null;
    } catch {
      return null;
    }
  }

  #news(alerts) {
    if (!alerts.length) return;
    const [worst] = new OpenAlerts(alerts).sorted();
    const { words } = this.#state;
    const word = words.severities[worst.severity] ?? "";
    const rest = alerts.length > 1 ? words.more.replace("%s", alerts.length - 1) : "";
    this.#say(worst.severity, [`${word}: ${worst.title}`, worst.detail, rest].filter(Boolean).join(". "));
    this.#sound.hear(alerts, this.#clock.now());
  }

  #say(severity, text) {
    const region = severity === "danger" ? "[data-alert-assertive]" : "[data-alert-polite]";
    const line = document.createElement("p");
    line.textContent = text;
    this.#root.querySelector(region).replaceChildren(line);
  }

  // -- seen

  #submitted(event) {
    event.preventDefault();
    const item = event.target.closest("[data-id]");
    const byPointer = event.submitter?.matches(":hover") ?? false;
    if (item && byPointer && performance.now() - this.#movedAt < MOVED_GRACE) return;
    const shown = this.#open.sorted();
    const gone = item ? shown.filter(({ id }) => id === item.dataset.id) : shown;
    const said = item ? { ids: [item.dataset.id] } : { until: Math.max(...shown.map(({ at }) => at)) };
    this.#seen(said, gone, event.submitter);
  }

  async #seen(said, gone, button) {
    const at = [...this.#strips.querySelectorAll("button")].indexOf(button);
    const more = this.#open.size >= LISTED; // than were listed, perhaps
    this.#open.see(gone.map(({ id }) => id));
    this.#render();
    this.#movedAt = 0; // what moved up now, moved because of this very click
    this.#focusNear(at);
    const done = await this.#post(said);
    this.#fail(!done);
    if (!done) this.#open.unsee(gone);
    this.#render();
    if (done && more) this.refresh();
  }

  async #post(said) {
    const token = this.#root.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const options = { method: "POST", headers, body: JSON.stringify(said) };
    return fetch(this.#state.seen_url, options).then(({ ok }) => ok, () => false);
  }

  #fail(failed) {
    const node = this.#root.querySelector("[data-alert-error]");
    node.hidden = !failed;
    node.textContent = failed ? this.#state.words.failed : "";
  }

  // Whoever works with the keyboard goes on with the next strip.
  #focusNear(at) {
    const buttons = this.#strips.querySelectorAll("button");
    const next = buttons[Math.min(Math.max(at, 0), buttons.length - 1)];
    (next ?? this.#root.querySelector("[data-alert-more]")).focus({ preventScroll: true });
  }

  // -- what is seen

  #render() {
    const alerts = this.#open.sorted();
    this.#arrange(alerts.slice(0, STRIPS));
    const more = alerts.length - STRIPS;
    const plus = alerts.length >= LISTED ? "+" : "";
    const { words } = this.#state;
    const link = this.#root.querySelector("[data-alert-more]");
    link.textContent = more > 0 ? words.more.replace("%s", `${more}${plus}`) : words.all;
    this.#root.querySelector("[data-alert-all]").hidden = alerts.length < 2;
    this.#root.dataset.count = alerts.length;
    this.#tab.set(alerts.length ? `${alerts.length}${plus}` : "");
  }

  #arrange(alerts) {
    const had = new Map([...this.#strips.children].map((item) => [item.dataset.id, item]));
    const items = alerts.map((each) => had.get(each.id) ?? this.#item(each));
    const same = items.length === had.size && items.every((item, at) => this.#strips.children[at] === item);
    if (same) return;
    const focused = document.activeElement;
    this.#strips.replaceChildren(...items);
    if (this.#strips.contains(focused)) focused.focus({ preventScroll: true });
    this.#movedAt = performance.now();
  }

  #item(alert) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    item.dataset.id = alert.id;
    item.dataset.severity = alert.severity;
    item.querySelector("use").setAttribute("href", `${document.body.dataset.icons}#a-${alert.severity}`);
    item.querySelector("[name=ids]").value = alert.id;
    const plate = item.querySelector("[data-slot=plate]");
    plate.hidden = !alert.number;
    plate.dataset.long = alert.number.length > 3 ? "1" : "";
    const words = { ...alert, word: this.#state.words.severities[alert.severity], time: hour.format(alert.at) };
    for (const node of item.querySelectorAll("[data-slot]:not([data-slot=plate])")) {
      node.textContent = words[node.dataset.slot] ?? "";
    }
    return item;
  }
}
