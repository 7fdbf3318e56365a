// The strip over the board: flag, clock, title, leader's lap, best lap, age of the data, connection.

import { raceClock } from "./clock.js";
import { age, clock, lap, under } from "./format.js";
import { hour } from "./hour.js";
import { paintPlate } from "./rows.js";

export class Strip {
  #slots = {}; #words; #icons; #body = document.body; #plate; #conn; #kinds;

  constructor(root, { words, icons }) {
    for (const node of root.querySelectorAll("[data-s]")) this.#slots[node.dataset.s] = node;
    this.#words = words;
    this.#icons = icons;
    this.#plate = root.querySelector("[data-best-plate]");
    this.#conn = root.querySelector("[data-conn-block]");
  }

  #put(slot, text) {
    const node = this.#slots[slot];
    if (node && node.textContent !== text) node.textContent = text;
  }

  session(board, letters) {
    const { session } = board;
    this.#flag(session);
    this.#put("title", session.event || session.name);
    this.#put("subtitle", subtitle(session, this.#words));
    this.#put("leader_laps", session.leader_laps ? String(session.leader_laps) : "–");
    this.#put("entries", this.#words.entries.replace("%s", board.order.length));
    this.#best(board, letters);
    this.#banner(session.banner);
    document.title = [this.#body.dataset.view, session.event || session.name, "LT-Analyzer"].filter(Boolean).join(" · ");
  }

  #flag({ flag, flag_at: since }) {
    if (this.#body.dataset.flag !== flag) {
      this.#body.dataset.flag = flag;
      document.querySelector("[data-flag-block] use").setAttribute("href", `${this.#icons}#flag-${flag}`);
    }
    this.#put("flag_word", under(this.#words.flags, flag) ?? flag);
    this.#put("flag_since", since === null ? "" : this.#words.since.replace("%s", hour.format(since)));
  }

  #best({ session, rows, classes }, letters) {
    const row = under(rows, session.best_key);
    this.#put("best", lap(session.best_ms));
    if (!this.#plate) return;
    this.#plate.hidden = !row;
    this.#plate.dataset.class = row?.class ?? "";
    this.#plate.querySelector("i").textContent = under(letters, row?.class) ?? "";
    this.#plate.querySelector("b").textContent = row?.number ?? "";
    paintPlate(this.#plate, classes);
  }

  #banner(banner) {
    const node = document.querySelector("[data-banner]");
    if (!node) return;
    node.hidden = !banner;
    if (!banner) return;
    node.dataset.kind = banner.kind;
    node.querySelector("use").setAttribute("href", `${this.#icons}#m-${banner.kind}`);
    this.#put("banner", banner.text);
  }

  /** Our place, on pages of a team. */
  us(overlay, board) {
    const cell = document.querySelector("[data-us-cell]");
    if (!cell) return;
    const row = overlay?.own != null ? board.rows[overlay.own] : null;
    cell.hidden = !row;
    if (!row) return;
    this.#put("us", row.pos ? this.#words.watch.place.replace("%s", row.pos) : "–");
    this.#put("us_sub", overlay.plan || row.number);
  }

  /** What runs by itself. `health`: {conn, age, notice, stale} of health.js */
  tick(session, health, now) {
    if (session) this.#clock(session, now);
    this.#put("age", health.age === null ? "–" : age(health.age));
    this.#put("conn", this.#words.conn[health.conn]);
    this.#conn.dataset.conn = health.conn;
    this.#put("notice", health.notice ? this.#words.notices[health.notice].replace("%s", age(health.age)) : "");
    if (health.stale) this.#body.dataset.stale = health.stale;
    else delete this.#body.dataset.stale;
  }

  #clock(session, now) {
    const [caption, ms, text] = raceClock(session.clock, now);
    this.#put("clock_cap", this.#words.captions[caption]);
    this.#put("clock", ms === null ? text || "–" : clock(ms));
    const running = caption === "remaining" && session.started_at !== null && !session.ended;
    this.#put("clock_sub", running ? this.#words.elapsed_sub.replace("%s", clock(now - session.started_at)) : "");
  }
}

function subtitle(session, words) {
  const length = session.track_length_m ? `${session.track_length_m} m` : "";
  const kind = words.kinds[session.kind] ?? "";
  const said = !session.event || session.name.toLowerCase() === kind.toLowerCase();
  return [kind, said ? "" : session.name, session.track, length].filter(Boolean).join(" · ");
}
