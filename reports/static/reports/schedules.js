// The form of a new schedule: period and name follow the rhythm until somebody changes them.
"use strict";

const PERIOD_OF = { daily: "yesterday", weekly: "last_week", monthly: "last_month" };
const form = document.querySelector("form[data-follows]");
if (form) {
  const period = form.elements.period, name = form.elements.name;
  let rhythm = form.elements.rhythm.value;
  form.addEventListener("change", (event) => {
    if (event.target.name !== "rhythm") return;
    const chosen = event.target.value;
    if (period && PERIOD_OF[chosen] && period.value === PERIOD_OF[rhythm]) period.value = PERIOD_OF[chosen];
    const before = form.dataset[rhythm], after = form.dataset[chosen];
    if (before && after && name.value.endsWith(`, ${before}`)) name.value = name.value.slice(0, -before.length) + after;
    if (chosen in PERIOD_OF) rhythm = chosen;
  });
}
