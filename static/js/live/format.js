// How times look, everywhere. displays/formats.py says the same; both run tests/vectors/format.json.

const two = (n) => String(n).padStart(2, "0");
const three = (n) => String(n).padStart(3, "0");
const none = (ms) => ms === null || ms === undefined;

/** What stands under a key that a feed chose: nothing that every object has. */
export const under = (map, key) => (Object.hasOwn(map, key) ? map[key] : undefined);

/** 1:03.250, or 48.907 below a minute; an hour and more keeps its hours. */
export function lap(ms) {
  if (none(ms) || ms < 0) return "";
  const rest = three(ms % 1000);
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}.${rest}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}.${rest}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}.${rest}`;
}

/** 2:07:45, or 7:45 below an hour; whole seconds, never negative. */
export function clock(ms) {
  if (none(ms)) return "";
  const seconds = Math.floor(Math.max(ms, 0) / 1000);
  const minutes = Math.floor(seconds / 60);
  const tail = `${two(seconds % 60)}`;
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${tail}`;
}

/** 28:40 and 71:05: people count a stint in minutes up to 99:59. */
export function stint(ms) {
  if (none(ms)) return "";
  const seconds = Math.floor(Math.max(ms, 0) / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes > 99 ? clock(ms) : `${two(minutes)}:${two(seconds % 60)}`;
}

/** 0.4 s · 48 s · 6 min · 3 h 20 · 2 d 4 h */
export function age(ms) {
  if (none(ms)) return "";
  const seconds = Math.max(ms, 0) / 1000;
  if (seconds < 9.95) return `${(Math.floor(Math.max(ms, 0) / 100) / 10).toFixed(1)} s`;
  if (seconds < 100) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)}`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** +0.412: by how much a time is slower than the entry's own best. Empty on the best itself. */
export function delta(ms, reference) {
  if (none(ms) || none(reference) || ms <= reference) return "";
  return `+${lap(ms - reference)}`;
}

/** −0.160, +0.018: a difference that may go either way, with a true minus sign. */
export function signed(ms) {
  if (none(ms)) return "";
  return (ms < 0 ? "−" : ms > 0 ? "+" : "") + lap(Math.abs(ms));
}

/** 8.4: what can be read from three metres. Cut, not rounded: a gap is never shown as larger. */
export const tenths = (ms) => lap(ms).slice(0, -2);

/** 0.31: a rate; its third decimal is noise. */
export const hundredths = (ms) => lap(ms).slice(0, -1);

/** [2, 41250] -> ["2 L", "41.250"]: laps left, seconds right. Laps alone stand right. */
export function gap(value, letter = "L") {
  if (!value) return ["", ""];
  const shown = value[0] ? `${value[0]} ${letter}` : "";
  return none(value[1]) ? ["", shown] : [shown, lap(value[1])];
}

/** A feed's colour if it is one, else nothing: it ends in a style rule. */
export function colour(text) {
  return typeof text === "string" && /^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : "";
}

const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

/** Black or white, whichever reads better on a colour (WCAG relative luminance). */
export function inkOn(text) {
  if (!colour(text)) return "";
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(text.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#0c0e12" : "#ffffff";
}
