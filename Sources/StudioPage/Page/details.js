// SPDX-License-Identifier: Apache-2.0
// One result of the library: its picture and sounds, title, rating, note and settings, and what can be done with it.

import { get, patch, post, runPath, save } from "./api.js";
import { choice } from "./choice.js";
import { announce, attempt, button, byId, make, write } from "./dom.js";
import { deleteRun } from "./library.js";
import { playButton, playhead, runKey, toggleRun } from "./listening.js";
import { player } from "./player.js";
import { ratingControl } from "./rating.js";
import { takeMethod } from "./settings.js";
import { store } from "./store.js";
import { date, duration, length, listed, percent, plain } from "./text.js";

const formats = ["wav", "flac", "mp3"];

const place = byId("details");
let shown;
let closed = () => {};

place.addEventListener("keydown", (event) => event.key === "Escape" && closeDetails());

/** Shows a result; `whenClosed` is called when it is closed. */
export function showDetails(run, whenClosed) {
  shown = run;
  closed = whenClosed;
  place.hidden = false;
  build(run);
  place.scrollTop = 0;
  place.focus({ preventScroll: true });
}

export function closeDetails() {
  place.hidden = true;
  shown = undefined;
  closed();
}

/** The same result with news; what is being written stays. */
export function refreshDetails(run) {
  if (shown?.id !== run.id) return;
  const isOther = shown.state !== run.state || shown.finished !== run.finished;
  shown = run;
  if (isOther) build(run);
}

function build(run) {
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const change = async (values) => {
    const changed = await attempt(trouble, () => patch(runPath(run.id), values));
    if (changed) store.setRun(changed);
  };
  place.replaceChildren(
    make("div", { class: "row" },
      make("label", { class: "field grow" }, "Title", make("input", {
        type: "text", value: run.title, maxlength: 500, onchange: (event) => change({ title: event.target.value }),
      })),
      button("×", closeDetails, { class: "quiet close", "aria-label": "Close the result" })),
    ...(run.hasResult ? [pictureOf(run)] : []),
    ...(run.error ? [make("p", { class: "trouble", text: run.error })] : []),
    ...[run.summary, ...run.warnings].filter(Boolean).map((text) => make("p", { text })),
    make("p", { class: "soft", text: factsOf(run) }),
    ratingControl(run.rating, (rating) => change({ rating })),
    make("label", { class: "field" }, "Note", make("textarea", {
      rows: 2, maxlength: 10000, text: run.note ?? "", onchange: (event) => change({ note: event.target.value }),
    })),
    actions(run, trouble),
    ...(run.hasResult ? [exports(run, trouble)] : []),
    trouble,
    settingsOf(run));
}

function factsOf(run) {
  const styles = run.styles.map(({ name, weight }) => (run.styles.length > 1 ? `${plain(name)} (${percent(weight)})` : name));
  return [
    `${plain(run.content.name)} in the style of ${listed(styles)}`, run.preset, length(run.seconds),
    run.took === null ? "" : `made in ${duration(run.took)}`, date(run.finished ?? run.created),
  ].filter(Boolean).join(" · ");
}

/** The spectrogram, with the playhead; a click plays from there. */
function pictureOf(run) {
  const picture = make("div", { class: "pictures", onclick: (event) => {
    const { left, width } = picture.getBoundingClientRect();
    if (!player.isAt(runKey(run))) toggleRun(run);
    player.seek((run.seconds * (event.clientX - left)) / width);
  } },
  make("img", {
    class: "spectrogram", src: runPath(run.id, "/spectrogram"), alt: `Spectrogram of ${plain(run.title)}`, width: 1200, height: 256,
  }),
  playhead(runKey(run), run.seconds));
  return make("div", { class: "listen" }, playButton(runKey(run), plain(run.title), () => toggleRun(run)), picture);
}

function actions(run, trouble) {
  const tried = (work) => () => attempt(trouble, work);
  return make("div", { class: "row actions" },
    button("Again with …", tried(() => again(run)), { title: "Takes its sounds and settings back into the studio" }),
    ...(run.hasResult ? [
      button("Use as content", tried(() => use(run, (id) => choice.setContent(id)))),
      button("Use as style", tried(() => use(run, (id) => choice.addStyle(id)))),
    ] : []),
    ...(run.canResume ? [button("Resume", tried(async () => store.setRun(await post(runPath(run.id, "/resume")))))] : []),
    button("Delete", tried(() => deleteRun(run)), { class: "quiet" }));
}

/** The result as a sound of the next run. */
async function use(run, take) {
  const sound = await post(runPath(run.id, "/sound"));
  store.setSound(sound);
  take(sound.id);
  location.hash = "#studio";
}

/** Takes a run's sounds, preset and settings back; says which sounds are gone. */
async function again(run) {
  const isThere = ({ id }) => store.sounds.has(id);
  const gone = [run.content, ...run.styles].filter((sound) => !isThere(sound)).map(({ name }) => plain(name));
  choice.setContent(isThere(run.content) ? run.content.id : null);
  choice.setStyles(run.styles.filter(isThere).map(({ id, weight }) => ({ sound: id, weight })));
  location.hash = "#studio";
  announce(gone.length > 0 ? `No longer in the library: ${gone.join(", ")}. Choose other sounds in their place.` : "Sounds and settings are taken back.");
  await takeMethod(run.preset, run.changed);
}

function exports(run, trouble) {
  const isWithRecord = make("input", { type: "checkbox" });
  const words = make("span", { class: "soft", role: "status" });
  const name = plain(run.title);
  const give = (format) => attempt(trouble, async () => {
    write(words, "Preparing …");
    try {
      await save(runPath(run.id, `/export?format=${format}`), `${name}.${format}`);
      if (isWithRecord.checked) await save(runPath(run.id, "/record"), `${name}.json`);
    } finally {
      write(words, "");
    }
  });
  return make("div", { class: "row exports", role: "group", "aria-label": "Export" }, make("span", { text: "Export" }),
    ...formats.map((format) => button(format.toUpperCase(), () => give(format), { "aria-label": `Export as ${format.toUpperCase()}` })),
    make("label", { class: "inline" }, isWithRecord, "with its record"), words);
}

/** What differs from the preset, and behind it every setting, read when it is opened. */
function settingsOf(run) {
  const table = make("dl", { class: "values" });
  const fill = (values) => table.replaceChildren(...Object.entries(values).sort().flatMap(([name, value]) => {
    const mark = name in run.changed ? { class: "is-changed" } : {};
    return [make("dt", { ...mark, text: name }), make("dd", { ...mark, text: value })];
  }));
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const element = make("details", { ontoggle: async () => {
    if (!element.open || table.children.length > 0) return;
    const full = await attempt(trouble, () => get(runPath(run.id)));
    if (full) fill(full.settings);
  } }, make("summary", { text: "All its settings" }), table, trouble);
  const changes = Object.entries(run.changed).map(([name, value]) => `${name} ${value}`);
  return make("div", {}, make("p", { text: changes.length > 0 ? `Changed: ${changes.join(", ")}` : "The preset’s own settings" }), element);
}
