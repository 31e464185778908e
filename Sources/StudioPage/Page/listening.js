// SPDX-License-Identifier: Apache-2.0
// What there is to hear of a sound and of a run, and pictures that show where the player is.

import { runPath, snapshotPath, soundPath } from "./api.js";
import { make } from "./dom.js";
import { player } from "./player.js";
import { store } from "./store.js";
import { plain } from "./text.js";

export const soundKey = (sound) => `sound ${sound.id}`;
export const runKey = (run) => `run ${run.id}`;

/** A sound's own level, where the library knows it. */
function levelOf(id) {
  const sound = store.sounds.get(id);
  return sound ? { loudness: sound.loudness, peak: sound.peak } : {};
}

/** Plays a sound or a region of it, or pauses it. */
export function toggleSound(sound, region) {
  const key = soundKey(sound);
  if (player.isAt(key) && player.isWanted) {
    player.pause();
    return;
  }
  const voice = { id: "sound", label: plain(sound.name), address: soundPath(sound.id, "/audio"), ...levelOf(sound.id) };
  player.show({ key, title: plain(sound.name), seconds: sound.seconds, region, voices: [voice] });
  player.setRegion(region);
  player.play();
}

/** Content, styles, and the run's own sound: its result, or what it is now. */
function voicesOf(run) {
  const styleLabel = run.styles.length > 1 ? (style) => `Style: ${plain(style.name)}` : () => "Style";
  const voices = [
    { id: "content", label: "Content", address: soundPath(run.content.id, "/audio"), ...levelOf(run.content.id) },
    ...run.styles.map((style) => (
      { id: `style ${style.id}`, label: styleLabel(style), address: soundPath(style.id, "/audio"), repeats: true, ...levelOf(style.id) })),
  ];
  if (run.hasResult && run.state !== "running") {
    // What comes after the # is not sent: it tells the results before and after a resumption apart.
    const address = `${runPath(run.id, "/audio")}#${run.finished}`;
    voices.push({ id: "own", label: "Result", address, loudness: run.loudness, peak: run.peak ?? undefined });
  } else if (run.snapshots.length > 0) {
    const newest = run.snapshots.at(-1);
    voices.push({ id: "own", label: `Now (${newest})`, address: snapshotPath(run.id, newest), loudness: undefined, peak: undefined });
  }
  return voices;
}

const groupOf = (run) => ({
  key: runKey(run),
  title: plain(run.title),
  seconds: run.seconds ?? store.sounds.get(run.content.id)?.seconds,
  voices: voicesOf(run),
  run,
  earlier: run.snapshots.slice(0, run.hasResult && run.state !== "running" ? undefined : -1),
});

/** Plays a run's sounds, its own one first, or pauses them. */
export function toggleRun(run) {
  if (player.isAt(runKey(run))) {
    player.toggle();
    return;
  }
  const group = groupOf(run);
  player.show(group, group.voices.at(-1).id);
  player.play();
}

/** The sound after an earlier iteration of the run that is played. */
export function hearEarlier(iteration) {
  const { run } = player.group;
  player.addEarlier({
    id: "earlier", label: `Iteration ${iteration}`, address: snapshotPath(run.id, iteration), loudness: undefined, peak: undefined,
  });
  if (!player.isWanted) player.play();
}

/** A run that is played and goes on has newer sounds. */
store.addEventListener("run", ({ detail: run }) => {
  if (!player.isAt(runKey(run))) return;
  const shown = player.group.run;
  const isSame = shown.state === run.state && shown.snapshots.length === run.snapshots.length
    && shown.finished === run.finished && shown.title === run.title;
  if (!isSame) player.show(groupOf(run));
});

/** A round button that plays or pauses what has a key. */
export function playButton(key, name, onclick) {
  const element = make("button", { type: "button", class: "play", onclick });
  follow(element, ["change", "group"], () => {
    const isPlaying = player.isAt(key) && player.isWanted;
    element.classList.toggle("is-playing", isPlaying);
    element.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${name}`);
  });
  return element;
}

/** A line over a picture at the player's time, where what has a key is played. */
export function playhead(key, seconds) {
  const element = make("div", { class: "playhead", hidden: true });
  follow(element, ["move", "group"], () => {
    element.hidden = !player.isAt(key) || (player.position === 0 && !player.isPlaying);
    if (!element.hidden) element.style.left = `${(100 * player.position) / seconds}%`;
  });
  return element;
}

/** Keeps an element up with the player, as long as it is on the page. */
function follow(element, events, show) {
  let wasShown = false;
  const take = () => {
    if (element.isConnected || !wasShown) show();
    else for (const name of events) player.removeEventListener(name, take);
    wasShown ||= element.isConnected;
  };
  for (const name of events) player.addEventListener(name, take);
  take();
}
