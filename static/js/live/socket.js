// One socket to /ws/: it comes back by itself and says what the page already has, so that the
// server sends the missed tail or, after a restart (another epoch), a fresh board.
//
// onframe(frame) for each dashboard_event in order · onstate("connecting"|"open"|"lost") ·
// onrefused() when the server does not know who we are any more · onleft() when we are out of a team ·
// onanswer(channel, success) to each subscription, and when one is taken back · cursor(channel) ->
// {topic, epoch, seq} | null: what the page has of a channel.

const PING_EVERY = 10_000;
const HEARD_WITHIN = 8_000; // of a ping: a half-open socket stays "open" for ever, only silence tells
const HEARD_SOON = 3_000; // when the network has just changed, or the machine slept
const OPEN_WITHIN = 8_000;
const HURRY_EVERY = 1_000;
const HELD_FOR = 5_000; // a socket that lived so long was no failure
const NOT_AUTHENTICATED = 4401;
const OUT_OF_A_TEAM = 4403;
const TOO_MANY = 4429;

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 20_000;
// Over how long the first tries are spread where all pages are told to leave in the same moment, or
// where coming back at once helps nobody.
const SPREAD = { 1011: 4_000, 1012: 4_000, 4400: 20_000, 4401: 10_000, 4413: 20_000, [TOO_MANY]: 20_000 };
const TOO_MANY_LEAST = 5_000;

/** How long to wait before the next try, in ms, after so many failures and an end with `code`. Any
 *  part of the whole range is as likely: a thousand phones must not come back in the same instant. */
export function retryWait(failures, code, random = Math.random()) {
  const range = Math.min(Math.max(FIRST_WAIT * 2 ** failures, SPREAD[code] ?? 0), LONGEST_WAIT);
  return Math.max(range * random, code === TOO_MANY ? TOO_MANY_LEAST : 0);
}

export class LiveSocket {
  #url; #clock; #handlers; #socket = null; #channels = new Set(); #refused = new Map(); #failures = 0;
  #retry = 0; #pinger = 0; #pingAt = null; #limit = 0; #triedAt = -Infinity; #openAt = Infinity; #over = false;

  constructor(url, { clock, onframe, onstate, cursor, onrefused, onleft, onanswer }) {
    this.#url = url;
    this.#clock = clock;
    this.#handlers = { onframe, onstate, cursor, onrefused, onleft, onanswer };
    if (document.querySelector("[data-announcements=dashboard]")) this.#channels.add("dashboard");
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.#drop(this.#socket)); // else it shows after HEARD_WITHIN
    navigator.connection?.addEventListener?.("change", () => this.hurry()); // from Wi-Fi to mobile, say
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    document.addEventListener("resume", () => this.hurry());
    addEventListener("pagehide", () => this.#drop(this.#socket, { comesBack: false }));
    addEventListener("pageshow", (event) => event.persisted && this.hurry());
  }

  open() {
    clearTimeout(this.#retry);
    if (this.#over) return;
    this.#triedAt = performance.now();
    this.#handlers.onstate("connecting");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#limit = setTimeout(() => this.#drop(socket), OPEN_WITHIN);
    socket.addEventListener("open", () => this.#opened(socket));
    socket.addEventListener("message", (event) => socket === this.#socket && this.#receive(event.data));
    socket.addEventListener("close", ({ code }) => this.#closed(socket, code));
  }

  /** For good. */
  close() {
    this.#over = true;
    clearTimeout(this.#retry);
    for (const { timer } of this.#refused.values()) clearTimeout(timer);
    this.#drop(this.#socket);
  }

  /** The network may be another, or have come back: try now, and see whether what is open is alive. */
  hurry() {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#ping(HEARD_SOON);
    if (performance.now() - this.#triedAt < HURRY_EVERY) return;
    this.#failures = Math.min(this.#failures, 2);
    const socket = this.#socket;
    this.#socket = null; // one that is still opening does so over the network that was
    clearTimeout(this.#limit);
    socket?.close();
    this.open();
  }

  subscribe(channel) {
    this.#channels.add(channel);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(channel);
  }

  unsubscribe(channel) {
    this.#channels.delete(channel);
    this.#forgive(channel);
    this.#send({ type: "unsubscribe", channel });
  }

  #ask(channel) {
    this.#send({ type: "subscribe", channel, ...(this.#handlers.cursor(channel) ?? {}) });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #opened(socket) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#limit);
    this.#openAt = performance.now();
    this.#handlers.onstate("open");
    for (const channel of this.#channels) this.#ask(channel);
    this.#pingAt = null;
    this.#ping();
    this.#pinger = setInterval(() => this.#ping(), PING_EVERY);
  }

  #receive(text) {
    clearTimeout(this.#limit);
    const message = JSON.parse(text);
    if (message.data?.topic === "dashboard" || message.event?.startsWith("announcement")) document.dispatchEvent(new CustomEvent("lt:announcement", { detail: message }));
    else if (message.type === "dashboard_event") this.#handlers.onframe(message);
    else if (message.type === "pong") this.#pong(message.at);
    else if (message.type === "subscription_result") this.#answered(message);
    else if (message.type === "ping") this.#send({ type: "pong" });
  }

  // -- is it alive?

  // Timers of a page that nobody sees run late, so what counts is the time since this ping.
  #ping(within = HEARD_WITHIN) {
    const socket = this.#socket;
    if (this.#pingAt === null) {
      this.#pingAt = performance.now();
      this.#send({ type: "ping" });
    }
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#drop(socket), within);
  }

  #pong(at) {
    if (this.#pingAt !== null) this.#clock.sample(this.#pingAt, performance.now(), at);
    this.#pingAt = null;
  }

  // -- subscriptions that were refused

  // A race is announced a moment before its row can be found, so a refusal is asked again, ever
  // more slowly; so is a display that was closed, which may be opened again.
  #answered({ channel, success }) {
    this.#handlers.onanswer?.(channel, success);
    if (success) return this.#forgive(channel);
    if (!this.#channels.has(channel) || this.#over) return;
    const times = (this.#refused.get(channel)?.times ?? 0) + 1;
    this.#forgive(channel);
    const timer = setTimeout(() => this.#channels.has(channel) && this.#ask(channel), Math.min(1_000 * 2 ** times, 60_000));
    this.#refused.set(channel, { times, timer });
  }

  #forgive(channel) {
    clearTimeout(this.#refused.get(channel)?.timer);
    this.#refused.delete(channel);
  }

  // -- the end of a socket

  #closed(socket, code) {
    if (code === NOT_AUTHENTICATED && socket === this.#socket) this.#handlers.onrefused?.();
    if (code === OUT_OF_A_TEAM && socket === this.#socket) this.#handlers.onleft?.();
    this.#drop(socket, { code });
  }

  #drop(socket, { code = 0, comesBack = true } = {}) {
    if (socket === null || socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#limit);
    clearInterval(this.#pinger);
    socket.close();
    this.#handlers.onstate("lost");
    if (performance.now() - this.#openAt > HELD_FOR) this.#failures = 0;
    this.#openAt = Infinity;
    clearTimeout(this.#retry);
    if (this.#over || !comesBack) return;
    this.#retry = setTimeout(() => this.open(), retryWait(this.#failures, code));
    this.#failures += 1;
  }
}
