// A page that is looked at asks every 15 seconds whether anything changed, and takes over what did, without a reload.
"use strict";

{
  const EVERY = 15_000, MOST = 240_000;
  const live = document.getElementById("live");
  const pill = live.querySelector("a");
  let etag = live.dataset.version, after = null, wait = EVERY, timer = 0, shown = 0;

  // Not all pages at the same moment; a page nobody looks at does not ask.
  function schedule(milliseconds = wait) {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, milliseconds * (0.85 + Math.random() * 0.3));
  }

  async function ask() {
    const address = live.dataset.address + (after === null ? "" : `${live.dataset.address.includes("?") ? "&" : "?"}after=${after}`);
    try {
      const response = await fetch(address, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
      if (response.redirected || response.status === 404) return;  // logged out, or the store is somebody else's now
      if (response.ok) await take(response);
      else if (response.status !== 304) throw new Error(response.status);
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, MOST);
    }
    schedule();
  }

  async function take(response) {
    const found = await response.json(), version = response.headers.get("ETag");
    const isNew = etag && version !== etag;
    after = found.after;
    if (isNew) {
      announce(found.orders);
      if (!(await replace("[data-live]"))) return;
    }
    etag = version;
  }

  function announce(orders) {
    if (orders <= shown) return;
    shown = orders;
    pill.textContent = orders >= 100 ? live.dataset.most : orders === 1 ? live.dataset.one : live.dataset.many.replace("{number}", orders);
    pill.hidden = false;
  }

  // Put the parts of the page as it is now in the place of those that are shown; where somebody types nothing moves.
  async function replace(parts) {
    const response = await fetch(location.href, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll(parts)) {
      const name = part.id ? `#${CSS.escape(part.id)}` : `[data-live="${part.dataset.live}"]`;
      const now = page.querySelector(name);
      if (now && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(now));
    }
    document.dispatchEvent(new Event("live"));
    return true;
  }

  // A list keeps still until somebody asks for its new rows.
  pill.addEventListener("click", async (event) => {
    if (!document.querySelector("[data-live-asked]")) return;
    event.preventDefault();
    pill.hidden = true;
    after = null;
    shown = 0;
    await replace("[data-live-asked]");
    if (window.Actions) window.Actions(document.querySelectorAll("tr input.action-select"));
    schedule(0);
  });
  document.addEventListener("visibilitychange", () => schedule(1000));
  schedule(1000);
}
