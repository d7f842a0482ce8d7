// What the pages do besides asking again (htmx): nothing of it is needed to use them.
"use strict";

const stale = document.getElementById("stale");

// nobody looks, so nobody needs to know
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden) event.preventDefault();
});

// a screen reader is told what has changed, and not the same again
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.getAttribute("role") === "status" && target.textContent.trim() === fragment.textContent.trim()) {
    event.detail.shouldSwap = false;
  }
});

const tell = (silent) => {
  if (!stale || stale.hidden !== silent) return;
  stale.hidden = !silent;
  stale.textContent = silent ? stale.dataset.text : "";
};
document.body.addEventListener("htmx:sendError", () => tell(true));
document.body.addEventListener("htmx:timeout", () => tell(true));
document.body.addEventListener("htmx:responseError", () => tell(true));
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) tell(false);
});

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // only where the line is protected
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(field.value);
    document.getElementById("copied").textContent = button.dataset.done;
  });
}
