// Marking a row: its star opens a dialog, one more press says as what. The board shows it at once and
// takes it back if the server says no; what was done can be undone.

import { under } from "./format.js";
import { paintPlate } from "./rows.js";

const TOAST_FOR = 10_000;
const PENDING_FOR = 4_000; // by then the pipeline has spoken

export class Marking {
  #dialog; #form; #page; #row = null; #opener = null; #pending = new Map(); #toast;

  constructor(dialog, page) {
    this.#dialog = dialog;
    this.#form = dialog.querySelector("form");
    this.#page = page;
    this.#toast = new Toast(document.querySelector("[data-toast]"), (wish) => this.#send(wish));
    document.addEventListener("click", (event) => this.#clicked(event));
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.#opener?.isConnected && this.#opener.focus({ preventScroll: true }));
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    for (const star of document.querySelectorAll("[data-mark-row]")) star.setAttribute("aria-haspopup", "dialog");
    document.getElementById("row").content.querySelector("[data-mark-row]")?.setAttribute("aria-haspopup", "dialog");
  }

  /** `kinds` with what was asked for a moment ago. */
  pending(kinds) {
    const now = performance.now();
    for (const [key, { kind, until }] of this.#pending) {
      if (until < now || (under(kinds, key) ?? "") === kind) this.#pending.delete(key);
    }
    const asked = [...this.#pending].map(([key, { kind }]) => [key, kind]);
    return { ...kinds, ...Object.fromEntries(asked) };
  }

  #clicked(event) {
    const star = event.target.closest?.("[data-mark-row]");
    if (!star || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { board } = this.#page.store;
    const key = star.closest("[data-key]").dataset.key;
    if (!board || !Object.hasOwn(board.rows, key)) return;
    event.preventDefault();
    this.#open(board, key, star);
  }

  #open(board, key, opener) {
    this.#row = { key, race: board.race };
    this.#opener = opener;
    const row = board.rows[key];
    const overlay = this.#page.watching.of(board.race);
    const found = [...(overlay?.ours ?? []), ...(overlay?.watched ?? [])].find((each) => each.key === key);
    const { elements } = this.#form;
    elements.race.value = board.race;
    elements.key.value = key;
    elements.sure.value = "";
    elements.note.value = found?.note ?? "";
    this.#form.querySelector("[data-stop]").hidden = !found;
    this.#form.querySelector("[data-as-is]").hidden = !found;
    // A rented kart is swapped at the stop, and its number with it: a name holds better.
    elements.by.value = found ? "" : row.competitor ? "name" : "number";
    this.#error("");
    this.#dialog.querySelector("[data-who]").textContent = row.competitor || row.driver || row.number;
    const plate = this.#dialog.querySelector("[data-plate]");
    plate.dataset.class = row.class;
    plate.querySelector("i").textContent = opener.closest("[data-key]").querySelector(".plate > i")?.textContent ?? "";
    plate.querySelector("b").textContent = row.number;
    paintPlate(plate, board.classes);
    this.#dialog.showModal();
    this.#form.querySelector("[name=kind][value=ours]").focus();
  }

  async #submitted(event) {
    event.preventDefault();
    const wish = Object.fromEntries(new FormData(this.#form));
    delete wish.csrfmiddlewaretoken;
    wish.kind = event.submitter?.value ?? "ours";
    if (await this.#send(wish)) this.#dialog.close();
  }

  async #send(wish) {
    const key = wish.key;
    if (key && !wish.sure) this.#show(key, wish.kind);
    const answer = await this.#post(wish);
    if (answer.error) {
      this.#pending.delete(key);
      this.#error(answer.error, answer.sure);
      if (!this.#dialog.open) this.#toast.say(answer.error);
      this.#page.repaint();
      return false;
    }
    if (answer.overlay) this.#page.watching.answer(answer.overlay);
    this.#page.repaint();
    const back = Object.keys(answer.undo).length ? { race: this.#row.race, key: this.#row.key, ...answer.undo } : null;
    this.#toast.say(answer.said, back);
    return true;
  }

  #show(key, kind) {
    this.#pending.set(key, { kind, until: performance.now() + PENDING_FOR });
    this.#page.repaint();
  }

  async #post(wish) {
    const token = this.#form.elements.csrfmiddlewaretoken.value;
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const body = new URLSearchParams(wish);
    try {
      const response = await fetch(this.#form.action, { method: "POST", headers, body });
      const answer = response.headers.get("content-type")?.startsWith("application/json") ? await response.json() : {};
      if (response.ok && answer.said) return answer;
      return { error: answer.error ?? this.#page.live.words.watch.failed, sure: answer.sure };
    } catch {
      return { error: this.#page.live.words.watch.failed };
    }
  }

  #error(text, sure = false) {
    const node = this.#dialog.querySelector("[data-error]");
    node.textContent = text;
    node.hidden = !text;
    this.#form.elements.sure.value = sure ? "1" : "";
  }
}

class Toast {
  #root; #said; #undo; #wish = null; #timer = 0;

  constructor(root, send) {
    this.#root = root;
    this.#said = root.querySelector("[data-toast-said]");
    this.#undo = root.querySelector("[data-toast-undo]");
    this.#undo.addEventListener("click", () => {
      const wish = this.#wish;
      this.hide();
      if (wish) send(wish);
    });
    root.querySelector("[data-toast-close]").addEventListener("click", () => this.hide());
    for (const event of ["pointerenter", "focusin"]) root.addEventListener(event, () => clearTimeout(this.#timer));
    for (const event of ["pointerleave", "focusout"]) root.addEventListener(event, () => this.#later());
  }

  say(text, wish = null) {
    this.#wish = wish;
    this.#said.textContent = text;
    this.#undo.hidden = wish === null;
    this.#root.querySelector("[data-toast-close]").hidden = false;
    this.#root.dataset.shown = "1";
    this.#later();
  }

  hide() {
    clearTimeout(this.#timer);
    delete this.#root.dataset.shown;
    this.#said.textContent = "";
    this.#undo.hidden = true;
    this.#root.querySelector("[data-toast-close]").hidden = true;
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), TOAST_FOR);
  }
}
