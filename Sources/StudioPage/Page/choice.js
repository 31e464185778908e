// SPDX-License-Identifier: Apache-2.0
// What the next run is made of: its sounds, its preset, and the settings that differ from it.

import { store } from "./store.js";

const key = "wavestyle-choice";

/** Tells `change`, with what changed: `sounds` or `method`. Kept for a reload of the page. */
class Choice extends EventTarget {
  /** A sound's id, or null. */
  content = null;
  /** `{sound, weight}`; the weights' sum is 1. */
  styles = [];
  preset = "";
  settings = {};
  /** Why a run with these settings cannot be asked for, or nothing. */
  problem = "";

  restore() {
    try {
      const { content, styles, preset, settings } = JSON.parse(sessionStorage.getItem(key));
      Object.assign(this, { content, styles, preset, settings });
    } catch {
      // Nothing is kept, or nothing of use: the page begins empty.
    }
    if (!store.state.presets.some(({ name }) => name === this.preset)) this.preset = store.state.presets[0]?.name ?? "";
    this.dropMissing();
  }

  /** Leaves out sounds that are no longer in the library. */
  dropMissing() {
    const styles = this.styles.filter(({ sound }) => store.sounds.has(sound));
    const isContentGone = this.content !== null && !store.sounds.has(this.content);
    if (isContentGone) this.content = null;
    if (isContentGone || styles.length < this.styles.length) this.setStyles(styles);
  }

  changed(what) {
    const { content, styles, preset, settings } = this;
    sessionStorage.setItem(key, JSON.stringify({ content, styles, preset, settings }));
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  setContent(id) {
    this.content = id;
    this.changed("sounds");
  }

  /** Takes weights of any size and keeps their shares. */
  setStyles(styles) {
    const sum = styles.reduce((sum, { weight }) => sum + weight, 0);
    this.styles = styles.map(({ sound, weight }) => ({ sound, weight: sum > 0 ? weight / sum : 1 / styles.length }));
    this.changed("sounds");
  }

  /** A further style, with an equal share; the others keep their proportions. */
  addStyle(id) {
    if (this.styles.some(({ sound }) => sound === id)) return;
    this.setStyles([...this.styles, { sound: id, weight: 1 / Math.max(this.styles.length, 1) }]);
  }

  /** One sound in the place of another, as after a cut. */
  replaceStyle(old, id) {
    const others = this.styles.filter(({ sound }) => sound !== id);
    this.setStyles(others.map((style) => (style.sound === old ? { ...style, sound: id } : style)));
  }

  removeStyle(id) {
    this.setStyles(this.styles.filter(({ sound }) => sound !== id));
  }

  /** Gives one style a share; the others share the rest as before. */
  setShare(id, share) {
    const rest = this.styles.reduce((sum, { sound, weight }) => (sound === id ? sum : sum + weight), 0);
    this.setStyles(this.styles.map(({ sound, weight }) => (
      { sound, weight: sound === id ? share : (weight / rest) * (1 - share) })));
  }

  setMethod(preset, settings) {
    this.preset = preset;
    this.settings = settings;
    this.changed("method");
  }

  setProblem(text) {
    if (this.problem === text) return;
    this.problem = text;
    this.dispatchEvent(new CustomEvent("change", { detail: "method" }));
  }

  get hasSounds() {
    return this.content !== null && this.styles.length > 0;
  }

  /** As a request for an estimate or a run asks for it. */
  body(preset = this.preset, settings = this.settings) {
    return { content: this.content, styles: this.styles, preset, settings };
  }
}

export const choice = new Choice();
