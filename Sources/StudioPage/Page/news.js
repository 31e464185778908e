// SPDX-License-Identifier: Apache-2.0
// The server's news while the page is seen; closed while it is hidden, and taken up again after a break.

import { get } from "./api.js";
import { announce, byId, showTrouble } from "./dom.js";
import { store } from "./store.js";
import { plain } from "./text.js";

/** Milliseconds until the server is tried again. */
const pause = 2000;

const words = { finished: "has finished", stopped: "was stopped", failed: "failed", paused: "is paused", running: "is running" };

let source;
let retry;
let hadTrouble = false;
const lastStates = new Map();

export function startNews() {
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  if (!document.hidden) open();
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

function open() {
  close();
  const own = new EventSource("api/events");
  source = own;
  own.addEventListener("open", () => readAll(own));
  own.addEventListener("error", () => lost(own));
  const on = (name, take) => own.addEventListener(name, (event) => take(JSON.parse(event.data)));
  on("run", (run) => {
    store.setRun(run);
    announceChange(run);
  });
  on("sound", (sound) => store.setSound(sound));
  on("gone", (gone) => store.setGone(gone));
  on("order", ({ waiting }) => store.setOrder(waiting));
}

/** What happened before the news began is in the state. */
async function readAll(own) {
  try {
    await store.read();
    showTrouble(byId("banner"));
    if (hadTrouble) announce("Connected again.");
    hadTrouble = false;
  } catch (problem) {
    lost(own, problem);
  }
}

/** Says that the news broke off, and why: the event itself does not tell, so that the state is asked for. */
async function lost(own, known) {
  if (own !== source) return;
  close();
  retry = setTimeout(open, pause);
  const problem = known ?? await get("api/state").then(() => undefined, (refusal) => refusal);
  if (!problem) return;
  hadTrouble = true;
  showTrouble(byId("banner"), problem.status === 401 || problem.status === 403
    ? "The studio does not know this page any more. Open the address that wavestyle printed when it started."
    : "The studio’s server does not answer. This page connects again by itself when it is back.");
}

/** Says what became of a run, not every step of it. */
function announceChange(run) {
  const quarter = run.state === "running" ? Math.floor(4 * (run.progress?.fraction ?? 0)) : 0;
  const state = `${run.state} ${quarter}`;
  const last = lastStates.get(run.id);
  lastStates.set(run.id, state);
  if (last === state || !(run.state in words)) return;
  const title = plain(run.title);
  if (quarter > 0 && last?.startsWith("running")) announce(`${title}: ${25 * quarter} percent.`);
  else announce(`${title} ${words[run.state]}${run.state === "failed" && run.error ? `: ${run.error}` : "."}`);
}
