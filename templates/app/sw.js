{% load i18n static %}// What this browser does for us behind the pages: it shows alerts that are pushed to it, and a page
// where the network has none. It keeps files of ours that are the same for everybody, and never an
// answer that is somebody's: pages and the API are not cached. Boards lie in IndexedDB (kept/boards.js).

const GENERIC = "{% filter escapejs %}{% translate 'There is news of your race.' %}{% endfilter %}";
const ICON = "{% static 'img/icon-192.png' %}";
const RENEW = "{% url 'push-renew' %}";
const INSISTENT = { danger: true };
const QUIET = { info: true };

const PREFIX = "lt-shell-";
const SHELL = `${PREFIX}{{ shell.version }}`; // other files, another worker, another cache
const OFFLINE = "{% url 'offline' %}";
const FILES = [{% for each in shell.files %}"{{ each|escapejs }}",{% endfor %}];
const STATIC = "{{ static|escapejs }}";
const NAMED_BY_CONTENT = {{ hashed|yesno:"true,false" }}; // then what is kept under a name is what it is
const SIGN_OUT = ["{% url 'logout' %}", "{% url 'admin:logout' %}"];
const PATIENCE = 4_000; // then a board that is kept is shown rather than nothing
const AGAIN = 60_000; // for so long a page that was slow may take its time
const AWAY = [502, 503, 504]; // a proxy says that nobody is behind it

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && SIGN_OUT.includes(pathname)) event.waitUntil(signedOut());
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (pathname.startsWith(STATIC)) event.respondWith(file(event));
});

// -- files of ours

async function install() {
  const cache = await caches.open(SHELL);
  await Promise.all(FILES.map((url) => take(cache, url)));
  // As nobody: the page is kept for whoever comes.
  await cache.put(OFFLINE, good(await fetch(OFFLINE, { credentials: "omit", cache: "no-store" })));
  await self.skipWaiting();
}

async function take(cache, url) {
  const had = NAMED_BY_CONTENT ? await caches.match(url) : undefined;
  await cache.put(url, had ?? good(await fetch(url, { cache: NAMED_BY_CONTENT ? "default" : "no-cache" })));
}

function good(answer) {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`); // the next page tries again
  return answer;
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== SHELL).map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

const offlinePages = new Set(); // clients that show the page that was kept: with its own files

async function file({ request, clientId }) {
  const kept = () => caches.match(request.url, { cacheName: SHELL });
  if (NAMED_BY_CONTENT || offlinePages.has(clientId)) return (await kept()) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const found = await kept();
    if (!found) throw error;
    return found;
  }
}

// -- pages

const slow = new Map(); // path -> when it was given up

async function page(event, pathname) {
  const answer = network(event);
  const patient = performance.now() - (slow.get(pathname) ?? -Infinity) < AGAIN;
  if (!patient && (await isLate(answer)) && (await isKept(pathname))) {
    slow.clear();
    slow.set(pathname, performance.now());
    answer.catch(() => {});
    return offline(event);
  }
  try {
    const found = await answer;
    return AWAY.includes(found.status) ? ((await offline(event)) ?? found) : found;
  } catch {
    return (await offline(event)) ?? Response.error();
  }
}

async function network({ request, preloadResponse }) {
  return (await preloadResponse) ?? fetch(request);
}

function isLate(answer) {
  const late = new Promise((done) => setTimeout(done, PATIENCE, true));
  return Promise.race([late, answer.then(() => false, () => false)]);
}

function offline({ resultingClientId }) {
  if (offlinePages.size > 50) offlinePages.clear();
  offlinePages.add(resultingClientId);
  return caches.match(OFFLINE, { cacheName: SHELL });
}

// -- boards that are kept

const boardPath = (pathname) => pathname.replace(/^(\/t\/[^/]+\/feeds\/[^/]+\/)(?:wall|phone)\/$/, "$1");
const asked = (request) => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

/** Runs `work(boards, facts)`, if there are any. */
async function withBoards(mode, work) {
  const opening = indexedDB.open("lt-boards");
  opening.onupgradeneeded = () => opening.transaction.abort(); // there is none, and we make none
  const database = await asked(opening);
  try {
    const transaction = database.transaction(["boards", "facts"], mode);
    return await work(transaction.objectStore("boards"), transaction.objectStore("facts"));
  } finally {
    database.close();
  }
}

async function isKept(pathname) {
  const read = async (boards, facts) => {
    const [kept, viewer] = await Promise.all([asked(boards.get(boardPath(pathname))), asked(facts.get("viewer"))]);
    return kept !== undefined && (kept.owner === "" || kept.owner === viewer);
  };
  return withBoards("readonly", read).catch(() => false);
}

// Whoever signs out leaves nothing, though the network may fail in this moment.
async function signedOut() {
  const clear = async (boards, facts) => {
    await asked(facts.put("", "viewer"));
    const all = await asked(boards.getAll());
    await Promise.all(all.filter(({ owner }) => owner !== "").map(({ path }) => asked(boards.delete(path))));
  };
  await withBoards("readwrite", clear).catch(() => {});
}

// -- pushes

self.addEventListener("push", (event) => {
  const { title, ...options } = notificationOf(event.data);
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

// A browser takes the right to push away from whoever shows nothing, so something is always shown.
function notificationOf(data) {
  const said = parsed(data);
  const { severity } = said;
  const tag = typeof said.tag === "string" ? said.tag : "";
  return {
    title: text(said.title) || "LT-Analyzer",
    body: text(said.title) ? text(said.text) : GENERIC,
    icon: ICON,
    tag,
    renotify: tag !== "" && !QUIET[severity],
    requireInteraction: INSISTENT[severity] === true,
    timestamp: Number.isFinite(said.at) ? said.at : Date.now(),
    data: { url: text(said.url) || "/" },
  };
}

function parsed(data) {
  try {
    const said = data.json();
    return said !== null && typeof said === "object" ? said : {};
  } catch {
    return {};
  }
}

function text(value) {
  return typeof value === "string" ? value : "";
}

// Only ever a page of ours, whatever the message says: the host of an address is not looked at.
function ours(url) {
  try {
    const { protocol, pathname, search, hash } = new URL(url, self.location.origin);
    if (/^https?:$/.test(protocol)) return self.location.origin + pathname + search + hash;
  } catch {
    // not an address
  }
  return `${self.location.origin}/`;
}

async function open(url) {
  const wanted = ours(url);
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = pages.find((page) => new URL(page.url).pathname === new URL(wanted).pathname);
  return shown ? shown.focus() : self.clients.openWindow(wanted);
}

async function renew({ oldSubscription, newSubscription }) {
  if (!oldSubscription) return; // the page that is opened next subscribes anew
  const fresh =
    newSubscription ?? (await self.registration.pushManager.subscribe(oldSubscription.options));
  await fetch(RENEW, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ old: oldSubscription.endpoint, new: fresh.toJSON() }),
  });
}
