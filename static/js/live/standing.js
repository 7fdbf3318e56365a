// Whether an open page is still ours to see. A person may be taken out of the team, and the team may
// stop following the track: then the page says so, and keeps nothing of the team.

const ASKED_EVERY = 1_000; // a socket that comes back has several channels refused in one moment

let askedAt = -Infinity;
let closed = false;

/** Asks the server for this very page; true once the page is closed, and `socket` with it. */
export async function closeIfGone(socket) {
  if ((await isGone()) && !closed) {
    closed = true;
    socket.close();
    sayClosed();
  }
  return closed;
}

async function isGone() {
  if (performance.now() - askedAt < ASKED_EVERY) return false;
  askedAt = performance.now();
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
  return answer !== null && [403, 404].includes(answer.status);
}

// In place of everything that the page shows.
function sayClosed() {
  const { body } = document;
  const said = document.querySelector("[data-page-closed]").content.cloneNode(true);
  for (const { name } of [...body.attributes]) body.removeAttribute(name);
  body.replaceChildren(said);
  const heading = body.querySelector("h1");
  document.title = heading.textContent;
  heading.focus();
}
