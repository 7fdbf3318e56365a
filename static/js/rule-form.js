// The form of an alert rule asks only for what the chosen kind needs, in its own words. Without
// this script it asks for everything and the server takes what counts.

const form = document.querySelector("[data-rule-form]");
const kinds = JSON.parse(document.getElementById("kinds").textContent);
const field = (name) => form.querySelector(`[data-field="${name}"]`);
const limit = field("limit");
const about = field("about");
const more = form.querySelector("[data-kind-more]");

function show() {
  const kind = kinds[form.elements.kind.value];
  about.hidden = !kind.about;
  limit.hidden = !kind.limit;
  limit.querySelector("[data-label]").textContent = kind.limit;
  limit.querySelector("[data-hint]").textContent = kind.hint;
  form.elements.limit.placeholder = kind.example;
  more.hidden = !kind.more;
  more.textContent = kind.more;
}

form.elements.kind.addEventListener("change", () => {
  form.elements.limit.value = "";
  limit.querySelector("[role=alert]")?.remove();
  form.elements.limit.removeAttribute("aria-invalid");
  show();
});
show();
