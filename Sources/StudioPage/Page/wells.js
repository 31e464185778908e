// SPDX-License-Identifier: Apache-2.0
// The two wells, content and style: sounds are dropped, picked, recorded or chosen into them.

import { upload } from "./api.js";
import { choice } from "./choice.js";
import { button, byId, make, write } from "./dom.js";
import { pickSound } from "./picker.js";
import { recorderPanel } from "./recorder.js";
import { soundView } from "./region.js";
import { store } from "./store.js";
import { bytes, length, percent, plain } from "./text.js";

const sorts = [
  { name: "content", title: "Content", hint: "What happens: words, a melody, a rhythm.", isMany: false },
  { name: "style", title: "Style", hint: "How it sounds: an instrument, a voice, rain. Several are mixed.", isMany: true },
];

export function startWells() {
  const wells = sorts.map((sort) => new Well(sort));
  byId("wells").replaceChildren(...wells.map((well) => well.element));
  const show = () => wells.forEach((well) => well.show());
  choice.addEventListener("change", (event) => event.detail === "sounds" && show());
  store.addEventListener("sounds", () => {
    choice.dropMissing();
    show();
  });
  // A file dropped beside a well must not take the page away.
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  show();
}

class Well {
  constructor({ name, title, hint, isMany }) {
    this.name = name;
    this.isMany = isMany;
    this.views = new Map();
    this.list = make("ul", { class: "well-sounds", "aria-label": title });
    this.work = make("div", { class: "well-work" });
    this.hint = make("p", { class: "drop-hint" });
    this.input = make("input", {
      type: "file", class: "unseen", multiple: isMany, tabindex: -1, accept: "audio/*,.wav,.flac,.ogg,.opus,.mp3,.aif,.aiff,.caf",
      "aria-label": `${title}: choose files`, onchange: () => this.takeFiles(this.input.files),
    });
    this.recordButton = button("Record", () => this.record());
    this.element = make("article", { class: `panel well ${name}`, "aria-label": title },
      make("header", {}, make("h3", { text: title }), make("p", { class: "soft", text: hint })),
      this.list, this.work,
      make("div", { class: "drop" }, this.hint, make("div", { class: "row" },
        button(isMany ? "Choose files …" : "Choose a file …", () => this.input.click()), this.input,
        this.recordButton,
        button("From the library …", () => this.pick()))));
    this.takeDrops();
  }

  takeDrops() {
    // Entering a child leaves the parent: only the last exit counts.
    let depth = 0;
    const mark = (change) => {
      depth = change === 0 ? 0 : depth + change;
      this.element.classList.toggle("is-target", depth > 0);
    };
    this.element.addEventListener("dragenter", (event) => event.dataTransfer.types.includes("Files") && mark(1));
    this.element.addEventListener("dragleave", () => depth > 0 && mark(-1));
    this.element.addEventListener("drop", (event) => {
      mark(0);
      this.takeFiles(event.dataTransfer.files);
    });
  }

  /** Each file is uploaded; of several for the content the first is taken, and the others are in the library. */
  async takeFiles(files) {
    const list = [...files];
    this.input.value = "";
    if (!this.isMany && list.length > 1) {
      this.note(`${plain(list[0].name)} becomes the content; the other files go to the library.`);
    }
    for (const [index, file] of list.entries()) {
      const sound = await this.send(file.name, "upload", file);
      if (sound && (this.isMany || index === 0)) this.use(sound);
    }
  }

  /** Uploads with its progress in place; answers the sound, or nothing where that failed or was broken off. */
  async send(name, origin, blob) {
    const limit = store.state.limits.uploadBytes;
    if (blob.size > limit) {
      this.note(`${plain(name)} has ${bytes(blob.size)}; the studio takes up to ${bytes(limit)}. Cut it, or save it as FLAC or MP3.`, true);
      return undefined;
    }
    const bar = make("progress", { max: 1, value: 0, "aria-label": `Upload of ${plain(name)}` });
    const words = make("span", { text: "0 %" });
    const { sound, cancel } = upload(name, origin, blob, (share) => {
      bar.value = share;
      write(words, share < 1 ? percent(share) : "reading …");
    });
    const item = make("div", { class: "upload row" }, make("span", { class: "name grow", text: plain(name) }), bar, words,
      button("Cancel", cancel, { class: "quiet" }));
    this.work.append(item);
    try {
      const made = await sound;
      if (made) store.setSound(made);
      return made;
    } catch (problem) {
      this.note(`${plain(name)}: ${problem.message}`, true);
      return undefined;
    } finally {
      item.remove();
    }
  }

  /** Says something in the well until it is dismissed. */
  note(text, isTrouble = false) {
    const item = make("div", { class: "note row", role: isTrouble ? "alert" : "status" },
      make("p", { class: isTrouble ? "trouble grow" : "grow", text }),
      button("×", () => item.remove(), { class: "quiet close", "aria-label": "Dismiss" }));
    this.work.append(item);
  }

  record() {
    this.recordButton.disabled = true;
    const panel = recorderPanel(async (name, blob) => {
      panel.remove();
      this.recordButton.disabled = false;
      this.recordButton.focus();
      const sound = blob && await this.send(name, "recording", blob);
      if (sound) this.use(sound);
    });
    this.work.append(panel);
  }

  async pick() {
    const sound = await pickSound(this.isMany ? "Choose a style" : "Choose a content");
    if (sound) this.use(sound);
  }

  use(sound) {
    if (this.isMany) choice.addStyle(sound.id);
    else choice.setContent(sound.id);
  }

  replace(old, sound) {
    store.setSound(sound);
    if (this.isMany) choice.replaceStyle(old.id, sound.id);
    else choice.setContent(sound.id);
  }

  remove(sound) {
    if (this.isMany) choice.removeStyle(sound.id);
    else choice.setContent(null);
    this.element.querySelector(".drop button").focus();
  }

  get chosen() {
    return this.isMany ? choice.styles : [choice.content].filter((id) => id !== null).map((sound) => ({ sound, weight: 1 }));
  }

  show() {
    const { chosen } = this;
    this.element.classList.toggle("is-filled", chosen.length > 0);
    const items = chosen.map(({ sound }) => this.item(store.sounds.get(sound)));
    const isSame = items.length === this.list.children.length && items.every((item, index) => item.element === this.list.children[index]);
    // Elements that are moved lose the focus.
    if (!isSame) this.list.replaceChildren(...items.map(({ element }) => element));
    for (const id of this.views.keys()) if (!chosen.some(({ sound }) => sound === id)) this.views.delete(id);
    chosen.forEach(({ weight }, index) => items[index].showShare(weight, chosen.length > 1));
    write(this.hint, this.hintFor(chosen.length));
  }

  hintFor(count) {
    if (count === 0) return this.isMany ? "Drop sounds here, or" : "Drop a sound here, or";
    return this.isMany ? "Add another style:" : "Replace it:";
  }

  /** A sound's place in the well: made once, so that its region stays. */
  item(sound) {
    const known = this.views.get(sound.id);
    if (known) {
      write(known.title, plain(sound.name));
      return known;
    }
    const made = this.newItem(sound);
    this.views.set(sound.id, made);
    return made;
  }

  newItem(sound) {
    const name = plain(sound.name);
    const title = make("h4", { class: "name", text: name });
    const slider = make("input", { type: "range", min: 0.01, max: 0.99, step: 0.01, "aria-label": `Share of ${name}` });
    const shown = make("output", { class: "time" });
    const share = make("label", { class: "share row" }, make("span", { text: "Share" }), slider, shown);
    slider.addEventListener("input", () => choice.setShare(sound.id, slider.valueAsNumber));
    const element = make("li", { class: "well-sound" },
      make("div", { class: "row" }, make("div", { class: "grow" }, title, make("p", { class: "soft", text: factsOf(sound) })),
        button("×", () => this.remove(sound), { class: "quiet close", "aria-label": `Remove ${name}` })),
      soundView(sound, (made) => this.replace(sound, made)),
      ...sound.remarks.map((text) => make("p", { class: "soft", text })),
      share);
    const showShare = (weight, isShared) => {
      share.hidden = !isShared;
      slider.value = weight;
      slider.setAttribute("aria-valuetext", percent(weight));
      write(shown, percent(weight));
    };
    return { element, title, showShare };
  }
}

function factsOf({ seconds, rate, channels, loudness }) {
  const layout = { 1: "mono", 2: "stereo" }[channels] ?? `${channels} channels`;
  return [length(seconds), `${rate / 1000} kHz`, layout, ...((loudness ?? null) === null ? ["silent"] : [])].join(" · ");
}
