// Enhancements of the pages of exports. Everything is readable and reachable without them.
"use strict";

const PAUSE = 1500; // milliseconds between two questions
const LONGEST_PAUSE = 15000;
const PATIENCE = 10000;
const TYPING = 400;

const form = document.getElementById("export-form");
if (form) keepPreview(form);
const job = document.getElementById("job");
if (job && job.dataset.state) follow(job);

// --- The form: its preview follows what is filled in ---

function keepPreview(form) {
  const preview = document.getElementById("preview");
  let timer, asked = 0;
  // without it, Enter in a field asks for the file
  form.querySelector("[data-preview]").remove();
  form.querySelector(".column-tools").hidden = false;
  // thirty columns are a long way to the button on a phone
  const columns = document.getElementById("columns");
  if (window.matchMedia("(max-width: 40rem)").matches && !columns.querySelector(".field-error")) columns.open = false;
  form.addEventListener("input", later);
  // filled in before this script came, or by the browser that goes back
  window.addEventListener("pageshow", () => {
    if ([...form.elements].some(isTouched)) later();
  });
  form.addEventListener("click", (event) => {
    const wanted = event.target.dataset.columns;
    if (!wanted) return;
    for (const box of form.querySelectorAll("input[name=column]")) box.checked = wanted === "all";
    later();
  });

  function later() {
    clearTimeout(timer);
    timer = setTimeout(update, TYPING);
  }

  async function update() {
    const values = new FormData(form);
    values.delete("csrfmiddlewaretoken");
    const query = new URLSearchParams(values).toString();
    const mine = ++asked;
    try {
      const response = await fetch(`${form.getAttribute("action")}?${query}&preview=1`, quietly());
      if (mine !== asked) return;
      if (!response.ok) throw new Error(response.statusText);
      preview.innerHTML = await response.text();
      history.replaceState(null, "", `?${query}`);
    } catch {
      if (mine === asked) preview.textContent = form.dataset.noPreview;
    }
  }
}

function isTouched(control) {
  if (control instanceof HTMLSelectElement) {
    const first = Math.max(0, [...control.options].findIndex((option) => option.defaultSelected));
    return control.selectedIndex !== first;
  }
  return control instanceof HTMLInputElement && (control.value !== control.defaultValue || control.checked !== control.defaultChecked);
}

// --- The page of one export: follows it until it is over, while somebody looks ---

function follow(job) {
  const announcement = document.getElementById("announcement");
  let timer, pause = PAUSE, isAsking = false, isOver = false;
  document.addEventListener("visibilitychange", ask);
  timer = setTimeout(ask, PAUSE);

  async function ask() {
    clearTimeout(timer);
    if (document.hidden || isAsking || isOver) return;
    isAsking = true;
    try {
      const response = await fetch(job.dataset.state, quietly());
      if (response.type === "opaqueredirect" || response.status === 404) return end(job.dataset.gone);
      if (!response.ok) throw new Error(response.statusText);
      const state = await response.json();
      pause = PAUSE;
      if (state.isOver) return await showResult();
      show(state);
    } catch {
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      write(job.dataset.silent);
    } finally {
      isAsking = false;
      if (!isOver) timer = setTimeout(ask, pause);
    }
  }

  function show(state) {
    const bar = document.getElementById("progress");
    if (state.total) {
      bar.max = state.total;
      bar.value = state.done;
    } else {
      bar.removeAttribute("value");
    }
    const badge = document.querySelector("#status-title .check");
    if (badge.textContent !== state.status) badge.textContent = state.status;
    write(state.line);
    say(`${state.status}: ${state.aloud}`);
  }

  async function showResult() {
    const response = await fetch(location.href, quietly());
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const hadFocus = job.contains(document.activeElement);
    isOver = true;
    job.replaceChildren(...document.adoptNode(page.getElementById("job")).childNodes);
    document.title = page.title;
    if (hadFocus) document.getElementById("status-title").focus();
    say(job.querySelector(".job").innerText);
  }

  function end(text) {
    isOver = true;
    write(text);
    say(text);
  }

  function write(text) {
    document.getElementById("progress-line").textContent = text;
  }

  function say(text) {
    if (announcement.textContent !== text) announcement.textContent = text;
  }
}

// Asked by the page, not by a person: no page view, no login page in place of the answer, no waiting for ever.
function quietly() {
  return { headers: { "HX-Request": "true" }, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) };
}
