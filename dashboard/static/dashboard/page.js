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
  const chart = new Chart(canvas, {
    type: "bar",
    data: { labels: trend.labels, datasets: [{ data: trend.sales.map(Number), borderRadius: 4, maxBarThickness: 46 }] },
    options: {
      maintainAspectRatio: false,
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 350 },
      plugins: {
        colors: { enabled: false },
        legend: { display: false },
        tooltip: { displayColors: false, padding: 10, callbacks: tooltipTexts(trend) },
      },
      scales: {
        x: { grid: { display: false }, ticks: { autoSkip: false, maxRotation: 0 } },
        y: { border: { display: false }, ticks: { maxTicksLimit: 5, callback: shortMoney(trend.currency) } },
      },
    },
  });
  const paint = () => paintChart(chart);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  paint();
}

function tooltipTexts(trend) {
  return {
    title: ([item]) => trend.labels[item.dataIndex].join(" "),
    label: ({ dataIndex }) => [`Sales ${trend.salesText[dataIndex]}`, `Orders ${trend.ordersText[dataIndex]}`],
  };
}

function shortMoney(currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 });
  return (value) => format.format(value);
}

// The chart takes its colors from the style sheet, again when the system turns dark or light.
function paintChart(chart) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  const { options, data } = chart.config;
  Object.assign(data.datasets[0], { backgroundColor: color("--accent"), hoverBackgroundColor: color("--accent-hover") });
  Object.assign(options.plugins.tooltip, {
    backgroundColor: color("--ink"), titleColor: color("--paper"), bodyColor: color("--paper"), titleFont: font, bodyFont: font,
  });
  for (const axis of Object.values(options.scales)) {
    Object.assign(axis.ticks, { color: color("--soft"), font });
    axis.grid = { ...axis.grid, color: color("--line") };
    axis.border = { ...axis.border, color: color("--strong-line") };
  }
  chart.update("none");
}
