// SPDX-License-Identifier: Apache-2.0
// The bin: what was deleted can be restored, until the bin is emptied.

import { get, post, remove } from "./api.js";
import { attempt, button, byId, confirmed, make, write } from "./dom.js";
import { store } from "./store.js";
import { count, date, length, plain } from "./text.js";

/** Items that are shown at once; all can be restored. */
const shownItems = 200;

const trouble = byId("bin-trouble");
let content = { runs: [], sounds: [] };

export function startBin() {
  byId("restore-all").addEventListener("click", () => restore(content));
  byId("empty-bin").addEventListener("click", empty);
  store.addEventListener("state", () => byId("bin-view").hidden || readBin());
}

export async function readBin() {
  const answer = await attempt(trouble, () => get("api/bin"));
  if (!answer) return;
  content = answer;
  const items = [
    ...answer.runs.map((run) => ({ kind: "Result", name: run.title, seconds: run.seconds, time: run.finished ?? run.created, ids: { runs: [run.id], sounds: [] } })),
    ...answer.sounds.map((sound) => ({ kind: "Sound", name: sound.name, seconds: sound.seconds, time: sound.created, ids: { runs: [], sounds: [sound.id] } })),
  ];
  write(byId("bin-total"), items.length > 0 ? `${count(items.length, "item")} in the bin.` : "The bin is empty.");
  for (const id of ["restore-all", "empty-bin"]) byId(id).hidden = items.length === 0;
  const rest = items.length - shownItems;
  byId("bin-list").replaceChildren(...items.slice(0, shownItems).map(itemRow),
    ...(rest > 0 ? [make("li", { class: "soft", text: `and ${count(rest, "other")}.` })] : []));
}

const itemRow = ({ kind, name, seconds, time, ids }) => make("li", { class: "row" },
  make("span", { class: "name grow", text: plain(name) }),
  make("span", { class: "facts soft", text: [kind, length(seconds), date(time)].join(" · ") }),
  button("Restore", () => restore(ids), { "aria-label": `Restore ${plain(name)}` }));

async function restore({ runs, sounds }) {
  const idOf = (item) => item.id ?? item;
  await attempt(trouble, () => post("api/bin/restore", { runs: runs.map(idOf), sounds: sounds.map(idOf) }));
  if (trouble.hidden) await attempt(trouble, () => store.read());
}

async function empty() {
  const number = content.runs.length + content.sounds.length;
  if (!await confirmed(`Delete ${count(number, "item")} for good? They cannot be restored afterwards.`, "Delete for good")) return;
  await attempt(trouble, () => remove("api/bin"));
  if (trouble.hidden) await attempt(trouble, () => store.read());
}
