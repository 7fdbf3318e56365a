// Boards that this browser keeps for the time without a network (IndexedDB). One board a page, of
// public displays and of whoever is signed in here, and of nobody else: who is signed in (`viewer`)
// is kept beside them, and a page of another person neither reads nor writes. A browser without
// IndexedDB keeps nothing, and nothing else changes.
//
// A board: {path, owner ("" for a public display), team, feed, name, zone, title, board, overlay,
// at (of the data), kept_at (both on the server's clock), offset (of this machine's clock to it)}.

const NAME = "lt-boards"; // the service worker opens it by the same name
const MOST = 20;
const OLDEST = 3 * 86_400_000;

let opened = null;

function database() {
  opened ??= new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("boards", { keyPath: "path" });
      request.result.createObjectStore("facts");
    };
    request.onerror = () => failed(request.error);
    request.onsuccess = () => {
      const { result } = request;
      result.onclose = result.onversionchange = () => {
        opened = null;
        result.close();
      };
      done(result);
    };
  });
  return opened;
}

/** Runs `work(boards, facts)` in one transaction; gives what it passes to its third argument, or
 *  null where this browser keeps nothing. */
async function transact(mode, work) {
  try {
    const transaction = (await database()).transaction(["boards", "facts"], mode);
    let found = null;
    const give = (value) => (found = value);
    work(transaction.objectStore("boards"), transaction.objectStore("facts"), give);
    return await new Promise((done, failed) => {
      transaction.oncomplete = () => done(found);
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
  } catch {
    opened = null; // private windows, a full disk, site data that was cleared a moment ago
    return null;
  }
}

const then = (request, use) => (request.onsuccess = () => use(request.result));
const isOld = (kept) => Date.now() + kept.offset - kept.kept_at > OLDEST;

/** A page was loaded by `viewer` ("" for nobody), who is in `teams` (null where the page does not say).
 *  What is somebody else's, or of a team that they are in no longer, is gone. */
export function settle(viewer, teams = null) {
  return transact("readwrite", (boards, facts) => {
    facts.put(viewer, "viewer");
    const stays = ({ owner, team }) => owner === "" || (owner === viewer && (teams === null || teams.includes(team)));
    then(boards.getAll(), (all) => all.filter((kept) => !stays(kept) || isOld(kept)).forEach(({ path }) => boards.delete(path)));
  });
}

/** Keeps a board, if its owner is still who is signed in here; the oldest make room. */
export function keep(kept) {
  return transact("readwrite", (boards, facts) => {
    then(facts.get("viewer"), (viewer) => {
      if (kept.owner !== "" && kept.owner !== viewer) return;
      boards.put(kept);
      then(boards.getAll(), (all) => {
        const newest = all.sort((one, other) => other.kept_at - one.kept_at);
        newest.slice(MOST).forEach(({ path }) => boards.delete(path));
      });
    });
  });
}

export function forget(path) {
  return transact("readwrite", (boards) => boards.delete(path));
}

/** Of a team, only boards of these feeds stay: it follows no others any more. */
export function forgetUnfollowed(team, feeds) {
  return transact("readwrite", (boards) => {
    then(boards.getAll(), (all) => {
      const gone = all.filter((kept) => kept.owner !== "" && kept.team === team && !feeds.includes(kept.feed));
      gone.forEach(({ path }) => boards.delete(path));
    });
  });
}

/** What may be shown to whoever sits here, newest first. */
export async function readable() {
  const found = await transact("readonly", (boards, facts, give) => {
    then(facts.get("viewer"), (viewer) => {
      then(boards.getAll(), (all) => give(all.filter((kept) => kept.owner === "" || kept.owner === viewer)));
    });
  });
  return (found ?? []).filter((kept) => !isOld(kept)).sort((one, other) => other.kept_at - one.kept_at);
}

/** The page of a board is also where the wall and the phone of its feed keep theirs. */
export const boardPath = (pathname) => pathname.replace(/^(\/t\/[^/]+\/feeds\/[^/]+\/)(?:wall|phone)\/$/, "$1");
