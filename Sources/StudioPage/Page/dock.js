// SPDX-License-Identifier: Apache-2.0
// The player at the foot of the page, and the keys that reach it from everywhere.

import { byId, make, showTrouble, write } from "./dom.js";
import { player } from "./player.js";

/** Seconds that an arrow key moves. */
const keyStep = 0.5;

const choices = byId("dock-choices");
const seek = byId("dock-seek");
const earlier = byId("dock-earlier");

/** @param hearEarlier called with the iteration whose sound is asked for; a page that offers none needs none. */
export function startDock(hearEarlier) {
  byId("dock-play").addEventListener("click", () => player.toggle());
  byId("dock-close").addEventListener("click", () => player.close());
  seek.addEventListener("input", () => player.seek(seek.valueAsNumber));
  earlier.addEventListener("change", () => hearEarlier(Number(earlier.value)));
  choices.addEventListener("change", (event) => player.choose(event.target.value));
  // After a choice by pointer the arrow keys still skip.
  choices.addEventListener("click", (event) => {
    if (event.detail > 0) setTimeout(() => document.activeElement.blur());
  });
  player.addEventListener("group", showGroup);
  player.addEventListener("change", showChoice);
  player.addEventListener("move", showTime);
  document.addEventListener("keydown", takeKey);
}

function showGroup() {
  const { group } = player;
  byId("dock").hidden = !group;
  document.body.classList.toggle("has-dock", Boolean(group));
  if (!group) return;
  write(byId("dock-title"), group.title);
  showVoices(group.voices);
  showEarlier(group.earlier ?? []);
  showChoice();
}

function showVoices(voices) {
  choices.hidden = voices.length < 2;
  const hadFocus = choices.contains(document.activeElement);
  choices.replaceChildren(...voices.map(({ id, label }, index) => make("label", {},
    make("input", { type: "radio", name: "voice", value: id }),
    make("span", {}, ...(index < 9 ? [make("kbd", { text: index + 1 }), " "] : []), label))));
  if (hadFocus) choices.querySelector(`[value="${CSS.escape(player.chosen)}"]`)?.focus();
}

function showEarlier(iterations) {
  byId("dock-earlier-part").hidden = iterations.length === 0;
  if (document.activeElement === earlier) return;
  earlier.replaceChildren(
    make("option", { value: "", text: "Iteration …", disabled: true, selected: true }),
    ...iterations.map((iteration) => make("option", { value: iteration, text: iteration })));
}

function showChoice() {
  byId("dock").classList.toggle("is-playing", player.isWanted);
  byId("dock-play").classList.toggle("is-playing", player.isWanted);
  byId("dock-play").setAttribute("aria-label", player.isWanted ? "Pause" : "Play");
  for (const input of choices.querySelectorAll("input")) input.checked = input.value === player.chosen;
  showTrouble(byId("dock-trouble"), player.trouble);
  showTime();
}

const shown = (seconds) => seconds.toFixed(1);

function showTime() {
  const { position, start, end } = player;
  seek.min = start;
  seek.max = end;
  seek.value = position;
  seek.setAttribute("aria-valuetext", `${shown(position)} of ${shown(end)} seconds`);
  write(byId("dock-time"), `${shown(position)} / ${shown(end)} s`);
}

/** Whether an element has a use of its own for a key. */
function takes(element, key) {
  const isArrow = key.startsWith("Arrow");
  // On the seek slider an arrow moves as far as anywhere else: its own step is a hundredth of a second.
  if (element === seek) return false;
  if (element.matches("input[type=range]")) return isArrow;
  if (element.matches("input[type=radio], input[type=checkbox]")) return isArrow || key === " ";
  if (element.closest("input, textarea, select, [contenteditable]")) return true;
  return element.closest("button, summary, a") !== null && key === " ";
}

function takeKey(event) {
  const isElsewhere = event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null;
  if (!player.group || isElsewhere || takes(event.target, event.key)) return;
  if (event.key === " ") player.toggle();
  else if (event.key === "ArrowLeft") player.seek(player.position - keyStep);
  else if (event.key === "ArrowRight") player.seek(player.position + keyStep);
  else if (/^[1-9]$/.test(event.key)) player.chooseAt(Number(event.key) - 1);
  else return;
  event.preventDefault();
}
