// What the browser says when a passkey does not come about, in the page instead of the console.
const { problem } = document.currentScript.dataset;

document.addEventListener("allauth.error", (event) => {
  const note = document.createElement("p");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  note.textContent = problem.replace("{problem}", () => event.detail.exception.message);
  document.querySelector("#main h1").after(note);
});
