// Two of several videos of the same frames with a divider between them. They play as one: the left leads, and the right
// is brought back when it strays. Without this file the videos stand below each other with controls of their own.
"use strict";

(() => {
  const STRAY = 0.03; // seconds that nobody sees
  const LOST = 0.25; // seconds that only a jump mends
  const HURRY = 0.08; // of the rate

  class ComparePlayer extends Divider {
    connectedCallback() {
      this.times = this.readTimes();
      this.figures = [...this.querySelectorAll("figure")];
      this.first = Number(this.dataset.first); // of the frames, those to be seen
      this.last = Number(this.dataset.last);
      this.end = this.times[this.last + 1] ?? Infinity;
      this.at = this.first; // the frame shown
      this.going = false;
      this.part("divider").hidden = false;
      this.part("frame").min = this.first;
      this.part("frame").max = this.last;
      this.figures.forEach((figure) => this.prepare(figure));
      this.listen();
      this.classList.add("live");
      this.choose();
    }

    // When each frame is shown, in seconds, from the gaps between them: "512*99,1024" is 99 equal ones and another.
    readTimes() {
      const ticks = [0];
      for (const run of this.dataset.gaps.split(",").filter(Boolean)) {
        const [gap, times = 1] = run.split("*").map(Number);
        for (let i = 0; i < times; i++) ticks.push(ticks.at(-1) + gap);
      }
      return ticks.map((tick) => tick * Number(this.dataset.tick));
    }

    disconnectedCallback() {
      this.going = false;
    }

    get left() {
      return this.videoOf("left");
    }

    get right() {
      return this.videoOf("right");
    }

    videoOf(side) {
      return this.figures[Number(this.part(side).value)].querySelector("video");
    }

    prepare(figure) {
      const video = figure.querySelector("video");
      video.controls = false;
      video.addEventListener("loadedmetadata", () => this.resize());
    }

    listen() {
      for (const side of ["left", "right"]) this.part(side).addEventListener("change", () => this.choose());
      this.part("zoom").addEventListener("change", () => this.resize());
      this.part("frame").addEventListener("input", () => this.show(Number(this.part("frame").value)));
      this.part("play").addEventListener("click", () => this.toggle());
      this.part("back").addEventListener("click", () => this.show(this.at - 1));
      this.part("forward").addEventListener("click", () => this.show(this.at + 1));
      this.part("sound")?.addEventListener("click", () => this.hush());
      this.listenToDivider();
      window.addEventListener("resize", () => this.resize());
    }

    choose() {
      this.pause();
      const chosen = { left: Number(this.part("left").value), right: Number(this.part("right").value) };
      this.figures.forEach((figure, number) => {
        figure.classList.toggle("left", number === chosen.left);
        figure.classList.toggle("right", number === chosen.right);
      });
      this.resize();
      this.listenTo();
      this.show(this.at);
    }

    hush() {
      const sound = this.part("sound");
      sound.setAttribute("aria-pressed", sound.getAttribute("aria-pressed") !== "true");
      this.listenTo();
    }

    // One of the two at most: the right one if it has a sound, else the left.
    listenTo() {
      const on = this.part("sound")?.getAttribute("aria-pressed") === "true";
      const heard = [this.right, this.left].find((video) => on && !video.defaultMuted);
      for (const figure of this.figures) {
        const video = figure.querySelector("video");
        video.muted = video !== heard;
      }
    }

    // As large as the largest result, or as fits. A picture that lost a row or a column to have even sides ends before
    // the others do.
    resize() {
      const [width, height] = [Number(this.dataset.width), Number(this.dataset.height)];
      const scales = this.figures.map((figure) => Number(figure.dataset.scale));
      const zoom = Number(this.part("zoom").value);
      const stage = this.part("stage");
      stage.style.width = zoom ? `${(zoom * width * Math.max(...scales)) / window.devicePixelRatio}px` : "";
      this.figures.forEach((figure, number) => {
        const video = figure.querySelector("video");
        if (!video.videoWidth) return;
        video.style.width = `${(100 * video.videoWidth) / (width * scales[number])}%`;
        video.style.height = `${(100 * video.videoHeight) / (height * scales[number])}%`;
      });
      this.classList.toggle("zoomed", zoom > 0);
      this.classList.toggle("close", zoom > 1);
    }

    // In the middle of the frame's time, so that no rounding shows its neighbour.
    middle(frame) {
      const next = this.times[frame + 1] ?? 2 * this.times[frame] - (this.times[frame - 1] ?? -0.02);
      return (this.times[frame] + next) / 2;
    }

    show(frame) {
      this.pause();
      this.at = Math.max(this.first, Math.min(this.last, frame));
      for (const video of [this.left, this.right]) video.currentTime = this.middle(this.at);
      this.tell();
    }

    tell() {
      const seconds = (this.times[this.at] - this.times[this.first]).toFixed(2);
      const text = this.dataset.frameText
        .replace("{frame}", this.at - this.first + 1)
        .replace("{frames}", this.last - this.first + 1)
        .replace("{seconds}", seconds);
      this.part("frame").value = this.at;
      this.part("frame").setAttribute("aria-valuetext", text);
      this.part("place").textContent = text;
    }

    toggle() {
      if (this.going) this.show(this.at);
      else this.play();
    }

    async play() {
      const { left, right } = this;
      if (left.ended || this.at === this.last) left.currentTime = this.middle(this.first);
      right.currentTime = left.currentTime;
      this.going = true;
      this.part("play").textContent = this.part("play").dataset.pause;
      try {
        await Promise.all([left.play(), right.play()]);
      } catch {
        return; // it was paused, or cannot be played: its own error says so
      }
      requestAnimationFrame(() => this.follow());
    }

    pause() {
      this.going = false;
      for (const figure of this.figures) {
        const video = figure.querySelector("video");
        video.pause();
        video.playbackRate = 1;
      }
      this.part("play").textContent = this.part("play").dataset.play;
    }

    follow() {
      if (!this.going) return;
      const { left, right } = this;
      if (left.ended || left.paused || left.currentTime >= this.end) { // the browser pauses at the end of a part
        this.show(this.last);
        return;
      }
      const behind = left.currentTime - right.currentTime;
      if (Math.abs(behind) > LOST) right.currentTime = left.currentTime;
      right.playbackRate = Math.abs(behind) > STRAY ? 1 + Math.sign(behind) * HURRY : 1;
      const after = this.times.findIndex((time) => time > left.currentTime);
      this.at = after < 0 ? this.last : Math.max(this.first, Math.min(this.last, after - 1));
      this.tell();
      requestAnimationFrame(() => this.follow());
    }

    keys() {
      return { ...super.keys(), ",": () => this.show(this.at - 1), ".": () => this.show(this.at + 1), " ": () => this.toggle() };
    }
  }

  customElements.define("compare-player", ComparePlayer);
})();
