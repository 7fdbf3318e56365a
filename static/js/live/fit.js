// A public board on a big screen shows every kart without scrolling, as large as that allows.
// Readers who chose a size of rows keep it.

const ROOMIEST = 60;
const TIGHTEST = 24;
const ONE_LINE = 36; // below this height two lines of a row would touch
const WIDE_SCREEN = 1200;

export function fit(table, count) {
  const root = document.documentElement;
  const wanted = innerWidth >= WIDE_SCREEN && count > 0 && (root.dataset.density ?? "m") === "m";
  root.classList.toggle("fitted", wanted);
  if (!wanted) {
    root.classList.remove("oneline");
    return root.style.removeProperty("--row");
  }
  const foot = document.querySelector(".foot").offsetHeight;
  const room = innerHeight - table.tBodies[0].getBoundingClientRect().top - scrollY - foot;
  const row = Math.max(TIGHTEST, Math.min(ROOMIEST, Math.floor(room / count)));
  root.classList.toggle("oneline", row < ONE_LINE);
  root.style.setProperty("--row", `${row}px`);
}
