// A moment of the race that the reader chose, and how it goes on from there, at any pace.

import { Reel } from "./rewind-reel.js";

const CHUNK_S = 8; // of the reader's time in one chunk, when it plays quickly
const LEAST = 30_000;

export class Moment {
  #reel; #at; #since = 0; #last; #rate = 1;
  playing = false;

  /** `last()`: the latest instant that there is. */
  constructor(live, { chunk, at, last, changed, says, gone }) {
    this.#at = at;
    this.#last = last;
    this.#reel = new Reel(chunk, { start: live.overlay, changed, says, gone });
  }

  /** The page came with this moment. */
  begin(live) {
    this.#reel.begin({ board: live.board, overlay: live.overlay, at: live.at });
  }

  get board() {
    return this.#reel.board;
  }

  get watching() {
    return this.#reel.watching;
  }

  get fresh() {
    return this.#reel.fresh;
  }

  set fresh(fresh) {
    this.#reel.fresh = fresh;
  }

  /** The instant that is shown: never beyond what is loaded, nor beyond the end. */
  now() {
    if (!this.playing) return this.#at;
    const wanted = this.#at + (performance.now() - this.#since) * this.#rate;
    return Math.max(this.#at, Math.min(wanted, this.#reel.end ?? this.#at, this.#last()));
  }

  seek(at) {
    this.#at = at;
    this.#since = performance.now();
    this.#reel.seek(at);
  }

  play(rate) {
    this.#at = this.now();
    this.#since = performance.now();
    if (rate !== this.#rate || !this.playing) {
      this.#reel.cut({ for: Math.max(LEAST, CHUNK_S * 1000 * rate), step: Math.max(250, 250 * rate), aligned: false });
    }
    this.#rate = rate;
    this.playing = true;
    this.turn();
  }

  pause() {
    this.#at = this.now();
    this.playing = false;
  }

  turn() {
    const now = this.now();
    if (this.playing && this.#reel.end !== null && now >= this.#reel.end) {
      this.#at = now; // waits for the next chunk without running away from it
      this.#since = performance.now();
    }
    this.#reel.advance(now, { ahead: this.playing });
  }

  health() {
    return { age: null, conn: "past", notice: "", stale: "" };
  }
}
