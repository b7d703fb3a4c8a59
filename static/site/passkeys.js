// What the browser says when a passkey does not come about, in the page instead of the console.
document.addEventListener("allauth.error", (event) => {
  const note = document.createElement("p");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  note.textContent = `The passkey did not work: ${event.detail.exception.message}`;
  document.querySelector("#main h1").after(note);
});
