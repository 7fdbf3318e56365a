// Push on this device: says what stands in the way, subscribes, and knows this device in the list.

const part = document.querySelector("[data-push]");
const { key, subscribe: address } = part.dataset;
const MEMORY = `lt_push_${address}`;

function show(state) {
  for (const each of part.querySelectorAll("[data-push-when]")) {
    each.hidden = each.dataset.pushWhen !== state;
  }
}

function say(text) {
  const place = part.querySelector("[data-push-error]");
  place.textContent = text;
  place.hidden = text === "";
}

function obstacle() {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    return "unsupported";
  }
  return Notification.permission === "denied" ? "denied" : "";
}

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

async function look() {
  const blocked = obstacle();
  if (blocked) return show(blocked);
  const row = document.querySelector(`[data-device="${localStorage.getItem(MEMORY) ?? ""}"]`);
  const known = row && Notification.permission === "granted" && (await subscription());
  if (row && known) {
    row.querySelector("[data-this]").hidden = false;
    navigator.serviceWorker.register("/sw.js").catch(() => {}); // takes a new version in time
  }
  return show(known ? "on" : "ask");
}

function bytes(base64url) {
  const plain = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function subscribe() {
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription())?.unsubscribe(); // it was for another key of ours
    return pushManager.subscribe(options);
  }
}

async function tell(found) {
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify(found.toJSON()),
  });
  const { device, error } = await answer.json();
  if (!answer.ok) throw new Error(error);
  localStorage.setItem(MEMORY, device);
}

async function turnOn({ currentTarget: button }) {
  button.disabled = true;
  say("");
  try {
    if ((await Notification.requestPermission()) !== "granted") return look();
    await tell(await subscribe());
    location.reload();
  } catch (error) {
    say(`${part.dataset.failed} ${error.message ?? ""}`);
  } finally {
    button.disabled = false;
  }
}

part.querySelector("[data-push-on]")?.addEventListener("click", turnOn);
look();
