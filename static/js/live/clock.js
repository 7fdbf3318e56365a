// One clock for the page: the server's, as far as it is known. Timers run from instants that the
// server sent, so a tab that slept shows the right time at once.

export class ServerClock {
  #offset = 0;
  #best = Infinity;

  /** `now`: the server's clock when the page was made; good to a second until the first pong. */
  constructor(now) {
    if (now) this.#offset = now - Date.now();
  }

  now() {
    return Date.now() + this.#offset;
  }

  /** A pong that took `sent`..`received` here and says `at`. The quickest one is the most exact,
   *  but an old one says nothing about a clock that drifted since: it fades by 5 % a sample. */
  sample(sent, received, at) {
    const trip = received - sent;
    this.#best *= 1.05;
    if (trip > this.#best) return;
    this.#best = trip;
    this.#offset = at - (sent + trip / 2);
  }
}

/** What the race clock shows at `now`: [caption key, milliseconds or null, text]. */
export function raceClock({ mode, ms, at, text }, now) {
  if (mode === "countdown" && ms !== null) return ["remaining", at === null ? ms : ms - (now - at), ""];
  if (mode === "count" && ms !== null) return ["elapsed", at === null ? ms : ms + (now - at), ""];
  if (mode === "text") return ["clock", null, text];
  return ["clock", null, ""];
}
