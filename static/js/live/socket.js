// One socket to /ws/: it comes back by itself and says what the page already has, so that the
// server sends the missed tail or, after a restart (another epoch), a fresh board.
//
// onframe(frame) for each dashboard_event in order · onstate("connecting"|"open"|"lost") ·
// onrefused() when the server does not know who we are any more · onleft() when we are out of a team ·
// onanswer(channel, success) to each subscription, and when one is taken back · cursor(channel) ->
// {topic, epoch, seq} | null: what the page has of a channel.

const PING_EVERY = 10_000;
const DEAD_AFTER = 25_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const OPEN_WITHIN = 8_000;
const NOT_AUTHENTICATED = 4401;
const OUT_OF_A_TEAM = 4403;

export class LiveSocket {
  #url; #clock; #handlers; #socket = null; #channels = new Set(); #refused = new Map(); #failures = 0;
  #retry = 0; #pinger = 0; #pingAt = 0; #heard = 0; #limit = 0; #over = false;

  constructor(url, { clock, onframe, onstate, cursor, onrefused, onleft, onanswer }) {
    this.#url = url;
    this.#clock = clock;
    this.#handlers = { onframe, onstate, cursor, onrefused, onleft, onanswer };
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#drop(this.#socket)); // else it shows after DEAD_AFTER
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    addEventListener("pagehide", () => this.#socket?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#hurry());
  }

  open() {
    clearTimeout(this.#retry);
    if (this.#over) return;
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
    this.#drop(this.#socket);
  }

  subscribe(channel) {
    this.#channels.add(channel);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(channel);
  }

  unsubscribe(channel) {
    this.#channels.delete(channel);
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
    this.#heard = performance.now();
    this.#handlers.onstate("open");
    for (const channel of this.#channels) this.#ask(channel);
    this.#ping();
    this.#pinger = setInterval(() => this.#ping(), PING_EVERY);
  }

  #receive(text) {
    this.#heard = performance.now();
    const message = JSON.parse(text);
    if (message.type === "dashboard_event") {
      this.#failures = 0;
      this.#handlers.onframe(message);
    } else if (message.type === "pong") {
      this.#clock.sample(this.#pingAt, Date.now(), message.at);
    } else if (message.type === "subscription_result") {
      this.#answered(message);
    } else if (message.type === "ping") {
      this.#send({ type: "pong" });
    }
  }

  // A race is announced a moment before its row can be found, so a refusal is asked again, ever
  // more slowly; so is a display that was closed, which may be opened again.
  #answered({ channel, success }) {
    this.#handlers.onanswer?.(channel, success);
    if (success) this.#refused.delete(channel);
    if (success || !this.#channels.has(channel)) return;
    const times = (this.#refused.get(channel) ?? 0) + 1;
    this.#refused.set(channel, times);
    setTimeout(() => this.#channels.has(channel) && this.#ask(channel), Math.min(1_000 * 2 ** times, 60_000));
  }

  // A half-open socket stays "open" for ever; only silence tells. The server answers each ping.
  #ping() {
    if (performance.now() - this.#heard > DEAD_AFTER) return this.#drop(this.#socket);
    this.#pingAt = Date.now();
    this.#send({ type: "ping" });
  }

  #drop(socket) {
    if (socket === null || socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#limit);
    clearInterval(this.#pinger);
    socket.close();
    this.#handlers.onstate("lost");
    if (this.#over) return;
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    this.#failures += 1;
    // Jitter: after a restart a thousand phones must not come back in the same instant.
    this.#retry = setTimeout(() => this.open(), wait * (0.5 + Math.random()));
  }

  #closed(socket, code) {
    if (code === NOT_AUTHENTICATED && socket === this.#socket) this.#handlers.onrefused?.();
    if (code === OUT_OF_A_TEAM && socket === this.#socket) this.#handlers.onleft?.();
    this.#drop(socket);
  }

  #hurry() {
    if (this.#socket === null) {
      this.#failures = 0;
      this.open();
    } else if (performance.now() - this.#heard > DEAD_AFTER) {
      this.#drop(this.#socket);
    }
  }
}
