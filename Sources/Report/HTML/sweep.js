// SPDX-License-Identifier: Apache-2.0
// The results of many runs, drawn from the data in the page: a table, the best runs, what each setting does, and the front of two
// metrics; and one player. Text enters as text only, so that no name can become markup.
"use strict";

const byId = (id) => document.getElementById(id);
const { columns, rows, styleMetric, contentMetric } = JSON.parse(byId("data").textContent);

/** Rows that the table gets at a time. */
const chunk = 50;
/** Values of a column for which it has a filter, and of a numeric one whose means are not taken over bins. */
const mostChoices = 100;
const mostMeans = 12;
const bins = 8;
/** Seconds that an arrow key moves. */
const keyStep = 0.5;

const vectorNamespace = byId("scatter").namespaceURI;

/** An element. `class` and other attributes as in HTML, `text` for its text, `on...` for listeners; false and null leave one out. */
function make(tag, attributes = {}, ...children) {
  const isVector = /^(svg|g|path|line|circle|text|title|desc)$/.test(tag);
  const element = isVector ? document.createElementNS(vectorNamespace, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Values, and how they are written.

const collator = new Intl.Collator("en", { numeric: true });

/** Numbers before texts; neither is missing. */
function order(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return typeof a === "number" ? a - b : collator.compare(a, b);
}

const minus = (text) => text.replace("-", "−");
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const counted = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;

/** Four digits. */
function figure(value) {
  const size = Math.abs(value);
  return minus(size !== 0 && (size >= 1e6 || size < 1e-4) ? value.toExponential(3) : String(Number(value.toPrecision(4))));
}

/** How a column's numbers are written: settings as they were given, the others with the same decimals where one number fits all. */
function writer({ kind }, numbers) {
  const sizes = numbers.map(Math.abs).filter((size) => size > 0);
  const [low, high] = [least(sizes), greatest(sizes)];
  if (kind === "setting" || kind === "pair" || numbers.every(Number.isInteger)) return (value) => minus(String(value));
  if (high >= 1e6 || high < 1e-3 || high / low > 1e4) return figure;
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(high)));
  return (value) => minus(value.toFixed(decimals));
}

columns.forEach((column, index) => {
  column.higherIsBetter ??= null;
  const values = rows.map(({ cells }) => cells[index]);
  column.index = index;
  column.values = [...new Set(values.filter((value) => value !== null))].sort(order);
  column.isNumeric = column.values.length > 0 && column.values.every((value) => typeof value === "number");
  column.varies = new Set(values).size > 1;
  const written = writer(column, column.values.filter((value) => typeof value === "number"));
  column.write = (value) => (value === null ? "–" : typeof value === "number" ? written(value) : value);
  column.title = column.unit ? `${column.name} (${column.unit})` : column.name;
  column.direction = column.higherIsBetter === null ? "" : column.higherIsBetter ? "higher is better" : "lower is better";
  column.sign = column.higherIsBetter === false ? -1 : 1;
  column.isShown = true;
});

const isSetting = ({ kind }) => kind === "setting" || kind === "pair";
const settings = columns.filter((column) => isSetting(column) && column.varies);
const same = columns.filter((column) => isSetting(column) && !column.varies);
const inTable = columns.filter((column) => !same.includes(column));
const metrics = columns.filter((column) => !isSetting(column) && column.isNumeric);
const directed = metrics.filter(({ higherIsBetter }) => higherIsBetter !== null);
const state = columns.find(({ kind, name }) => kind === "figure" && name === "state");

const cell = (row, column) => rows[row].cells[column.index];
const written = (row, column) => column.write(cell(row, column));
const aboutOf = ({ direction, note }) => [direction && `${direction[0].toUpperCase()}${direction.slice(1)}.`, note].filter(Boolean).join(" ");
const settingsOf = (row) => settings.map((column) => `${column.name} ${written(row, column)}`).join(", ");
const whyNoSound = (row) => (state && cell(row, state) !== null ? written(row, state) : "no sound");

rows.forEach((row) => {
  row.sound ??= null;
  row.words = [row.run, ...columns.map((column) => column.write(row.cells[column.index]))].join("\n").toLowerCase().replaceAll("−", "-");
});

// What is shown: runs that match, in the table's order.

/** All runs as the table is sorted, and those of them that match. */
let sorted = rows.map((_, row) => row);
let view = sorted;
/** The sorted column, and whether its greatest comes first. */
let sorting;

function matching() {
  const words = byId("search").value.toLowerCase().replaceAll("−", "-").split(/\s+/).filter(Boolean);
  const wanted = [...document.querySelectorAll("#filter-list select")].filter(({ value }) => value !== "")
    .map(({ value, column }) => [column, value === "none" ? null : column.values[value]]);
  return sorted.filter((row) => words.every((word) => rows[row].words.includes(word))
    && wanted.every(([column, value]) => cell(row, column) === value));
}

/** Sorts what is there, so that rows of equal cells keep their order; missing cells are last either way. */
function sortBy(column) {
  const isFirst = sorting?.column !== column;
  // The best comes first at first.
  sorting = { column, descending: isFirst ? column.higherIsBetter === true : !sorting.descending };
  const sign = sorting.descending ? -1 : 1;
  const value = column === "run" ? (row) => rows[row].run : (row) => cell(row, column);
  sorted.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return (left === null) - (right === null);
    return sign * order(left, right);
  });
  view = matching();
  showTable();
}

function filter() {
  view = matching();
  showTable();
  showMetric();
  showFront();
}

// Tables.

const playButton = (row, attributes = {}) =>
  make("button", { type: "button", class: "play", "data-play": row, "aria-label": `Play ${rows[row].run}`, ...attributes });

function rowOf(row, shown, attributes = {}) {
  const name = make("span", { text: rows[row].run, title: rows[row].run });
  const start = rows[row].sound === null ? make("span", { class: "state", text: whyNoSound(row) }) : playButton(row);
  return make("tr", { "data-row": row, class: row === player.row && "is-chosen", ...attributes },
    make("th", { scope: "row" }, make("div", { class: "name" }, start, name)),
    ...shown.map((column) => {
      const text = written(row, column);
      return make("td", { class: column.isNumeric && "number", title: text.length > 24 && text, text });
    }));
}

function headOf(shown, heading) {
  return make("thead", {}, make("tr", {}, heading("run"), ...shown.map(heading)));
}

const plainHeading = (column) => column === "run" ? make("th", { scope: "col", text: "Run" })
  : make("th", { scope: "col", class: column.isNumeric && "number", text: column.title });

/** A table that is not sorted. */
function fill(table, listed, shown) {
  table.className = "sweep-table";
  table.replaceChildren(headOf(shown, plainHeading), make("tbody", {}, ...listed.map((row) => rowOf(row, shown))));
}

function sortableHeading(column) {
  const isSorted = sorting?.column === column;
  const text = column === "run" ? "Run" : column.title;
  return make("th", {
    scope: "col", class: column.isNumeric && "number", "data-column": column === "run" ? "run" : column.index,
    "aria-sort": isSorted ? (sorting.descending ? "descending" : "ascending") : "none",
  }, make("button", { type: "button", class: "sort", title: column.note || null, onclick: () => {
    sortBy(column);
    byId("run-table").querySelector(`[data-column="${column === "run" ? "run" : column.index}"] .sort`).focus();
  } }, ...(column.direction ? [make("small", { text: column.direction })] : []), text));
}

const shownColumns = () => inTable.filter(({ isShown }) => isShown);

function showTable() {
  const table = byId("run-table");
  table.className = "sweep-table";
  table.setAttribute("aria-rowcount", view.length + 1);
  table.replaceChildren(headOf(shownColumns(), sortableHeading), make("tbody"));
  byId("run-box").scrollTop = 0;
  byId("count").textContent = view.length === rows.length ? `${counted(rows.length, "run")}.`
    : `${view.length.toLocaleString("en")} of ${counted(rows.length, "run")} match.`;
  showMore();
}

function showMore() {
  const body = byId("run-table").tBodies[0];
  const start = body.rows.length;
  const shown = shownColumns();
  body.append(...view.slice(start, start + chunk).map((row, index) => rowOf(row, shown, { "aria-rowindex": start + index + 2 })));
  byId("more").hidden = body.rows.length === view.length;
  showPlaying();
}

// The player.

const player = { audio: byId("audio"), row: undefined };

function play(row, seconds = 0) {
  const { audio } = player;
  if (row !== player.row) {
    player.row = row;
    audio.src = rows[row].sound;
    byId("dock-run").textContent = rows[row].run;
    byId("dock-settings").textContent = settingsOf(row);
    document.querySelector(".dock").hidden = false;
    document.body.classList.add("has-dock");
    for (const element of document.querySelectorAll("[data-row].is-chosen")) element.classList.remove("is-chosen");
    for (const element of document.querySelectorAll(`[data-row="${row}"]`)) element.classList.add("is-chosen");
    showPoint(row);
  }
  byId("trouble").hidden = true;
  audio.currentTime = seconds;
  start();
}

function start() {
  player.audio.play().catch((problem) => {
    // Another sound may have been started meanwhile.
    if (problem.name !== "AbortError") showTrouble();
  });
}

function showTrouble() {
  byId("trouble").textContent = `The sound of ${rows[player.row].run} cannot be played: its file does not exist, or this browser cannot decode it.`;
  byId("trouble").hidden = false;
}

function toggle() {
  if (player.row === undefined) step(1);
  else if (player.audio.paused) start();
  else player.audio.pause();
}

/** Where another sound starts: where this one is, unless it has ended. */
const positionKept = () => (player.row === undefined || player.audio.ended ? 0 : player.audio.currentTime);

/** The next row of the table with a sound, or the one before, at the same position. */
function step(by) {
  const place = view.indexOf(player.row);
  let next = place < 0 ? (by > 0 ? 0 : -1) : place + by;
  while (rows[view[next]]?.sound === null) next += by;
  if (view[next] === undefined) return;
  const body = byId("run-table").tBodies[0];
  while (body.rows.length <= next) showMore();
  const hasFocus = body.contains(document.activeElement);
  play(view[next], positionKept());
  const shown = body.rows[next];
  if (hasFocus) shown.querySelector(".play").focus({ preventScroll: true });
  // In its box only: the page stays where it is.
  const [box, head] = [byId("run-box"), byId("run-table").tHead.offsetHeight];
  if (shown.offsetTop - head < box.scrollTop) box.scrollTop = shown.offsetTop - head;
  else box.scrollTop = Math.max(box.scrollTop, shown.offsetTop + shown.offsetHeight - box.clientHeight);
}

function seek(seconds) {
  const { audio } = player;
  audio.currentTime = Math.min(Math.max(seconds, 0), Number.isFinite(audio.duration) ? audio.duration : Infinity);
  showTime();
}

function showTime() {
  const { currentTime, duration } = player.audio;
  const whole = Number.isFinite(duration) ? duration : 0;
  byId("seek").max = whole || 1;
  byId("seek").value = currentTime;
  byId("seek").setAttribute("aria-valuetext", `${currentTime.toFixed(1)} of ${whole.toFixed(1)} seconds`);
  byId("time").textContent = `${currentTime.toFixed(1)} / ${whole.toFixed(1)} s`;
}

function showPlaying() {
  const isPlaying = player.row !== undefined && !player.audio.paused;
  byId("toggle").classList.toggle("is-playing", isPlaying);
  byId("toggle").setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  for (const button of document.querySelectorAll(`[data-play].is-playing, [data-play="${player.row}"]`)) {
    const row = Number(button.dataset.play);
    const isThis = isPlaying && row === player.row;
    button.classList.toggle("is-playing", isThis);
    button.setAttribute("aria-label", `${isThis ? "Pause" : "Play"} ${rows[row].run}`);
  }
}

function follow() {
  showTime();
  if (!player.audio.paused) requestAnimationFrame(follow);
}

player.audio.addEventListener("loadedmetadata", () => {
  // A shorter sound starts again.
  if (player.audio.currentTime >= player.audio.duration) player.audio.currentTime = 0;
});
player.audio.addEventListener("play", () => {
  showPlaying();
  follow();
});
for (const name of ["pause", "ended", "emptied"]) player.audio.addEventListener(name, showPlaying);
for (const name of ["timeupdate", "durationchange", "seeked"]) player.audio.addEventListener(name, showTime);

// Scales.

/** From values to pixels, with ticks; `isLogarithmic` for values above 0. */
function scale(values, [from, to], isLogarithmic = false) {
  const map = isLogarithmic ? Math.log10 : Number;
  let [low, high] = [map(least(values)), map(greatest(values))];
  if (!(high > low)) [low, high] = [low - (Math.abs(low) || 1) / 2, low + (Math.abs(low) || 1) / 2];
  const at = (value) => from + ((map(value) - low) / (high - low)) * (to - from);
  const ticks = [];
  if (isLogarithmic) {
    const stride = Math.ceil((high - low) / 5);
    for (let power = Math.ceil(low); power <= high; power += stride) ticks.push(10 ** power);
  } else {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const stride = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    for (let index = Math.ceil(low / stride); index * stride <= high; index += 1) ticks.push(Number((index * stride).toPrecision(12)));
  }
  return { at, ticks };
}

const text = (x, y, words, anchor = "middle", title = undefined) =>
  make("text", { x, y, "text-anchor": anchor }, words, ...(title ? [make("title", { text: title })] : []));
const path = (name, points, join) => make("path", { class: name, d: points.length ? `M${points.map((point) => point.join(" ")).join(join)}` : null });
/** One path of all dots: thousands cost no more than one. */
const dots = (points) => path("dots", points.map(([x, y]) => [x.toFixed(1), `${y.toFixed(1)}h0`]), "M");
const cut = (words, length) => (words.length > length ? `${words.slice(0, length - 1)}…` : words);

// The best, and the effects of settings, by one metric.

const chosenMetric = () => columns[byId("metric").value];

function showMetric() {
  if (metrics.length === 0) return;
  const metric = chosenMetric();
  const measured = view.filter((row) => cell(row, metric) !== null);
  byId("metric-note").textContent = [
    aboutOf(metric),
    settings.some(({ kind }) => kind === "pair") && "Some sounds are easier than others: filter by a pair to compare settings.",
  ].filter(Boolean).join(" ");
  showBest(metric, measured);
  showEffects(metric, measured);
}

function showBest(metric, measured) {
  const best = metric.higherIsBetter === null ? []
    : measured.toSorted((a, b) => metric.sign * (cell(b, metric) - cell(a, metric))).slice(0, 10);
  byId("best-box").hidden = best.length === 0;
  byId("best-run").hidden = false;
  fill(byId("best-table"), best, [metric, ...settings]);
  if (best.length === 0) {
    byId("best-run").replaceChildren(metric.higherIsBetter === null
      ? "Neither high nor low values of this metric are better, so there is no best run." : "No run that matches has a value of this metric.");
    return;
  }
  const [first] = best;
  const unit = metric.unit ? ` ${metric.unit}` : "";
  byId("best-run").replaceChildren(
    make("div", { class: "best-head" }, ...(rows[first].sound === null ? [] : [playButton(first)]),
      make("h3", { text: `${rows[first].run}: ${written(first, metric)}${unit}` })),
    valuesOf(first, settings));
  showPlaying();
}

const pairOf = (column, words) => make("div", {}, make("dt", { text: column.title }), make("dd", { text: words }));
const valuesOf = (row, shown) => make("dl", { class: "values" }, ...shown.map((column) => pairOf(column, written(row, column))));

/** Runs by a setting's values, or by bins of them where these are many numbers: what they are called, where they are, and the metric. */
function groupsOf(column, metric, measured) {
  const set = measured.filter((row) => cell(row, column) !== null || !column.isNumeric);
  const values = [...new Set(set.map((row) => cell(row, column)))].sort((a, b) => (a === null) - (b === null) || order(a, b));
  const [low, high] = [values[0], values.at(-1)];
  const isLogarithmic = column.isNumeric && low > 0 && high / low > 100;
  const isBinned = column.isNumeric && values.length > mostMeans;
  const map = isLogarithmic ? Math.log10 : Number;
  const place = (value) => isBinned ? Math.min(bins - 1, Math.floor((bins * (map(value) - map(low))) / (map(high) - map(low)))) : value;
  const groups = new Map();
  for (const row of set) {
    const key = place(cell(row, column));
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const edge = (index) => {
    const value = map(low) + ((map(high) - map(low)) * index) / bins;
    return isLogarithmic ? 10 ** value : value;
  };
  const list = [...groups].sort(([a], [b]) => (a === null) - (b === null) || order(a, b)).map(([key, members]) => ({
    name: isBinned ? `${figure(edge(key))} to ${figure(edge(key + 1))}` : key === null ? "not set" : column.write(key),
    at: isBinned ? (isLogarithmic ? Math.sqrt(edge(key) * edge(key + 1)) : (edge(key) + edge(key + 1)) / 2) : key,
    members, mean: mean(members.map((row) => cell(row, metric))),
  }));
  return { list, set, isLogarithmic };
}

function showEffects(metric, measured) {
  byId("effect-words").textContent = settings.length === 0 ? "No setting varies." : `${metric.title} of the ${counted(measured.length, "run")
  } that match${measured.length === 1 ? "es" : ""} and have a value. Each dot is a run; each mark is the mean of the runs with the same value of the setting, or with values in the same bin. Other settings vary too, so that a mean is no proof of a cause.`;
  byId("plots").replaceChildren(...(measured.length === 0 ? [] : settings.filter(({ kind }) => kind === "setting").map((column) => plotOf(column, metric, measured))));
}

function plotOf(column, metric, measured) {
  const { list, set, isLogarithmic } = groupsOf(column, metric, measured);
  const means = list.map(({ name, mean: value, members }) => `${name}: ${figure(value)} (${counted(members.length, "run")})`).join("; ");
  const id = `plot-${column.index}`;
  const width = 340;
  const values = set.map((row) => cell(row, metric));
  const parts = [];
  let height = 210;
  if (list.length > 0 && column.isNumeric) {
    const y = scale(values, [height - 28, 10]);
    const x = scale(set.map((row) => cell(row, column)), [58, width - 16], isLogarithmic);
    // Few values are their own ticks.
    const ticks = list.length <= 5 ? list.map(({ at }) => at) : x.ticks;
    for (const tick of y.ticks) parts.push(path("grid", [[50, y.at(tick)], [width - 8, y.at(tick)]], "L"), text(45, y.at(tick) + 4, figure(tick), "end"));
    for (const tick of ticks) parts.push(text(x.at(tick), height - 8, figure(tick)));
    parts.push(dots(set.map((row) => [x.at(cell(row, column)), y.at(cell(row, metric))])),
      path("trend", list.map((group) => [x.at(group.at), y.at(group.mean)]), "L"),
      path("means", list.map((group) => [x.at(group.at) - 7, `${y.at(group.mean)}h14`]), "M"));
  } else if (list.length > 0) {
    height = 26 * list.length + 34;
    const x = scale(values, [118, width - 16]);
    for (const tick of x.ticks) parts.push(path("grid", [[x.at(tick), 4], [x.at(tick), height - 24]], "L"), text(x.at(tick), height - 8, figure(tick)));
    list.forEach((group, index) => {
      const middle = 4 + 26 * (index + 0.5);
      parts.push(text(104, middle + 4, cut(group.name, 16), "end", group.name),
        // Spread over the strip, in the same places each time.
        dots(group.members.map((row, place) => [x.at(cell(row, metric)), middle + 12 * (((place * 0.618) % 1) - 0.5)])),
        path("means", [[x.at(group.mean), `${middle - 10}v20`]], "M"));
    });
  }
  const best = metric.higherIsBetter === null || list.length === 0 ? undefined
    : list.reduce((a, b) => (metric.sign * (b.mean - a.mean) > 0 ? b : a));
  const absent = measured.length - set.length;
  return make("figure", { class: "plot", "data-column": column.index },
    make("h3", { text: column.title }),
    make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": `${id}-title ${id}-words` },
      make("title", { id: `${id}-title`, text: `${metric.title} by ${column.title}${isLogarithmic ? ", logarithmic" : ""}` }),
      make("desc", { id: `${id}-words`, text: `Means: ${means}` }), ...parts),
    make("p", { class: "caption", text: [best && `Best mean: ${figure(best.mean)} at ${best.name}.`, isLogarithmic && "Logarithmic axis.",
      absent > 0 && `${counted(absent, "run")} without this setting.`].filter(Boolean).join(" ") }));
}

// Style against content.

/** Of points whose greater numbers are better, those that no other one beats. */
function paretoFront(points) {
  const front = [];
  let highest = -Infinity;
  let at;
  for (const point of points.toSorted((a, b) => b.x - a.x || b.y - a.y)) {
    if (point.y > highest || (point.y === highest && point.x === at)) front.push(point);
    if (point.y > highest) [highest, at] = [point.y, point.x];
  }
  return front;
}

/** What the scatter shows, from left to right, with the place of each. */
let points = [];

function showFront() {
  if (directed.length < 2) return;
  const [style, content] = [columns[byId("style-metric").value], columns[byId("content-metric").value]];
  const shown = view.filter((row) => cell(row, style) !== null && cell(row, content) !== null);
  points = shown.map((row) => ({ row, x: content.sign * cell(row, content), y: style.sign * cell(row, style) })).sort((a, b) => a.x - b.x);
  const front = paretoFront(points);
  fill(byId("front-table"), front.map(({ row }) => row), [style, content, ...settings.filter((column) => column !== style && column !== content)]);
  drawScatter(style, content, front);
  showPlaying();
}

function drawScatter(style, content, front) {
  const box = byId("scatter-box");
  const width = Math.max(280, box.clientWidth - 24);
  const height = Math.round(Math.min(0.8 * width, 460));
  const svg = byId("scatter");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const x = scale(points.map((point) => point.x), [66, width - 14]);
  const y = scale(points.map((point) => point.y), [height - 52, 36]);
  const parts = [];
  if (points.length > 0) {
    for (const tick of x.ticks) parts.push(path("grid", [[x.at(tick), 28], [x.at(tick), height - 44]], "L"), text(x.at(tick), height - 28, figure(content.sign * tick || 0)));
    for (const tick of y.ticks) parts.push(path("grid", [[58, y.at(tick)], [width - 6, y.at(tick)]], "L"), text(52, y.at(tick) + 4, figure(style.sign * tick || 0), "end"));
  }
  const letters = Math.floor(width / 6.5) - 12;
  parts.push(text(4, 14, `↑ better: ${cut(style.title, letters)}`, "start"), text(width - 4, height - 6, `better: ${cut(content.title, letters)} →`, "end"));
  const steps = front.flatMap((point, index) => [...(index > 0 ? [[x.at(point.x), y.at(front[index - 1].y)]] : []), [x.at(point.x), y.at(point.y)]]);
  if (front.length > 0) parts.push(path("front", steps, "L"));
  const best = new Set(front);
  for (const point of points) {
    const { row } = point;
    [point.left, point.top] = [x.at(point.x), y.at(point.y)];
    point.element = make("circle", {
      cx: point.left.toFixed(2), cy: point.top.toFixed(2), r: best.has(point) ? 6 : 4, role: "button", tabindex: -1, "data-row": row,
      class: [best.has(point) && "is-best", row === player.row && "is-chosen"].filter(Boolean).join(" "),
      "aria-label": `${rows[row].run}: ${style.name} ${written(row, style)}, ${content.name} ${written(row, content)}${best.has(point) ? ", on the front" : ""}`,
    });
  }
  front[0]?.element.setAttribute("tabindex", 0);
  byId("scatter-title").textContent = `${style.title} against ${content.title}`;
  byId("scatter-words").textContent = `${counted(points.length, "run")}, of which ${front.length} on the Pareto front, listed below.`;
  // The front is drawn, and found by a click, above the others.
  byId("scatter-parts").replaceChildren(...parts, ...points.filter((point) => !best.has(point)).map(({ element }) => element), ...front.map(({ element }) => element));
}

/** A run's settings and metrics beside the scatter. */
function showPoint(row) {
  if (row === undefined) byId("point").replaceChildren("No run is chosen.");
  else byId("point").replaceChildren(make("h3", { text: rows[row].run }), valuesOf(row, inTable));
}

function choosePoint(point) {
  for (const { element } of points) element.setAttribute("tabindex", -1);
  point.element.setAttribute("tabindex", 0);
  if (rows[point.row].sound !== null) play(point.row, point.row === player.row ? 0 : positionKept());
  else showPoint(point.row);
}

byId("scatter").addEventListener("click", (event) => {
  const area = byId("scatter").getBoundingClientRect();
  const factor = byId("scatter").viewBox.baseVal.width / area.width;
  const [left, top] = [(event.clientX - area.left) * factor, (event.clientY - area.top) * factor];
  // A finger is wider than a dot.
  const distance = (point) => Math.hypot(point.left - left, point.top - top);
  const nearest = points.find(({ element }) => element === event.target)
    ?? points.reduce((best, point) => (distance(point) < Math.min(20, best ? distance(best) : 20) ? point : best), undefined);
  if (nearest) choosePoint(nearest);
});

byId("scatter").addEventListener("keydown", (event) => {
  const place = points.findIndex(({ element }) => element === event.target);
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") choosePoint(points[place]);
  else if (by && points[place + by]) {
    points[place].element.setAttribute("tabindex", -1);
    points[place + by].element.setAttribute("tabindex", 0);
    points[place + by].element.focus();
  } else if (!by) return;
  event.preventDefault();
});

// Controls.

function makeControls() {
  byId("same").hidden = same.length === 0 || rows.length === 0;
  byId("same-values").append(...same.map((column) => pairOf(column, column.values.length ? column.write(column.values[0]) : "not set")));

  const filtered = columns.filter((column) => column.varies && column.values.length <= mostChoices
    && (isSetting(column) || (column.kind === "figure" && column.values.every((value) => typeof value === "string"))));
  byId("filters").hidden = filtered.length === 0;
  byId("filters").open = innerWidth > 640 && filtered.length <= 12;
  for (const column of filtered) {
    const select = make("select", { onchange: filter }, make("option", { value: "", text: "All" }),
      ...column.values.map((value, index) => make("option", { value: index, text: column.write(value) })),
      ...(rows.some(({ cells }) => cells[column.index] === null) ? [make("option", { value: "none", text: "Not set" })] : []));
    select.column = column;
    byId("filter-list").append(make("label", { class: "field" }, column.title, select));
  }

  for (const column of columns) {
    const box = make("input", { type: "checkbox", checked: true, onchange: () => {
      column.isShown = box.checked;
      showTable();
    } });
    const words = aboutOf(column);
    byId("column-list").append(make("li", {}, same.includes(column) ? make("span", { text: column.title }) : make("label", {}, box, column.title),
      ...(words ? [make("p", { class: "caption", text: words })] : [])));
  }

  const optionsOf = (list) => list.map((column) => make("option", { value: column.index, text: column.title }));
  byId("metric").append(...optionsOf(metrics));
  byId("style-metric").append(...optionsOf(directed));
  byId("content-metric").append(...optionsOf(directed));
  const named = (name) => directed.find((column) => column.name === name);
  const style = named(styleMetric) ?? directed.find(({ name }) => name !== contentMetric);
  const content = named(contentMetric) ?? directed.find((column) => column !== style);
  if (style) byId("metric").value = byId("style-metric").value = style.index;
  if (content) byId("content-metric").value = content.index;
  for (const element of document.querySelectorAll(".of-metric")) element.hidden = metrics.length === 0;
  for (const element of document.querySelectorAll(".of-front")) element.hidden = directed.length < 2;
}

byId("metric").addEventListener("change", showMetric);
for (const id of ["style-metric", "content-metric"]) byId(id).addEventListener("change", showFront);

let searching;
byId("search").addEventListener("input", () => {
  clearTimeout(searching);
  searching = setTimeout(filter, 150);
});
byId("reset").addEventListener("click", () => {
  byId("search").value = "";
  for (const select of document.querySelectorAll("#filter-list select")) select.value = "";
  filter();
});
byId("more").addEventListener("click", showMore);
byId("run-box").addEventListener("scroll", () => {
  const { scrollTop, clientHeight, scrollHeight } = byId("run-box");
  if (!byId("more").hidden && scrollTop + clientHeight > scrollHeight - 600) showMore();
});
byId("toggle").addEventListener("click", toggle);
byId("seek").addEventListener("input", () => seek(byId("seek").valueAsNumber));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play]");
  if (!button) return;
  const row = Number(button.dataset.play);
  if (row === player.row) toggle();
  else play(row);
  // After a click by pointer, Space is for the player.
  if (event.detail > 0) button.blur();
});

/** Whether an element has a use of its own for a key. */
function takes(element, key) {
  if (element.matches("input[type=range]")) return key === "ArrowUp" || key === "ArrowDown";
  if (element.matches("input[type=checkbox]")) return key === " ";
  if (element.closest("input, select")) return true;
  return key === " " && element.closest("button, summary") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takes(event.target, event.key)) return;
  // Until something plays, arrow keys scroll the page, unless they are pressed in the table.
  const isOpen = player.row !== undefined;
  const by = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -keyStep, ArrowRight: keyStep }[event.key];
  if (event.key === " ") toggle();
  else if (!by) return;
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    if (!isOpen && !byId("run-box").contains(event.target)) return;
    step(by);
  } else if (isOpen) seek(player.audio.currentTime + by);
  else return;
  event.preventDefault();
});

document.querySelector("main").hidden = false;
makeControls();
showPoint();
filter();

let drawnWidth = byId("scatter-box").clientWidth;
new ResizeObserver(() => {
  const width = byId("scatter-box").clientWidth;
  if (width !== drawnWidth) showFront();
  drawnWidth = width;
}).observe(byId("scatter-box"));
