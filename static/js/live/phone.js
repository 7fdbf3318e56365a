// The phone: our kart now, everybody, and the alerts, one at a time.

import { LivePage } from "./page.js";
import { Near, Us } from "./us.js";
import { stayAwake } from "./wake.js";

const ROWS = 7;
const page = new LivePage({ show, ticked });
const { words } = page.live;
const template = document.getElementById("near");
const us = new Us(document.querySelector("[data-us]"), document.querySelector("[data-nobody]"), { words, short: false });
const lists = [
  new Near(document.querySelector("[data-near]"), template, { words, short: false, rows: ROWS }),
  new Near(document.querySelector("[data-everybody]"), template, { words, short: false, rows: 0 }),
];

function show(view) {
  us.render(view);
  for (const list of lists) list.render(view);
}

function ticked(board, now) {
  us.tick(board, page.watched.of(board.race), now);
  for (const list of lists) list.tick(board, now);
}

// -- tabs: the address says which, so that back and a reload work; without a script all are there

const tabs = [...document.querySelectorAll("[data-tab]")];
const parts = [...document.querySelectorAll("[data-part]")];

function turn() {
  const wanted = location.hash.slice(1);
  const name = parts.some(({ id }) => id === wanted) ? wanted : parts[0].id;
  for (const part of parts) part.hidden = part.id !== name;
  for (const tab of tabs) {
    if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
}

addEventListener("hashchange", turn);
turn();

// -- how many alerts are open, on their tab

const count = document.querySelector("[data-alert-count]");
const panel = document.querySelector("[data-alerts]");
if (panel) {
  const say = () => {
    const { count: open } = panel.dataset;
    count.textContent = open;
    count.hidden = open === "0";
  };
  new MutationObserver(say).observe(panel, { attributeFilter: ["data-count"] });
  say();
}

page.start();
stayAwake(() => !page.store.board?.session.ended);
