// A page that runs late, to match a video (?delay=): it plays the past and hears nothing of the
// present, so it cannot show it by accident.

import { Reel } from "./rewind-reel.js";

const MOST_WAITING = 200;

export class Late {
  #clock; #delay; #reel; #words; #says; #alerts = []; #panel = null;

  constructor(live, clock, { changed, gone, back }) {
    const { delay, chunk, piece } = live.past;
    this.#clock = clock;
    this.#delay = delay;
    this.#words = live.past.words;
    this.#says = document.querySelector("[data-late-says]");
    const says = (state, done) => (back(), this.#say(state, done));
    this.#reel = new Reel(chunk, { start: live.overlay, changed, says, gone });
    this.#reel.begin({ board: live.board, overlay: live.overlay, at: live.at });
    this.#reel.cut({ for: piece, step: 250, aligned: true });
  }

  get board() {
    return this.#reel.board;
  }

  get watching() {
    return this.#reel.watching;
  }

  get fresh() {
    return this.#reel.fresh;
  }

  set fresh(fresh) {
    this.#reel.fresh = fresh;
  }

  now() {
    return this.#clock.now() - this.#delay;
  }

  /** Twice a second. */
  turn() {
    const now = this.now();
    this.#reel.advance(now, { ahead: true });
    while (this.#alerts.length && this.#alerts[0].at <= now) this.#panel.take(this.#alerts.shift().frame);
  }

  health(health, now) {
    health.dataAt = this.#reel.heard;
    return health.at(now);
  }

  /** Alerts wait until what they tell of is shown. */
  hold(panel, frame) {
    this.#panel = panel;
    this.#alerts.push({ at: frame.data.alert?.at ?? this.#clock.now(), frame });
    this.#alerts.sort((one, other) => one.at - other.at);
    this.#alerts = this.#alerts.slice(-MOST_WAITING);
  }

  /** Of all that are open, those that are shown now; the others wait. */
  due(panel, alerts) {
    const now = this.now();
    for (const alert of alerts) if (alert.at > now) this.hold(panel, { event: "alert", data: { alert } });
    return alerts.filter(({ at }) => at <= now);
  }

  #say(state, done) {
    const text = state === "ready" ? "" : (this.#words[state] ?? "").replace("%s", Math.floor(done * 100));
    if (this.#says && this.#says.textContent !== text) this.#says.textContent = text;
  }
}
