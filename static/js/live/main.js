// A live board page: what the server rendered, then what the socket says.

import { ServerClock } from "./clock.js";
import { classLetters } from "./fields.js";
import { fit } from "./fit.js";
import { Health } from "./health.js";
import { Messages } from "./messages.js";
import { still } from "./motion.js";
import { Rows } from "./rows.js";
import { LiveSocket } from "./socket.js";
import { Store } from "./store.js";
import { Strip } from "./strip.js";

const PAINT_EVERY = 250; // at most four paints a second, however often the feed speaks

const live = JSON.parse(document.getElementById("live").textContent);
const { icons } = document.body.dataset;
const clock = new ServerClock(live.now);
const health = new Health({ quietAfter: live.quiet_after });
const store = new Store(live);
const strip = new Strip(document, { words: live.words, icons });
const messages = new Messages(document, document.getElementById("message"), icons);
const table = document.querySelector("[data-board-table]");
const rows = new Rows(table.tBodies[0], document.getElementById("row"), {
  words: live.words,
  href: () => live.entry_href?.replace("RACE", store.race ?? ""),
});

let painted = null;
let paintedAt = 0;
let wanted = 0;

function want() {
  if (wanted) return;
  const wait = Math.max(0, PAINT_EVERY - (performance.now() - paintedAt));
  wanted = setTimeout(() => (document.hidden ? paint() : requestAnimationFrame(paint)), wait);
}

function paint() {
  wanted = 0;
  paintedAt = performance.now();
  const { board } = store;
  if (board && board !== painted) show(board);
  painted = board;
  tick();
}

function show(board) {
  const letters = classLetters(board.classes, board.rows);
  const motion = painted !== null && painted.race === board.race && !store.fresh && !still();
  store.fresh = false;
  table.hidden = false;
  table.dataset.sectors = board.session.sectors;
  document.querySelector("[data-waiting]").hidden = true;
  if (live.follows === "display") fit(table, board.order.length);
  rows.render(board, letters, clock.now(), motion);
  const link = document.querySelector("[data-race-link]");
  if (link && painted?.race !== board.race) {
    link.href = live.race_href.replace("RACE", board.race);
    link.hidden = false;
  }
  strip.session(board, letters);
  messages.render(board, letters);
}

function tick() {
  const now = clock.now();
  const session = store.board?.session ?? null;
  health.empty = session === null;
  health.idle = store.idle;
  health.ended = Boolean(session?.ended);
  strip.tick(session, health.at(now), now);
  if (session) rows.tick(session.ended, now);
}

// The session has ended or the display was closed: the page itself knows what to say then.
function reloadOnce() {
  const last = Number(sessionStorage.getItem("lt_reloaded") ?? 0);
  if (Date.now() - last < 60_000) return;
  sessionStorage.setItem("lt_reloaded", String(Date.now()));
  location.reload();
}

// A display that is switched off goes dark at once, and comes back when it is on again.
function close(closed) {
  for (const node of document.querySelectorAll("[data-open]")) node.hidden = closed;
  document.querySelector("[data-closed]").hidden = !closed;
}

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new LiveSocket(`${scheme}//${location.host}${live.socket}`, {
  clock,
  cursor: (channel) => store.cursor(channel),
  onstate(state) {
    health.link(state);
    tick();
  },
  onrefused: reloadOnce,
  onanswer: (_channel, success) => live.follows === "display" && close(!success),
  onframe(frame) {
    health.heard(frame.data.at ?? frame.data.data_at);
    if (frame.event === "system.status") health.feedState = frame.data.state;
    store.take(frame, socket);
    want();
  },
});

health.heard(live.at);
health.feedState = live.feed_state ?? "";
for (const channel of live.channels) socket.subscribe(channel);
paint();
setInterval(tick, 500);
document.addEventListener("visibilitychange", () => document.hidden || paint());
addEventListener("resize", () => live.follows === "display" && store.board && fit(table, store.board.order.length));
socket.open();
