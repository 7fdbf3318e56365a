// Two tones, made here and not loaded: one for what is urgent, a softer one for the rest. Silent until
// a person switches it on, on this device; never two at once, in all tabs together.
//
// Each tone that is played says so: `lt:sounded` on document, with {tone}.

// [frequency in Hz, start in s]; each note is a short bell.
const TONES = {
  danger: [[988, 0], [1319, 0.14], [988, 0.34], [1319, 0.48]],
  notice: [[587, 0], [440, 0.2]],
};
const NOTE = 0.26;
const TOO_OLD = 20_000; // after a broken connection nobody wants to hear what was
const LOUD = { danger: 0.5, notice: 0.3 };
const TAIL = 0.15;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export class Sound {
  #key; #onchange; #context = null; #playing = null; #endsAt = 0;
  #turn = ""; // the tone that this tab sounds, or asks the other tabs to let it sound

  /** `key` of localStorage; `onchange(state)` with "off", "on", "blocked" or "none". */
  constructor(key, onchange) {
    this.#key = key;
    this.#onchange = onchange;
    // A browser lets a page sound once somebody has touched it.
    for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => this.#wake(), { passive: true });
    addEventListener("storage", ({ key: changed }) => changed === key && this.#wake());
  }

  get state() {
    if (!globalThis.AudioContext) return "none";
    if (!this.isOn) return "off";
    return this.#context?.state === "running" ? "on" : "blocked";
  }

  get isOn() {
    try {
      return localStorage.getItem(this.#key) === "1";
    } catch {
      return false; // storage that is forbidden remembers nothing
    }
  }

  switch(on) {
    try {
      if (on) localStorage.setItem(this.#key, "1");
      else localStorage.removeItem(this.#key);
    } catch {
      return;
    }
    if (!on) this.#hush();
    this.#wake();
  }

  /** Says `onchange`, and opens the ear of the browser where it may be opened. */
  async #wake() {
    if (this.isOn && this.#mayStart()) {
      this.#context ??= this.#made();
      if (this.#context.state !== "running") await this.#context.resume().catch(() => {});
    }
    this.#onchange(this.state);
  }

  // Asked before, because a browser complains of a context that begins without a touch.
  #mayStart() {
    return Boolean(globalThis.AudioContext) && (navigator.userActivation?.hasBeenActive ?? true);
  }

  #made() {
    const context = new AudioContext();
    context.addEventListener("statechange", () => this.#onchange(this.state));
    return context;
  }

  /** What the device may do at the moment; called once when the page is ready. */
  start() {
    this.#wake();
  }

  /** One tone for alerts that have just come, if their rules want one: that of the worst. */
  hear(alerts, now) {
    const heard = alerts.filter((each) => each.sound && now - each.at <= TOO_OLD);
    if (heard.length) this.play(heard.some(({ severity }) => severity === "danger") ? "danger" : "");
  }

  /** "danger" breaks into a notice; otherwise what comes while something sounds stays silent. */
  async play(severity) {
    const tone = severity === "danger" ? "danger" : "notice";
    // Not waited for: a browser that is waked an hour later must not ring for what was now.
    if (this.state !== "on") return this.#wake();
    if (!this.#turn) return this.#take(tone);
    const over = this.#playing !== null && !this.#sounding();
    if (!over && (tone !== "danger" || this.#turn === "danger")) return;
    this.#turn = tone;
    if (this.#playing) this.#begin(tone);
  }

  async #take(tone) {
    this.#turn = tone;
    try {
      await alone(() => this.#whole());
    } finally {
      this.#turn = "";
      this.#playing = null;
    }
  }

  #sounding() {
    return this.#playing !== null && performance.now() < this.#endsAt;
  }

  async #whole() {
    this.#begin(this.#turn);
    while (this.#sounding()) await wait(this.#endsAt - performance.now());
  }

  #begin(tone) {
    this.#hush();
    const out = new GainNode(this.#context, { gain: LOUD[tone] });
    out.connect(this.#context.destination);
    const from = this.#context.currentTime + 0.02;
    for (const [pitch, at] of TONES[tone]) note(out, pitch, from + at);
    const length = TONES[tone].at(-1)[1] + NOTE + TAIL;
    this.#playing = out;
    this.#endsAt = performance.now() + length * 1_000;
    document.dispatchEvent(new CustomEvent("lt:sounded", { detail: { tone } }));
  }

  #hush() {
    this.#playing?.disconnect();
    this.#playing = null;
  }
}

/** Where another tab of ours sounds already, this one stays silent. */
function alone(act) {
  if (!navigator.locks) return act();
  return navigator.locks.request("lt_sound", { ifAvailable: true }, (lock) => lock && act());
}

function note(out, pitch, from) {
  const { context } = out;
  const bell = new GainNode(context, { gain: 0 });
  bell.gain.setValueAtTime(0.0001, from);
  bell.gain.exponentialRampToValueAtTime(1, from + 0.015);
  bell.gain.exponentialRampToValueAtTime(0.0001, from + NOTE);
  const voice = new OscillatorNode(context, { type: "triangle", frequency: pitch });
  voice.connect(bell).connect(out);
  voice.start(from);
  voice.stop(from + NOTE);
}
