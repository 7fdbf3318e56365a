// Fetches the page's numbers anew every few seconds while somebody looks, and leaves them alone while
// the keyboard or a button is in them.

const now = document.getElementById("now");
const lost = document.querySelector("[data-lost]");
const every = Number(now.dataset.every) * 1_000;

async function look() {
  if (document.hidden || now.contains(document.activeElement)) return;
  try {
    const answer = await fetch("?part=now", { credentials: "same-origin", redirect: "error" });
    if (answer.status === 404) return location.reload(); // signed out, or no staff any more
    if (!answer.ok) throw new Error(String(answer.status));
    const said = new DOMParser().parseFromString(await answer.text(), "text/html");
    const places = [...now.querySelectorAll(".scroll")].map((part) => part.scrollLeft);
    now.replaceChildren(...said.body.childNodes);
    now.querySelectorAll(".scroll").forEach((part, index) => (part.scrollLeft = places[index] ?? 0));
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

setInterval(look, every);
document.addEventListener("visibilitychange", look);
