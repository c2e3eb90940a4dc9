// Keys of the editor. Everything works without them.
"use strict";

const form = document.getElementById("sql-form");
const editor = document.getElementById("sql");
const keep = document.getElementById("keep");

document.querySelector("[data-keys]").hidden = false;
editor.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.getElementById("name").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit(keep);
  }
});

// The cursor goes to where the statement is wrong.
if (editor.dataset.line) {
  const before = editor.value.split("\n").slice(0, Number(editor.dataset.line) - 1);
  const place = before.join("\n").length + (before.length ? 1 : 0) + Number(editor.dataset.column) - 1;
  editor.focus();
  editor.setSelectionRange(place, place);
}
