// A page that asks for itself anew must not take back what somebody just clicked: a reload that comes
// between a click and the page it leads to would cancel it.

const LEAVING = 5_000; // so long a click has to lead somewhere else
let leftAt = -Infinity;

for (const kind of ["click", "submit"]) {
  addEventListener(kind, ({ target }) => {
    if (kind === "submit" || target.closest?.("a[href]")) leftAt = performance.now();
  });
}

export function reload() {
  const wait = leftAt + LEAVING - performance.now();
  if (wait > 0) setTimeout(reload, wait);
  else location.reload();
}
