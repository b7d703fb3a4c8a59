// What polling leaves to do: say aloud what changed, tell it in the title and the icon, stop asking for what is gone.
"use strict";

(() => {
  const ACTIVE = ["queued", "running", "assembling"];
  const ENDED = { done: "done", failed: "failed" };
  const announcer = document.getElementById("announcer");
  const icon = document.querySelector("link[rel=icon]");
  const title = document.title;
  const plain = icon.href;
  let before = "";
  let watched = false;

  // Of a job that goes on; or, once it has been seen going on, of how it ended.
  function tell() {
    const jobs = [...document.querySelectorAll(".job[data-state]")];
    const going = jobs.find((job) => job.dataset.state === "running") ?? jobs.find((job) => ACTIVE.includes(job.dataset.state));
    const told = going ?? (watched ? jobs.find((job) => job.dataset.state in ENDED) : undefined);
    watched ||= Boolean(going);
    document.title = told ? `${told.dataset.headline} · ${title}` : title;
    const look = going ? "busy" : ENDED[told?.dataset.state];
    icon.href = icon.dataset[look] ?? plain;
  }

  tell();

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    before = event.detail.target.dataset.announce ?? "";
  });

  document.body.addEventListener("htmx:afterSettle", (event) => {
    const now = document.getElementById(event.detail.elt.id)?.dataset.announce ?? "";
    if (now && now !== before) announcer.textContent = now;
    before = now;
    tell();
  });

  // What somebody has opened or stands on stays; the next answer will do.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.matches(":focus-within, :has(details[open])")) event.detail.shouldSwap = false;
  });

  // In another window, or because its time had come.
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 404) return;
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = announcer.textContent = announcer.dataset.gone;
    event.detail.elt.replaceWith(note);
    tell();
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
