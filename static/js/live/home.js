// A team's home: the state and age of each feed, and how a race stands that is on.

import { forgetUnfollowed } from "../kept/boards.js";
import { ServerClock, raceClock } from "./clock.js";
import { age, clock as clockText } from "./format.js";
import { reload } from "./reload.js";
import { LiveSocket } from "./socket.js";
import { closeIfGone } from "./standing.js";

const live = JSON.parse(document.getElementById("live").textContent);
const clock = new ServerClock(live.now);
const STANDINGS_EVERY = 10_000;
const LINK_GRACE = 4_000; // a reconnect takes a moment; a flicker helps nobody
let lostAt = null;

function feed({ feed: id, state, data_at: at }) {
  for (const chip of document.querySelectorAll(`[data-feed="${CSS.escape(id)}"]`)) {
    label(chip, state, live.words.feed_states[state] ?? state);
  }
  const cell = document.querySelector(`[data-feed-row="${CSS.escape(id)}"] [data-data-at]`);
  if (cell && at) cell.dataset.dataAt = at;
}

function label(chip, state, word) {
  chip.dataset.state = state;
  put(chip.querySelector("[data-feed-word]"), word);
}

function tick() {
  if (clock.leapt()) socket.hurry();
  if (document.hidden) return;
  const now = clock.now();
  if (lostAt !== null && performance.now() - lostAt > LINK_GRACE) {
    for (const chip of document.querySelectorAll("[data-feed]")) label(chip, "down", live.words.conn.offline);
  }
  for (const cell of document.querySelectorAll("[data-data-at]")) {
    if (cell.dataset.dataAt) put(cell, age(now - Number(cell.dataset.dataAt)));
  }
  for (const node of document.querySelectorAll("[data-clock]")) {
    const { clock: mode, ms, at } = node.dataset;
    const [, value] = raceClock({ mode, ms: ms === "" ? null : Number(ms), at: at === "" ? null : Number(at), text: "" }, now);
    if (value !== null) put(node, clockText(value));
  }
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Standings are the server's to render: the page is asked for again, and what moves is taken from it.
async function standings() {
  if (document.hidden || lostAt !== null) return;
  const page = await again().catch(() => null); // the next time will do
  if (!page) return;
  for (const old of document.querySelectorAll("[data-hero]")) {
    const now = page.querySelector(`[data-hero="${CSS.escape(old.dataset.hero)}"]`);
    if (!now) return reload(); // the race is over, or who looked is signed out
    old.dataset.flag = now.dataset.flag;
    for (const part of ["[data-hero-flag]", "[data-hero-side]"]) {
      old.querySelector(part).replaceWith(document.importNode(now.querySelector(part), true));
    }
  }
}

async function again() {
  const answer = await fetch(location.href);
  if (!answer.ok) return null;
  const text = (await answer.text()).replace(/<style[^]*?<\/style>/g, ""); // their nonce is not ours
  return new DOMParser().parseFromString(text, "text/html");
}

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new LiveSocket(`${scheme}//${location.host}${live.socket}`, {
  clock,
  cursor: () => null,
  onstate(state) {
    if (state === "open") lostAt = null;
    else lostAt ??= performance.now();
  },
  onleft: () => closeIfGone(socket),
  onframe({ event, data }) {
    if (event === "system.status") feed(data);
    // Another race: its title, leader and board are the server's to render.
    else if (event === "race_data_reset") reload();
  },
});
if (live.channels.length) {
  for (const channel of live.channels) socket.subscribe(channel);
  socket.open();
}
if ("serviceWorker" in navigator) {
  forgetUnfollowed(live.team, live.channels.map((channel) => channel.replace("feed.", "")));
}
tick();
setInterval(tick, 500);
if (document.querySelector("[data-hero]")) setInterval(standings, STANDINGS_EVERY);
