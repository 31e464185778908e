// SPDX-License-Identifier: Apache-2.0
// What the server last said: sounds, the queue, presets and limits; kept up by its news.

import { get, runPath } from "./api.js";
import { debounced } from "./dom.js";

const activeStates = ["running", "waiting", "paused"];
const keptRecent = 5;

export const isActive = (run) => activeStates.includes(run.state);

/** Tells `state` when all was read, `sounds` and `queue` when those change, `run` and `gone` of one run. */
class Store extends EventTarget {
  state = { version: "", limits: {}, presets: [], results: 0, bin: 0 };
  sounds = new Map();
  /** The runs of the queue, and those that ended since the page was opened. */
  queue = new Map();
  recent = new Map();

  /** Reads all again: at first, after a reconnection, and where the news are not enough. */
  async read() {
    const state = await get("api/state");
    this.state = state;
    this.sounds = new Map(state.sounds.map((sound) => [sound.id, sound]));
    const left = [...this.queue.keys()].filter((id) => !state.queue.some((run) => run.id === id));
    this.queue = new Map(state.queue.map((run) => [run.id, run]));
    for (const name of ["state", "sounds", "queue"]) this.tell(name);
    await Promise.all(left.map((id) => this.readEnded(id)));
  }

  readSoon = debounced(400, () => this.read().catch(() => {}));

  /** A run that ended unheard. */
  async readEnded(id) {
    const run = await get(runPath(id)).catch(() => undefined);
    if (run) this.setRun(run, true);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** A new sound is the first, as in the state; one that changed stays in its place. */
  setSound(sound) {
    if (this.sounds.has(sound.id)) this.sounds.set(sound.id, sound);
    else this.sounds = new Map([[sound.id, sound], ...this.sounds]);
    this.tell("sounds");
  }

  setRun(run, wasQueued = this.queue.has(run.id)) {
    if (isActive(run)) {
      this.queue.set(run.id, run);
      this.recent.delete(run.id);
    } else {
      this.queue.delete(run.id);
      if (wasQueued) {
        this.recent = new Map([[run.id, run], ...this.recent].slice(0, keptRecent));
        this.readSoon();
      } else if (this.recent.has(run.id)) this.recent.set(run.id, run);
    }
    this.tell("run", run);
    this.tell("queue");
  }

  setGone({ run, sound }) {
    if (sound !== undefined) {
      this.sounds.delete(sound);
      this.tell("sounds");
    }
    if (run !== undefined) {
      this.queue.delete(run);
      this.recent.delete(run);
      this.tell("gone", run);
      this.tell("queue");
    }
    this.readSoon();
  }

  /** The waiting runs in another order. */
  setOrder(ids) {
    const waiting = ids.map((id) => this.queue.get(id)).filter((run) => run !== undefined);
    for (const run of waiting) this.queue.delete(run.id);
    for (const run of waiting) this.queue.set(run.id, run);
    this.tell("queue");
  }

  forgetRecent(id) {
    this.recent.delete(id);
    this.tell("queue");
  }

  /** In the order to show: what runs, what waits in its order, what is paused. */
  get queued() {
    const runs = [...this.queue.values()];
    return activeStates.flatMap((state) => runs.filter((run) => run.state === state));
  }
}

export const store = new Store();
