// SPDX-License-Identifier: Apache-2.0
// What runs would take: asked one after the other, and kept.

import { post } from "./api.js";
import { debounced } from "./dom.js";

/** By request: an estimate, or `{problem}`. */
const known = new Map();
let wanted = [];
let isAsking = false;

/** An estimate if it is known. */
export const estimateOf = (body) => known.get(JSON.stringify(body));

/** Asks for what is not known of some requests, in their order, in place of what was asked for before; `tell` is called after each. */
export const askEstimates = debounced(250, (bodies, tell) => {
  wanted = bodies.filter((body) => !estimateOf(body)).map((body) => ({ body, tell }));
  if (!isAsking) work();
});

async function work() {
  isAsking = true;
  while (wanted.length > 0) {
    const { body, tell } = wanted.shift();
    try {
      known.set(JSON.stringify(body), await post("api/estimate", body));
    } catch (problem) {
      // A refusal holds; a server that is gone may come back.
      if (problem.status !== 422) break;
      known.set(JSON.stringify(body), { problem: problem.message });
    }
    tell();
  }
  isAsking = false;
}
