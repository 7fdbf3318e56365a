// What the operators say: in the page as it came, and by the socket of a live page. One that was put
// away stays away in this browser; one that is over goes by itself.

const KEPT = "announcements-away";
const place = document.querySelector("[data-announcements]");
const blank = document.getElementById("announcement");

function away() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {}; // no storage, or not ours
  }
}

/** Only what could still be shown is worth remembering. */
function putAway(id, until) {
  const now = Date.now();
  const kept = Object.entries({ ...away(), [id]: until }).filter(([, end]) => end > now);
  try {
    localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // it comes back with the next page
  }
}

function watch(item) {
  const { id, until } = item.dataset;
  const left = Number(until) - Date.now();
  if (id in away() || left <= 0) return item.remove();
  setTimeout(() => item.remove(), Math.min(left, 2 ** 31 - 1));
  item.querySelector("summary").addEventListener("click", (event) => {
    event.preventDefault();
    putAway(id, Number(until));
    item.remove();
  });
}

function find(id) {
  return [...place.children].find((item) => item.dataset.id === id);
}

function show({ id, text, severity, at, until }) {
  if (find(id)) return;
  const item = blank.content.firstElementChild.cloneNode(true);
  Object.assign(item.dataset, { id, severity, at, until });
  item.querySelector("b").textContent = place.getAttribute(`data-word-${severity}`) ?? "";
  item.querySelector("p").textContent = text;
  place.prepend(item);
  watch(item);
}

if (place) {
  for (const item of [...place.children]) watch(item);
  document.addEventListener("lt:announcement", ({ detail: { event, data } }) => {
    if (data.topic !== place.dataset.announcements) return;
    if (event === "announcement") show(data.announcement);
    else find(data.id)?.remove();
  });
}
