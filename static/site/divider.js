// Two pictures one above the other, cut by a divider: by a slider, by the pointer anywhere in the picture, by arrows.
"use strict";

class Divider extends HTMLElement {
  part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }

  listenToDivider() {
    this.part("viewport").tabIndex = 0;
    this.part("viewport").addEventListener("keydown", (event) => this.press(event));
    this.part("stage").addEventListener("pointerdown", (event) => this.grab(event));
    this.part("split").addEventListener("input", () => this.divide());
    this.divide();
  }

  divide() {
    const split = this.part("split");
    this.part("stage").style.setProperty("--split", `${split.value}%`);
    split.setAttribute("aria-valuetext", this.dataset.splitText.replace("{percent}", split.value));
  }

  slide(by) {
    this.part("split").value = Number(this.part("split").value) + by;
    this.divide();
  }

  // In a picture larger than its window, arrows scroll.
  keys() {
    if (this.classList.contains("zoomed")) return {};
    return { ArrowLeft: () => this.slide(-2), ArrowRight: () => this.slide(2) };
  }

  press(event) {
    const move = this.keys()[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  }

  // The divider is taken anywhere; in a picture larger than its window, only where it is, for the rest scrolls.
  grab(event) {
    const onDivider = event.target === this.part("divider");
    if (event.button || (this.classList.contains("zoomed") && !onDivider)) return;
    const stage = this.part("stage");
    const move = (moved) => {
      const box = stage.getBoundingClientRect();
      this.part("split").value = (100 * (moved.clientX - box.left)) / box.width;
      this.divide();
    };
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", move);
    const end = () => stage.removeEventListener("pointermove", move);
    stage.addEventListener("pointerup", end, { once: true });
    stage.addEventListener("pointercancel", end, { once: true });
    move(event);
  }
}

// Two still pictures, drawn anew now and then.
class PictureDivider extends Divider {
  connectedCallback() {
    this.classList.add("live");
    this.listenToDivider();
    const after = this.part("after");
    after.addEventListener("load", () => {
      this.shape(after.naturalWidth, after.naturalHeight);
      this.hidden = false;
    });
  }

  // No taller than its window.
  shape(width, height) {
    const stage = this.part("stage");
    stage.style.aspectRatio = `${width} / ${height}`;
    stage.style.maxWidth = `calc(75vh * ${width / height})`;
  }

  draw({ before, after }) {
    this.part("before").src = before;
    this.part("after").src = after;
  }
}

customElements.define("picture-divider", PictureDivider);
