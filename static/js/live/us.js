// Our kart and who is around it: what the wall and the phone have in common.

import { around, nearFields, ourKarts, usFields, usRunning } from "./overlay.js";
import { runningFields } from "./fields.js";
import { paintPlate } from "./rows.js";
import { View } from "./view.js";

// Our karts to choose from, as links: the address says which one the page is about.
class Mine {
  #list; #template; #words; #views = new Map();

  constructor(list, template, words) {
    this.#list = list;
    this.#template = template;
    this.#words = words;
    for (const element of list.children) this.#views.set(element.dataset.key, new View(element));
  }

  render({ board, overlay, letters }) {
    const ours = ourKarts(overlay, board, letters, this.#words);
    this.#list.hidden = ours.length === 0;
    const elements = ours.map((fields) => {
      const view = this.#views.get(fields.key) ?? this.#add(fields.key);
      view.set(fields);
      paintPlate(view.element.querySelector(".plate"), board.classes);
      const query = new URLSearchParams(location.search); // a page that runs late stays so
      query.set("kart", fields.asked);
      view.element.search = query;
      if (fields.chosen) view.element.setAttribute("aria-current", fields.chosen);
      else view.element.removeAttribute("aria-current");
      return view.element;
    });
    if (elements.length !== this.#list.children.length || elements.some((each, at) => this.#list.children[at] !== each)) {
      this.#list.replaceChildren(...elements);
    }
  }

  #add(key) {
    const view = new View(this.#template.content.firstElementChild.cloneNode(true));
    view.element.dataset.key = key;
    this.#views.set(key, view);
    return view;
  }
}

export class Us {
  #root; #view; #nobody; #bar; #words; #short; #mine;

  /** `short`: gaps in tenths. */
  constructor(root, nobody, { words, short }) {
    this.#root = root;
    this.#nobody = nobody;
    this.#mine = new Mine(document.querySelector("[data-mine]"), document.getElementById("mine"), words);
    this.#view = new View(root);
    this.#bar = root.querySelector("[data-bar]");
    this.#words = words;
    this.#short = short;
  }

  render({ board, overlay, letters, recent, now, marked }) {
    const fields = usFields(overlay, board, letters, recent, this.#words, this.#short);
    const here = Object.keys(fields).length > 0;
    this.#root.hidden = !here;
    this.#nobody.hidden = here;
    this.#nobody.dataset.marked = marked ? "1" : "";
    this.#mine.render({ board, overlay, letters });
    if (!here) return;
    this.#view.set(fields);
    for (const plate of this.#root.querySelectorAll(".plate")) paintPlate(plate, board.classes);
    this.tick(board, overlay, now);
  }

  tick(board, overlay, now) {
    const fields = usRunning(overlay, board, this.#words, now);
    if (fields.fill === undefined) return;
    this.#view.set(fields);
    this.#bar?.setAttribute("width", fields.fill);
  }
}

export class Near {
  #list; #template; #words; #short; #count; #views = new Map(); #shown = [];

  /** `rows`: how many around us; 0 for all of them. */
  constructor(list, template, { words, short, rows }) {
    this.#list = list;
    this.#template = template;
    this.#words = words;
    this.#short = short;
    this.#count = rows;
    for (const element of list.children) this.#views.set(element.dataset.key, new View(element));
  }

  render({ board, overlay, letters, now }) {
    this.#shown = around(board, overlay?.own ?? null, this.#count);
    for (const [key, { element }] of this.#views) {
      if (this.#shown.includes(key)) continue;
      element.remove();
      this.#views.delete(key);
    }
    const elements = this.#shown.map((key) => {
      const view = this.#views.get(key) ?? this.#add(key);
      view.set(nearFields(key, overlay, board, letters, this.#words, this.#short));
      paintPlate(view.element.querySelector(".plate"), board.classes);
      return view.element;
    });
    if (elements.some((element, at) => this.#list.children[at] !== element)) this.#list.append(...elements);
    this.tick(board, now);
  }

  #add(key) {
    const view = new View(this.#template.content.firstElementChild.cloneNode(true));
    view.element.dataset.key = key;
    this.#views.set(key, view);
    return view;
  }

  tick(board, now) {
    for (const key of this.#shown) {
      const row = board.rows[key];
      if (row) this.#views.get(key).set(runningFields(row, board.session.ended, now));
    }
  }
}
