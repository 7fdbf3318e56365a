// The rows of the board, one object a kart. A cell is touched only when its own text changes, and
// text is only ever set as text.

import { glide, glow } from "./motion.js";
import { rowFields, runningFields } from "./fields.js";
import { colour, inkOn, under } from "./format.js";
import { View } from "./view.js";

const FRESH_CROSSING = 4_000; // a glow says "just now"; a catch-up must not light the whole board

class RowView extends View {
  #glowing; #plate;
  source = null;

  constructor(element) {
    super(element);
    this.#glowing = element.querySelector("[data-glow]");
    this.#plate = element.querySelector(".plate");
  }

  name(key, hrefs) {
    this.element.dataset.key = key;
    this.link(key, hrefs);
  }

  paintPlate(classes) {
    paintPlate(this.#plate, classes);
  }

  crossed(mark) {
    glow(this.#glowing, { best: "--best-wash", pb: "--pb-wash" }[mark] ?? "--glow");
  }
}

/** Class colours reach the page through the CSSOM: a plate's custom properties, nothing else. */
export function paintPlate(plate, classes) {
  const fill = colour(under(classes, plate.dataset.class)?.colour);
  if (plate.dataset.fill === fill) return;
  plate.dataset.fill = fill;
  if (fill) {
    plate.style.setProperty("--cls", fill);
    plate.style.setProperty("--cls-ink", inkOn(fill));
  } else {
    plate.style.removeProperty("--cls");
    plate.style.removeProperty("--cls-ink");
  }
}

export class Rows {
  #body; #template; #words; #hrefs; #views = new Map(); #classes = null; #letters = null; #race = null;

  /** `hrefs()`: the patterns of a row's links in the race that is shown. */
  constructor(body, template, { words, hrefs }) {
    this.#body = body;
    this.#template = template;
    this.#words = words;
    this.#hrefs = hrefs;
    for (const element of body.rows) this.#views.set(element.dataset.key, new RowView(element));
  }

  /** `motion` false for a board that is new to the reader: nothing has just happened. */
  render(board, letters, now, motion) {
    const repaint = board.classes !== this.#classes || JSON.stringify(letters) !== JSON.stringify(this.#letters);
    this.#classes = board.classes;
    this.#letters = letters;
    const order = board.order.filter((key) => Object.hasOwn(board.rows, key));
    if (this.#race !== null && this.#race !== board.race) this.#rename();
    this.#race = board.race;
    this.#forget(new Set(order));
    for (const key of order) this.#row(key, board, now, { repaint, motion });
    this.#arrange(order.map((key) => this.#views.get(key).element), motion);
  }

  #row(key, board, now, { repaint, motion }) {
    const row = board.rows[key];
    const view = this.#views.get(key) ?? this.#add(key);
    const before = view.source;
    if (before === row && !repaint) return;
    view.source = row;
    view.set({ ...rowFields(row, this.#letters, this.#words), ...runningFields(row, board.session.ended, now) });
    if (repaint || before?.class !== row.class) view.paintPlate(board.classes);
    const fresh = row.crossed_at !== null && now - row.crossed_at < FRESH_CROSSING;
    if (motion && fresh && before && before.crossed_at !== row.crossed_at) view.crossed(row.last_mark);
  }

  #add(key) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const view = new RowView(element);
    view.name(key, this.#hrefs());
    this.#views.set(key, view);
    this.#body.append(element);
    return view;
  }

  // A feed may name its rows alike in each race; their links must not lead into the last one.
  #rename() {
    const hrefs = this.#hrefs();
    for (const [key, view] of this.#views) view.name(key, hrefs);
  }

  #forget(kept) {
    for (const [key, view] of this.#views) {
      if (kept.has(key)) continue;
      view.element.remove();
      this.#views.delete(key);
    }
  }

  #arrange(elements, motion) {
    const wrong = elements.some((element, at) => this.#body.rows[at] !== element);
    if (!wrong) return;
    const focused = document.activeElement;
    const move = () => {
      let next = this.#body.firstElementChild;
      for (const element of elements) {
        if (element === next) next = next.nextElementSibling;
        else this.#body.insertBefore(element, next);
      }
    };
    if (motion) glide(elements, move);
    else move();
    // Moving an element takes the focus from it; a reader on the keyboard stays where they were.
    if (focused !== document.activeElement && this.#body.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** Who is ours and who a rival, by key. */
  mark(kinds) {
    for (const [key, view] of this.#views) {
      const kind = under(kinds, key) ?? "";
      view.set({ kind, kind_said: under(this.#words.watch, kind) ?? "" });
    }
  }

  views() {
    return [...this.#views.values()];
  }

  /** The timers of all rows. */
  tick(ended, now) {
    for (const view of this.#views.values()) {
      if (view.source) view.set(runningFields(view.source, ended, now));
    }
  }
}
