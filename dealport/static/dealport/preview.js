// A form with data-preview shows what it would do while it is filled in: it is sent as the button "preview" sends it,
// and #preview of the answer takes the place of the one on the page; with data-preview="now" at once as well.
"use strict";

for (const form of document.querySelectorAll("form[data-preview]")) {
  let timer = 0;
  let request = new AbortController();
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 400);
  });
  if (form.dataset.preview === "now") show();

  async function show() {
    request.abort();
    request = new AbortController();
    const content = new FormData(form);
    content.set("preview", "1");
    try {
      const reply = await fetch(form.action, { method: "POST", body: content, signal: request.signal });
      if (!reply.ok) return;
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const preview = page.getElementById("preview");
      if (preview) document.getElementById("preview").replaceWith(preview);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }
}
