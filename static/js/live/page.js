// What every live page does, the board, the wall and the phone: one socket, what it says, and at most
// four paints a second, none on a page that nobody sees.

import { settle } from "../kept/boards.js";
import { Keeper } from "../kept/keeper.js";
import { AlertPanel } from "./alerts.js";
import { ServerClock } from "./clock.js";
import { classLetters } from "./fields.js";
import { Health } from "./health.js";
import { still } from "./motion.js";
import { Late } from "./rewind-late.js";
import { LiveSocket } from "./socket.js";
import { closeIfGone } from "./standing.js";
import { Store } from "./store.js";
import { Strip } from "./strip.js";
import { Watching } from "./watching.js";

const PAINT_EVERY = 250; // at most four paints a second, however often the feed speaks

export class LivePage {
  #show; #ticked; #socket; #health; #alerts = null; #painted = {}; #paintedAt = 0; #timer = 0; #frame = 0; #over = false; #keeper = null;

  /** What is shown where it is not the present (`rewind.js`, `rewind-late.js`), else null. */
  past = null;

  /** `show(view)` when there is something new to see, `ticked(board, now)` twice a second;
   *  `onshown(whether)` on a page that runs late: the server shows it to us, or does so no more. */
  constructor({ show, ticked, onanswer, onshown }) {
    this.live = JSON.parse(document.getElementById("live").textContent);
    this.icons = document.body.dataset.icons;
    this.#show = show;
    this.#ticked = ticked;
    this.clock = new ServerClock(this.live.now);
    const { past } = this.live; // its board is no beginning for what the socket says
    this.store = new Store(past ? { ...this.live, board: null, epoch: null, seq: null } : this.live);
    this.watching = new Watching(past && this.live.overlay ? { ...this.live.overlay, overlay: null } : this.live.overlay);
    this.#health = new Health({ quietAfter: this.live.quiet_after });
    this.strip = new Strip(document, { words: this.live.words, icons: this.icons });
    const panel = document.querySelector("[data-alerts]");
    if (past?.delay) {
      const gone = () => (onshown ? onshown(false) : this.#doubted());
      const back = () => onshown?.(true);
      this.past = new Late(this.live, this.clock, { changed: () => this.want(), gone, back });
    }
    const due = this.past ? (alerts) => this.past.due(this.#alerts, alerts) : undefined;
    const clock = this.past ?? this.clock;
    if (panel) this.#alerts = new AlertPanel(panel, { clock, due });
    this.#socket = this.#connect(onanswer);
    // Without https there is no worker to show it without a network.
    if (this.live.keep && "serviceWorker" in navigator) this.#keeper = new Keeper(this.live.keep, () => this.#picture());
  }

  start() {
    const { live } = this;
    this.#health.heard(live.at);
    this.#health.feedState = live.feed_state ?? "";
    for (const channel of live.channels) this.#socket.subscribe(channel);
    if (live.alerts) this.#socket.subscribe(live.alerts.channel);
    this.#follow();
    this.#paint();
    setInterval(() => this.#turn(), 500);
    document.addEventListener("visibilitychange", () => document.hidden || this.#comeBack());
    this.#socket.open();
  }

  // A page that runs late is told nothing by the pipeline.
  #follow() {
    if (!this.live.past?.delay) this.watching.follow(this.store.race, this.#socket);
  }

  /** The instant that is shown. */
  now() {
    return this.past ? this.past.now() : this.clock.now();
  }

  /** What the team watches at that instant. */
  get watched() {
    return this.past ? this.past.watching : this.watching;
  }

  /** Show a moment of the past, or with null the present again. */
  look(past) {
    this.past = past;
    this.#source.fresh = true;
    this.repaint();
  }

  /** The board that is shown, or null. */
  get board() {
    return this.#source.board;
  }

  get #source() {
    return this.past ?? this.store;
  }

  /** Links of a row or a card in the race that is shown, with KEY where the row's key stands. */
  hrefs() {
    const race = this.#source.board?.race ?? this.store.race ?? "";
    return { entry: this.live.entry_href?.replace("RACE", race), mark: this.live.mark_href?.replace("RACE", race) };
  }

  #connect(onanswer) {
    const { live, clock } = this;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return new LiveSocket(`${scheme}//${location.host}${live.socket}`, {
      clock,
      cursor: (channel) => (this.watching.has(channel) ? this.watching.cursor(channel) : this.store.cursor(channel)),
      onstate: (state) => {
        this.#health.link(state);
        this.want();
      },
      onrefused: () => this.#refused(),
      onleft: () => this.#doubted(),
      onanswer: (channel, success) => {
        if (success && channel === live.alerts?.channel) this.#alerts?.refresh();
        if (!success && live.channels.includes(channel)) this.#doubted();
        if (live.follows === "display" && success) this.#keeper?.reopen();
        else if (live.follows === "display") this.#keeper?.close();
        onanswer?.(channel, success);
      },
      onframe: (frame) => this.#take(frame),
    });
  }

  // A public display says by itself that it is closed; it may open again.
  async #doubted() {
    if (this.#over || this.live.follows === "display") return;
    this.#over = await closeIfGone(this.#socket);
    if (this.#over) this.#keeper?.close();
  }

  // Signed out, elsewhere perhaps, or a display that is not there: what was kept goes first.
  #refused() {
    this.#keeper?.close();
    if (this.live.keep?.owner) settle("");
    reloadOnce();
  }

  // What is kept of this page for the time without a network.
  #picture() {
    const { board } = this.store;
    if (!board) return null;
    const { session, race } = board;
    const now = this.clock.now();
    return {
      board,
      overlay: this.watching.of(race),
      title: session.event || session.name,
      zone: document.documentElement.dataset.zone,
      at: this.#health.dataAt ?? now,
      kept_at: now,
      offset: now - Date.now(),
    };
  }

  #take(frame) {
    const { event, data } = frame;
    if (event.startsWith("alert")) return this.#alert(frame);
    if (event === "gap_update") {
      if (this.watching.has(data.topic)) this.watching.take(data);
    } else {
      this.#health.heard(data.at ?? data.data_at);
      if (event === "system.status") this.#health.feedState = data.state;
      this.store.take(frame, this.#socket);
      this.#follow();
    }
    this.#keeper?.changed();
    this.want();
  }

  #alert(frame) {
    if (!this.#alerts) return;
    if (this.live.past?.delay) this.past.hold(this.#alerts, frame);
    else this.#alerts.take(frame);
  }

  // Twice a second: what runs by itself.
  #turn() {
    if (this.clock.leapt()) this.#socket.hurry();
    this.past?.turn();
    this.want();
  }

  /** Something has changed: paint soon. */
  want() {
    if (this.#timer || this.#frame || document.hidden || this.#over) return;
    const wait = Math.max(0, PAINT_EVERY - (performance.now() - this.#paintedAt));
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#frame = requestAnimationFrame(() => document.hidden || this.#paint());
    }, wait);
  }

  /** The reader did something: paint now. */
  repaint() {
    this.#painted = { board: this.#painted.board };
    this.#paint();
  }

  // A page that comes back to sight shows what is; what happened meanwhile is no news.
  #comeBack() {
    this.#source.fresh = true;
    this.past?.turn();
    this.#paint();
  }

  #paint() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = 0;
    if (this.#over) return;
    this.#paintedAt = performance.now();
    const { board } = this.#source;
    const overlay = board ? this.watched.of(board.race) : null;
    const marked = this.watching.marked;
    const had = this.#painted;
    if (board && (board !== had.board || overlay !== had.overlay || marked !== had.marked)) {
      this.#painted = { board, overlay, marked };
      this.#view(board, overlay, had.board);
    }
    this.#tick();
  }

  #view(board, overlay, before) {
    const letters = classLetters(board.classes, board.rows);
    const motion = before != null && before.race === board.race && !this.#source.fresh && !still();
    this.#source.fresh = false;
    for (const waiting of document.querySelectorAll("[data-waiting]")) waiting.hidden = true;
    this.strip.session(board, letters);
    this.strip.us(overlay, board);
    const recent = this.watched.recent(board);
    const marked = this.watching.marked;
    this.#show({ board, before, overlay, letters, recent, marked, motion, now: this.now() });
  }

  #tick() {
    if (this.#over) return;
    const now = this.now();
    const { board } = this.#source;
    const health = this.#health;
    health.empty = board === null;
    health.idle = this.store.idle;
    health.ended = Boolean(board?.session.ended);
    this.strip.tick(board?.session ?? null, this.past ? this.past.health(health, now) : health.at(now), now);
    if (board && board === this.#painted.board) this.#ticked(board, now);
  }
}

// The session has ended or the display was closed: the page itself knows what to say then.
function reloadOnce() {
  const last = Number(sessionStorage.getItem("lt_reloaded") ?? 0);
  if (Date.now() - last < 60_000) return;
  sessionStorage.setItem("lt_reloaded", String(Date.now()));
  location.reload();
}
