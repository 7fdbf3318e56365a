// What the team watches, race by race: the overlay of its own topic, and our last clean laps.
//
// What a mark changed is known at once from the server's answer; the pipeline's next frame replaces
// it. Until then rates that are known of the same entries stay.

import { seenFrom } from "./overlay.js";

const LAPS = 10;
const CLEAN = 1.3; // a lap longer than this many times the quickest one is no guide to pace

export class Watching {
  #channel; #at = new Map(); #overlays = new Map(); #laps = { race: null, own: null, crossed: null, list: [] };
  #race = null; #asked = "";
  marked = 0;

  /** `start`: what the page came with (`live.overlay`); null on pages that show nothing of a team. */
  constructor(start) {
    this.#channel = start?.channel ?? null;
    if (!start) return;
    this.marked = start.marked;
    this.#asked = start.asked ?? "";
    const { overlay, epoch, seq, recent } = start;
    if (!overlay) return;
    this.#overlays.set(overlay.race, overlay);
    if (epoch !== null) this.#at.set(this.#named(overlay.race), { epoch, seq });
    this.#laps = { race: overlay.race, own: overlay.own, crossed: null, list: recent };
  }

  #named(race) {
    return this.#channel.replace("RACE", race);
  }

  /** Subscribes to the overlay of the race that is shown, and leaves the one before. */
  follow(race, socket) {
    if (this.#channel === null || race === this.#race) return;
    if (this.#race) socket.unsubscribe(this.#named(this.#race));
    this.#race = race;
    if (race) socket.subscribe(this.#named(race));
  }

  has(topic) {
    return this.#channel !== null && this.#race !== null && topic === this.#named(this.#race);
  }

  cursor(topic) {
    const at = this.#at.get(topic);
    return at ? { topic, ...at } : null;
  }

  /** A `gap_update`: it says everything, so only its age matters. */
  take({ topic, epoch, seq, overlay }) {
    const had = this.#at.get(topic);
    if (had && (epoch < had.epoch || (epoch === had.epoch && seq <= had.seq))) return;
    this.#at.set(topic, { epoch, seq });
    this.#keep(overlay);
  }

  // Seen from our kart that the page's address asks for, once, so that what is equal stays the same.
  #keep(overlay) {
    for (const race of this.#overlays.keys()) if (race !== this.#race) this.#overlays.delete(race);
    this.#overlays.set(overlay.race, seenFrom(overlay, this.#asked));
  }

  /** The server's answer to a mark. */
  answer({ overlay, recent, marked }) {
    this.marked = marked;
    if (!overlay) return;
    this.#keep(overlay);
    this.#laps = { race: overlay.race, own: overlay.own, crossed: null, list: recent };
  }

  /** Of the race that is shown, or null. */
  of(race) {
    return this.#overlays.get(race) ?? null;
  }

  /** Our last clean laps, oldest first; counts a crossing that the board shows. */
  recent(board) {
    const own = this.of(board.race)?.own ?? null;
    const row = own === null ? null : board.rows[own];
    if (!row) return [];
    if (this.#laps.race !== board.race || this.#laps.own !== own) {
      this.#laps = { race: board.race, own, crossed: row.crossed_at, list: [] };
    }
    const laps = this.#laps;
    if (laps.crossed !== null && laps.crossed !== row.crossed_at && row.last_ms !== null) this.#count(row.last_ms);
    laps.crossed = row.crossed_at;
    return laps.list;
  }

  #count(ms) {
    const laps = this.#laps;
    if (ms <= Math.min(ms, ...laps.list) * CLEAN) laps.list = [...laps.list, ms].slice(-LAPS);
  }
}
