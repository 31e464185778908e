// SPDX-License-Identifier: Apache-2.0
// Recording from the microphone: a panel with level, time and stop; the result is a WAV file.

import { button, make, write } from "./dom.js";
import { player } from "./player.js";
import { store } from "./store.js";

/** What the browser's refusals mean. */
const reasons = {
  NotAllowedError: "This page may not use the microphone. Allow it in the browser’s settings for this page, then record again.",
  NotFoundError: "No microphone was found. Connect one, then record again.",
  NotReadableError: "The microphone cannot be used: another program may have it.",
};

/** The meter shows so many decibels below full scale. */
const meterRange = 60;

/** A panel that records into its place; `done` is called with a name and the file, or with nothing where nothing is kept. */
export function recorderPanel(done) {
  const meter = make("div", { class: "meter-level" });
  const time = make("output", { class: "time", text: "0.0 s" });
  const words = make("p", { role: "status", text: "Waiting for the microphone …" });
  const stop = button("Stop", () => finish(true), { class: "primary", disabled: true });
  const panel = make("div", { class: "recorder", role: "group", "aria-label": "Recording" }, words,
    make("div", { class: "meter", "aria-hidden": "true" }, meter), time, stop,
    button("Discard", () => finish(false), { class: "quiet" }));

  const blocks = [];
  let session;
  let isOver = false;

  async function begin() {
    player.pause();
    try {
      session = await openMicrophone(take);
      if (isOver) session.close();
      write(words, "Recording");
      stop.disabled = false;
      stop.focus();
    } catch (problem) {
      write(words, reasons[problem.name] ?? `The microphone cannot be used: ${problem.message}`);
      words.className = "trouble";
      meter.parentElement.hidden = time.hidden = stop.hidden = true;
    }
  }

  function take(block) {
    if (isOver) return;
    blocks.push(block);
    const peak = block.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    meter.style.transform = `scaleX(${Math.max(0, 1 + (20 * Math.log10(peak + 1e-9)) / meterRange)})`;
    meter.classList.toggle("is-clipping", peak >= 0.99);
    const seconds = (blocks.length * block.length) / session.rate;
    write(time, `${seconds.toFixed(1)} s`);
    if (seconds + 0.1 >= store.state.limits.seconds) finish(true);
  }

  function finish(isKept) {
    if (isOver) return;
    isOver = true;
    session?.close();
    const clock = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    if (isKept && blocks.length > 0) done(`Recording, ${clock}`, waveFile(blocks, session.rate));
    else done();
  }

  begin();
  return panel;
}

/** The microphone as it is, without what calls do to voices. */
async function openMicrophone(take) {
  if (!navigator.mediaDevices) throw new Error("this browser gives it only to pages of this machine.");
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const context = new AudioContext();
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    context.close();
  };
  try {
    await context.audioWorklet.addModule("assets/recorder-worklet.js");
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    node.port.onmessage = (event) => take(event.data);
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(node);
  } catch (problem) {
    close();
    throw problem;
  }
  return { rate: context.sampleRate, close };
}

/** RIFF WAVE, mono, 24 bits a sample. */
function waveFile(blocks, rate) {
  const size = 3 * blocks.reduce((sum, block) => sum + block.length, 0);
  const padding = size % 2;
  const view = new DataView(new ArrayBuffer(44 + size + padding));
  const text = (at, letters) => [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + size + padding, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 3 * rate, true);
  view.setUint16(32, 3, true);
  view.setUint16(34, 24, true);
  text(36, "data");
  view.setUint32(40, size, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      const value = Math.max(-0x800000, Math.min(0x7fffff, Math.round(0x800000 * sample)));
      view.setUint8(at, value & 0xff);
      view.setInt16(at + 1, value >> 8, true);
      at += 3;
    }
  }
  return new Blob([view], { type: "audio/wav" });
}
