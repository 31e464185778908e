// SPDX-License-Identifier: Apache-2.0
// Starts the page when the server's state is read, and shows one of its views: studio, library or bin.

import { readBin, startBin } from "./bin.js";
import { choice } from "./choice.js";
import { startDock } from "./dock.js";
import { byId, write } from "./dom.js";
import { startKnob } from "./knob.js";
import { refresh, startLibrary } from "./library.js";
import { hearEarlier } from "./listening.js";
import { startMethod } from "./method.js";
import { startNews } from "./news.js";
import { startPicker } from "./picker.js";
import { startQueue } from "./queue.js";
import { startSettings } from "./settings.js";
import { store } from "./store.js";
import { startWells } from "./wells.js";

const views = ["studio", "library", "bin"];

/** The view that the address names; its elements have other names, so that the browser scrolls to none. */
function showView() {
  const name = views.find((view) => location.hash === `#${view}`) ?? "studio";
  for (const view of views) {
    byId(`${view}-view`).hidden = view !== name;
    const link = document.querySelector(`nav a[href="#${view}"]`);
    if (view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  if (name === "library") refresh();
  if (name === "bin") readBin();
}

function showCounts() {
  const { results, bin, version } = store.state;
  write(byId("library-count"), results > 0 ? results.toLocaleString("en") : "");
  write(byId("bin-count"), bin > 0 ? bin.toLocaleString("en") : "");
  write(byId("version"), version);
}

store.addEventListener("state", showCounts);
store.addEventListener("state", () => {
  choice.restore();
  startKnob();
  startSettings();
  startMethod();
  startWells();
  startQueue();
  startPicker();
}, { once: true });
startDock(hearEarlier);
startLibrary();
startBin();
startNews();
addEventListener("hashchange", showView);
showView();
