// Which rows of the board the reader wants to see: kept in the address, so that a link or a reload
// shows the same. displays/filters.py decides the same on the server; both run the cases of
// tests/vectors/filter.json.

const squashed = (text) => text.split(/\s+/).filter(Boolean).join(" ").toLowerCase();

/** `row` as fields.js makes it, with the `kind` it is watched as. Ours stay unless they are asked away. */
export function keeps({ watched, group, text, ours }, row) {
  if (row.kind === "ours" && ours) return true;
  if (watched && !row.kind) return false;
  if (group && row.class !== group) return false;
  const wanted = squashed(text);
  return !wanted || row.number.toLowerCase().startsWith(wanted) || [row.competitor, row.driver].some((name) => squashed(name).includes(wanted));
}

export const active = ({ watched, group, text }) => watched || group !== "" || text.trim() !== "";

export class RowFilter {
  #form; #count; #none; #changed; #wanted; #classes = null;

  /** `changed()` is called when the reader wants other rows. */
  constructor(form, { changed }) {
    this.#form = form;
    this.#count = form.querySelector("[data-count]");
    this.#none = document.querySelector("[data-none-shown]");
    this.#changed = changed;
    this.#wanted = this.#read();
    form.querySelector("[data-apply]").hidden = true; // each change applies itself
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("input", () => this.#take());
    form.addEventListener("change", () => this.#take());
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.clear());
    document.querySelector("[data-clear-filter]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.clear();
    });
    addEventListener("keydown", (event) => this.#shortcut(event));
    this.#show();
  }

  /** Hides and shows `views` (key, element, fields) and says how many are left. */
  apply(views, groups) {
    const wanted = { ...this.#wanted, group: groups.includes(this.#wanted.group) ? this.#wanted.group : "" };
    let shown = 0;
    for (const { element, fields } of views) {
      const kept = keeps(wanted, fields);
      if (element.hidden === kept) element.hidden = !kept;
      shown += kept;
    }
    this.#say(shown, views.length);
  }

  /** The classes of the race that is shown, to choose from. */
  classes(board, letters) {
    const choice = this.#form.elements.class;
    const keys = Object.keys(board.classes).sort();
    if (keys.join() === this.#classes) return;
    this.#classes = keys.join();
    const names = Object.create(null);
    for (const row of Object.values(board.rows)) if (row.category && row.class) names[row.class] ??= row.category;
    const any = new Option(choice.dataset.any, "");
    choice.replaceChildren(any, ...keys.map((key) => new Option(names[key] ?? letters[key], key)));
    choice.value = keys.includes(this.#wanted.group) ? this.#wanted.group : "";
    choice.hidden = keys.length < 2;
  }

  #say(shown, all) {
    const text = active(this.#wanted) ? this.#count.dataset.some.replace("%s", shown).replace("%s", all) : this.#count.dataset.all.replace("%s", all);
    if (this.#count.textContent !== text) this.#count.textContent = text;
    this.#none.hidden = shown > 0 || all === 0;
  }

  clear() {
    this.#form.elements.q.value = "";
    this.#form.elements.class.value = "";
    this.#form.elements.show.value = "all";
    this.#take();
  }

  #read() {
    const { elements } = this.#form;
    return {
      watched: elements.show.value === "watched",
      group: elements.class.value,
      text: elements.q.value,
      ours: !elements.ours.checked,
    };
  }

  #submit(event) {
    event.preventDefault();
    this.#take();
  }

  #take() {
    this.#wanted = this.#read();
    const query = new URLSearchParams(location.search);
    const { watched, group, text, ours } = this.#wanted;
    const said = { show: watched ? "watched" : "", class: group, q: text.trim(), ours: ours ? "" : "0" };
    for (const [name, value] of Object.entries(said)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const search = query.toString();
    history.replaceState(null, "", search ? `?${search}` : location.pathname);
    this.#show();
    this.#changed();
  }

  #show() {
    const on = active(this.#wanted);
    this.#form.dataset.active = on ? "1" : "";
    for (const node of document.querySelectorAll("[data-clear-filter]")) node.hidden = !on;
  }

  #shortcut(event) {
    const typing = event.target.closest?.("input, select, textarea, dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#form.elements.q.focus();
  }
}
