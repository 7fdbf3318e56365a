// The bar by which one looks back: a line of time with the race's flags and our stops, play at any
// pace, steps, and the way back to the present. Keys: space, arrows (with Shift a minute), End.

import { clock } from "./format.js";
import { Moment } from "./rewind.js";

const STEP = 10_000;
const SEEK_AFTER = 120; // ms that a hand rests on the line

export class RewindBar {
  #page; #live; #root; #link; #about = null; #race = null; #seeking = 0; #dragging = false; #time; #chunk;

  constructor(page) {
    this.#page = page;
    this.#live = page.live;
    this.#root = document.querySelector("[data-rewind]");
    this.#link = document.querySelector("[data-rewind-open]");
    this.#time = hours(document.documentElement.dataset.zone);
    this.#link?.addEventListener("click", (event) => plain(event) && this.#open(event));
    this.#wire();
    const { past } = this.#live;
    if (past) this.#enter(this.#live.race, past.at);
  }

  #node(name) {
    return this.#root.querySelector(`[data-rw-${name}]`);
  }

  #wire() {
    this.#node("play").addEventListener("click", () => this.#toggle());
    this.#node("speed").addEventListener("change", () => this.#moment?.playing && this.#moment.play(this.#rate));
    this.#node("live").addEventListener("click", (event) => plain(event) && this.#leave(event));
    for (const button of this.#root.querySelectorAll("[data-rw-step]")) {
      button.addEventListener("click", () => this.#by(Number(button.dataset.rwStep)));
    }
    const line = this.#node("line");
    line.addEventListener("input", () => this.#drag(Number(line.value)));
    line.addEventListener("change", () => this.#drop(Number(line.value)));
    addEventListener("keydown", (event) => this.#key(event));
  }

  get #moment() {
    return this.#page.past;
  }

  get #rate() {
    return Number(this.#node("speed").value);
  }

  // -- in and out

  #open(event) {
    const { board, race } = this.#page.store;
    const about = board?.race ?? race;
    if (!about) return;
    event.preventDefault();
    const { started_at: started } = board?.session ?? {};
    const end = this.#page.clock.now();
    this.#enter(about, board?.session.ended && started ? started : end - STEP);
  }

  #enter(race, at) {
    const { rewind } = this.#live;
    this.#race = race;
    this.#chunk = rewind.chunk.replace("RACE", race);
    const moment = new Moment(this.#live, {
      chunk: this.#chunk,
      at,
      last: () => this.#last(),
      changed: () => this.#page.want(),
      says: (state, done) => this.#says(state, done),
      gone: () => location.reload(),
    });
    if (this.#live.past && this.#live.race === race) moment.begin(this.#live);
    this.#page.look(moment);
    document.body.dataset.past = "moment";
    this.#root.hidden = false;
    this.#node("tools").hidden = false;
    if (this.#link) this.#link.hidden = true;
    this.#ask();
    moment.seek(at);
    this.#address(at);
    this.tick();
    this.#node("play").focus({ preventScroll: true });
  }

  #leave(event) {
    if (!this.#moment) return;
    if (!this.#page.store.board) return; // nothing to go back to here: the address without a moment has it
    event?.preventDefault();
    clearTimeout(this.#seeking);
    this.#page.look(null);
    delete document.body.dataset.past;
    this.#root.hidden = true;
    if (this.#link) this.#link.hidden = false;
    this.#address(null);
    this.#link?.focus({ preventScroll: true });
  }

  // From when to when, and what happened there; asked again now and then while the race goes on.
  async #ask() {
    const race = this.#race;
    try {
      const answer = await fetch(this.#live.rewind.about.replace("RACE", race));
      const about = await answer.json();
      if (race !== this.#race) return;
      if (about.state !== "ready") return this.#says("none", 0);
      this.#about = about;
      this.#marks(about);
      this.tick();
    } catch {
      this.#says("lost", 0);
    }
  }

  #last() {
    const about = this.#about;
    if (!about) return this.#page.clock.now();
    return about.live ? this.#page.clock.now() : about.last;
  }

  // -- moving

  #toggle() {
    const moment = this.#moment;
    if (moment.playing) {
      moment.pause();
      this.#address(moment.now());
    } else {
      if (!this.#about?.live && moment.now() >= this.#last()) moment.seek(this.#about?.first ?? moment.now());
      moment.play(this.#rate);
    }
    this.tick();
  }

  #by(ms) {
    this.#go(this.#moment.now() + ms);
  }

  #go(at) {
    const within = Math.min(Math.max(at, this.#about?.first ?? at), this.#last());
    this.#moment.seek(within);
    this.#address(within);
    this.tick();
    this.#page.want();
  }

  #drag(at) {
    this.#dragging = true;
    clearTimeout(this.#seeking);
    this.#told(at);
    this.#seeking = setTimeout(() => this.#go(at), SEEK_AFTER);
  }

  #drop(at) {
    this.#dragging = false;
    clearTimeout(this.#seeking);
    this.#go(at);
  }

  #key(event) {
    if (!this.#moment || event.altKey || event.ctrlKey || event.metaKey) return;
    const { target, key } = event;
    if (target.closest?.("dialog, textarea, select, input:not([type=range])")) return;
    if (key === " " && target.closest?.("button, a, summary")) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (way) this.#by(way * (event.shiftKey ? 6 * STEP : STEP));
    else if (key === " ") this.#toggle();
    else if (key === "End") this.#node("live").click();
    else return;
    event.preventDefault();
  }

  // A link to the moment, for others; the way back in the browser's history stays as it was.
  #address(at) {
    const url = new URL(location.href);
    if (at === null) url.searchParams.delete("at");
    else url.searchParams.set("at", String(Math.round(at)));
    history.replaceState(history.state, "", url);
  }

  // -- what is seen

  /** With each paint. */
  tick() {
    const moment = this.#moment;
    if (!moment) return;
    const now = moment.now();
    const atEnd = moment.playing && now >= this.#last() && !this.#about?.live;
    if (atEnd) moment.pause();
    this.#put("play", this.#live.rewind.words[moment.playing ? "pause" : "play"]);
    if (!this.#dragging) this.#told(now);
  }

  #told(at) {
    const line = this.#node("line");
    const first = this.#about?.first ?? at;
    line.min = String(first);
    line.max = String(Math.max(this.#last(), first + 1));
    if (!this.#dragging) line.value = String(at);
    const time = this.#time.format(at);
    line.setAttribute("aria-valuetext", time);
    this.#put("at", time);
    const back = this.#page.clock.now() - at;
    this.#put("ago", this.#about?.live ? this.#live.rewind.words.ago.replace("%s", clock(back)) : "");
  }

  #put(name, text) {
    const node = this.#node(name);
    if (node.textContent !== text) node.textContent = text;
  }

  #says(state, done) {
    const words = this.#live.rewind.words;
    const nobody = state === "ready" && !this.#moment?.board ? words.before : "";
    this.#put("says", state === "ready" ? nobody : (words[state] ?? "").replace("%s", Math.floor(done * 100)));
  }

  #marks({ first, flags, stops }) {
    const span = Math.max(1, this.#last() - first);
    const share = (at) => `${Math.min(100, Math.max(0, (100 * (at - first)) / span))}%`;
    const marks = flags.map(({ at, to, flag }) => mark({ flag }, share(at), to ?? this.#last(), at, span));
    marks.push(...stops.map(({ at, to }) => mark({ stop: "" }, share(at), to ?? at, at, span)));
    this.#node("marks").replaceChildren(...marks);
  }
}

function mark(data, left, to, at, span) {
  const node = document.createElement("i");
  Object.assign(node.dataset, data);
  node.style.insetInlineStart = left;
  node.style.width = `${Math.min(100, Math.max(0, (100 * (to - at)) / span))}%`;
  return node;
}

// A click that opens no other tab.
const plain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

function hours(timeZone) {
  const look = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const { lang } = document.documentElement;
  try {
    return new Intl.DateTimeFormat(lang || undefined, { ...look, timeZone });
  } catch {
    return new Intl.DateTimeFormat(lang || undefined, look);
  }
}
