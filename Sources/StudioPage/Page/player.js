// SPDX-License-Identifier: Apache-2.0
// One player for the page: the sounds of a group in sync and equally loud, one of them audible, switched without a gap.

import { decoded, measured } from "./audio.js";

/** Seconds in which one sound gives way to another: no click, and too short to be heard as a fade. */
const fadeTime = 0.01;
/** Seconds between the order to start and the start, so that all sounds start with the same sample. */
const startDelay = 0.02;
/** The loudness of everything that is played, in LUFS. */
const commonLoudness = -23;

/**
 * A group is `{key, title, voices, seconds, region?}`; a voice `{id, label, address, loudness?, peak?, repeats?}`. A voice without
 * `loudness` is measured; one that `repeats`, a style's, starts again where it is shorter than the group.
 * Tells `group` when there are other sounds, `change` when it plays, pauses or switches, and `move` as time passes.
 */
class Player extends EventTarget {
  group = undefined;
  chosen = "";
  trouble = "";
  isWanted = false;
  isPlaying = false;
  /** Where it stands, or where it was started, in seconds. */
  offset = 0;
  /** The context's time of the start. */
  startedAt = 0;

  /** The clock, made when it is first needed: browsers start it only for a person's act. */
  get context() {
    return (this.ownContext ??= new AudioContext());
  }

  get duration() {
    if (!this.group) return 0;
    const lasting = this.group.voices.filter((voice) => voice.buffer && !voice.repeats).map((voice) => voice.buffer.duration);
    return this.group.seconds ?? Math.max(0, ...lasting);
  }

  get start() {
    return this.group?.region?.start ?? 0;
  }

  get end() {
    return this.group?.region?.end ?? this.duration;
  }

  get position() {
    if (!this.isPlaying) return this.offset;
    const elapsed = Math.max(0, this.context.currentTime - this.startedAt);
    return Math.min(this.offset + elapsed, this.end);
  }

  isAt(key) {
    return this.group?.key === key;
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** Another group, at its start; or the same one with other sounds, which plays on. */
  show(group, chosen) {
    if (this.isAt(group.key)) {
      this.update(group);
      if (chosen) this.choose(chosen);
      return;
    }
    this.pause();
    this.group = group;
    this.offset = this.start;
    this.trouble = "";
    this.chosen = chosen ?? group.voices[0].id;
    this.tell("group");
    this.tell("move");
  }

  /** The same group with newer sounds: one whose address changed is replaced when it is loaded. */
  update(group) {
    const old = new Map(this.group.voices.map((voice) => [voice.id, voice]));
    const chosenEarlier = old.get("earlier");
    this.group = { ...group, voices: group.voices.map((voice) => takeOver(old.get(voice.id), voice)) };
    if (chosenEarlier) this.group.voices.push(chosenEarlier);
    const ids = new Set(this.group.voices.map(({ id }) => id));
    for (const [id, voice] of old) if (!ids.has(id)) this.silence(voice);
    if (!ids.has(this.chosen)) this.chosen = this.group.voices.at(-1).id;
    if (this.isWanted) this.loadAll();
    this.tell("group");
  }

  /** The sound after an earlier iteration, beside the others. */
  addEarlier(voice) {
    const { voices } = this.group;
    const index = voices.findIndex(({ id }) => id === voice.id);
    if (index >= 0) voices[index] = takeOver(voices[index], voice);
    else voices.push(voice);
    this.tell("group");
    this.choose(voice.id);
  }

  toggle() {
    if (this.isWanted) this.pause();
    else if (this.group) this.play();
  }

  async play() {
    this.isWanted = true;
    this.trouble = "";
    this.tell("change");
    const group = this.group;
    await Promise.all([this.context.resume(), this.load(this.voice)]);
    if (!this.isWanted || this.isPlaying || group.key !== this.group?.key) return;
    if (!this.voice.buffer) {
      this.isWanted = false;
      this.tell("change");
      return;
    }
    if (this.offset >= this.end || this.offset < this.start) this.offset = this.start;
    this.startedAt = this.context.currentTime + startDelay;
    this.isPlaying = true;
    for (const voice of this.group.voices) this.join(voice, this.startedAt);
    this.balance(this.startedAt);
    this.finishing = setTimeout(() => this.finish(), 1000 * (this.end - this.offset + startDelay + fadeTime));
    this.follow();
    this.loadAll();
  }

  get voice() {
    return this.group.voices.find(({ id }) => id === this.chosen);
  }

  loadAll() {
    for (const voice of this.group.voices) this.load(voice);
  }

  /** Decodes a voice where that is to do, and lets it join what plays. A failure is said where the voice was asked for. */
  async load(voice) {
    const { address } = voice;
    if (voice.loaded === address) return;
    try {
      const buffer = await decoded(address);
      const level = voice.loudness === undefined || voice.peak === undefined ? await measured(buffer) : {};
      if (voice.address !== address || voice.loaded === address) return;
      this.silence(voice);
      Object.assign(voice, { buffer, loaded: address, level: { loudness: voice.loudness, peak: voice.peak, ...level } });
    } catch (problem) {
      if (voice !== this.group?.voices.find(({ id }) => id === this.chosen)) return;
      this.trouble = `${voice.label} cannot be played. ${problem.message}`;
      this.tell("change");
      return;
    }
    if (this.isPlaying && this.group.voices.includes(voice)) {
      this.join(voice, this.context.currentTime + startDelay);
      this.balance();
    }
    this.tell("move");
  }

  /** Starts a voice, unheard, where the others are at a time of the context. */
  join(voice, time) {
    if (!voice.buffer || voice.live) return;
    const position = this.offset + time - this.startedAt;
    const { duration } = voice.buffer;
    if (!voice.repeats && position >= duration) return;
    const source = new AudioBufferSourceNode(this.context, { buffer: voice.buffer, loop: Boolean(voice.repeats) });
    const gain = new GainNode(this.context, { gain: 0 });
    source.connect(gain).connect(this.context.destination);
    source.start(time, position % duration);
    source.stop(this.startedAt + this.end - this.offset);
    voice.live = { source, gain: gain.gain };
  }

  silence(voice) {
    if (!voice.live) return;
    const now = this.context.currentTime;
    fade(voice.live.gain, 0, now);
    voice.live.source.stop(now + 2 * fadeTime);
    voice.live = undefined;
  }

  /** Brings the chosen voice to the common loudness and the others down; all are softer where one would clip. */
  balance(from = this.context.currentTime) {
    const voices = this.group.voices.filter((voice) => voice.buffer);
    const highest = Math.max(...voices.map((voice) => gainOf(voice) * (voice.level.peak ?? 0)));
    const common = highest > 1 ? 1 / highest : 1;
    for (const voice of voices) {
      if (voice.live) fade(voice.live.gain, voice.id === this.chosen ? common * gainOf(voice) : 0, from);
    }
  }

  choose(id) {
    if (!this.group?.voices.some((voice) => voice.id === id)) return;
    this.chosen = id;
    if (this.isPlaying) {
      this.balance();
      this.load(this.voice);
    }
    this.tell("change");
  }

  chooseAt(index) {
    const voice = this.group?.voices[index];
    if (voice) this.choose(voice.id);
  }

  pause() {
    this.isWanted = false;
    this.stop();
    this.tell("change");
  }

  /** Stops the sounds; a later start goes on from here. */
  stop() {
    clearTimeout(this.finishing);
    this.offset = this.position;
    this.isPlaying = false;
    for (const voice of this.group?.voices ?? []) this.silence(voice);
  }

  finish() {
    this.pause();
    this.offset = this.start;
    this.tell("move");
  }

  seek(seconds) {
    const wasPlaying = this.isPlaying;
    this.stop();
    this.offset = Math.min(Math.max(seconds, this.start), this.end);
    if (wasPlaying) this.play();
    this.tell("move");
  }

  /** Other bounds for the group that is shown. */
  setRegion(region) {
    const wasWanted = this.isWanted;
    this.stop();
    this.group.region = region;
    this.offset = Math.min(Math.max(this.offset, this.start), this.end);
    if (wasWanted) this.play();
    this.tell("move");
  }

  close() {
    this.pause();
    this.group = undefined;
    this.tell("group");
    this.tell("move");
  }

  follow() {
    this.tell("move");
    if (this.isPlaying) requestAnimationFrame(() => this.follow());
  }
}

/** A voice's newer description, with what is loaded and audible of the old one. */
const takeOver = (old, voice) => (old ? Object.assign(old, voice) : voice);

const gainOf = ({ level }) => (level.loudness === null ? 1 : 10 ** ((commonLoudness - level.loudness) / 20));

/** Brings a gain from wherever it is to within 1 % of a value in the fade's time. */
function fade(gain, value, from) {
  gain.cancelScheduledValues(from);
  gain.setTargetAtTime(value, from, fadeTime / 5);
}

export const player = new Player();
