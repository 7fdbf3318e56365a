// The wall: read from three metres, left on for hours.

import { LivePage } from "./page.js";
import { Near, Us } from "./us.js";
import { stayAwake } from "./wake.js";

const ROWS = 7;
const page = new LivePage({ show, ticked });
const { words } = page.live;
const us = new Us(document.querySelector("[data-us]"), document.querySelector("[data-nobody]"), { words, short: true });
const near = new Near(document.querySelector("[data-near]"), document.getElementById("near"), { words, short: true, rows: ROWS });

function show(view) {
  us.render(view);
  near.render(view);
}

function ticked(board, now) {
  us.tick(board, page.watched.of(board.race), now);
  near.tick(board, now);
}

page.start();
stayAwake();
