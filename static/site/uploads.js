// Uploads from the drop area, by tus: files and folders, several at once, with pause and resume. What a reload or a lost
// connection interrupts goes on when the same file is chosen again: tus remembers its address in the browser's storage.
// What is to become of a file, and the folder it came from, is told to the server before its first byte.
"use strict";

(() => {
  const MEGABYTE = 1024 * 1024;
  const PIECE = 8 * MEGABYTE; // one request, so that a slow line does not hold the server for long
  const AT_ONCE = 3;
  const CARDS = 20; // as many as a page of the list has
  const NAMED = 5; // files that were left out
  const VIDEO = /\.(3g2|3gp|asf|avi|dv|f4v|flv|gif|m2ts|m2v|m4v|mkv|mov|mp4|mpe?g|mts|mxf|ogm|ogv|ts|vob|webm|wmv|y4m)$/i;
  const RETRY_DELAYS = [0, 1000, 2000, 3000, 5000, 5000, 10000, 10000, 15000, 20000, 30000, 30000]; // ms

  const drop = document.getElementById("drop");
  const says = drop.dataset; // its sentences, in the language of the page
  const input = document.getElementById("id_file");
  const folder = document.getElementById("folder");
  const atOnce = document.getElementById("at-once");
  const leftOut = document.getElementById("left-out");
  const several = document.getElementById("uploads-several");
  const later = document.getElementById("uploads-wait");
  const buttons = Object.fromEntries(["pause-uploads", "resume-uploads", "stop-waiting"].map((id) => [id, document.getElementById(id)]));
  const rows = document.getElementById("uploads");
  const section = document.getElementById("uploads-section");
  const token = drop.querySelector("[name=csrfmiddlewaretoken]").value;
  const waiting = [];
  const shown = new Set(); // uploads with a row
  let running = 0;
  let arrived = 0;
  let halted = false;

  input.multiple = true;
  input.required = false;
  if (!("webkitdirectory" in folder)) folder.hidden = document.getElementById("folder-label").hidden = true;

  function filled(sentence, values) {
    return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  function size(bytes) {
    return bytes < MEGABYTE ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
  }

  function makeRow(name) {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    row.querySelector(".name").textContent = name;
    row.querySelector("progress").setAttribute("aria-label", filled(says.uploaded, { name }));
    rows.prepend(row);
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

  function summarise() {
    const stopped = [...shown].filter((upload) => !upload.active && !waiting.includes(upload)).length;
    section.hidden = !(rows.children.length || waiting.length);
    document.getElementById("uploads-summary").textContent = filled(says.summary, {
      running,
      waiting: waiting.length,
      arrived,
      stopped,
    });
    several.hidden = rows.children.length + waiting.length < 2;
    buttons["pause-uploads"].hidden = halted || !(running || waiting.length);
    buttons["resume-uploads"].hidden = !halted;
    buttons["stop-waiting"].hidden = !waiting.length;
  }

  // A sentence by the server if it gave one; only our own endpoint answers plain text.
  function sentence(error) {
    const response = error.originalResponse;
    if (!response) return says.lost;
    const text = response.getBody();
    if (response.getStatus() === 403) return says.other;
    const plain = text && text.length < 500 && !text.trimStart().startsWith("<");
    return plain ? text : filled(says.failed, { status: response.getStatus() });
  }

  function idOf(url) {
    return url.replace(/\/$/, "").split("/").pop();
  }

  // The page may already hold a card of this upload, from before it was interrupted.
  function removeCard(url) {
    document.getElementById(`card-${idOf(url)}`)?.remove();
  }

  // With it come the counts of what the page lists. Asked for by the row: htmx lets an element have one request at a
  // time and would drop others of the page's.
  async function showCard(url, row) {
    const address = drop.dataset.card.replace("00000000-0000-0000-0000-000000000000", idOf(url));
    removeCard(url);
    await htmx.ajax("GET", address + location.search, { source: row, target: "#videos", swap: "afterbegin" });
    drop.classList.remove("first");
    document.getElementById("many").hidden = false;
    for (const old of [...document.querySelectorAll("#videos > li")].slice(CARDS)) old.remove();
  }

  class FileUpload {
    constructor(file, choice) {
      this.file = file;
      this.choice = choice;
      this.active = false;
      this.upload = new tus.Upload(file, {
        endpoint: drop.dataset.uploads,
        chunkSize: PIECE,
        retryDelays: RETRY_DELAYS,
        removeFingerprintOnSuccess: true,
        headers: { "X-CSRFToken": token },
        metadata: { filename: file.name, filetype: file.type },
        onUploadUrlAvailable: () => this.announced(),
        onProgress: (sent, total) => this.progress(sent, total),
        onError: (error) => this.failed(error),
        onSuccess: () => this.done(),
      });
      waiting.push(this);
    }

    show(state, how) {
      if (!this.row) {
        this.row = makeRow(this.file.name);
        shown.add(this);
        part(this.row, "pause").addEventListener("click", () => this.pause());
        part(this.row, "resume").addEventListener("click", () => this.queue());
        part(this.row, "stop").addEventListener("click", () => this.stop());
        part(this.row, "figures").textContent = size(this.file.size);
      }
      show(this.row, state, how);
      summarise();
    }

    queue() {
      if (halted) {
        running += 1;
        this.start();
        return;
      }
      waiting.unshift(this);
      this.show(says.waiting, { busy: true });
      next();
    }

    async start() {
      this.active = true;
      this.show(says.uploading);
      if (!this.upload.url) {
        const [previous] = await this.upload.findPreviousUploads();
        if (previous) this.upload.resumeFromPreviousUpload(previous);
      }
      if (this.active) this.upload.start();
    }

    announced() {
      removeCard(this.upload.url);
      this.told = this.tell();
    }

    // What is to become of it; true if the server knows.
    async tell() {
      if (!this.choice) return true;
      const address = drop.dataset.wish.replace("00000000-0000-0000-0000-000000000000", idOf(this.upload.url));
      try {
        const answer = await fetch(address, { method: "POST", body: this.choice, headers: { "X-CSRFToken": token } });
        if (answer.ok) this.choice = null;
      } catch {
        // The connection was lost; it is told again at the end.
      }
      return !this.choice;
    }

    release() {
      if (this.active) running -= 1;
      this.active = false;
      const place = waiting.indexOf(this);
      if (place >= 0) waiting.splice(place, 1);
    }

    close() {
      this.row.remove();
      shown.delete(this);
      summarise();
      next();
    }

    progress(sent, total) {
      const percent = total ? Math.floor((100 * sent) / total) : 100;
      this.row.querySelector("progress").value = percent;
      part(this.row, "figures").textContent = filled(says.figures, { percent, sent: size(sent), total: size(total) });
    }

    async pause() {
      await this.upload.abort();
      this.release();
      this.show(says.paused, { resumable: true, busy: false });
      if (!halted) part(this.row, "resume").focus();
      next();
    }

    async stop() {
      try {
        await this.upload.abort(Boolean(this.upload.url));
      } catch {
        // The server removes what nobody goes on with.
      }
      this.release();
      this.close();
      input.focus();
    }

    failed(error) {
      this.release();
      if (error.originalResponse?.getStatus() === 429) {
        this.wait(error);
        return;
      }
      const final = error.originalResponse && [400, 403, 413].includes(error.originalResponse.getStatus());
      this.show(final ? says.refused : says.stopped, { problem: sentence(error), resumable: !final, busy: false });
      next();
    }

    // So many an hour: all that wait go on by themselves when the hour is over.
    wait(error) {
      const seconds = Number(error.originalResponse.getHeader("Retry-After")) || 60;
      later.textContent = sentence(error);
      later.hidden = false;
      waiting.unshift(this);
      this.show(says.waiting, { busy: true });
      if (halted) return;
      halted = true;
      summarise();
      setTimeout(resumeAll, 1000 * seconds);
    }

    async done() {
      this.release();
      arrived += 1;
      document.getElementById("announcer").textContent = filled(says.uploaded, { name: this.file.name });
      next();
      const noted = (await this.told) || (await this.tell());
      await showCard(this.upload.url, this.row);
      if (noted) this.close();
      else this.show(says.arrived, { problem: says.notNoted, busy: false });
    }
  }

  function next() {
    while (!halted && running < AT_ONCE && waiting.length) {
      running += 1;
      waiting.shift().start();
    }
    summarise();
  }

  function resumeAll() {
    later.hidden = true;
    halted = false;
    for (const upload of shown) {
      if (!upload.active && !part(upload.row, "resume").hidden) upload.queue();
    }
    next();
  }

  async function pauseAll() {
    halted = true;
    for (const upload of [...shown]) if (upload.active) await upload.pause();
    summarise();
  }

  // What the form says now about what becomes of a file; null if there is nothing to say.
  function choiceFor(tag) {
    if (!tag && !atOnce.checked) return null;
    const choice = new FormData();
    if (tag) choice.set("tag", tag);
    if (atOnce.checked) {
      for (const [name, value] of new FormData(input.form)) if (!(value instanceof File)) choice.append(name, value);
    }
    return choice;
  }

  function take(files) {
    for (const file of files) new FileUpload(file, choiceFor(""));
    next();
  }

  // Pairs of a file and the folder it came from. What else lies in a folder is left out, and named.
  function takeFromFolders(found) {
    const videos = found.filter(([file]) => file.type.startsWith("video/") || VIDEO.test(file.name));
    const others = found.filter((pair) => !videos.includes(pair)).map(([file]) => file.name);
    leftOut.hidden = others.length === 0;
    leftOut.textContent = filled(says.leftOut, {
      number: others.length,
      names: others.slice(0, NAMED).join(", ") + (others.length > NAMED ? ", …" : ""),
    });
    for (const [file, tag] of videos) new FileUpload(file, choiceFor(tag));
    next();
  }

  async function within(entry, top) {
    if (entry.isFile) return [[await new Promise((done, failed) => entry.file(done, failed)), top]];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at most
      if (!some.length) return found;
      for (const inner of some) found.push(...(await within(inner, top)));
    }
  }

  async function takeDropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const folders = entries.filter((entry) => entry.isDirectory);
    take([...transfer.files].filter((file) => !folders.some((entry) => entry.name === file.name)));
    const found = await Promise.all(folders.map((entry) => within(entry, entry.name)));
    if (folders.length) takeFromFolders(found.flat());
  }

  buttons["pause-uploads"].addEventListener("click", pauseAll);
  buttons["resume-uploads"].addEventListener("click", resumeAll);
  buttons["stop-waiting"].addEventListener("click", () => {
    for (const upload of waiting.splice(0)) if (upload.row) upload.close();
    summarise();
  });

  folder.addEventListener("change", () => {
    takeFromFolders([...folder.files].map((file) => [file, file.webkitRelativePath.split("/")[0]]));
    folder.value = "";
  });

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
    takeDropped(event.dataTransfer);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running || waiting.length) event.preventDefault();
  });
})();
