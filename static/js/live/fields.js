// A row of the wire -> the strings that its cells show. displays/present.py makes the same strings
// for the page's first sight; both run the cases of tests/vectors/rows.json.

import { delta, gap, lap, stint, under } from "./format.js";

const QUIET_STATES = new Set(["run", ""]);

/** Everything that changes only when the feed says so. `words` are the page's translations. */
export function rowFields(row, letters, words) {
  const [gapLaps, gapTime] = gap(row.gap, words.lap_letter);
  const [intLaps, intTime] = gap(row.interval, words.lap_letter);
  const leads = row.pos === 1 && !row.gap;
  return {
    state: row.state ?? "",
    pos: row.pos === null ? "" : String(row.pos),
    way: row.moved > 0 ? "up" : row.moved < 0 ? "down" : "",
    moved: row.moved ? String(Math.abs(row.moved)) : "",
    moved_said: row.moved > 0 ? words.gained : row.moved < 0 ? words.lost : "",
    number: row.number,
    long: row.number.length > 3 ? "1" : "",
    class: row.class,
    letter: under(letters, row.class) ?? "",
    class_said: row.category || "",
    competitor: row.competitor || row.driver || row.number,
    nation: row.nation,
    driver: row.driver === row.competitor ? "" : row.driver,
    penalty: row.penalty,
    penalised: row.penalty ? "penalty" : "hidden",
    laps: String(row.laps),
    last: lap(row.last_ms),
    last_mark: row.last_mark,
    last_said: under(words.marks, row.last_mark) ?? "",
    delta: delta(row.last_ms, row.best_ms),
    best: lap(row.best_ms),
    best_mark: row.best_mark,
    best_said: under(words.marks, row.best_mark) ?? "",
    ...sectorFields(row.sectors ?? [], words),
    gap_laps: gapLaps,
    gap: leads ? words.leader : gapTime,
    gap_word: leads ? "1" : "",
    int_laps: intLaps,
    int: intTime,
    int_short: [intLaps, intTime].filter(Boolean).join(" "),
    stint_no: row.stint ? words.stint.replace("%s", row.stint) : "",
    stops: String(row.stops),
    chip: QUIET_STATES.has(row.state ?? "") ? "" : under(words.states, row.state) ?? row.state,
  };
}

function sectorFields(sectors, words) {
  const fields = {};
  for (const at of [0, 1, 2]) {
    const [ms, mark] = sectors[at] ?? [null, ""];
    fields[`s${at + 1}`] = lap(ms);
    fields[`s${at + 1}_mark`] = mark;
    fields[`s${at + 1}_said`] = under(words.marks, mark) ?? "";
  }
  return fields;
}

/** What runs by itself, once a second. */
export function runningFields(row, ended, now) {
  if (row.pit_at !== null) return { stint: "—", chip_time: ended ? "" : stint(now - row.pit_at).replace(/^0/, "") };
  const still = ended || row.stint_at === null || row.state === "finished";
  return { stint: still ? "" : stint(now - row.stint_at), chip_time: "" };
}

/** A letter for each class: the first of its category where no other class has it, else A, B, C. */
export function classLetters(classes, rows) {
  const categories = new Map();
  for (const row of Object.values(rows)) {
    if (row.category && row.class && !categories.has(row.class)) categories.set(row.class, row.category);
  }
  const keys = Object.keys(classes).sort();
  const first = keys.map((key) => (categories.get(key) ?? "").trim().slice(0, 1).toUpperCase());
  const own = first.every(Boolean) && new Set(first).size === keys.length;
  return Object.fromEntries(keys.map((key, at) => [key, own ? first[at] : String.fromCharCode(65 + (at % 26))]));
}
