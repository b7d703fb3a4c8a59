// The order of work: jobs are dragged by their handles, by mouse, pen or finger; on a handle the arrow keys, Home and
// End press the job's own buttons.
"use strict";

(() => {
  let dragged = null;
  let before = null; // what followed it when the drag began

  function begin(event) {
    const handle = event.target.closest?.(".handle");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    dragged = handle.closest(".turn");
    before = dragged.nextElementSibling;
    dragged.classList.add("dragged");
  }

  function drag(event) {
    if (!dragged) return;
    const others = [...dragged.parentElement.children].filter((turn) => turn !== dragged);
    const next = others.find((turn) => {
      const { top, height } = turn.getBoundingClientRect();
      return event.clientY < top + height / 2;
    });
    if ((next ?? null) !== dragged.nextElementSibling) dragged.parentElement.insertBefore(dragged, next ?? null);
    scrollBy(0, event.clientY < 40 ? -12 : event.clientY > innerHeight - 40 ? 12 : 0);
  }

  function end(event) {
    if (!dragged) return;
    const turn = dragged;
    turn.classList.remove("dragged");
    dragged = null;
    const next = turn.nextElementSibling;
    if (event.type !== "pointerup") turn.parentElement.insertBefore(turn, before);
    else if (next !== before) move(turn, (next ?? turn.parentElement).dataset.job);
  }

  function move(turn, following) {
    const form = turn.querySelector("form");
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const values = { before: following, queue: "", csrfmiddlewaretoken: token };
    htmx.ajax("POST", form.getAttribute("action"), { target: "#queue", swap: "outerHTML", values });
  }

  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", drag);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);

  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.(".handle");
    if (dragged && event.key === "Escape") end(event);
    const button = handle?.closest(".turn").querySelector(`[data-key=${event.key}]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (dragged && event.detail.requestConfig.verb === "get") event.preventDefault();
  });
})();
