// SPDX-License-Identifier: Apache-2.0
// All settings of the chosen preset but the knob's, made from what the server says of them; what differs from the preset is marked.

import { post } from "./api.js";
import { choice } from "./choice.js";
import { button, byId, make, showTrouble, write } from "./dom.js";
import { showKnob } from "./knob.js";
import { count } from "./text.js";

/** Rows by the settings' names: `{element, show}`. */
const rows = new Map();
const list = byId("settings");
const search = byId("setting-search");
let newest = 0;

export function startSettings() {
  byId("reset-all").addEventListener("click", () => {
    const { blend } = choice.settings;
    change(blend === undefined ? {} : { blend });
  });
  search.addEventListener("input", filter);
  return refresh();
}

/** Takes a preset; the knob stays where it is, if the preset has one. */
export async function choosePreset(name) {
  const knob = choice.settings.blend;
  choice.setMethod(name, {});
  const settings = await refresh();
  if (knob !== undefined && settings?.some((setting) => setting.name === "blend")) setValue("blend", knob);
}

/** Takes a preset with settings, as of an earlier run. */
export function takeMethod(preset, settings) {
  choice.setMethod(preset, settings);
  return refresh();
}

/** One setting's value; undefined is the preset's own. */
export function setValue(name, value) {
  const settings = { ...choice.settings };
  if (value === undefined) delete settings[name];
  else settings[name] = value;
  return change(settings);
}

/** Tries other settings; where the server refuses them the reason is shown and nothing can be run until they are mended. */
function change(settings) {
  choice.setMethod(choice.preset, settings);
  return refresh();
}

async function refresh() {
  newest += 1;
  const own = newest;
  const { preset, settings } = choice;
  try {
    const answer = await post("api/settings", { preset, settings });
    if (own !== newest) return undefined;
    choice.setProblem("");
    show(answer);
    return answer.settings;
  } catch (problem) {
    if (own === newest) showProblem(problem);
    return undefined;
  }
}

function show({ settings: all, command }) {
  showKnob(all.find(({ name }) => name === "blend"));
  const settings = all.filter(({ name }) => name !== "blend");
  const names = settings.map(({ name }) => name);
  const known = [...rows.keys()];
  if (names.length !== known.length || names.some((name, index) => name !== known[index])) order(settings);
  for (const setting of settings) rows.get(setting.name).show(setting);
  const changes = settings.filter(({ isChanged }) => isChanged).length;
  write(byId("change-count"), changes > 0 ? `· ${count(changes, "change")}` : "");
  byId("reset-all").hidden = changes === 0;
  write(byId("command"), command);
  showTrouble(byId("settings-trouble"));
  filter();
}

/** Other settings count: their rows in order, made where they are new. The focus is put back, since moved elements lose it. */
function order(settings) {
  const focused = document.activeElement;
  const old = new Map(rows);
  rows.clear();
  for (const setting of settings) rows.set(setting.name, old.get(setting.name) ?? newRow(setting));
  list.replaceChildren(...[...rows.values()].map(({ element }) => element));
  if (list.contains(focused)) focused.focus();
}

function showProblem(problem) {
  const row = rows.get(problem.where);
  if (row) row.fail(problem.message);
  else showTrouble(byId("settings-trouble"), problem);
  byId("reset-all").hidden = false;
  choice.setProblem(problem.message);
}

function filter() {
  const text = search.value.trim().toLowerCase();
  for (const { element } of rows.values()) element.hidden = !element.textContent.toLowerCase().includes(text);
}

/** `frequency-energy-weight` as words. */
const title = (name) => name.replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase());

function newRow(setting) {
  const { name } = setting;
  const id = `setting-${name}`;
  const control = newControl(setting, id);
  // The button is gone then, and a field that has the focus would keep what is written in it.
  const reset = button("Reset", async () => {
    await setValue(name, undefined);
    control.element.focus();
  }, { class: "quiet", "aria-label": `Reset ${title(name)}` });
  const initial = make("span", { class: "soft" });
  const trouble = make("p", { class: "trouble", role: "alert", id: `${id}-trouble`, hidden: true });
  const element = make("div", { class: "setting" },
    make("label", { for: id, text: title(name) }), control.element, reset,
    make("p", { class: "soft help", id: `${id}-help` }, make("span", { text: setting.help }), " ", initial), trouble);
  return {
    element,
    show(now) {
      control.show(now);
      control.element.removeAttribute("aria-invalid");
      showTrouble(trouble);
      element.classList.toggle("is-changed", now.isChanged);
      reset.hidden = !now.isChanged;
      write(initial, (now.default ?? "") === "" ? "" : `Default: ${spoken(now.default)}.`);
    },
    fail(text) {
      control.element.setAttribute("aria-invalid", "true");
      reset.hidden = false;
      showTrouble(trouble, text);
    },
  };
}

const spoken = (value) => ({ true: "on", false: "off" }[value] ?? String(value));

/** The control for a kind of setting; its `show` leaves a field alone that is being written in. */
function newControl({ name, kind, choices, valueName }, id) {
  const shared = { id, "aria-describedby": `${id}-help ${id}-trouble` };
  if (kind === "flag") {
    const element = make("input", { type: "checkbox", ...shared, onchange: () => setValue(name, element.checked) });
    return { element, show: ({ value }) => (element.checked = value === true || value === "true") };
  }
  if (choices.length > 0) {
    const element = make("select", { ...shared, onchange: () => setValue(name, element.value) });
    return { element, show: ({ value }) => showOptions(element, choices, String(value ?? "")) };
  }
  const element = make("input", {
    type: "text", inputmode: kind === "number" ? "decimal" : false, placeholder: valueName, autocomplete: "off", spellcheck: "false",
    ...shared, onchange: () => setValue(name, written(element.value, kind)),
  });
  return {
    element,
    show({ value }) {
      if (document.activeElement !== element || written(element.value, kind) === value) element.value = value ?? "";
    },
  };
}

/** A value that is none of the choices is one more of them. */
function showOptions(element, choices, value) {
  const all = choices.includes(value) ? choices : [value, ...choices];
  if (element.options.length !== all.length) element.replaceChildren(...all.map((text) => make("option", { value: text, text })));
  element.value = value;
}

/** What was written, as JSON has it; an empty field means the preset's own value. Too many digits for a number stay a text. */
function written(text, kind) {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const number = Number(trimmed);
  return kind === "number" && Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : trimmed;
}
