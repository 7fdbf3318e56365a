{% load i18n static %}// What this browser does while no page of ours is open: it shows alerts that are pushed to it.

const GENERIC = "{% filter escapejs %}{% translate 'There is news of your race.' %}{% endfilter %}";
const ICON = "{% static 'img/icon-192.png' %}";
const RENEW = "{% url 'push-renew' %}";
const INSISTENT = { danger: true };
const QUIET = { info: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
