// The page of a browser without a network: the board that was asked for, as it was kept, or a list of
// those there are. It tries again by itself and gives way to the real page.

import { fit } from "../live/fit.js";
import { Cards } from "../live/cards.js";
import { classLetters } from "../live/fields.js";
import { age } from "../live/format.js";
import { hour, inZone } from "../live/hour.js";
import { Messages } from "../live/messages.js";
import { kinds } from "../live/overlay.js";
import { Rows } from "../live/rows.js";
import { retryWait } from "../live/socket.js";
import { Strip } from "../live/strip.js";
import { stayAwake } from "../live/wake.js";
import { boardPath, forget, readable } from "./boards.js";

const { words, said } = JSON.parse(document.getElementById("live").textContent);
const { body } = document;
const icons = body.dataset.icons;
const strip = new Strip(document, { words, icons });
const path = boardPath(location.pathname);
const day = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { day: "numeric", month: "short" });
let shown = null;

// -- what is kept

const serverNow = (kept) => Date.now() + kept.offset;
const since = (kept) => Math.max(0, serverNow(kept) - kept.at);

function asOf(kept) {
  const clock = (since(kept) > 12 * 3_600_000 ? `${day.format(kept.at)}, ` : "") + hour.format(kept.at);
  return said.as_of.replace("%t", clock).replace("%s", age(since(kept)));
}

function show(kept) {
  shown = kept;
  body.dataset.showing = "";
  inZone(kept.zone);
  const { board, overlay } = kept;
  const letters = classLetters(board.classes, board.rows);
  const now = kept.at; // its timers stand where they stood: nobody knows how they went on
  const hrefs = () => ({});
  const table = document.querySelector("[data-board-table]");
  table.hidden = false;
  table.dataset.sectors = board.session.sectors;
  const rows = new Rows(table.tBodies[0], document.getElementById("row"), { words, hrefs });
  rows.render(board, letters, now, false);
  rows.mark(kinds(overlay));
  new Messages(document, document.getElementById("message"), icons).render(board, letters);
  strip.session(board, letters);
  document.querySelector("[data-board]").hidden = false;
  document.querySelector("header.strip").hidden = false;
  if (overlay) watched({ board, overlay, letters, now });
  strip.tick(board.session, { conn: "offline", age: since(kept), notice: "", stale: "link" }, now);
  if (kept.owner !== "") return;
  const fill = () => fit(table, board.order.length);
  addEventListener("resize", fill);
  fill();
  stayAwake();
}

function watched({ board, overlay, letters, now }) {
  const root = document.querySelector("[data-watch]");
  const cards = new Cards(root, document.getElementById("watched"), { words, hrefs: () => ({}) });
  cards.render({ board, overlay, letters, now, recent: [], marked: 1 });
  root.hidden = root.querySelector("[data-cards]").hidden;
}

function list(all) {
  // A screen in a hall, whoever is signed in on it, tells nothing of a team.
  const others = all.filter((kept) => kept !== shown && (shown?.owner !== "" || kept.owner === ""));
  const items = others.map((kept) => {
    const item = document.getElementById("kept").content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    link.href = kept.path;
    link.textContent = kept.title || kept.name;
    item.querySelector("[data-name]").textContent = [kept.team, kept.name].filter(Boolean).join(" · ");
    item.querySelector("[data-as-of]").textContent = asOf(kept);
    return item;
  });
  document.querySelector("[data-kept]").replaceChildren(...items);
  document.querySelector("[data-others]").hidden = items.length === 0;
  document.querySelector("[data-none]").hidden = shown !== null || items.length > 0;
  document.querySelector("[data-alone]").hidden = shown !== null;
}

let all = [];

function tick() {
  if (document.hidden) return;
  if (shown) {
    strip.tick(null, { conn: "offline", age: since(shown), notice: "", stale: "link" }, shown.at);
    const text = `${said.offline} ${asOf(shown)}`;
    const place = document.querySelector("[data-s=notice]");
    if (place.textContent !== text) place.textContent = text;
  }
  list(all);
}

// -- the way back

let failures = 0;
let timer = 0;
let trying = false;

async function attempt() {
  clearTimeout(timer);
  if (trying) return;
  trying = true;
  // To the server itself: the worker leaves everything alone that is no page.
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store", redirect: "manual" }).catch(() => null);
  trying = false;
  if (answer && answer.status < 500) {
    if ([403, 404, 410].includes(answer.status)) await forget(path);
    return location.pathname === body.dataset.offline ? location.replace("/") : location.reload();
  }
  timer = setTimeout(attempt, 1_000 + retryWait(failures, 0));
  failures += 1;
}

function hurry() {
  failures = 0;
  attempt();
}

for (const event of ["online", "pageshow"]) addEventListener(event, hurry);
document.addEventListener("visibilitychange", () => document.hidden || hurry());
navigator.connection?.addEventListener?.("change", hurry);
document.querySelector("[data-again]").addEventListener("click", hurry);

all = await readable();
// What was kept is the present: no answer to who asked for the past, or is shown everything late.
const isOfThePast = ["at", "delay"].some((name) => new URLSearchParams(location.search).has(name));
const wanted = isOfThePast ? undefined : all.find((kept) => kept.path === path);
if (wanted) show(wanted);
tick();
body.dataset.ready = "1";
setInterval(tick, 1_000);
attempt();
