// SPDX-License-Identifier: Apache-2.0
// A blind listening test: a name, a training page, then a page for each question. The server knows what is heard; this page knows letters.

import { get, post } from "./api.js";
import { startDock } from "./dock.js";
import { announce, attempt, button, byId, debounced, make, showTrouble, write } from "./dom.js";
import { player } from "./player.js";

/** The test; the listener's pages, and answers by page; and the place among the pages. */
let test;
let presentation;
let answers = new Map();
let place = 0;

const sections = ["welcome", "training", "page", "done"];

function showSection(name) {
  for (const section of sections) byId(section).hidden = section !== name;
  scrollTo(0, 0);
}

const soundPath = (id) => `api/sounds/${encodeURIComponent(id)}?${new URLSearchParams({ listener: presentation.listener })}`;

/** Whether a name has been entered before, in this window: a reload goes on by itself. */
const storage = "wavestyle-listener";

async function start() {
  test = await get("api/test");
  byId("instructions").replaceChildren(...instructions().map((text) => make("p", { text })));
  const name = sessionStorage.getItem(storage);
  if (name) await enter(name);
  else showSection("welcome");
}

function instructions() {
  const minutes = Math.max(1, Math.round(test.pages * 0.75));
  const how = {
    mushra: "On each page you rate some sounds from 0 to 100. One of them is the reference itself, so at least one deserves 100.",
    rating: "On each page you rate some sounds from 1, the worst, to 5, the best.",
    ab: "On each page you hear two sounds and say which one you prefer.",
  }[test.method];
  return [
    `Computer programs have tried to give one sound the style of another. ${how} Which program made which sound is hidden, and their order changes.`,
    `There are ${test.pages} pages, about ${minutes} ${minutes === 1 ? "minute" : "minutes"}. Use headphones in a quiet room. Every answer is stored at once: you may stop at any time, and go on later under the same name.`,
  ];
}

async function enter(name) {
  const entered = await post("api/listeners", { name });
  presentation = entered.presentation;
  answers = new Map(entered.answers.map((answer) => [answer.page, answer]));
  sessionStorage.setItem(storage, presentation.listener);
  const first = presentation.pages.findIndex(({ id }) => !answers.has(id));
  if (first < 0) finish();
  else if (first === 0 && answers.size === 0) train();
  else showPage(first);
}

/** Voices of a page: the reference first, if there is one, then the letters. */
function voicesOf({ reference, stimuli }) {
  // All sounds have one loudness already.
  const voice = (id, label) => ({ id, label, address: soundPath(id), loudness: null, peak: 0 });
  return [...(reference ? [voice(reference, "Reference")] : []), ...stimuli.map(({ id, letter }) => voice(id, letter))];
}

function train() {
  const voices = voicesOf(presentation.pages[0]);
  byId("training-sounds").replaceChildren(...voices.map(({ id, label }) => button(label, () => hear(id))));
  player.show({ key: "training", title: "Training", voices });
  write(byId("place"), "Training");
  showSection("training");
}

function hear(id) {
  player.choose(id);
  if (!player.isWanted) player.play();
}

function showPage(index) {
  place = index;
  const page = presentation.pages[index];
  const { comment = "" } = answers.get(page.id) ?? {};
  write(byId("place"), `Page ${index + 1} of ${presentation.pages.length}`);
  write(byId("question-heading"), page.question);
  write(byId("how"), howText());
  byId("reference").replaceChildren(...(page.reference ? [listenButton(page.reference, "Reference")] : []));
  byId("stimuli").className = `stimuli ${test.method}`;
  byId("stimuli").replaceChildren(...stimulusRows(page));
  byId("comment").value = comment;
  byId("back").hidden = index === 0;
  byId("next").textContent = index + 1 < presentation.pages.length ? "Next" : "Finish";
  showTrouble(byId("page-trouble"));
  player.show({ key: page.id, title: `Page ${index + 1}`, voices: voicesOf(page) });
  player.loadAll();
  showSection("page");
  showMissing();
  byId("question-heading").focus();
}

function howText() {
  if (test.method === "ab") return "Choose one of the two.";
  const [low, high] = [test.labels[0], test.labels.at(-1)];
  const [least, most] = test.scale;
  return `Rate each sound from ${least} (${low.toLowerCase()}) to ${most} (${high.toLowerCase()}).`;
}

const listenButton = (id, label) => button(label, () => hear(id), { class: "listen-to", "data-voice": id });

function stimulusRows(page) {
  const given = answers.get(page.id);
  if (test.method === "ab") {
    return page.stimuli.map(({ id, letter }) => make("div", { class: "stimulus" }, listenButton(id, letter),
      make("label", { class: "inline" },
        make("input", { type: "radio", name: "preference", value: id, checked: given?.preference === id, onchange: changed }),
        `I prefer ${letter}`)));
  }
  const scale = test.method === "mushra" ? slider : radios;
  return [...(test.method === "mushra" ? [labels()] : []), ...page.stimuli.map(({ id, letter }) =>
    make("div", { class: "stimulus" }, listenButton(id, letter), scale(id, letter, given?.ratings[id])))];
}

/** The standard's five words over the equal parts of the sliders. */
const labels = () => make("div", { class: "scale-labels", "aria-hidden": "true" },
  ...test.labels.map((text) => make("span", { text })));

function slider(id, letter, value) {
  const output = make("output", { text: value ?? "–" });
  const input = make("input", {
    type: "range", min: test.scale[0], max: test.scale[1], step: 1, value: value ?? test.scale[0], name: id,
    "aria-label": `Rating of ${letter}`, "aria-valuetext": value === undefined && "not rated", class: value === undefined ? "unrated" : "",
    oninput: rate,
    // A click on where it stands is a rating, too.
    onpointerup: rate,
  });
  function rate() {
    input.classList.remove("unrated");
    input.removeAttribute("aria-valuetext");
    write(output, input.value);
    changed();
  }
  return make("span", { class: "scale" }, input, output);
}

function radios(id, letter, value) {
  const [least, most] = test.scale;
  const numbers = Array.from({ length: most - least + 1 }, (_, index) => least + index);
  return make("fieldset", { class: "scale" }, make("legend", { class: "unseen", text: `Rating of ${letter}` }),
    ...numbers.map((number, index) => make("label", { class: "grade" },
      make("input", { type: "radio", name: id, value: number, checked: number === value, onchange: changed }),
      make("span", { text: `${number} ${test.labels[index]}` }))));
}

/** What is entered on the page: an answer, complete or not. */
function entered() {
  const page = presentation.pages[place];
  const answer = { listener: presentation.listener, page: page.id, ratings: {}, comment: byId("comment").value };
  if (test.method === "ab") {
    answer.preference = byId("stimuli").querySelector("input:checked")?.value;
  } else {
    const rated = test.method === "mushra" ? "input:not(.unrated)" : "input:checked";
    for (const input of byId("stimuli").querySelectorAll(rated)) answer.ratings[input.name] = Number(input.value);
  }
  const count = page.stimuli.length - Object.keys(answer.ratings).length;
  return { answer, missing: test.method === "ab" ? (answer.preference ? 0 : 1) : count };
}

function changed() {
  showMissing();
  storeSoon();
}

function showMissing() {
  const { missing } = entered();
  byId("next").disabled = missing > 0;
  write(byId("missing"), missing === 0 ? "" : test.method === "ab" ? "Choose one." : `${missing} to rate`);
}

/** Answers are stored one after the other, the last one last. */
let stored = Promise.resolve(true);

/** Stores what is entered on the page, which must be complete; whether that went well. */
function store() {
  const { answer } = entered();
  stored = stored.then(async () => {
    const kept = await attempt(byId("page-trouble"), () => post("api/answers", answer));
    if (kept) answers.set(answer.page, answer);
    return Boolean(kept);
  });
  return stored;
}

/** A slider that moves is stored once it rests. */
const storeSoon = debounced(250, () => !byId("page").hidden && entered().missing === 0 && store());

async function next() {
  if (!(await store())) return;
  if (place + 1 < presentation.pages.length) showPage(place + 1);
  else finish();
}

function finish() {
  player.close();
  write(byId("place"), "All pages are answered");
  showSection("done");
  byId("done-heading").focus();
}

function showVoice() {
  for (const element of document.querySelectorAll("[data-voice]")) {
    element.classList.toggle("primary", player.isWanted && element.dataset.voice === player.chosen);
  }
}

startDock();
player.addEventListener("change", showVoice);
player.addEventListener("group", showVoice);
byId("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(byId("entry-trouble"), () => enter(byId("listener").value));
});
byId("start").addEventListener("click", () => showPage(0));
byId("next").addEventListener("click", next);
byId("back").addEventListener("click", () => showPage(place - 1));
byId("review").addEventListener("click", () => showPage(presentation.pages.length - 1));
byId("comment").addEventListener("change", () => entered().missing === 0 && store());
byId("another").addEventListener("click", () => {
  sessionStorage.removeItem(storage);
  byId("listener").value = "";
  write(byId("place"), "");
  showSection("welcome");
  announce("The next listener can begin.");
});
start().catch((problem) => {
  showSection("welcome");
  showTrouble(byId("entry-trouble"), problem);
});
