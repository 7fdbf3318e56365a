// A team's home: the state and age of each feed, and the clock of a race that is on.

import { ServerClock, raceClock } from "./clock.js";
import { age, clock as clockText } from "./format.js";
import { LiveSocket } from "./socket.js";

const live = JSON.parse(document.getElementById("live").textContent);
const clock = new ServerClock(live.now);

function feed({ feed: id, state, data_at: at }) {
  for (const chip of document.querySelectorAll(`[data-feed="${CSS.escape(id)}"]`)) {
    chip.dataset.state = state;
    chip.querySelector("[data-feed-word]").textContent = live.words.feed_states[state] ?? state;
  }
  const cell = document.querySelector(`[data-feed-row="${CSS.escape(id)}"] [data-data-at]`);
  if (cell && at) cell.dataset.dataAt = at;
}

function tick() {
  const now = clock.now();
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

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new LiveSocket(`${scheme}//${location.host}${live.socket}`, {
  clock,
  cursor: () => null,
  onstate() {},
  onframe({ event, data }) {
    if (event === "system.status") feed(data);
    // Another race: its title, leader and board are the server's to render.
    else if (event === "race_data_reset") location.reload();
  },
});
if (live.channels.length) {
  for (const channel of live.channels) socket.subscribe(channel);
  socket.open();
}
tick();
setInterval(tick, 500);
