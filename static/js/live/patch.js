// The law shared with the server: patch(old, diff(old, new)) equals new. Boards are values: nothing
// here changes its arguments. timing/engine/diff.py is the other half; tests/vectors/patch.json
// runs against both.

const WHOLE = ["race", "classes", "order", "messages"];

/** The board that `old` becomes by `change`. */
export function patch(old, change) {
  const board = { ...old };
  for (const key of WHOLE) if (key in change) board[key] = change[key];
  if (change.session) board.session = { ...old.session, ...change.session };
  if (change.rows || change.gone) board.rows = rows(old.rows, change.rows ?? {}, change.gone ?? []);
  return board;
}

// Keys are the feed's: one called __proto__ is a key like any other, so none is ever assigned to.
function rows(old, changed, gone) {
  const kept = { ...old };
  for (const key of gone) delete kept[key];
  const next = Object.entries(changed).map(([key, fields]) => [key, Object.hasOwn(kept, key) ? { ...kept[key], ...fields } : fields]);
  return { ...kept, ...Object.fromEntries(next) };
}
