// "(2) Night Cup · LT-Analyzer": how many alerts wait, in the title of a tab that nobody looks at.
// The title itself is others' to change, so it is watched.

const COUNT = /^\(\d+\+?\) /;

export class TabCount {
  #text = "";

  constructor() {
    const title = document.querySelector("title");
    new MutationObserver(() => this.#show()).observe(title, { childList: true, characterData: true, subtree: true });
    document.addEventListener("visibilitychange", () => this.#show());
  }

  set(text) {
    this.#text = text;
    this.#show();
  }

  #show() {
    const bare = document.title.replace(COUNT, "");
    const wanted = document.hidden && this.#text ? `(${this.#text}) ${bare}` : bare;
    if (document.title !== wanted) document.title = wanted;
  }
}
