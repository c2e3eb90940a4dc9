// Sends a file in parts, one after the other, so that its size is not limited by one request. A part that fails is sent
// again; without this script the form posts the file as it is.
"use strict";
const form = document.getElementById("upload");
const bar = document.getElementById("upload-progress");
const state = document.getElementById("upload-state");
const alertBox = document.getElementById("upload-error");
const TRIES = 6;

function refuse(text) {
  alertBox.textContent = text;
  alertBox.hidden = false;
  alertBox.scrollIntoView({ block: "nearest" });
}

async function post(address, body, headers) {
  for (let attempt = 1; ; attempt += 1) {
    let answer = null;
    try {
      answer = await fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
    } catch (error) {
      if (attempt === TRIES) throw new Error(form.dataset.broken);
    }
    if (answer && answer.ok) return answer.json();
    const passes = !answer || answer.status === 429 || answer.status >= 500;
    if (answer && (!passes || attempt === TRIES)) {
      const content = await answer.json().catch(() => ({}));
      throw new Error(content.error || form.dataset.notSent.replace("{status}", answer.status));
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
  }
}

async function send(file) {
  const data = new FormData(form);
  data.delete("file");
  data.set("fileName", file.name);
  data.set("size", String(file.size));
  const token = data.get("csrfmiddlewaretoken");
  const begun = await post(form.dataset.begin, new URLSearchParams(data), {});
  const size = Number(form.dataset.partBytes);
  bar.hidden = false;
  for (let number = 0; number * size < file.size; number += 1) {
    const part = await file.slice(number * size, (number + 1) * size).arrayBuffer();
    const headers = { "X-CSRFToken": token, "Content-Type": "application/octet-stream" };
    await post(`${begun.parts}${number}/`, part, headers);
    const sent = Math.min((number + 1) * size, file.size);
    bar.value = (100 * sent) / file.size;
    state.textContent = form.dataset.sent.replace("{percent}", Math.floor((100 * sent) / file.size));
  }
  window.location.assign(begun.page);
}

form.addEventListener("submit", async (event) => {
  const file = form.elements.file.files[0];
  if (!file) return;
  event.preventDefault();
  alertBox.hidden = true;
  if (file.size > Number(form.dataset.mostBytes)) {
    refuse(form.dataset.tooLarge);
    return;
  }
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    await send(file);
  } catch (error) {
    refuse(error.message);
    button.disabled = false;
  }
});
