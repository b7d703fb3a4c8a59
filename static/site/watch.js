// A job that goes on: its finished segments one after the other, as they come, and the last finished frame.
"use strict";

(() => {
  const EVERY = 3000; // ms between two looks

  class WatchJob extends HTMLElement {
    connectedCallback() {
      this.segments = [];
      this.playing = -1; // the segment in the player
      this.video = this.part("video");
      this.video.addEventListener("ended", () => this.load(this.playing + 1, true));
      this.part("first").addEventListener("click", () => this.load(0, true));
      this.look();
    }

    disconnectedCallback() {
      clearTimeout(this.timer);
    }

    part(name) {
      return this.querySelector(`[data-part=${name}]`);
    }

    async look() {
      try {
        const answer = await fetch(this.dataset.finished);
        if (answer.status === 404) return this.remove();
        if (answer.ok && !this.show(await answer.json())) return;
      } catch {
        // The server cannot be reached now; the next look may.
      }
      this.timer = setTimeout(() => this.look(), EVERY);
    }

    // False once there is nothing more to come: then the result has a player of its own.
    show({ active, segments, stills }) {
      this.hidden = !active;
      if (stills) this.part("last").draw(stills);
      const waited = this.playing >= 0 && this.video.ended;
      this.segments = segments;
      this.part("player").hidden = segments.length === 0;
      if (this.playing < 0 && segments.length) this.load(0, false);
      else if (waited) this.load(this.playing + 1, true);
      if (!active) this.video.pause();
      return active;
    }

    load(number, play) {
      const segment = this.segments[number];
      if (!segment) return; // not finished yet: the next look goes on
      this.playing = number;
      this.video.src = segment.url;
      this.part("now").textContent = segment.text;
      if (play) this.video.play().catch(() => {}); // the person may have to press play first
    }
  }

  customElements.define("watch-job", WatchJob);
})();
