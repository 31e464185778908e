// SPDX-License-Identifier: Apache-2.0
// The queue: what runs with its curve and its sound, what waits in an order that can be changed, and what has ended.

import { post, runPath } from "./api.js";
import { LossCurve } from "./curve.js";
import { attempt, button, byId, make, showTrouble, write } from "./dom.js";
import { openResult } from "./library.js";
import { playButton, runKey, toggleRun } from "./listening.js";
import { isActive, store } from "./store.js";
import { about, duration, figure, length, listed, percent, plain } from "./text.js";

const stateWords = {
  waiting: "Waiting", running: "Running", paused: "Paused", stopped: "Stopped", finished: "Finished", failed: "Failed",
};

/** By run. */
const cards = new Map();

export function startQueue() {
  store.addEventListener("queue", show);
  show();
}

function show() {
  fill(byId("queue"), store.queued);
  fill(byId("recent"), [...store.recent.values()]);
  byId("queue-empty").hidden = store.queue.size > 0;
  byId("recent-part").hidden = store.recent.size === 0;
  for (const id of cards.keys()) if (!store.queue.has(id) && !store.recent.has(id)) cards.delete(id);
}

/** Puts cards into a list, and moves none that is in its place: moved elements lose the focus. */
function fill(list, runs) {
  const elements = runs.map((run) => {
    if (!cards.has(run.id)) cards.set(run.id, new RunCard(run));
    const card = cards.get(run.id);
    card.show(run);
    return card.element;
  });
  const focused = document.activeElement;
  const isSame = elements.length === list.children.length && elements.every((element, index) => element === list.children[index]);
  if (!isSame) list.replaceChildren(...elements);
  if (list.contains(focused) && document.activeElement !== focused) focused.focus();
}

class RunCard {
  constructor(run) {
    this.run = run;
    this.curve = new LossCurve(run.id);
    this.title = make("h3", { class: "name" });
    this.state = make("span", { class: "state" });
    this.sounds = make("p", { class: "soft name" });
    this.bar = make("progress", { max: 1 });
    this.words = make("p", { class: "progress-words" });
    this.trouble = make("p", { class: "trouble", role: "alert", hidden: true });
    this.remarks = make("p", { class: "soft" });
    this.play = playButton(runKey(run), plain(run.title), () => toggleRun(this.run));
    this.buttons = this.makeButtons();
    this.element = make("li", { class: "panel run" },
      make("div", { class: "run-head" }, this.play, make("div", { class: "grow" },
        make("div", { class: "row" }, this.title, this.state), this.sounds),
      make("div", { class: "row run-buttons" }, ...Object.values(this.buttons))),
      this.bar, this.words, this.curve.element, this.remarks, this.trouble);
    this.takeDrags();
  }

  makeButtons() {
    const act = (name) => () => this.act(name);
    return {
      up: button("↑", () => this.move(-1), { class: "quiet", "aria-label": "Earlier in the queue" }),
      down: button("↓", () => this.move(1), { class: "quiet", "aria-label": "Later in the queue" }),
      pause: button("Pause", act("pause")),
      resume: button("Resume", act("resume")),
      stop: button("Stop", act("stop"), { title: "Stops, and keeps the best so far" }),
      open: button("Open", () => openResult(this.run)),
      forget: button("×", () => store.forgetRecent(this.run.id), { class: "quiet close", "aria-label": "Take off this list" }),
    };
  }

  async act(name) {
    const { id, state } = this.run;
    const run = await attempt(this.trouble, () => post(runPath(id, `/${name}`)));
    if (!this.trouble.hidden) return;
    if (name === "stop" && state === "waiting") store.setGone({ run: id });
    else if (run?.id === id) store.setRun(run);
  }

  get waiting() {
    return store.queued.filter(({ state }) => state === "waiting").map(({ id }) => id);
  }

  /** Earlier or later by one. */
  move(step) {
    const ids = this.waiting;
    const index = ids.indexOf(this.run.id);
    if (index + step >= 0 && index + step < ids.length) this.moveTo(ids[index + step]);
  }

  /** To another waiting run's place. */
  async moveTo(other) {
    const ids = this.waiting;
    const to = ids.indexOf(other);
    const rest = ids.filter((id) => id !== this.run.id);
    rest.splice(to, 0, this.run.id);
    store.setOrder(rest);
    await attempt(this.trouble, () => post("api/queue", { waiting: rest }));
    if (!this.trouble.hidden) store.setOrder(ids);
  }

  takeDrags() {
    const { element } = this;
    element.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("application/x-wavestyle-run", this.run.id);
      event.dataTransfer.effectAllowed = "move";
    });
    const isRun = (event) => event.dataTransfer.types.includes("application/x-wavestyle-run") && this.run.state === "waiting";
    element.addEventListener("dragover", (event) => element.classList.toggle("is-target", isRun(event)));
    for (const name of ["dragleave", "drop", "dragend"]) element.addEventListener(name, () => element.classList.remove("is-target"));
    element.addEventListener("drop", (event) => {
      const dragged = cards.get(Number(event.dataTransfer.getData("application/x-wavestyle-run")));
      if (dragged && isRun(event) && dragged !== this) dragged.moveTo(this.run.id);
    });
  }

  show(run) {
    const isOther = run.state !== this.shownState;
    this.shownState = run.state;
    this.run = run;
    write(this.title, plain(run.title));
    write(this.state, stateWords[run.state]);
    this.state.dataset.state = run.state;
    write(this.sounds, `${plain(run.content.name)} in the style of ${listed(run.styles.map(({ name }) => name))} · ${run.preset}`);
    this.showProgress(run);
    this.play.hidden = run.state === "waiting";
    this.element.draggable = run.state === "waiting";
    if (isOther) showTrouble(this.trouble, run.state === "failed" ? (run.error ?? "It failed.") : "");
    write(this.remarks, [isActive(run) ? "" : (run.summary ?? ""), ...run.warnings].join(" ").trim());
    this.remarks.hidden = this.remarks.textContent === "";
    this.showButtons(run);
  }

  showButtons({ id, state, canResume, hasResult }) {
    const { up, down, pause, resume, stop, open, forget } = this.buttons;
    const ids = this.waiting;
    up.hidden = down.hidden = state !== "waiting" || ids.length < 2;
    up.disabled = ids[0] === id;
    down.disabled = ids.at(-1) === id;
    pause.hidden = state !== "running";
    resume.hidden = !(state === "paused" || state === "waiting" || canResume) || state === "running" || state === "finished";
    write(resume, state === "waiting" ? "Run now" : "Resume");
    stop.hidden = !isActive({ state });
    write(stop, state === "waiting" ? "Remove" : "Stop");
    open.hidden = !hasResult || isActive({ state });
    forget.hidden = isActive({ state });
  }

  showProgress({ state, progress, seconds, took }) {
    const isShown = progress !== null && (state === "running" || state === "paused");
    this.bar.hidden = !isShown;
    if (isShown) {
      this.bar.value = progress.fraction;
      this.bar.setAttribute("aria-label", `Progress of ${plain(this.run.title)}`);
      if (progress.iteration !== null && progress.iteration !== undefined) this.curve.read(progress.of);
    }
    const done = !isActive({ state }) && took !== null ? [`${length(seconds)} of sound in ${duration(took)}`] : [];
    write(this.words, (isShown ? progressWords(progress, state) : done).join(" · "));
    this.words.hidden = this.words.textContent === "";
  }
}

function progressWords({ fraction, iteration, of, loss, stage, elapsed, left }, state) {
  return [
    stage || percent(fraction),
    iteration === null || iteration === undefined ? "" : `iteration ${iteration} of ${of}`,
    loss === null || loss === undefined ? "" : `loss ${figure(loss)}`,
    `${duration(elapsed)} so far`,
    left === null || left === undefined || state !== "running" ? "" : `${about(left)} left`,
  ].filter((text) => text !== "");
}
