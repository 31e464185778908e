// SPDX-License-Identifier: Apache-2.0
// The library's list. Only the rows that are seen are elements, and only the pages that were seen are read: thousands are as few.

import { comparePath, get, remove, runPath, runsPath } from "./api.js";
import { closeDetails, refreshDetails, showDetails } from "./details.js";
import { announce, attempt, button, byId, debounced, make, write } from "./dom.js";
import { playButton, runKey, toggleRun } from "./listening.js";
import { stars } from "./rating.js";
import { store } from "./store.js";
import { count, date, length, plain } from "./text.js";

const rowHeight = 64;
const pageSize = 100;
/** Rows beyond the edges, so that a scroll shows no gap. */
const margin = 6;
/** Runs that fit on a page of comparison. */
const mostCompared = 9;

const viewport = byId("library-rows");
const sheet = viewport.firstElementChild;
const trouble = byId("library-trouble");

/** Runs by their place in the list; places that were not read are empty. */
let runs = [];
let total = 0;
let reading = new Set();
/** The row that Tab reaches, or the first that is seen where it is not. */
let active = 0;
let opened;
const selected = new Map();
/** Rows on the page, by place. */
let rows = new Map();

export function startLibrary() {
  byId("library-search").addEventListener("input", debounced(250, readAgain));
  byId("library-order").addEventListener("change", readAgain);
  viewport.addEventListener("scroll", () => requestAnimationFrame(show));
  viewport.addEventListener("keydown", moveByKey);
  new ResizeObserver(show).observe(viewport);
  byId("clear-selected").addEventListener("click", () => select([...selected.values()], false));
  byId("delete-selected").addEventListener("click", deleteSelected);
  store.addEventListener("run", ({ detail }) => takeRun(detail));
  store.addEventListener("gone", ({ detail }) => forget(detail));
  store.addEventListener("state", readAgainSoon);
  showSelection();
}

const readAgainSoon = debounced(100, () => byId("library-view").hidden || refresh());

/** Another search or order: from the top. */
function readAgain() {
  viewport.scrollTop = 0;
  active = 0;
  return refresh();
}

/** Reads what is seen again, and keeps the place. */
export function refresh() {
  runs = new Array(runs.length);
  reading = new Set();
  return readPage(Math.floor(viewport.scrollTop / rowHeight / pageSize));
}

async function readPage(page) {
  if (reading.has(page)) return;
  const own = reading;
  own.add(page);
  const query = {
    search: byId("library-search").value.trim(), order: byId("library-order").value, offset: page * pageSize, limit: pageSize,
  };
  const answer = await attempt(trouble, () => get(runsPath(query)));
  if (own !== reading) return;
  if (!answer) {
    own.delete(page);
    return;
  }
  ({ total } = answer);
  runs.length = total;
  answer.runs.forEach((run, index) => (runs[page * pageSize + index] = run));
  sheet.style.height = `${total * rowHeight}px`;
  write(byId("library-total"), total > 0 ? count(total, "result") : "No results here yet.");
  active = Math.min(active, Math.max(total - 1, 0));
  show();
}

/** Makes the rows that are seen, keeps those that were, and reads their pages. */
function show() {
  const first = Math.max(0, Math.floor(viewport.scrollTop / rowHeight) - margin);
  const last = Math.min(total, Math.ceil((viewport.scrollTop + viewport.clientHeight) / rowHeight) + margin);
  const next = new Map();
  for (let place = first; place < last; place += 1) {
    const run = runs[place];
    const old = rows.get(place);
    next.set(place, old && old.run === run && old.total === total ? old : newRow(place, run));
    if (!run) readPage(Math.floor(place / pageSize));
  }
  const focused = document.activeElement.closest(".result")?.dataset.place;
  for (const [place, row] of rows) if (next.get(place) !== row) row.element.remove();
  putInOrder([...next.values()].map(({ element }) => element));
  rows = next;
  const reachable = rows.has(active) ? active : Math.ceil(viewport.scrollTop / rowHeight);
  for (const [place, row] of rows) row.mark(place === reachable);
  // A row that was read, or changed, has the focus of the one before it.
  if (focused !== undefined && document.activeElement === document.body) rows.get(Number(focused))?.focus();
}

/** Puts rows into their order on the page, as they are read aloud, and moves none that is in its place: moved elements lose the focus. */
function putInOrder(elements) {
  let next = sheet.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else sheet.insertBefore(element, next);
  }
}

function newRow(place, run) {
  const element = make("div", { class: "result", role: "listitem", "aria-posinset": place + 1, "aria-setsize": total });
  element.dataset.place = place;
  element.style.top = `${place * rowHeight}px`;
  if (!run) {
    element.classList.add("is-unread");
    element.tabIndex = -1;
    return { element, run, total, mark: () => {}, focus: () => element.focus({ preventScroll: true }) };
  }
  const title = plain(run.title);
  const box = make("input", { type: "checkbox", "aria-label": `Select ${title}`, onchange: () => select([run], box.checked) });
  const play = playButton(runKey(run), title, () => toggleRun(run));
  play.disabled = !run.hasResult;
  const open = make("button", { type: "button", class: "result-open", onclick: () => openAt(place) },
    make("span", { class: "result-title", text: title }),
    make("span", { class: "result-facts soft", text: factsOf(run) }));
  const rating = make("span", {
    class: "result-stars", text: stars(run.rating), ...(run.rating ? { role: "img", "aria-label": `${run.rating} of 5 stars` } : {}),
  });
  element.append(box, play, open, rating);
  return {
    element, run, total,
    mark(isActive) {
      box.checked = selected.has(run.id);
      element.classList.toggle("is-open", run.id === opened);
      open.setAttribute("aria-current", run.id === opened ? "true" : "false");
      for (const control of [box, play, open]) control.tabIndex = isActive ? 0 : -1;
    },
    focus: () => open.focus({ preventScroll: true }),
  };
}

function factsOf(run) {
  const state = { failed: "failed", stopped: "stopped" }[run.state];
  return [state, length(run.seconds), run.preset, date(run.finished ?? run.created), run.note ? plain(run.note) : ""].filter(Boolean).join(" · ");
}

function moveByKey(event) {
  const page = Math.max(1, Math.floor(viewport.clientHeight / rowHeight) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -total, End: total };
  const step = steps[event.key];
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  focusAt(Math.min(Math.max(active + step, 0), total - 1));
}

function focusAt(place) {
  active = place;
  const top = place * rowHeight;
  if (top < viewport.scrollTop) viewport.scrollTop = top;
  else if (top + rowHeight > viewport.scrollTop + viewport.clientHeight) viewport.scrollTop = top + rowHeight - viewport.clientHeight;
  show();
  rows.get(place)?.focus();
}

function openAt(place) {
  active = place;
  open(runs[place]);
}

function open(run) {
  opened = run.id;
  showDetails(run, () => {
    opened = undefined;
    show();
    rows.get(active)?.focus();
  });
  show();
}

/** Shows a result in the library, from elsewhere on the page. */
export function openResult(run) {
  location.hash = "#library";
  open(run);
}

function select(some, isSelected) {
  for (const run of some) {
    if (isSelected) selected.set(run.id, run);
    else selected.delete(run.id);
  }
  showSelection();
  show();
}

function showSelection() {
  const number = selected.size;
  const compare = byId("compare");
  const comparable = [...selected.values()].filter((run) => run.hasResult).map(({ id }) => id);
  compare.hidden = comparable.length < 2 || comparable.length > mostCompared;
  compare.href = comparePath(comparable);
  write(compare, `Compare ${comparable.length}`);
  for (const id of ["delete-selected", "clear-selected"]) byId(id).hidden = number === 0;
  write(byId("delete-selected"), `Delete ${number}`);
}

async function deleteSelected() {
  for (const run of [...selected.values()]) {
    await attempt(trouble, () => deleteRun(run));
    if (!trouble.hidden) return;
  }
}

/** Into the bin, from where it can come back. */
export async function deleteRun(run) {
  await remove(runPath(run.id));
  announce(`${plain(run.title)} is in the bin.`);
  store.setGone({ run: run.id });
}

/** A run that is in the list is shown as it is now. */
function takeRun(run) {
  const place = runs.findIndex((known) => known?.id === run.id);
  if (place >= 0) runs[place] = run;
  if (selected.has(run.id)) selected.set(run.id, run);
  refreshDetails(run);
  if (place >= 0) show();
}

function forget(id) {
  selected.delete(id);
  showSelection();
  if (opened === id) closeDetails();
  const place = runs.findIndex((run) => run?.id === id);
  if (place < 0) return;
  runs.splice(place, 1);
  total -= 1;
  sheet.style.height = `${total * rowHeight}px`;
  write(byId("library-total"), count(total, "result"));
  show();
}
