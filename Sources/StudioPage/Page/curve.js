// SPDX-License-Identifier: Apache-2.0
// The loss as it falls: a curve on a logarithmic axis, and the same in words.

import { get, runPath } from "./api.js";
import { make, write } from "./dom.js";
import { figure } from "./text.js";

/** Points that are drawn; of a longer run every so many is left out. */
const drawnPoints = 400;

/** A curve that reads on from where it is. */
export class LossCurve {
  losses = [];
  isReading = false;

  constructor(id) {
    this.id = id;
    this.path = make("path", { "vector-effect": "non-scaling-stroke" });
    this.top = make("span");
    this.bottom = make("span");
    this.end = make("span");
    this.picture = make("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": "Loss" }, this.path);
    this.element = make("div", { class: "curve", hidden: true },
      make("div", { class: "curve-scale soft", "aria-hidden": "true" }, this.top, this.bottom), this.picture,
      make("div", { class: "curve-time soft", "aria-hidden": "true" }, make("span", { text: "0" }), make("span", { text: "loss, logarithmic" }), this.end));
  }

  /** Reads what is new, one request at a time, and draws. */
  async read(iterations) {
    if (this.isReading) return;
    this.isReading = true;
    const after = this.losses.at(-1)?.[0] ?? -1;
    try {
      const { losses } = await get(runPath(this.id, `/losses?after=${after}`));
      this.losses.push(...losses.filter(([iteration]) => iteration > after));
      this.draw(iterations);
    } catch {
      // The next step asks again; a server that is gone is said at the page's head.
    }
    this.isReading = false;
  }

  draw(iterations) {
    const points = this.losses.filter(([, loss]) => loss > 0);
    this.element.hidden = points.length < 2;
    if (points.length < 2) return;
    const step = Math.ceil(points.length / drawnPoints);
    const drawn = points.filter((_, index) => index % step === 0 || index === points.length - 1);
    const losses = points.map(([, loss]) => loss);
    const least = losses.reduce((a, b) => Math.min(a, b));
    const greatest = losses.reduce((a, b) => Math.max(a, b));
    const range = Math.log(greatest / least) || 1;
    const last = Math.max(iterations ?? 0, points.at(-1)[0]) || 1;
    const place = ([iteration, loss]) => `${(100 * iteration) / last} ${4 + (92 * Math.log(greatest / loss)) / range}`;
    this.path.setAttribute("d", `M${drawn.map(place).join("L")}`);
    write(this.top, figure(greatest));
    write(this.bottom, figure(least));
    write(this.end, String(last));
    const [first, end] = [points[0], points.at(-1)];
    this.picture.setAttribute("aria-label",
      `Loss: ${figure(first[1])} at iteration ${first[0]}, ${figure(end[1])} at iteration ${end[0]}, ${figure(least)} at the least.`);
  }
}
