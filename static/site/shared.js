// Says so where this browser cannot play a video.
"use strict";

for (const video of document.querySelectorAll("video")) {
  const tell = () => {
    video.closest("section").querySelector("[data-unplayable]").hidden = false;
  };
  video.addEventListener("error", tell);
  if (video.error) tell(); // it was quicker than this script
}
