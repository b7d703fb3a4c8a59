// What polling leaves to do: say aloud what changed, and stop asking for what is gone.
"use strict";

(() => {
  const announcer = document.getElementById("announcer");
  let before = "";

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    before = event.detail.target.dataset.announce ?? "";
  });

  document.body.addEventListener("htmx:afterSettle", (event) => {
    const now = document.getElementById(event.detail.elt.id)?.dataset.announce ?? "";
    if (now && now !== before) announcer.textContent = now;
    before = now;
  });

  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 404) event.detail.elt.remove();
  });

  // Errors of media elements do not bubble.
  document.addEventListener(
    "error",
    (event) => {
      if (!(event.target instanceof HTMLVideoElement)) return;
      event.target.closest("section").querySelector("[data-unplayable]").hidden = false;
    },
    true,
  );
})();
