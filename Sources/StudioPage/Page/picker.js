// SPDX-License-Identifier: Apache-2.0
// The dialog that chooses a sound from the library: bundled ones, uploads, recordings, cuts, and earlier results.

import { get, patch, post, remove, runPath, runsPath, soundPath } from "./api.js";
import { attempt, button, byId, confirmed, debounced, make, showTrouble } from "./dom.js";
import { playButton, runKey, soundKey, toggleRun, toggleSound } from "./listening.js";
import { store } from "./store.js";
import { count, length, plain } from "./text.js";

const origins = { bundled: "bundled", upload: "upload", recording: "recording", cut: "cut", result: "earlier result" };
/** Rows that are shown at once; a search finds the others. */
const shownRows = 100;

const dialog = byId("picker");
const list = byId("picker-list");
const trouble = byId("picker-trouble");
let picked;

export function startPicker() {
  byId("picker-close").addEventListener("click", () => dialog.close());
  byId("picker-search").addEventListener("input", debounced(200, show));
  byId("picker-origin").addEventListener("change", show);
  store.addEventListener("sounds", () => dialog.open && show());
}

/** Asks for a sound; nothing where none was chosen. */
export function pickSound(heading) {
  byId("picker-heading").textContent = heading;
  byId("picker-search").value = "";
  picked = undefined;
  showTrouble(trouble);
  show();
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(picked), { once: true }));
}

function pick(sound) {
  picked = sound;
  dialog.close();
}

async function show() {
  const search = byId("picker-search").value.trim().toLowerCase();
  const origin = byId("picker-origin").value;
  const sounds = [...store.sounds.values()].filter((sound) => (
    (origin === "" || sound.origin === origin) && sound.name.toLowerCase().includes(search)));
  const rows = sounds.slice(0, shownRows).map(soundRow);
  if (origin === "result") rows.push(...await resultRows(search));
  const others = sounds.length - shownRows;
  if (others > 0) rows.push(make("li", { class: "soft", text: `and ${count(others, "other")}: search for them by name.` }));
  if (rows.length === 0) rows.push(make("li", { class: "soft", text: "There is no such sound." }));
  list.replaceChildren(...rows);
}

function soundRow(sound) {
  const name = plain(sound.name);
  const row = make("li", { class: "row" },
    playButton(soundKey(sound), name, () => toggleSound(sound)),
    button(name, () => pick(sound), { class: "name grow pick" }),
    make("span", { class: "facts soft", text: `${length(sound.seconds)} · ${origins[sound.origin]}` }));
  if (sound.origin !== "bundled") {
    row.append(
      button("Rename", () => rename(row, sound), { class: "quiet", "aria-label": `Rename ${name}` }),
      button("Delete", () => toBin(sound), { class: "quiet", "aria-label": `Delete ${name}` }));
  }
  return row;
}

function rename(row, sound) {
  const input = make("input", { type: "text", value: sound.name, maxlength: 200, "aria-label": "New name" });
  const form = make("form", { class: "row grow", onsubmit: async (event) => {
    event.preventDefault();
    const renamed = await attempt(trouble, () => patch(soundPath(sound.id), { name: input.value }));
    if (renamed) store.setSound(renamed);
  } }, input, make("button", { text: "Save" }), button("Cancel", show, { class: "quiet" }));
  row.replaceChildren(form);
  input.select();
}

async function toBin(sound) {
  if (!await confirmed(`Move “${plain(sound.name)}” to the bin?`, "Move to the bin")) return;
  await attempt(trouble, () => remove(soundPath(sound.id)));
  if (trouble.hidden) store.setGone({ sound: sound.id });
}

/** Results that are not sounds yet become one when they are chosen. */
async function resultRows(search) {
  const answer = await attempt(trouble, () => get(runsPath({ search, limit: shownRows })));
  return (answer?.runs ?? []).filter((run) => run.hasResult).map((run) => make("li", { class: "row" },
    playButton(runKey(run), plain(run.title), () => toggleRun(run)),
    button(plain(run.title), async () => {
      const sound = await attempt(trouble, () => post(runPath(run.id, "/sound")));
      if (!sound) return;
      store.setSound(sound);
      pick(sound);
    }, { class: "name grow pick" }),
    make("span", { class: "facts soft", text: length(run.seconds) })));
}
