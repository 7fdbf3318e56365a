// Race control: newest first, whole list replaced (at most 40 lines), text as text.

import { under } from "./format.js";
import { paintPlate } from "./rows.js";

// Kinds that have a sign of their own, as in displays/present.py; every other one is text.
const SIGNS = new Set(["penalty", "warning", "green", "yellow", "red", "chequered", "pit", "best"]);
const signOf = (kind) => (SIGNS.has(kind) ? kind : "text");

export class Messages {
  #list; #none; #template; #icons; #shown = null; #classes = null;

  constructor(root, template, icons) {
    this.#list = root.querySelector("[data-msgs]");
    this.#none = root.querySelector("[data-msgs-none]");
    this.#template = template;
    this.#icons = icons;
    this.#filter(root.querySelector("[data-msg-filter]"));
  }

  render(board, letters) {
    if (board.messages === this.#shown && board.classes === this.#classes) return;
    this.#shown = board.messages;
    this.#classes = board.classes;
    const rows = Object.values(board.rows);
    this.#list.replaceChildren(...board.messages.map((each) => this.#item(each, rows, board, letters)));
    this.#list.hidden = board.messages.length === 0;
    this.#none.hidden = board.messages.length > 0;
  }

  #item(message, rows, board, letters) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    const sign = signOf(message.kind);
    item.dataset.kind = sign;
    item.querySelector(".at").textContent = message.time ?? "";
    item.querySelector("use").setAttribute("href", `${this.#icons}#m-${sign}`);
    item.querySelector("p").lang = board.session.language || "";
    item.dataset.withdrawn = message.withdrawn ? "1" : "";
    item.querySelector(".sr").hidden = !message.withdrawn;
    item.querySelector("bdi").textContent = message.text;
    const plate = item.querySelector(".plate");
    plate.hidden = !message.number;
    plate.dataset.class = rows.find((row) => row.number === message.number)?.class ?? "";
    plate.querySelector("i").textContent = under(letters, plate.dataset.class) ?? "";
    plate.querySelector("b").textContent = message.number ?? "";
    paintPlate(plate, board.classes);
    return item;
  }

  #filter(group) {
    group.hidden = false;
    group.addEventListener("click", ({ target }) => {
      if (!target.matches("button")) return;
      for (const button of group.children) button.setAttribute("aria-pressed", String(button === target));
      this.#list.dataset.show = target.dataset.value;
    });
  }
}
