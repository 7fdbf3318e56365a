// The switch of the sound, and what it says: on, off, or what the browser wants first.

import { Sound } from "./sound.js";

/** The sound of a page that has `root` (displays/alerts/sound.html), as this device wants it. */
export function soundSwitch(root, { key, words, icons }) {
  const button = root.querySelector("[data-sound-switch]");
  const test = root.querySelector("[data-sound-test]");
  const sound = new Sound(key, (state) => {
    const on = state === "on" || state === "blocked";
    root.dataset.state = state;
    button.disabled = state === "none";
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("use").setAttribute("href", `${icons}#sound-${on ? "on" : "off"}`);
    put(root.querySelector("[data-sound-word]"), on ? words.sound_on : words.sound_off);
    put(root.querySelector("[data-sound-hint]"), words[`sound_${state}_hint`] ?? "");
    test.hidden = !on;
  });
  // What has sounded is counted, so that it can be seen of a page that it was heard.
  document.addEventListener("lt:sounded", ({ detail }) => {
    root.dataset.sounded = String(Number(root.dataset.sounded ?? 0) + 1);
    root.dataset.tone = detail.tone;
  });
  button.addEventListener("click", () => sound.switch(!sound.isOn));
  test.addEventListener("click", () => sound.play("danger"));
  root.hidden = false;
  sound.start();
  return sound;
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
