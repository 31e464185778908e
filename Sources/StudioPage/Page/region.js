// SPDX-License-Identifier: Apache-2.0
// A sound to look at: its waveform over its spectrogram, and a region chosen with the pointer or by numbers.

import { post, soundPath } from "./api.js";
import { decoded, outline } from "./audio.js";
import { attempt, button, make, showTrouble } from "./dom.js";
import { playButton, playhead, soundKey, toggleSound } from "./listening.js";
import { player } from "./player.js";
import { plain } from "./text.js";

/** Columns of the waveform's picture. */
const columns = 800;
/** Pixels that the pointer moves before it selects: less is a click. */
const dragDistance = 4;
/** The shortest region, in seconds. */
const shortest = 0.05;

/** The picture and its controls. `useCut` is called with the sound that was cut out. */
export function soundView(sound, useCut) {
  const wave = make("svg", { class: "wave", viewBox: `0 -1 ${columns} 2`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const selection = make("div", { class: "selection", hidden: true });
  const picture = make("img", {
    class: "spectrogram", src: soundPath(sound.id, "/spectrogram"), alt: `Spectrogram of ${plain(sound.name)}`,
    width: 1200, height: 256, draggable: "false",
  });
  const pictures = make("div", { class: "pictures" }, wave, picture, selection, playhead(soundKey(sound), sound.seconds));
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });

  let region;
  const from = timeField("From", () => choose(from.valueAsNumber, to.valueAsNumber));
  const to = timeField("to", () => choose(from.valueAsNumber, to.valueAsNumber));
  const cut = button("Cut out", async () => {
    const made = await attempt(trouble, () => post(soundPath(sound.id, "/cut"), region));
    if (made) useCut(made);
  });
  const whole = button("Whole sound", () => set(undefined), { class: "quiet" });

  function timeField(label, onchange) {
    return make("input", { type: "number", min: 0, max: sound.seconds, step: 0.1, "aria-label": `${label}, in seconds`, onchange });
  }

  /** A region within the sound, in order, and not too short; the whole of it is none. */
  function choose(one, other) {
    const inside = (time) => Math.min(Math.max(Number.isFinite(time) ? time : 0, 0), sound.seconds);
    const start = Math.min(inside(one), inside(other), Math.max(sound.seconds - shortest, 0));
    const end = Math.min(Math.max(inside(one), inside(other), start + shortest), sound.seconds);
    set(start <= 0 && end >= sound.seconds ? undefined : { start, end });
  }

  function set(next) {
    region = next;
    showTrouble(trouble);
    show();
    if (player.isAt(soundKey(sound))) player.setRegion(region);
  }

  function show() {
    const { start, end } = region ?? { start: 0, end: sound.seconds };
    from.value = start.toFixed(2);
    to.value = end.toFixed(2);
    selection.hidden = cut.disabled = whole.hidden = !region;
    selection.style.left = `${(100 * start) / sound.seconds}%`;
    selection.style.width = `${(100 * (end - start)) / sound.seconds}%`;
  }

  selectByPointer(pictures, sound.seconds, choose, (time) => {
    set(undefined);
    if (player.isAt(soundKey(sound))) player.seek(time);
  });
  drawWave(wave, sound, trouble);
  show();
  return make("div", { class: "sound-view" }, pictures,
    make("div", { class: "row region-tools" },
      playButton(soundKey(sound), plain(sound.name), () => toggleSound(sound, region)),
      make("label", { class: "inline" }, "From", from), make("label", { class: "inline" }, "to", to, "s"),
      cut, whole),
    trouble);
}

async function drawWave(wave, sound, trouble) {
  const buffer = await attempt(trouble, () => decoded(soundPath(sound.id, "/audio")));
  if (!buffer) return;
  const parts = outline(buffer, columns);
  // A line of at least a hundredth of the height, so that silence is seen as a line.
  const top = parts.map(([, greatest], index) => `${index} ${-Math.max(greatest, 0.01)}`);
  const bottom = parts.map(([least], index) => `${index} ${Math.max(-least, 0.01)}`).reverse();
  wave.append(make("path", { d: `M${top.join("L")}L${bottom.join("L")}Z` }));
}

/** A drag over the element selects, a click without a drag points to a time. */
function selectByPointer(element, seconds, select, point) {
  let start;
  let isDrag = false;
  const timeAt = (event) => {
    const { left, width } = element.getBoundingClientRect();
    return (seconds * (event.clientX - left)) / width;
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    start = event;
    isDrag = false;
  });
  element.addEventListener("pointermove", (event) => {
    if (!start) return;
    isDrag ||= Math.abs(event.clientX - start.clientX) >= dragDistance;
    if (isDrag) select(timeAt(start), timeAt(event));
  });
  element.addEventListener("pointerup", (event) => {
    if (start && !isDrag) point(timeAt(event));
    start = undefined;
  });
  element.addEventListener("pointercancel", () => (start = undefined));
}
