// Is what the reader sees true now? Two things can be wrong, and the page says which: this page has
// lost the server, or the server has heard nothing from the feed.

const LINK_GRACE = 4_000; // a reconnect takes a moment; a flicker helps nobody
const QUIET_AFTER = 30_000;

export class Health {
  #quietAfter; #lostAt = null; #link = "connecting";
  feedState = ""; dataAt = null; ended = false; empty = true; idle = false;

  constructor({ quietAfter = QUIET_AFTER } = {}) {
    this.#quietAfter = quietAfter;
  }

  link(state) {
    if (state === "open") this.#lostAt = null;
    else this.#lostAt ??= performance.now();
    this.#link = state;
  }

  /** `at`: an instant of the server's clock at which the feed had said something. */
  heard(at) {
    if (at !== null && at !== undefined && (this.dataAt === null || at > this.dataAt)) this.dataAt = at;
  }

  at(now) {
    const age = this.dataAt === null ? null : Math.max(0, now - this.dataAt);
    const lost = this.#lostAt !== null && performance.now() - this.#lostAt > LINK_GRACE;
    if (lost) return { age, conn: "offline", notice: this.empty ? "" : "offline", stale: "link" };
    if (this.#link !== "open") return { age, conn: "connecting", notice: "", stale: "" };
    if (this.idle && this.feedState === "live") return { age, conn: "idle", notice: "", stale: "" };
    if (this.ended) return { age, conn: "ended", notice: "", stale: "" };
    if (this.feedState === "down") return { age, conn: "down", notice: this.empty ? "" : "down", stale: "down" };
    if (this.empty) return { age, conn: this.feedState === "connecting" ? "connecting" : "idle", notice: "", stale: "" };
    const quiet = this.feedState === "stale" || (age !== null && age > this.#quietAfter);
    if (quiet) return { age, conn: "quiet", notice: "quiet", stale: "feed" };
    return { age, conn: "live", notice: "", stale: "" };
  }
}
