// SPDX-License-Identifier: Apache-2.0
// The knob from style to content: a slider that looks like a dial, and is turned with the pointer or the arrow keys.

import { byId, debounced, write } from "./dom.js";
import { setValue } from "./settings.js";

/** The dial's travel, in degrees to each side of the top. */
const travel = 135;

const knob = byId("knob");
const dial = knob.querySelector(".dial");
const input = byId("blend");
let initial = 0.5;

const send = debounced(200, () => setValue("blend", input.valueAsNumber === initial ? undefined : input.valueAsNumber));

export function startKnob() {
  input.addEventListener("input", turned);
  dial.addEventListener("pointerdown", (event) => {
    if (input.disabled || event.button !== 0) return;
    event.preventDefault();
    input.focus();
    dial.setPointerCapture(event.pointerId);
    turnTo(event);
  });
  dial.addEventListener("pointermove", (event) => dial.hasPointerCapture(event.pointerId) && turnTo(event));
  dial.addEventListener("dblclick", () => set(initial));
}

/** Shows the setting that the server knows, or that the preset has none. */
export function showKnob(setting) {
  input.disabled = !setting;
  knob.classList.toggle("is-off", !setting);
  initial = Number(setting?.default ?? 0.5);
  if (setting && document.activeElement !== input) input.value = Number(setting.value ?? initial);
  show();
}

function turned() {
  show();
  send();
}

function set(value) {
  input.value = value;
  turned();
}

/** The value at the pointer's angle around the dial's middle. */
function turnTo(event) {
  const { left, top, width, height } = dial.getBoundingClientRect();
  const across = event.clientX - left - width / 2;
  const up = top + height / 2 - event.clientY;
  const angle = (180 / Math.PI) * Math.atan2(across, up);
  set(Math.min(Math.max((angle + travel) / (2 * travel), 0), 1));
}

function show() {
  const value = input.valueAsNumber;
  const words = input.disabled ? "This preset has no balance of style and content." : wordsFor(value);
  knob.querySelector(".pointer").style.transform = `rotate(${travel * (2 * value - 1)}deg)`;
  // Half a per cent is there at zero, so that the round end is seen.
  knob.querySelector(".travel").style.strokeDasharray = `${Math.max(100 * value, 0.5)} 200`;
  write(knob.querySelector(".knob-value"), value.toFixed(2));
  write(byId("knob-words"), words);
  input.setAttribute("aria-valuetext", `${value.toFixed(2)}: ${words}`);
}

function wordsFor(value) {
  if (value === 0) return "As much style as there is";
  if (value === 1) return "As much content as there is";
  if (value === 0.5) return "Balanced";
  const size = Math.abs(value - 0.5) > 0.25 ? "Much more" : "More";
  return `${size} ${value < 0.5 ? "style" : "content"}`;
}
