// The list of alerts, left open: what others mark as seen shows here, and what is new is counted
// over the list, which itself stays where the reader left it.

import { OpenAlerts } from "./live/alert-store.js";
import { ServerClock } from "./live/clock.js";
import { LiveSocket } from "./live/socket.js";
import { soundSwitch } from "./live/sound-switch.js";
import { closeIfGone } from "./live/standing.js";
import { TabCount } from "./live/tab-count.js";

const live = JSON.parse(document.getElementById("live").textContent);
const clock = new ServerClock(live.now);
const open = new OpenAlerts(live.open);
const tab = new TabCount();
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: live.zone });
const sound = soundSwitch(document.querySelector("[data-sound]"), {
  key: live.sound_key,
  words: live.words,
  icons: document.body.dataset.icons,
});
let fresh = 0;

function arrived(alerts) {
  if (!alerts.length) return;
  fresh += alerts.length;
  sound.hear(alerts, clock.now());
  const bar = document.querySelector("[data-news]");
  bar.hidden = false;
  bar.querySelector("[data-news-text]").textContent =
    fresh === 1 ? live.words.new_one : live.words.new_many.replace("%s", fresh);
}

function seen({ ids, seen_at: at, seen_by: by }) {
  open.see(ids);
  for (const id of ids) {
    const row = document.querySelector(`[data-alert="${CSS.escape(id)}"][data-open]`);
    if (!row) continue;
    if (row.contains(document.activeElement)) document.getElementById("content").focus({ preventScroll: true });
    delete row.dataset.open;
    row.querySelector("label.pick")?.remove();
    const said = document.querySelector("[data-seen-by]").content.cloneNode(true);
    said.firstElementChild.textContent = by || live.words.by_token;
    said.lastElementChild.textContent = time.format(at);
    row.querySelector("[data-seen]").replaceChildren(said);
  }
  pick();
}

async function refresh() {
  const mark = open.mark();
  const answer = await fetch(live.open_url).catch(() => null); // the next connection asks again
  if (answer?.ok) arrived(open.replace((await answer.json()).alerts, mark));
}

async function doubted() {
  if (await closeIfGone(socket)) tab.set("");
}

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new LiveSocket(`${scheme}//${location.host}/ws/`, {
  clock,
  cursor: () => null,
  onstate() {},
  onleft: doubted,
  onanswer: (_channel, success) => (success ? refresh() : doubted()),
  onframe({ event, data }) {
    if (event === "alert" && open.add(data.alert)) arrived([data.alert]);
    else if (event === "alert_seen") seen(data);
    tab.set(open.size ? String(open.size) : "");
  },
});
socket.subscribe(live.channel);
socket.open();

// -- choosing

const boxes = () => [...document.querySelectorAll("[data-list] [name=ids]")];
const all = document.querySelector("[data-pick-all]");
const mark = document.querySelector("[data-pick-seen]");

function pick() {
  if (!all) return;
  const chosen = boxes().filter((box) => box.checked).length;
  const every = all.querySelector("input");
  every.checked = chosen > 0 && chosen === boxes().length;
  every.indeterminate = chosen > 0 && !every.checked;
  mark.disabled = chosen === 0;
}

if (all) {
  all.hidden = false;
  all.addEventListener("change", ({ target }) => {
    for (const box of boxes()) box.checked = target.checked;
    pick();
  });
  document.querySelector("[data-list]").addEventListener("change", pick);
  pick();
}
