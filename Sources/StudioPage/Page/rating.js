// SPDX-License-Identifier: Apache-2.0
// Stars, one to five, that can be taken back.

import { make } from "./dom.js";

const most = 5;

/** As text, for a row. */
export const stars = (rating) => "★".repeat(rating ?? 0);

/** A group of radio buttons; `rate` is called with 1 to 5, or null. */
export function ratingControl(rating, rate) {
  const choose = (value, label, text) => make("label", { class: value === null ? "no-star" : "star", title: label },
    make("input", { type: "radio", name: "rating", value: value ?? 0, "aria-label": label, onchange: () => rate(value) }),
    make("span", { "aria-hidden": "true", text }));
  const group = make("fieldset", { class: "rating" }, make("legend", { class: "unseen", text: "Rating" }),
    choose(null, "No rating", "none"),
    ...Array.from({ length: most }, (_, index) => choose(index + 1, `${index + 1} of ${most} stars`, "★")));
  group.querySelector(`[value="${rating ?? 0}"]`).checked = true;
  return group;
}
