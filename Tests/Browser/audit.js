// SPDX-License-Identifier: Apache-2.0
// What is wrong with the page for people who read it with other eyes: run in the page by the checks, answers one line for each fault.
// Contrast is that of WCAG 2.2 between a text's colour and the colours behind it; at least 4.5 of every text, also of large ones.

const least = 4.5;
const faults = new Set();
const nameOf = (element) => {
  const name = element.id ? `#${element.id}` : `${element.localName}${[...element.classList].map((part) => `.${part}`).join("")}`;
  return `${name} “${(element.textContent || element.value || "").trim().slice(0, 30)}”`;
};
const isSeen = (element) => {
  const { width, height } = element.getBoundingClientRect();
  return width > 1 && height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
};

// Structure.
if (!document.documentElement.lang) faults.add("the page has no language");
if (!document.title) faults.add("the page has no title");
const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((heading) => heading.checkVisibility());
const levels = headings.map((heading) => Number(heading.localName[1]));
if (levels.filter((level) => level === 1).length !== 1) faults.add("the page has not one h1");
levels.forEach((level, index) => {
  if (level > (levels[index - 1] ?? 0) + 1) faults.add(`a heading skips a level: ${nameOf(headings[index])}`);
});
const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.add(`two elements have the id ${id}`);
for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls"]) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(" ")) {
      if (!document.getElementById(id)) faults.add(`${attribute} names nothing: ${id}`);
    }
  }
}
for (const picture of document.querySelectorAll("img")) {
  if (!picture.alt) faults.add(`a picture has no text: ${picture.src}`);
  if (isSeen(picture) && picture.complete && picture.naturalWidth === 0) faults.add(`a picture does not load: ${picture.src}`);
}
for (const element of document.querySelectorAll("a a, a button, button a, button button, button input")) {
  faults.add(`a control is in a control: ${nameOf(element)}`);
}

// Contrast. A canvas knows all colours that a style sheet can name.
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const known = new Map();
const colour = (text) => {
  if (!known.has(text)) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    known.set(text, [red, green, blue, alpha / 255]);
  }
  return known.get(text);
};
const over = (top, bottom) => top.slice(0, 3).map((value, index) => top[3] * value + (1 - top[3]) * bottom[index]);
const luminance = (rgb) => {
  const [red, green, blue] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const behind = (element) => {
  const layers = [];
  for (let place = element; place; place = place.parentElement) {
    const layer = colour(getComputedStyle(place).backgroundColor);
    if (layer[3] > 0) layers.push(layer);
    if (layer[3] === 1) break;
  }
  return layers.reduceRight((bottom, top) => over(top, bottom), colour("Canvas").slice(0, 3));
};
const opacity = (element) => {
  let product = 1;
  for (let place = element; place; place = place.parentElement) product *= Number(getComputedStyle(place).opacity);
  return product;
};
const compare = (element, ink, what) => {
  const back = behind(element);
  const front = colour(ink);
  const [low, high] = [luminance(over([...front.slice(0, 3), front[3] * opacity(element)], back)), luminance(back)].sort((a, b) => a - b);
  const contrast = (high + 0.05) / (low + 0.05);
  if (contrast < least) faults.add(`${what} has a contrast of ${contrast.toFixed(2)}: ${nameOf(element)}`);
};
const isOff = (element) => element.closest(":disabled, .is-off .dial") !== null;
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (texts.currentNode.data.trim() === "" || seen.has(element) || element.closest("option, script, style, noscript")) continue;
  seen.add(element);
  if (!isSeen(element) || isOff(element)) continue;
  const style = getComputedStyle(element);
  // An outlined letter is seen by its outline.
  compare(element, parseFloat(style.webkitTextStrokeWidth) > 0 ? style.webkitTextStrokeColor : style.color, "a text");
}
for (const field of document.querySelectorAll("input, textarea, select")) {
  if (!isSeen(field) || isOff(field) || ["checkbox", "radio", "range", "file"].includes(field.type)) continue;
  compare(field, getComputedStyle(field).color, "a field");
  if (field.placeholder) compare(field, getComputedStyle(field, "::placeholder").color, "a placeholder");
}

// Layout.
const { scrollWidth } = document.scrollingElement;
if (scrollWidth > innerWidth) faults.add(`the page is ${scrollWidth} wide in ${innerWidth}`);
for (const control of document.querySelectorAll("button, .button, select, summary, input, label.preset, textarea")) {
  // What covers a whole label is as large as that; an unseen one is behind a button.
  const place = control.matches("[type=checkbox], [type=radio]") ? (control.closest("label, .result") ?? control) : control;
  const { width, height, left, right } = place.getBoundingClientRect();
  if (!isSeen(place) || control.matches(".unseen")) continue;
  if (width < 24 || height < 24) faults.add(`a control is ${Math.round(width)} x ${Math.round(height)} pixels: ${nameOf(control)}`);
  const isScrolled = control.closest(".choices, .rows, .table, #picker-list") !== null;
  if (!isScrolled && (left < -0.5 || right > innerWidth + 0.5)) faults.add(`a control reaches over the side: ${nameOf(control)}`);
}
return [...faults];
