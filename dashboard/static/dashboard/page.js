// Enhancements of the dashboard pages. Everything is readable and reachable without them.
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

// A picture that cannot be loaded leaves an empty tile, not a broken one.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement && event.target.closest(".product")) event.target.removeAttribute("src");
}, true);

const source = document.getElementById("trend-data");
if (source && window.Chart) {
  const trend = JSON.parse(source.textContent);
  if (trend.sales.some((amount) => Number(amount) !== 0)) drawTrend(document.getElementById("trend"), trend);
}

function drawTrend(canvas, trend) {
  canvas.parentElement.hidden = false;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels: trend.labels,
      datasets: [{
        data: trend.sales.map(Number),
        backgroundColor: color("--accent"),
        hoverBackgroundColor: color("--accent-hover"),
        borderRadius: 4,
        maxBarThickness: 46,
      }],
    },
    options: {
      maintainAspectRatio: false,
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 350 },
      plugins: { legend: { display: false }, tooltip: tooltip(trend) },
      scales: {
        x: { ...axis(), grid: { display: false } },
        y: { ...axis(), border: { display: false }, ticks: { ...axis().ticks, maxTicksLimit: 5, callback: shortMoney(trend.currency) } },
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

function tooltip(trend) {
  return {
    displayColors: false,
    padding: 10,
    backgroundColor: color("--ink"),
    titleColor: color("--paper"),
    bodyColor: color("--paper"),
    callbacks: {
      title: ([item]) => trend.days[item.dataIndex],
      label: ({ dataIndex }) => [`Sales ${trend.salesText[dataIndex]}`, `Orders ${trend.ordersText[dataIndex]}`],
    },
  };
}

function shortMoney(currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 });
  return (value) => format.format(value);
}
