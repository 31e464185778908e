// SPDX-License-Identifier: Apache-2.0
// Elements: made, found, filled, and asked. Text enters as text only, so that no name can become markup.

export const byId = (id) => document.getElementById(id);

const svgTags = new Set(["svg", "path"]);

/**
 * An element. `class` and other attributes as in HTML, `text` for its text, `on...` for listeners; false, null and undefined
 * leave an attribute out.
 */
export function make(tag, attributes = {}, ...children) {
  const element = svgTags.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A button that does one thing. */
export const button = (text, onclick, attributes = {}) => make("button", { type: "button", text, onclick, ...attributes });

/** Writes a text unless it is there, so that screen readers are not told the same again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows what went wrong in its place, or with nothing hides it. */
export function showTrouble(element, problem) {
  const text = problem instanceof Error ? problem.message : (problem ?? "");
  write(element, text);
  element.hidden = text === "";
}

/** Does something that may fail, and shows why in its place; the answer is undefined then. */
export async function attempt(place, work) {
  showTrouble(place);
  try {
    return await work();
  } catch (problem) {
    showTrouble(place, problem);
    return undefined;
  }
}

/** Tells screen readers of something that happens elsewhere on the page. */
export const announce = (text) => write(byId("news"), text);

/** Asks before something that cannot be undone. */
export function confirmed(text, yes) {
  const dialog = byId("question");
  byId("question-text").textContent = text;
  byId("question-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  byId("question-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Calls a function once its calls have paused for some milliseconds. */
export function debounced(milliseconds, work) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), milliseconds);
  };
}
