// What the page knows: the current race, its board, and how far it has read (epoch and seq).

import { patch } from "./patch.js";

const ASK_AGAIN_AFTER = 2_000;

// A stream of an epoch that has ended, as a server tells it that has not heard of the next one. (But
// a stream may have been begun anew from nothing: then what it tells is newer.)
const isOld = (had, { epoch, at }) => epoch < had.epoch && !(at > had.at);

export class Store {
  #at = new Map(); #follows; #channel; #asking = 0;
  board = null; race = null;
  idle = false; // the feed has no race at the moment
  fresh = false; // the board came whole: nothing in it has "just happened"

  /** `follows`: "feed" (whichever race is current), "race" (this one) or "display" (as the server
   *  decides); `channels[0]` is the display's. */
  constructor({ board, race, epoch, seq, at, follows, channels }) {
    this.board = board;
    this.race = race;
    this.#follows = follows;
    this.#channel = channels[0];
    if (board) this.#at.set(`race.${race}`, { epoch, seq, at });
  }

  /** A display's channel stands for the topics behind it, so its place is that of the race. */
  cursor(channel) {
    const topic = channel.startsWith("display.") ? `race.${this.race}` : channel;
    const had = this.#at.get(topic);
    return had ? { topic, epoch: had.epoch, seq: had.seq } : null;
  }

  /** One frame in; asks `socket` again where something is missing. */
  take({ event, data }, socket) {
    if (event === "race_data_reset" || event === "system.status") return this.#current(data, socket);
    if (!data.topic?.startsWith("race.")) return;
    if (event === "race_data_update") this.#whole(data);
    else if (data.diff) this.#change(data, socket);
  }

  #whole({ topic, epoch, seq, at, board }) {
    if (this.#follows !== "display" && topic !== `race.${this.race}`) return;
    const had = this.#at.get(topic);
    if (had && had.epoch === epoch && had.seq > seq) return;
    if (had && isOld(had, { epoch, at })) return;
    this.race = board.race;
    this.board = board;
    this.fresh = true;
    this.#at.clear();
    this.#reached(topic, { epoch, seq, at });
  }

  #change({ topic, epoch, seq, at, diff }, socket) {
    const had = this.#at.get(topic);
    if (!this.board || topic !== `race.${this.race}`) return;
    if (had && (isOld(had, { epoch, at }) || (had.epoch === epoch && seq <= had.seq))) return;
    if (!had || had.epoch !== epoch || seq !== had.seq + 1) return this.#again(topic, socket);
    this.board = patch(this.board, diff);
    this.#reached(topic, { epoch, seq, at });
  }

  #reached(topic, place) {
    this.#at.set(topic, place);
    clearTimeout(this.#asking);
    this.#asking = 0;
  }

  // Something is missing: the server is told how far we are. Frames go on arriving while the answer
  // is under way, so it is asked again only when none of them has led on for a while.
  #again(topic, socket) {
    if (this.#asking) return;
    this.#asking = setTimeout(() => {
      this.#asking = 0;
      if (topic === `race.${this.race}`) this.#again(topic, socket);
    }, ASK_AGAIN_AFTER);
    socket.subscribe(this.#follows === "display" ? this.#channel : topic);
  }

  /** The feed says which race is current. A page of a feed follows it; a page of a race does not;
   *  a display's socket follows by itself. Between races, and while a feed drops its session for some
   *  seconds, what was last shown stays in sight. */
  #current({ race }, socket) {
    if (this.#follows === "race" || race === undefined) return;
    this.idle = race === null;
    if (this.idle || race === this.race) return;
    if (this.#follows === "feed") {
      if (this.race) socket.unsubscribe(`race.${this.race}`);
      socket.subscribe(`race.${race}`);
      this.race = race;
    }
    clearTimeout(this.#asking);
    this.#asking = 0;
    this.#at.clear(); // the old board stays in sight until the new one is here
  }
}
