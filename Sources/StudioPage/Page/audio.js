// SPDX-License-Identifier: Apache-2.0
// Sounds as samples: decoded once and kept, and how loud they are.

import { getBytes } from "./api.js";

/** Seconds of sound, of all channels together, that are kept decoded: about 400 MB. */
const keptSeconds = 2000;
const rate = 48000;

/** By address, the last used at the end: promises of buffers. */
const kept = new Map();
const lengths = new Map();

/** The sound at an address, decoded. Offline, since browsers let a page be heard only after a person's act. */
export function decoded(address) {
  const buffer = kept.get(address) ?? decode(address);
  kept.delete(address);
  kept.set(address, buffer);
  return buffer;
}

async function decode(address) {
  try {
    const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await getBytes(address));
    lengths.set(address, buffer.duration * buffer.numberOfChannels);
    dropOldest();
    return buffer;
  } catch (problem) {
    kept.delete(address);
    if (problem instanceof DOMException) throw new Error("This browser cannot decode the sound.");
    throw problem;
  }
}

function dropOldest() {
  let sum = [...lengths.values()].reduce((a, b) => a + b, 0);
  for (const address of kept.keys()) {
    if (sum <= keptSeconds || kept.size === 1) return;
    sum -= lengths.get(address) ?? 0;
    lengths.delete(address);
    kept.delete(address);
  }
}

/** The least and the greatest sample of each of so many parts of a sound, over its channels. */
export function outline(buffer, parts) {
  const step = buffer.length / parts;
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, index) => buffer.getChannelData(index));
  return Array.from({ length: parts }, (_, part) => {
    let least = 0;
    let greatest = 0;
    const end = Math.min(Math.ceil((part + 1) * step), buffer.length);
    for (const samples of channels) {
      for (let index = Math.floor(part * step); index < end; index += 1) {
        if (samples[index] < least) least = samples[index];
        else if (samples[index] > greatest) greatest = samples[index];
      }
    }
    return [least, greatest];
  });
}

const loudnessOf = (power) => -0.691 + 10 * Math.log10(power);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** The power of blocks of 0.4 s, a tenth of a second apart; of a shorter sound, of the whole. One channel is played by two loudspeakers. */
function blockPowers(buffer) {
  const speakers = buffer.numberOfChannels === 1 ? 2 : 1;
  const step = Math.round(buffer.sampleRate / 10);
  const steps = Array.from({ length: Math.ceil(buffer.length / step) }, () => 0);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const samples = buffer.getChannelData(channel);
    for (let index = 0; index < samples.length; index += 1) steps[Math.floor(index / step)] += speakers * samples[index] ** 2 / step;
  }
  const whole = Math.floor(buffer.length / step);
  if (whole < 4) return [mean(steps)];
  return Array.from({ length: whole - 3 }, (_, first) => mean(steps.slice(first, first + 4)));
}

/**
 * Loudness in LUFS, null for silence, and peak of a sound that the server has not measured: a snapshot. After ITU-R BS.1770-5,
 * with the browser's own filters: within 0.1 LU of FFmpeg's measurement for the bundled sounds.
 */
export async function measured(buffer) {
  const context = new OfflineAudioContext(buffer.numberOfChannels, buffer.length, buffer.sampleRate);
  const source = new AudioBufferSourceNode(context, { buffer });
  const head = new BiquadFilterNode(context, { type: "highshelf", frequency: 1500, gain: 4 });
  const low = new BiquadFilterNode(context, { type: "highpass", frequency: 38, Q: -6 });
  source.connect(head).connect(low).connect(context.destination);
  source.start();
  const weighted = await context.startRendering();
  const audible = blockPowers(weighted).filter((power) => loudnessOf(power) > -70);
  const peak = outline(buffer, 1).reduce((most, [least, greatest]) => Math.max(most, -least, greatest), 0);
  if (audible.length === 0) return { loudness: null, peak };
  const gate = mean(audible) / 10;
  return { loudness: loudnessOf(mean(audible.filter((power) => power > gate))), peak };
}
