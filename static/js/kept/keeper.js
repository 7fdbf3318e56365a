// Keeps the board of an open page: soon after it changed, at most every ten seconds, and when the
// page is left.

import { forget, keep } from "./boards.js";

const SOON = 1_000;
const EVERY = 10_000;

export class Keeper {
  #about; #picture; #timer = 0; #dirty = false; #wait = SOON; #over = false;

  /** `about`: what the server says of this page ({path, owner, …}); `picture()` what is kept now, or
   *  null where there is no board. */
  constructor(about, picture) {
    this.#about = about;
    this.#picture = picture;
    document.addEventListener("visibilitychange", () => document.hidden && this.#write());
    addEventListener("pagehide", () => this.#write());
    this.changed();
  }

  changed() {
    this.#dirty = true;
    if (!this.#over) this.#timer ||= setTimeout(() => this.#write(), this.#wait);
  }

  /** The page is closed to its reader: nothing stays, until it is open again. */
  close() {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#timer = 0;
    forget(this.#about.path);
  }

  reopen() {
    if (!this.#over) return;
    this.#over = false;
    this.changed();
  }

  #write() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#dirty || this.#over) return;
    const picture = this.#picture();
    if (picture === null) return;
    this.#dirty = false;
    this.#wait = EVERY;
    keep({ ...this.#about, ...picture });
  }
}
