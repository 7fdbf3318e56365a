// Motion for facts only: a crossing glows, a pass glides. Nothing moves on a page that nobody sees,
// or for people who asked for calm; above 60 rows a glide is noise.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const GLIDE = { duration: 250, easing: "cubic-bezier(.2,.8,.2,1)" };
const GLOW = { duration: 1500, easing: "ease-out" };
const MOST_ROWS = 60;

export const still = () => calm.matches || document.hidden;

/** `cell` glows in the colour of `token` (a custom property of the theme) and fades. */
export function glow(cell, token) {
  if (still()) return;
  const colour = getComputedStyle(cell).getPropertyValue(token).trim();
  for (const running of cell.getAnimations()) running.cancel();
  cell.animate([{ backgroundColor: colour }, { backgroundColor: colour, offset: 0.25 }, { backgroundColor: "transparent" }], GLOW);
}

/** Runs `move`, which reorders `rows`, and lets each row glide from where it was (transform only). */
export function glide(rows, move) {
  if (still() || rows.length > MOST_ROWS) return move();
  const was = rows.map((row) => row.offsetTop);
  move();
  rows.forEach((row, at) => {
    const dy = was[at] - row.offsetTop;
    if (dy) row.animate([{ transform: `translateY(${dy}px)` }, { transform: "none" }], GLIDE);
  });
}
