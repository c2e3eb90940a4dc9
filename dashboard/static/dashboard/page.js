// Enhancements of the dashboard pages. Everything is readable and reachable without them.
"use strict";

// A picture that cannot be loaded leaves an empty tile, not a broken one.
document.addEventListener("error", (event) => {
  if (!(event.target instanceof HTMLImageElement) || !event.target.closest(".product")) return;
  const tile = document.createElement("span");
  tile.className = "no-picture";
  tile.setAttribute("aria-hidden", "true");
  event.target.replaceWith(tile);
}, true);

const trend = dataOf("trend-data");
if (trend) {
  draw("trend", {
    labels: trend.labels,
    values: trend.sales.map(Number),
    titles: trend.days,
    texts: trend.sales.map((_, index) => [`Sales ${trend.salesText[index]}`, `Orders ${trend.ordersText[index]}`]),
    ticks: { maxTicksLimit: 5, callback: shortMoney(trend.currency) },
    everyLabel: true,
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

function dataOf(id) {
  const source = document.getElementById(id);
  return source && window.Chart ? JSON.parse(source.textContent) : null;
}

// Draw bars, unless there is nothing to see.
function draw(id, { labels, values, titles, texts, ticks, everyLabel }) {
  if (values.every((value) => value === 0)) return;
  const canvas = document.getElementById(id);
  canvas.parentElement.hidden = false;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels,
      datasets: [{
        data: values,
        backgroundColor: color("--accent"),
        hoverBackgroundColor: color("--accent-hover"),
        borderRadius: 4,
        maxBarThickness: 46,
      }],
    },
    options: {
      maintainAspectRatio: false,
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
    callbacks: {
      title: ([item]) => titles[item.dataIndex],
      label: ({ dataIndex }) => texts[dataIndex],
    },
  };
}

function shortMoney(currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 });
  return (value) => format.format(value);
}
