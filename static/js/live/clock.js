// One clock for the page: the server's, as far as it is known. Timers run from instants that the
// server sent. It counts by the steady clock of the page, so that setting the clock of the machine
// moves no timer; but some machines' steady clock stands still while they sleep.

const SAMPLES = 8;
const LEAP = 1_500;
const SLEPT_AFTER = 4_000; // without an answer of the server: it was sleep, and the network is not back

export class ServerClock {
  #steady; #wall; #offset; #apart; #leap = null; #samples = [];

  /** `now`: the server's clock when the page was made; good to a second until the first pong. */
  constructor(now, { steady = () => performance.now(), wall = () => Date.now() } = {}) {
    this.#steady = steady;
    this.#wall = wall;
    this.#apart = wall() - steady();
    this.#offset = (now || wall()) - steady();
  }

  now() {
    return Math.round(this.#steady() + this.#offset);
  }

  /** A pong that was on the way from `sent` to `received`, of the steady clock, and says `at`. Of
   *  the last ones the quickest is the most exact; older ones know nothing of a clock that drifts. */
  sample(sent, received, at) {
    this.#leap = null;
    this.#samples = [...this.#samples, { trip: received - sent, offset: at - (sent + received) / 2 }].slice(-SAMPLES);
    this.#offset = this.#samples.reduce((best, each) => (each.trip <= best.trip ? each : best)).offset;
  }

  /** To be called twice a second. True when the machine's clock has gone ahead of the steady one: it
   *  slept, or somebody set the clock. Only the server knows, so ask; if it says nothing, it slept. */
  leapt() {
    const apart = this.#wall() - this.#steady();
    const ahead = apart - this.#apart;
    if (Math.abs(ahead) > LEAP) this.#apart = apart;
    if (ahead > LEAP) {
      this.#samples = [];
      this.#leap = { ms: ahead + (this.#leap?.ms ?? 0), at: this.#steady() };
      return true;
    }
    if (this.#leap !== null && this.#steady() - this.#leap.at > SLEPT_AFTER) {
      this.#offset += this.#leap.ms;
      this.#leap = null;
    }
    return false;
  }
}

/** What the race clock shows at `now`: [caption key, milliseconds or null, text]. */
export function raceClock({ mode, ms, at, text }, now) {
  if (mode === "countdown" && ms !== null) return ["remaining", at === null ? ms : ms - (now - at), ""];
  if (mode === "count" && ms !== null) return ["elapsed", at === null ? ms : ms + (now - at), ""];
  if (mode === "text") return ["clock", null, text];
  return ["clock", null, ""];
}
