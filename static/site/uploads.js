// Uploads from the drop area, by tus: several at once, with pause and resume. What a reload or a lost connection
// interrupts goes on when the same file is chosen again: tus remembers its address in the browser's storage.
"use strict";

(() => {
  const MEGABYTE = 1024 * 1024;
  const PIECE = 8 * MEGABYTE; // one request, so that a slow line does not hold the server for long
  const AT_ONCE = 3;
  const RETRY_DELAYS = [0, 1000, 2000, 3000, 5000, 5000, 10000, 10000, 15000, 20000, 30000, 30000]; // ms

  const drop = document.getElementById("drop");
  const input = document.getElementById("id_file");
  const rows = document.getElementById("uploads");
  const section = document.getElementById("uploads-section");
  const token = drop.querySelector("[name=csrfmiddlewaretoken]").value;
  const waiting = [];
  let running = 0;

  input.multiple = true;
  input.required = false;
  input.classList.add("unseen"); // its label is the button
  drop.querySelector("label").className = "button main";
  document.getElementById("plain-upload").hidden = true;

  function size(bytes) {
    return bytes < MEGABYTE ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
  }

  function makeRow(name) {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    row.querySelector(".name").textContent = name;
    row.querySelector("progress").setAttribute("aria-label", `${name}, uploaded`);
    rows.prepend(row);
    section.hidden = false;
    return row;
  }

  function part(row, name) {
    return row.querySelector(`[data-part=${name}]`);
  }

  function show(row, state, { problem = "", resumable = false, busy = true } = {}) {
    part(row, "state").textContent = state;
    part(row, "state").className = `state ${problem ? "bad" : "busy"}`;
    part(row, "pause").hidden = !busy;
    part(row, "resume").hidden = !resumable;
    part(row, "problem").textContent = problem;
    part(row, "problem").hidden = !problem;
  }

  function close(row) {
    row.remove();
    section.hidden = rows.children.length === 0;
  }

  // A sentence by the server if it gave one; only our own endpoint answers plain text.
  function sentence(error) {
    const response = error.originalResponse;
    if (!response) return "The connection was lost. Press Resume when the server can be reached again.";
    const text = response.getBody();
    if (response.getStatus() === 403) return "You have signed in again since; reload this page and choose the file again.";
    const plain = text && text.length < 500 && !text.trimStart().startsWith("<");
    return plain ? text : `The server could not take the file (status ${response.getStatus()}). Press Resume to try again.`;
  }

  function idOf(url) {
    return url.replace(/\/$/, "").split("/").pop();
  }

  // The page may already hold a card of this upload, from before it was interrupted.
  function removeCard(url) {
    document.getElementById(`card-${idOf(url)}`)?.remove();
  }

  // Asked for by the row: htmx lets an element have one request at a time and would drop others of the page's.
  async function showCard(url, row) {
    const address = drop.dataset.card.replace("00000000-0000-0000-0000-000000000000", idOf(url));
    removeCard(url);
    await htmx.ajax("GET", address, { source: row, target: "#videos", swap: "afterbegin" });
    drop.classList.remove("first");
  }

  class FileUpload {
    constructor(file) {
      this.row = makeRow(file.name);
      this.active = false;
      this.upload = new tus.Upload(file, {
        endpoint: drop.dataset.uploads,
        chunkSize: PIECE,
        retryDelays: RETRY_DELAYS,
        removeFingerprintOnSuccess: true,
        headers: { "X-CSRFToken": token },
        metadata: { filename: file.name, filetype: file.type },
        onUploadUrlAvailable: () => removeCard(this.upload.url),
        onProgress: (sent, total) => this.progress(sent, total),
        onError: (error) => this.failed(error),
        onSuccess: () => this.done(),
      });
      part(this.row, "pause").addEventListener("click", () => this.pause());
      part(this.row, "resume").addEventListener("click", () => this.queue());
      part(this.row, "stop").addEventListener("click", () => this.stop());
      part(this.row, "figures").textContent = size(file.size);
      this.queue();
    }

    queue() {
      show(this.row, "Waiting", { busy: true });
      waiting.push(this);
      next();
    }

    async start() {
      this.active = true;
      show(this.row, "Uploading");
      if (!this.upload.url) {
        const [previous] = await this.upload.findPreviousUploads();
        if (previous) this.upload.resumeFromPreviousUpload(previous);
      }
      if (this.active) this.upload.start();
    }

    release() {
      if (this.active) running -= 1;
      this.active = false;
      const place = waiting.indexOf(this);
      if (place >= 0) waiting.splice(place, 1);
      next();
    }

    progress(sent, total) {
      const percent = total ? Math.floor((100 * sent) / total) : 100;
      this.row.querySelector("progress").value = percent;
      part(this.row, "figures").textContent = `${percent} % · ${size(sent)} of ${size(total)}`;
    }

    async pause() {
      await this.upload.abort();
      this.release();
      show(this.row, "Paused", { resumable: true, busy: false });
      part(this.row, "resume").focus();
    }

    async stop() {
      try {
        await this.upload.abort(Boolean(this.upload.url));
      } catch {
        // The server removes what nobody goes on with.
      }
      this.release();
      close(this.row);
      input.focus();
    }

    failed(error) {
      this.release();
      const final = error.originalResponse && [400, 403, 413].includes(error.originalResponse.getStatus());
      show(this.row, final ? "Refused" : "Stopped", { problem: sentence(error), resumable: !final, busy: false });
    }

    async done() {
      this.release();
      await showCard(this.upload.url, this.row);
      close(this.row);
    }
  }

  function next() {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      waiting.shift().start();
    }
  }

  function take(files) {
    for (const file of files) new FileUpload(file);
  }

  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
})();
