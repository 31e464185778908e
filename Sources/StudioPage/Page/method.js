// SPDX-License-Identifier: Apache-2.0
// The method: cards of presets with the time each would take, the others in a list, and the button that runs.

import { post } from "./api.js";
import { choice } from "./choice.js";
import { announce, attempt, byId, make, showTrouble, write } from "./dom.js";
import { askEstimates, estimateOf } from "./estimates.js";
import { choosePreset } from "./settings.js";
import { store } from "./store.js";
import { about, plain } from "./text.js";

const select = byId("preset-select");
const run = byId("run");
let times = new Map();

export function startMethod() {
  select.addEventListener("change", () => select.value && choosePreset(select.value));
  run.addEventListener("click", start);
  choice.addEventListener("change", show);
  choice.addEventListener("change", ask);
  store.addEventListener("state", showPresets);
  showPresets();
  ask();
}

const cards = () => store.state.presets.filter(({ isCard }) => isCard);
const others = () => store.state.presets.filter(({ isCard }) => !isCard);

let shownPresets = "";

/** Makes the cards, once for the same presets. */
function showPresets() {
  const presets = JSON.stringify(store.state.presets);
  if (presets === shownPresets) return;
  shownPresets = presets;
  times = new Map();
  byId("preset-cards").replaceChildren(...cards().map((preset) => {
    const time = make("span", { class: "preset-time" });
    times.set(preset.name, time);
    return make("label", { class: "preset" },
      make("input", { type: "radio", name: "preset", value: preset.name, onchange: () => choosePreset(preset.name) }),
      make("span", { class: "preset-body" },
        make("span", { class: "preset-title", text: preset.title }),
        make("span", { class: "preset-sentence", text: preset.sentence }), time));
  }));
  byId("other-presets").hidden = others().length === 0;
  select.replaceChildren(make("option", { value: "", text: "Choose …" }),
    ...others().map(({ name, title }) => make("option", { value: name, text: title })));
  show();
}

/** A card's time is that of its preset as it is; the chosen one's of its settings too. */
const bodyOf = (name) => (name === choice.preset ? choice.body() : choice.body(name, {}));

function ask() {
  if (!choice.hasSounds) return;
  const names = [choice.preset, ...cards().map(({ name }) => name).filter((name) => name !== choice.preset)];
  askEstimates(names.map(bodyOf), show);
}

function show() {
  for (const input of byId("preset-cards").querySelectorAll("input")) input.checked = input.value === choice.preset;
  for (const [name, time] of times) write(time, timeText(choice.hasSounds ? estimateOf(bodyOf(name)) : undefined));
  const other = others().find(({ name }) => name === choice.preset);
  select.value = other?.name ?? "";
  byId("preset-sentence").hidden = !other;
  write(byId("preset-sentence"), other?.sentence ?? "");
  showRun();
}

function timeText(estimate) {
  if (!estimate) return "-";
  if (estimate.problem) return "Cannot run with these sounds";
  return about(estimate.seconds);
}

/** What a run will take, or what is missing for one. */
function showRun() {
  const estimate = choice.hasSounds ? estimateOf(choice.body()) : undefined;
  const missing = missingText();
  const problem = choice.problem || estimate?.problem || "";
  run.disabled = missing !== "" || problem !== "";
  write(byId("estimate"), missing || (problem ? "" : (estimate?.text ?? "Estimating time and memory …")));
  showTrouble(byId("run-trouble"), problem);
}

function missingText() {
  if (choice.content === null && choice.styles.length === 0) return "Choose a content and a style to begin.";
  if (choice.content === null) return "Choose a content to begin.";
  return choice.styles.length === 0 ? "Choose a style to begin." : "";
}

async function start() {
  const made = await attempt(byId("run-trouble"), () => post("api/runs", choice.body()));
  if (!made) return;
  store.setRun(made);
  announce(`${plain(made.title)} is in the queue.`);
  byId("queue-heading").scrollIntoView({ block: "nearest" });
}
