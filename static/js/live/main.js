// A live board page: what the server rendered, then what the socket says.

import { Cards } from "./cards.js";
import { fit } from "./fit.js";
import { RowFilter } from "./filter.js";
import { Marking } from "./mark.js";
import { Messages } from "./messages.js";
import { kinds } from "./overlay.js";
import { LivePage } from "./page.js";
import { RewindBar } from "./rewind-bar.js";
import { Rows } from "./rows.js";
import { stayAwake } from "./wake.js";

const table = document.querySelector("[data-board-table]");
const isDisplay = document.querySelector("[data-closed]") !== null;
const page = new LivePage({
  show,
  ticked,
  onanswer: (_channel, success) => isDisplay && close(!success),
  onshown: isDisplay ? (shown) => close(!shown) : undefined,
});
const { live } = page;
const hrefs = () => page.hrefs();
let bar = null;
const messages = new Messages(document, document.getElementById("message"), page.icons);
const rows = new Rows(table.tBodies[0], document.getElementById("row"), { words: live.words, hrefs });

const strip = document.querySelector("[data-watch]");
const cards = strip && new Cards(strip, document.getElementById("watched"), { words: live.words, hrefs });
const form = document.querySelector("[data-filter]");
const filter = form && new RowFilter(form, { changed: () => page.board && choose(page.board) });
const dialog = document.querySelector("[data-marking]");
const marking = dialog && new Marking(dialog, page);

function show(view) {
  const { board, before, letters, motion, now } = view;
  table.hidden = false;
  table.dataset.sectors = board.session.sectors;
  if (isDisplay) fit(table, board.order.length);
  rows.render(board, letters, now, motion);
  if (before?.race !== board.race) leadTo(board.race);
  messages.render(board, letters);
  if (!cards) return;
  cards.render(view);
  rows.mark(marking ? marking.pending(kinds(view.overlay)) : kinds(view.overlay));
  filter.classes(board, letters);
  choose(board);
}

function choose(board) {
  filter.apply(rows.views(), Object.keys(board.classes));
}

function leadTo(race) {
  const link = document.querySelector("[data-race-link]");
  if (!link) return;
  link.href = live.race_href.replace("RACE", race);
  link.hidden = false;
}

function ticked(board, now) {
  rows.tick(board.session.ended, now);
  cards?.tick(board, now);
  bar?.tick();
}

// A display that is switched off goes dark at once, and comes back when it is on again.
function close(closed) {
  for (const node of document.querySelectorAll("[data-open]")) node.hidden = closed;
  document.querySelector("[data-closed]").hidden = !closed;
}

addEventListener("resize", () => isDisplay && page.board && fit(table, page.board.order.length));
page.start();
if (document.querySelector("[data-rewind]")) bar = new RewindBar(page);
if (isDisplay) stayAwake();
