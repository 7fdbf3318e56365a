// The screen of a wall or of a phone that is being looked at does not go dark. A browser lets go of
// the lock whenever the page is hidden, so it is asked for again.

export function stayAwake() {
  const ask = () => {
    if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); // low battery: its choice
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
