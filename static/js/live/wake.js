// The screen of a wall, of a display or of a phone that is being looked at does not go dark. A
// browser lets go of the lock whenever the page is hidden, so it is asked for again; what it refuses
// (a low battery, no https) it refuses quietly.

const AGAIN_AFTER = 60_000; // it was taken away while the page is seen: not at once

/** `needed()`: false when nobody has to see anything for now, as on a phone after the race. */
export function stayAwake(needed = () => true) {
  let lock = null;
  let asking = false;

  async function look() {
    const wanted = !document.hidden && needed();
    if (!wanted) return lock?.release();
    if (lock || asking || !navigator.wakeLock) return;
    asking = true;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    asking = false;
    lock?.addEventListener("release", () => (lock = null), { once: true });
  }

  document.addEventListener("visibilitychange", look);
  setInterval(look, AGAIN_AFTER);
  look();
}
