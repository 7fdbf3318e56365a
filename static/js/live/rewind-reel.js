// The past of a race in chunks from the server: a whole board, and what changed after it, each with
// its instant. Two of them are kept: the one that plays and the one that follows.
//
// changed() when there is another board or overlay · says(state, done): ready, building, busy, none,
// lost · gone() when the server does not show this race to us any more.

import { patch } from "./patch.js";
import { Watching } from "./watching.js";

const AGAIN_AFTER = 1_000;
const MUCH_LATER = 20_000; // a display that is off may be on again; whoever asks often is taken for a guesser
const MUTE = { subscribe() {}, unsubscribe() {} };

export class Reel {
  #url; #start; #handlers; #piece = { for: 30_000, step: 250, aligned: false }; #chunk = null; #next = null;
  #step = 0; #asking = null; #waits = 0; #tellings = 0;
  board = null; watching = new Watching(null); heard = null; fresh = true;

  /** `start`: `live.overlay` of the page, of which the channel and the kart that is asked for count. */
  constructor(url, { start, changed, says, gone }) {
    this.#url = url;
    this.#start = start ? { ...start, overlay: null, epoch: null, seq: null, recent: [] } : null;
    this.#handlers = { changed, says, gone };
  }

  /** What the page came with, until the first chunk is here. */
  begin({ board, overlay, at }) {
    this.board = board;
    this.heard = at;
    if (overlay) this.watching = new Watching(overlay);
    if (board) this.watching.follow(board.race, MUTE);
  }

  /** How long chunks are (ms), how fine, and whether they begin at multiples of their length. */
  cut(piece) {
    this.#piece = piece;
    this.#next = null;
  }

  /** As far as is loaded, from the chunk that plays on. */
  get end() {
    return (this.#next ?? this.#chunk)?.to ?? null;
  }

  /** Another instant: what is loaded is of no use unless it holds it. */
  seek(at) {
    this.fresh = true;
    if (this.#holds(this.#chunk, at)) this.#enter(this.#chunk);
    else this.#forget();
    this.advance(at);
  }

  #holds(chunk, at) {
    return chunk !== null && at >= chunk.at && at < chunk.to;
  }

  #forget() {
    this.#asking?.abort();
    clearTimeout(this.#waits);
    this.#chunk = this.#next = this.#asking = null;
    this.#waits = 0;
  }

  /** Play up to the instant `at`; ask for what is missing, and `ahead` for what comes next. */
  advance(at, { ahead = false } = {}) {
    if (this.#chunk && this.#next && at >= this.#chunk.to && at >= this.#next.at) {
      this.#enter(this.#next);
      this.#next = null;
    }
    if (this.#chunk && at >= this.#chunk.at) this.#play(at);
    const here = this.#holds(this.#chunk, at);
    if (!here && !this.#holds(this.#next, at)) this.#ask(at);
    else if (ahead && here && !this.#next) this.#ask(this.#chunk.to);
  }

  #enter(chunk) {
    this.#chunk = chunk;
    this.#step = 0;
    if (this.fresh) this.watching = new Watching(this.#start);
    this.#show(chunk.board, chunk.overlay, chunk.heard_at);
  }

  #play(at) {
    const { steps } = this.#chunk;
    while (this.#step < steps.length && steps[this.#step].at <= at) {
      const step = steps[this.#step++];
      const board = step.board ?? (step.diff ? patch(this.board, step.diff) : this.board);
      this.#show(board, step.overlay, step.at);
    }
  }

  #show(board, overlay, heard) {
    const before = this.board;
    if (board) this.board = board;
    this.heard = heard;
    if (before && board && board.race !== before.race) {
      this.fresh = true;
      this.watching = new Watching(this.#start);
    }
    if (board) this.watching.follow(board.race, MUTE);
    if (overlay && this.#start) this.#tell(overlay);
    this.#handlers.changed();
  }

  #tell(overlay) {
    const topic = this.#start.channel.replace("RACE", overlay.race);
    if (this.watching.has(topic)) this.watching.take({ topic, epoch: 0, seq: ++this.#tellings, overlay });
  }

  async #ask(at) {
    if (this.#asking || this.#waits) return;
    const { for: length, step, aligned } = this.#piece;
    const from = Math.floor(aligned ? at - (at % length) : at);
    const asking = (this.#asking = new AbortController());
    const found = await this.#fetched(`${this.#url}?${new URLSearchParams({ at: from, for: length, step })}`, asking);
    if (asking !== this.#asking) return; // of a moment that nobody waits for any more
    this.#asking = null;
    this.#take(found, at);
  }

  #take(found, at) {
    if (found.state === "gone") {
      this.#later(MUCH_LATER);
      return this.#handlers.gone();
    }
    if (found.state !== "ready") {
      this.#handlers.says(found.state, found.done ?? 0);
      return this.#later();
    }
    const follows = this.#chunk !== null && found.at >= this.#chunk.to && found.at <= this.#chunk.to + 1;
    if (follows && found.to === found.at && found.steps.length === 0) return this.#later(); // the present: no more yet
    if (follows) this.#next = found;
    else {
      this.#next = null;
      this.#enter(found);
      this.#play(at);
    }
    this.#handlers.says("ready", 1);
    this.#handlers.changed();
  }

  #later(wait = AGAIN_AFTER) {
    this.#waits = setTimeout(() => (this.#waits = 0), wait);
  }

  async #fetched(url, { signal }) {
    try {
      const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
      if (answer.redirected || [401, 403, 404].includes(answer.status)) return { state: "gone" };
      const isJson = answer.headers.get("content-type")?.startsWith("application/json");
      return isJson ? await answer.json() : { state: "busy" };
    } catch {
      return { state: "lost" };
    }
  }
}
