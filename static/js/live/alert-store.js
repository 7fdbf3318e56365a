// Which alerts are open, as far as this page knows: from frames, from the list that is fetched after
// every (re)connection, and from what people have seen meanwhile. All merge by id.

const URGENCY = { info: 0, warning: 1, danger: 2 };

export class OpenAlerts {
  #open = new Map(); #seen = new Set(); #arrivals = 0;

  constructor(alerts) {
    for (const each of alerts) this.#put(each);
  }

  get size() {
    return this.#open.size;
  }

  /** The most severe first, and of those the newest. */
  sorted() {
    const urgency = (each) => URGENCY[each.severity] ?? 0;
    return [...this.#open.values()]
      .map(({ alert }) => alert)
      .sort((one, other) => urgency(other) - urgency(one) || other.at - one.at);
  }

  /** False where it is no news: known already, or seen by somebody before it came here. */
  add(alert) {
    if (alert.seen_at !== null || this.#seen.has(alert.id) || this.#open.has(alert.id)) return false;
    this.#put(alert);
    return true;
  }

  /** Takes them away, and gives back those that were here. */
  see(ids) {
    const had = ids.map((id) => this.#open.get(id)?.alert).filter(Boolean);
    for (const id of ids) {
      this.#seen.add(id);
      this.#open.delete(id);
    }
    return had;
  }

  /** What could not be marked is open again. */
  unsee(alerts) {
    for (const each of alerts) {
      this.#seen.delete(each.id);
      this.#put(each);
    }
  }

  /** Before the list is asked for: what arrives after this is newer than the answer. */
  mark() {
    return this.#arrivals;
  }

  /** The list that was asked for at `mark`; gives back what is new in it. What is here and not in it
   *  was seen elsewhere while this page was away. */
  replace(alerts, mark) {
    const listed = new Set(alerts.map(({ id }) => id));
    for (const [id, { arrival }] of this.#open) {
      if (arrival <= mark && !listed.has(id)) this.#open.delete(id);
    }
    return alerts.filter((each) => this.add(each));
  }

  #put(alert) {
    this.#open.set(alert.id, { alert, arrival: ++this.#arrivals });
  }
}
