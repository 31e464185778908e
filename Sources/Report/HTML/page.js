// SPDX-License-Identifier: Apache-2.0
// Plays the sounds of a group in sync, so that they can be compared while they play. Without it each sound has its player.
"use strict";

/** Seconds in which one sound gives way to another: no click, and too short to be heard as a fade. */
const fadeTime = 0.01;
/** Seconds between the order to start and the start, so that all sounds start with the same sample. */
const startDelay = 0.02;
/** Seconds that an arrow key moves. */
const keyStep = 0.5;

/** The one clock of all groups; made when it is first needed, since browsers start it only for a person's act. */
let sharedContext;
const audioContext = () => (sharedContext ??= new AudioContext());

/** The sound that a player carries, decoded. */
async function decoded(player) {
  const bytes = Uint8Array.from(atob(player.src.split(",")[1]), (letter) => letter.charCodeAt(0));
  return audioContext().decodeAudioData(bytes.buffer);
}

const shown = (seconds) => seconds.toFixed(1);

/** Sounds that play in sync; one of them is audible. */
class Group {
  constructor(element) {
    this.element = element;
    this.duration = Number(element.dataset.seconds);
    this.cards = [...element.querySelectorAll(".sound")];
    /** With the place of the plot in them, in shares of their size. */
    this.pictures = this.cards.map((card) => card.querySelector(".spectrogram"));
    this.players = this.cards.map((card) => card.querySelector("audio"));
    this.choices = [...element.querySelectorAll(".choices input")];
    this.playButton = element.querySelector(".play");
    this.slider = element.querySelector(".seek");
    this.time = element.querySelector(".time");
    this.trouble = element.querySelector(".trouble");
    /** Where it stands, or where it was started. */
    this.offset = 0;
    /** The context's time of the start. */
    this.startedAt = 0;
    /** While it plays: each sound's source and gain. */
    this.voices = [];
    this.isWanted = false;
    this.connect();
    element.querySelector(".transport").hidden = false;
    this.show();
  }

  connect() {
    this.playButton.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.seek(this.slider.valueAsNumber));
    for (const choice of this.choices) choice.addEventListener("change", () => this.balance());
    // After a choice by pointer the arrow keys still seek.
    this.element.querySelector(".choices").addEventListener("click", (event) => {
      if (event.detail > 0) setTimeout(() => document.activeElement.blur());
    });
    for (const picture of this.pictures) {
      const { start, width, top, height } = picture.dataset;
      const playhead = picture.querySelector(".playhead");
      playhead.style.top = `${100 * top}%`;
      playhead.style.height = `${100 * height}%`;
      picture.addEventListener("click", (event) => {
        const area = picture.getBoundingClientRect();
        const share = ((event.clientX - area.left) / area.width - start) / width;
        if (share >= 0 && share <= 1) this.seek(share * this.duration);
      });
    }
  }

  get isPlaying() {
    return this.voices.length > 0;
  }

  /** In seconds. */
  get position() {
    if (!this.isPlaying) return this.offset;
    const elapsed = Math.max(0, audioContext().currentTime - this.startedAt);
    return Math.min(this.offset + elapsed, this.duration);
  }

  toggle() {
    if (this.isWanted) this.pause();
    else this.play();
  }

  async play() {
    silence(this);
    this.isWanted = true;
    this.trouble.hidden = true;
    this.show();
    try {
      this.buffers ??= Promise.all(this.players.map(decoded));
      const [buffers] = await Promise.all([this.buffers, audioContext().resume()]);
      if (this.isWanted && !this.isPlaying) this.start(buffers);
    } catch {
      this.buffers = undefined;
      this.isWanted = false;
      this.trouble.textContent = "This browser cannot play the sounds in sync; their separate players may work.";
      this.trouble.hidden = false;
    }
    this.show();
  }

  start(buffers) {
    const context = audioContext();
    if (this.offset >= this.duration) this.offset = 0;
    this.startedAt = context.currentTime + startDelay;
    this.voices = buffers.map((buffer) => {
      const source = new AudioBufferSourceNode(context, { buffer });
      const gain = new GainNode(context, { gain: 0 });
      source.connect(gain).connect(context.destination);
      source.start(this.startedAt, this.offset);
      return { source, gain: gain.gain };
    });
    const longest = this.voices.reduce((a, b) => (b.source.buffer.length > a.source.buffer.length ? b : a));
    longest.source.onended = () => this.finish();
    this.balance(this.startedAt);
    this.follow();
  }

  /** Brings the chosen sound up and the others down. */
  balance(from = audioContext().currentTime) {
    this.voices.forEach(({ gain }, index) => fade(gain, this.choices[index].checked ? 1 : 0, from));
    this.show();
  }

  pause() {
    this.isWanted = false;
    this.stop();
    this.show();
  }

  /** Stops the sounds; a later start goes on from here. */
  stop() {
    this.offset = this.position;
    for (const { source, gain } of this.voices) {
      const now = audioContext().currentTime;
      source.onended = null;
      fade(gain, 0, now);
      source.stop(now + fadeTime);
    }
    this.voices = [];
  }

  /** The end is reached: back to the start. */
  finish() {
    this.voices = [];
    this.isWanted = false;
    this.offset = 0;
    this.show();
  }

  seek(seconds) {
    const wasPlaying = this.isPlaying;
    this.stop();
    this.offset = Math.min(Math.max(seconds, 0), this.duration);
    if (wasPlaying) this.play();
    this.show();
  }

  choose(index) {
    if (index >= this.choices.length) return;
    this.choices[index].checked = true;
    this.balance();
  }

  /** Shows the time while it runs. */
  follow() {
    this.show();
    if (this.isPlaying) requestAnimationFrame(() => this.follow());
  }

  show() {
    const position = this.position;
    this.element.classList.toggle("playing", this.isWanted);
    this.playButton.setAttribute("aria-label", this.isWanted ? "Pause" : "Play");
    this.slider.value = position;
    this.slider.setAttribute("aria-valuetext", `${shown(position)} of ${shown(this.duration)} seconds`);
    this.time.textContent = `${shown(position)} / ${shown(this.duration)} s`;
    this.cards.forEach((card, index) => {
      card.classList.toggle("audible", this.isPlaying && this.choices[index].checked);
    });
    for (const picture of this.pictures) {
      const playhead = picture.querySelector(".playhead");
      const { start, width } = picture.dataset;
      playhead.style.left = `${100 * (Number(start) + (width * position) / this.duration)}%`;
      playhead.hidden = position === 0 && !this.isPlaying;
    }
  }
}

/** Brings a gain from wherever it is to within 1 % of a value in the fade's time. */
function fade(gain, value, from) {
  gain.cancelScheduledValues(from);
  gain.setTargetAtTime(value, from, fadeTime / 5);
}

const groups = [...document.querySelectorAll(".sounds")].map((element) => new Group(element));
const players = [...document.querySelectorAll("audio")];

/** Pauses everything but a group or a player. */
function silence(but) {
  for (const group of groups) if (group !== but) group.pause();
  for (const player of players) if (player !== but) player.pause();
}

for (const player of players) player.addEventListener("play", () => silence(player));

/** The group that keys are for: the one that plays, else the one in the middle of the window, else the first. */
function addressedGroup() {
  const isInMiddle = ({ element }) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top <= innerHeight / 2 && bottom >= innerHeight / 2;
  };
  return groups.find((group) => group.isWanted) ?? groups.find(isInMiddle) ?? groups[0];
}

/** Whether an element has a use of its own for a key. */
function takes(element, key) {
  const isArrow = key.startsWith("Arrow");
  // On the seek slider an arrow moves as far as anywhere else: its own step is a hundredth of a second.
  if (element.matches("input[type=range]")) return false;
  if (element.matches("input[type=radio]")) return isArrow;
  if (element.closest("audio, input, textarea, select, [contenteditable]")) return true;
  if (element.closest("button, summary")) return key === " ";
  return element.closest(".table, pre") !== null && isArrow;
}

document.addEventListener("keydown", (event) => {
  const group = addressedGroup();
  if (!group || event.ctrlKey || event.metaKey || event.altKey || takes(event.target, event.key)) return;
  if (event.key === " ") group.toggle();
  else if (event.key === "ArrowLeft") group.seek(group.position - keyStep);
  else if (event.key === "ArrowRight") group.seek(group.position + keyStep);
  else if (/^[1-9]$/.test(event.key)) group.choose(Number(event.key) - 1);
  else return;
  event.preventDefault();
});

for (const keys of document.querySelectorAll(".keys")) keys.hidden = false;

for (const button of document.querySelectorAll(".copy")) {
  const command = button.parentElement.querySelector("code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(command);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}
