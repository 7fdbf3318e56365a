// Theme, contrast and density: attributes of <html>, remembered in cookies so that the server
// writes them into the next page and nothing flashes.

const root = document.documentElement;
const DEFAULTS = { theme: "dark", contrast: "normal", density: "m" };
const YEAR = 31_536_000;

// A page without a network was not written for this reader.
for (const [, name, value] of document.cookie.matchAll(/\blt_(theme|contrast|density)=([a-z]+)/g)) {
  if (root.dataset[name] !== value) root.dataset[name] = value;
}

const current = (name) => root.dataset[name] ?? DEFAULTS[name];

function choose(name, value) {
  root.dataset[name] = value;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `lt_${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  show();
}

function show() {
  for (const button of document.querySelectorAll("[data-look]")) {
    button.setAttribute("aria-pressed", String(current(button.dataset.look) === button.dataset.value));
  }
}

for (const group of document.querySelectorAll("[data-looks]")) {
  group.hidden = false;
  group.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-look]");
    if (!button) return;
    const { look, value } = button.dataset;
    const off = "toggle" in button.dataset && current(look) === value;
    choose(look, off ? DEFAULTS[look] : value);
  });
}
show();
