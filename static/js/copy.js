// A link goes to the clipboard. Without a clipboard (plain http) the button stays hidden: the link
// itself can be selected.

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2_000);
    });
  }
}
