// What a team's overlay says -> the strings of its cards, its wall and its phone. displays/overlay.py
// makes the same strings for the page's first sight; both run the cases of tests/vectors/overlay.json.

import { rowFields, runningFields } from "./fields.js";
import { gap, hundredths, lap, signed, stint, tenths, under } from "./format.js";
import { spark } from "./spark.js";

const AVERAGE_OF = 5;
const AVERAGE_FROM = 3;
const STEADY = 10; // ms a lap: below it nobody closes
const LIMIT_AT = 86; // where the bar has its limit, in percent
const LATE_FROM = 0.9;
const NEIGHBOUR = ["number", "class", "letter", "long", "state", "chip"];

/** Our kart first, then the watched ones in their order; only those of this board. */
export function cards(overlay, board) {
  if (!overlay) return [];
  const { own } = overlay;
  const ours = overlay.ours.filter(({ key }) => key === own).map((each) => ({ ...each, kind: "ours", own: true }));
  const found = [...ours, ...overlay.watched.filter(({ key }) => key !== own)];
  return found.filter(({ key }) => Object.hasOwn(board.rows, key));
}

/** "ours" or "rival" by the key of the row. */
export function kinds(overlay) {
  if (!overlay) return {};
  const rivals = overlay.watched.map(({ key, kind }) => [key, kind]);
  return Object.fromEntries([...rivals, ...overlay.ours.map(({ key }) => [key, "ours"])]);
}

export function cardFields(card, overlay, board, letters, recent, words) {
  const row = board.rows[card.key];
  const said = words.watch;
  const fields = {
    ...rowFields(row, letters, words),
    key: card.key,
    kind: card.kind,
    own: card.own ? "1" : "",
    place: row.pos === null ? "" : said.place.replace("%s", row.pos),
    note: card.note,
    pace: "",
    catch: "",
  };
  if (card.own) return { ...fields, ...ownFields(row, recent, words) };
  if (overlay.own === null) {
    const [laps, time] = gap(row.gap, words.lap_letter);
    return { ...fields, way: "", cap: said.leader, big_laps: laps, big: time || "–", ...spark([]) };
  }
  return { ...fields, ...gapFields(card, words) };
}

function ownFields(row, recent, words) {
  const average = averageOf(recent);
  const apart = average === null || row.last_ms === null ? "" : signed(row.last_ms - average);
  return {
    way: "",
    cap: words.watch.last_lap,
    big_laps: "",
    big: lap(row.last_ms) || "–",
    pace: apart ? words.watch.average.replace("%s", apart) : "",
    ...spark(recent.slice(-10)),
  };
}

function gapFields(card, words) {
  const { ahead } = card;
  const [laps, time] = gap(card.gap, words.lap_letter);
  // Drawn as the distance to where it is now, so that a line that falls is a gap that closes.
  const sign = ahead ? -1 : 1;
  return {
    way: ahead === null ? "" : ahead ? "up" : "down",
    cap: words.watch[sideOf(card)],
    big_laps: laps,
    big: time || "–",
    pace: paceWords(card, words),
    catch: catchWords(card, words),
    ...spark(card.trend.map((each) => (each === null ? null : sign * each))),
  };
}

function sideOf({ ahead, gap: apart }) {
  if (ahead === null) return apart === null ? "unknown" : "level";
  return ahead ? "ahead" : "behind";
}

/** The clocks of a card, once a second: its stop, and the stint of our own kart. */
export function cardRunning(card, row, words, ended, now) {
  const { stint: done, chip_time } = runningFields(row, ended, now);
  const running = card.own && row.pit_at === null && done;
  return { chip_time, stint_said: running ? words.watch.stint.replace("%s", done) : "" };
}

/** we close 0.31 s/lap · they close … · gap grows … · gap holds */
export function paceWords({ closing_ms: closing, chaser }, words) {
  if (closing === null) return "";
  if (Math.abs(closing) < STEADY) return words.watch.holds;
  const who = closing < 0 ? "grows" : chaser === "they" ? "they" : "we";
  return words.watch[who].replace("%s", hundredths(Math.abs(closing)));
}

export function catchWords({ catch_laps: laps }, words) {
  if (laps === null) return "";
  return laps === 1 ? words.watch.catch_one : words.watch.catch.replace("%s", laps);
}

/** Of the last five clean laps; of fewer than three it would say little. */
export function averageOf(recent) {
  const laps = recent.slice(-AVERAGE_OF);
  if (laps.length < AVERAGE_FROM) return null;
  return Math.floor(laps.reduce((sum, each) => sum + each, 0) / laps.length);
}

// -- our kart, and who is around it

const ownRow = (overlay, board) => (overlay?.own != null && Object.hasOwn(board.rows, overlay.own) ? board.rows[overlay.own] : null);
const mineOf = (overlay) => overlay.ours.find(({ key }) => key === overlay.own);

/** As from the one of our karts that was asked for (`12-r4`: its mark and its row), else as it is.
 * Rates are known from the first one only: from another, gaps are those of the board. */
export function seenFrom(overlay, asked) {
  const own = askedFor(overlay.ours, asked);
  if (own === null || own === overlay.own) return overlay;
  const unknown = { gap: null, ahead: null, closing_ms: null, catch_laps: null, chaser: null, trend: [] };
  const watched = overlay.watched.filter(({ key }) => key !== own).map((each) => ({ ...each, ...unknown }));
  return { ...overlay, own, watched };
}

function askedFor(ours, asked) {
  const [mark, ...key] = asked.split("-");
  const ofMark = ours.filter(({ monitor }) => String(monitor) === mark).map((each) => each.key);
  const exact = key.join("-");
  return ofMark.includes(exact) ? exact : (ofMark[0] ?? null);
}

/** Those in this race, to choose from: none where there is no choice. */
export function ourKarts(overlay, board, letters, words) {
  const ours = overlay ? overlay.ours.filter(({ key }) => Object.hasOwn(board.rows, key)) : [];
  return ours.length > 1 ? ours.map((card) => oneOfOurs(card, overlay, board, letters, words)) : [];
}

function oneOfOurs({ key, monitor }, overlay, board, letters, words) {
  const row = board.rows[key];
  const { number, class: group, letter, long, class_said, competitor } = rowFields(row, letters, words);
  return {
    number,
    class: group,
    letter,
    long,
    class_said,
    competitor,
    key,
    asked: `${monitor}-${key}`,
    place: row.pos ? words.watch.place.replace("%s", row.pos) : "–",
    chosen: key === overlay.own ? "true" : "",
  };
}

/** `short`: gaps in tenths, for the wall. Empty where we are not in the race. */
export function usFields(overlay, board, letters, recent, words, short) {
  const row = ownRow(overlay, board);
  if (!row) return {};
  const { note, stint_limit_ms: limit } = mineOf(overlay);
  return {
    ...rowFields(row, letters, words),
    ...ownFields(row, recent, words),
    place: row.pos ? words.watch.place.replace("%s", row.pos) : "–",
    note,
    plan: overlay.plan,
    limit: limit ? words.watch.limit.replace("%s", stint(limit)) : "",
    ...neighbour("ahead", -1, overlay, board, letters, words, short),
    ...neighbour("behind", 1, overlay, board, letters, words, short),
  };
}

function beside(overlay, board, step) {
  const key = board.order[board.order.indexOf(overlay.own) + step];
  return key !== undefined && Object.hasOwn(board.rows, key) ? board.rows[key] : null;
}

function neighbour(name, step, overlay, board, letters, words, short) {
  const row = beside(overlay, board, step);
  const named = (fields) => Object.fromEntries(Object.entries(fields).map(([field, text]) => [`${name}_${field}`, text]));
  if (!row) {
    const names = [...NEIGHBOUR, "gap", "gap_laps", "pace", "here", "key"];
    return named(Object.fromEntries(names.map((each) => [each, ""])));
  }
  const fields = rowFields(row, letters, words);
  const card = cardOf(overlay, row.key);
  const [laps, time] = gapText(gapTo(overlay, board, row.key)[1], words, short);
  return named({
    ...Object.fromEntries(NEIGHBOUR.map((each) => [each, fields[each]])),
    here: "1",
    key: row.key,
    gap_laps: laps,
    gap: time || "–",
    pace: card ? paceWords(card, words) : "",
  });
}

/** The clocks of our kart and of its neighbours, once a second. */
export function usRunning(overlay, board, words, now) {
  const row = ownRow(overlay, board);
  if (!row) return {};
  const { ended } = board.session;
  const clockOf = (other) => (other ? runningFields(other, ended, now).chip_time : "");
  return {
    ...runningFields(row, ended, now),
    ...bar(row, mineOf(overlay).stint_limit_ms, words, ended, now),
    ahead_chip_time: clockOf(beside(overlay, board, -1)),
    behind_chip_time: clockOf(beside(overlay, board, 1)),
  };
}

/** How full the stint is: `fill` in percent of the bar, whose limit is at LIMIT_AT. */
function bar(row, limit, words, ended, now) {
  if (!limit || ended || row.stint_at === null) return { fill: "0", zone: "", left: "" };
  const done = Math.max(0, now - row.stint_at);
  const over = done - limit;
  return {
    fill: percent(done, limit),
    zone: over > 0 ? "over" : done >= limit * LATE_FROM ? "late" : "open",
    left: words.watch[over > 0 ? "over" : "left"].replace("%s", stint(Math.abs(over))),
  };
}

function percent(done, limit) {
  const tenth = Math.min(1000, Math.floor((done * LIMIT_AT * 10) / limit));
  return `${Math.floor(tenth / 10)}.${tenth % 10}`;
}

/** The keys of as many rows around ours, or of the first ones; of all of them with 0. */
export function around(board, own, rows) {
  const order = board.order.filter((key) => Object.hasOwn(board.rows, key));
  if (!rows || order.length <= rows) return order;
  const at = Math.max(0, order.indexOf(own));
  const first = Math.min(Math.max(0, at - Math.floor(rows / 2)), order.length - rows);
  return order.slice(first, first + rows);
}

/** A row of the list around us: as on the board, with its gap to us, signed. */
export function nearFields(key, overlay, board, letters, words, short) {
  const fields = { ...rowFields(board.rows[key], letters, words), kind: under(kinds(overlay), key) ?? "", to_us: "", to_us_laps: "" };
  if (!ownRow(overlay, board)) {
    const [laps, time] = gapText(board.rows[key].gap, words, short);
    return { ...fields, to_us: time, to_us_laps: laps };
  }
  if (key === overlay.own) return fields;
  const [ahead, apart] = gapTo(overlay, board, key);
  const [laps, time] = gapText(apart, words, short);
  const sign = !time || ahead === null ? "" : ahead ? "−" : "+";
  return { ...fields, to_us: sign + time, to_us_laps: laps };
}

function gapText(value, words, short) {
  const [laps, time] = gap(value, words.lap_letter);
  return [laps, short && value && value[1] !== null ? tenths(value[1]) : time];
}

const cardOf = (overlay, key) => overlay.watched.find((each) => each.key === key) ?? null;

/** As the overlay says where the entry is watched, else by what the board says. */
function gapTo(overlay, board, key) {
  const card = cardOf(overlay, key);
  return card && card.gap !== null ? [card.ahead, card.gap] : between(board, overlay.own, key);
}

/** [is `key` ahead, its distance to `own`]: the intervals of the rows between them, added up. */
export function between(board, own, key) {
  const { order, rows } = board;
  const [mine, theirs] = [order.indexOf(own), order.indexOf(key)];
  if (own === key || mine < 0 || theirs < 0) return [null, null];
  const ahead = theirs < mine;
  const passed = order.slice(Math.min(mine, theirs) + 1, Math.max(mine, theirs) + 1).filter((each) => Object.hasOwn(rows, each));
  const steps = passed.map((each) => rows[each].interval);
  if (steps.includes(null)) {
    const laps = Math.abs(rows[own].laps - rows[key].laps);
    return [ahead, laps ? [laps, null] : null];
  }
  const sum = (at) => steps.reduce((total, step) => total + step[at], 0);
  return [ahead, [sum(0), steps.some((step) => step[1] === null) ? null : sum(1)]];
}
