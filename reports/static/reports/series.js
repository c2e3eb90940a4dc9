// Charts of the time series. The tables beside them hold the same figures; color, axis and shortMoney are page.js's.
"use strict";

const MANY_BARS = 62;
const FILLS = ["--accent", "--soft", "--mended"];

for (const canvas of document.querySelectorAll("canvas[data-series]")) {
  const drawn = JSON.parse(document.getElementById(canvas.dataset.series).textContent);
  const isAnything = drawn.series.some(({ values }) => values.some((value) => Number(value) !== 0));
  if (window.Chart && isAnything) drawSeries(canvas, drawn);
}

function drawSeries(canvas, drawn) {
  canvas.parentElement.hidden = false;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = color("--soft");
  const chart = new Chart(canvas, {
    type: "bar",
    data: { labels: drawn.titles, datasets: drawn.series.map((series, index) => dataset(drawn, series, index)) },
    options: {
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: drawn.series.length > 1, align: "end", reverse: true, labels: { boxWidth: 12 } }, tooltip: hints(drawn) },
      scales: scales(drawn),
    },
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.update("none"));
}

// One thing is drawn as bars while they can be told apart; what is beside it, and what is long, as lines.
function dataset(drawn, { label, values, axis: side = "left" }, index) {
  const isLine = index > 0 || values.length > MANY_BARS;
  const stroke = color(FILLS[index]);
  const isUnfinished = (at) => drawn.unfinished[at];
  return {
    label,
    type: isLine ? "line" : "bar",
    data: values.map((value) => (value === null ? null : Number(value))),
    yAxisID: side,
    order: -index,
    borderColor: stroke,
    borderWidth: isLine ? 2 : ({ dataIndex }) => (isUnfinished(dataIndex) ? 1.5 : 0),
    backgroundColor: isLine ? stroke : (context) => (isUnfinished(context.dataIndex) ? color("--accent-wash")() : stroke()),
    borderRadius: 3,
    maxBarThickness: 46,
    pointRadius: values.length > MANY_BARS ? 0 : 2.5,
    segment: { borderDash: ({ p1DataIndex }) => (isUnfinished(p1DataIndex) ? [4, 4] : undefined) },
  };
}

function scales(drawn) {
  const labels = { ...axis().ticks, autoSkip: true, maxTicksLimit: 8, callback: (value) => shortTitle(drawn.titles[value]) };
  const amounts = drawn.currency ? { callback: shortMoney(drawn.currency) } : { precision: 0 };
  const vertical = { ...axis(), grace: "5%", border: { display: false }, ticks: { ...axis().ticks, autoSkip: true, maxTicksLimit: 6, ...amounts } };
  const second = drawn.series.find((series) => series.axis === "right");
  return {
    x: { ...axis(), grid: { display: false }, ticks: labels },
    left: vertical,
    ...(second && { right: { ...vertical, position: "right", grid: { display: false }, title: title(second.label) } }),
  };
}

function title(text) {
  return { display: true, text, color: color("--soft") };
}

// Without the day of the week and what follows a comma: the tooltip has the whole title.
function shortTitle(text) {
  return text.split(",")[0].replace(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) /, "");
}

function hints(drawn) {
  return {
    padding: 10,
    backgroundColor: color("--ink"),
    titleColor: color("--paper"),
    bodyColor: color("--paper"),
    callbacks: {
      title: ([item]) => drawn.titles[item.dataIndex],
      label: ({ datasetIndex, dataIndex }) => `${drawn.series[datasetIndex].label} ${drawn.series[datasetIndex].texts[dataIndex]}`,
    },
  };
}
