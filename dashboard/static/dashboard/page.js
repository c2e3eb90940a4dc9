// Enhancements of the dashboard pages. Everything is readable and reachable without them.
"use strict";

drawTrend();
document.addEventListener("live", drawTrend);

// The period's sales as bars, what they are compared with as a line; a bar leads to its day.
function drawTrend() {
  const trend = dataOf("trend-data");
  if (!trend) return;
  draw("trend", {
    labels: trend.labels,
    values: trend.sales.map(Number),
    before: trend.before.map((value) => (value === null ? null : Number(value))),
    titles: trend.labels,
    texts: trend.texts,
    links: trend.links,
    ticks: { maxTicksLimit: 5, callback: shortMoney(trend.currency) },
    everyLabel: trend.labels.length <= 7,
  });
}
const use = dataOf("use-data");
if (use) {
  draw("use", {
    labels: use.labels,
    values: use.views,
    titles: use.labels,
    texts: use.texts,
    ticks: { maxTicksLimit: 4, precision: 0 },
    everyLabel: false,
  });
}

// What a link explains is put below it: a table of the page it leads to.
includeAll();
document.addEventListener("live", includeAll);

function includeAll() {
  for (const link of document.querySelectorAll("a[data-include]")) include(link);
}

async function include(link) {
  const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = page.getElementById(link.dataset.include);
  if (part && link.isConnected && !document.getElementById(part.id)) link.closest("p").after(document.adoptNode(part));
}

function dataOf(id) {
  const source = document.getElementById(id);
  return source && window.Chart ? JSON.parse(source.textContent) : null;
}

// Draw bars, unless there is nothing to see; `before` is a line through them, `links` are where they lead.
function draw(id, { labels, values, before = [], titles, texts, links = [], ticks, everyLabel }) {
  if ([...values, ...before].every((value) => !value)) return;
  const canvas = document.getElementById(id);
  Chart.getChart(canvas)?.destroy();
  canvas.parentElement.hidden = false;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels,
      datasets: [...(before.some((value) => value !== null) ? [line(before)] : []), {
        data: values,
        order: 1,
        backgroundColor: color("--accent"),
        hoverBackgroundColor: color("--accent-hover"),
        borderRadius: 4,
        maxBarThickness: 46,
      }],
    },
    options: {
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      onClick: (_, [item]) => { if (item && links[item.index]) location.assign(links[item.index]); },
      onHover: (event, [item]) => { event.native.target.style.cursor = item && links[item.index] ? "pointer" : ""; },
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 350 },
      plugins: { legend: { display: false }, tooltip: tooltip(titles, texts) },
      scales: {
        x: { ...axis(), grid: { display: false }, ticks: { ...axis().ticks, autoSkip: !everyLabel } },
        y: { ...axis(), border: { display: false }, ticks: { ...axis().ticks, ...ticks } },
      },
    },
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.update("none"));
}

function line(values) {
  return { type: "line", data: values, order: 0, borderColor: color("--soft"), borderWidth: 1.5, borderDash: [4, 3], pointRadius: 0, pointHitRadius: 12 };
}

// A color of the style sheet, asked for at each drawing: the system may turn dark or light.
function color(name) {
  return () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis() {
  return {
    grid: { color: color("--line") },
    border: { color: color("--strong-line") },
    ticks: { color: color("--soft"), autoSkip: false, maxRotation: 0 },
  };
}

function tooltip(titles, texts) {
  return {
    displayColors: false,
    padding: 10,
    backgroundColor: color("--ink"),
    titleColor: color("--paper"),
    bodyColor: color("--paper"),
    filter: (item, index) => index === 0,
    callbacks: {
      title: ([item]) => titles[item.dataIndex],
      label: ({ dataIndex }) => texts[dataIndex],
    },
  };
}

function shortMoney(currency) {
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 });
  return (value) => format.format(value);
}
