// Enhancements of the frame. Everything is reachable without them.
"use strict";

// A menu closes when something else is clicked or Escape is pressed.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary").focus();
  }
});

// "/" and Ctrl-K or Cmd-K go to the search.
document.addEventListener("keydown", (event) => {
  const find = document.getElementById("find");
  if (!find) return;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!slash && !k) return;
  event.preventDefault();
  find.focus();
  find.select();
});

// A form is sent by a change of its fields, where it says so; its button is for browsers without scripts.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// Buttons that print.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A picture that cannot be loaded leaves a tile, not a broken one; also one that failed before this script ran.
function leaveTile(image) {
  if (!image.matches(".product img, .dp-picture")) return;
  const tile = document.createElement("span");
  tile.className = "no-picture";
  tile.setAttribute("aria-hidden", "true");
  tile.textContent = image.closest(".product")?.textContent.trim()[0]?.toUpperCase() ?? "";
  image.replaceWith(tile);
}
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) leaveTile(event.target);
}, true);
for (const image of [...document.images]) {
  if (image.complete && image.currentSrc && !image.naturalWidth) leaveTile(image);
}
