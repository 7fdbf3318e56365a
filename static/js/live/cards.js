// The strip of watched karts: ours first, then the others in the team's order.

import { cardFields, cardRunning, cards } from "./overlay.js";
import { paintPlate } from "./rows.js";
import { View } from "./view.js";

export class Cards {
  #list; #nobody; #template; #words; #hrefs; #views = new Map(); #shown = []; #classes = null; #race = null;

  constructor(root, template, { words, hrefs }) {
    this.#list = root.querySelector("[data-cards]");
    this.#nobody = root.querySelector("[data-nobody]");
    this.#template = template;
    this.#words = words;
    this.#hrefs = hrefs;
    for (const element of this.#list.children) this.#views.set(element.dataset.key, new View(element));
  }

  render({ board, overlay, letters, recent, marked, now }) {
    this.#shown = cards(overlay, board);
    const repaint = this.#classes !== board.classes;
    if (this.#race !== board.race) this.#forget(new Set());
    [this.#classes, this.#race] = [board.classes, board.race];
    this.#forget(new Set(this.#shown.map(({ key }) => key)));
    for (const card of this.#shown) {
      const view = this.#views.get(card.key) ?? this.#add(card.key);
      view.set(cardFields(card, overlay, board, letters, recent, this.#words));
      view.element.querySelector(".note").title = card.note;
      if (repaint || !view.painted) paintPlate(view.element.querySelector(".plate"), board.classes);
      view.painted = true;
    }
    this.#arrange();
    this.#empty(marked);
    this.tick(board, now);
  }

  #add(key) {
    const view = new View(this.#template.content.firstElementChild.cloneNode(true));
    view.element.dataset.key = key;
    view.link(key, this.#hrefs());
    this.#views.set(key, view);
    return view;
  }

  #forget(kept) {
    for (const [key, { element }] of this.#views) {
      if (kept.has(key)) continue;
      element.remove();
      this.#views.delete(key);
    }
  }

  #arrange() {
    const elements = this.#shown.map(({ key }) => this.#views.get(key).element);
    if (elements.every((element, at) => this.#list.children[at] === element)) return;
    const focused = document.activeElement;
    this.#list.append(...elements);
    if (focused !== document.activeElement && this.#list.contains(focused)) focused.focus({ preventScroll: true });
  }

  #empty(marked) {
    const empty = this.#shown.length === 0;
    this.#list.hidden = empty;
    this.#nobody.hidden = !empty;
    this.#nobody.querySelector("[data-when=none]").hidden = marked > 0;
    this.#nobody.querySelector("[data-when=away]").hidden = marked === 0;
  }

  tick(board, now) {
    for (const card of this.#shown) {
      const row = board.rows[card.key];
      if (row) this.#views.get(card.key).set(cardRunning(card, row, this.#words, board.session.ended, now));
    }
  }
}
