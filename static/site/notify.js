// A message of the browser's when a job ends, while the page is open and nobody looks at it. Only a press of the button
// asks for the permission.
"use strict";

(() => {
  const ENDED = ["done", "failed"];
  const ACTIVE = ["queued", "running", "assembling"];
  const KEY = "tell-when-done";
  const place = document.querySelector("[data-notify]");
  if (!place || !("Notification" in window)) return;
  const button = place.querySelector("button");
  const denied = place.querySelector("[data-part=denied]");
  const states = new Map();

  function wanted() {
    return Notification.permission === "granted" && localStorage.getItem(KEY) === "on";
  }

  function look() {
    const jobs = [...document.querySelectorAll(".job[data-state]")];
    for (const job of jobs) {
      const now = job.dataset.state;
      const ended = ACTIVE.includes(states.get(job.id)) && ENDED.includes(now);
      states.set(job.id, now);
      if (ended && wanted() && !document.hasFocus()) tell(job.dataset.announce, job.id);
    }
    place.hidden = !wanted() && !jobs.some((job) => ACTIVE.includes(job.dataset.state));
    button.textContent = wanted() ? place.dataset.on : place.dataset.off;
  }

  // False where pages may not, as on telephones.
  function tell(text, tag) {
    try {
      const message = new Notification(text, { tag, icon: document.querySelector("link[rel=icon]")?.href });
      message.addEventListener("click", () => window.focus());
      return true;
    } catch {
      return false;
    }
  }

  button.addEventListener("click", async () => {
    if (wanted()) {
      localStorage.removeItem(KEY);
    } else {
      const granted = (await Notification.requestPermission()) === "granted";
      const works = granted && tell(place.dataset.works, "works");
      denied.hidden = works;
      if (works) localStorage.setItem(KEY, "on");
    }
    look();
  });

  document.body.addEventListener("htmx:afterSettle", look);
  look();
})();
