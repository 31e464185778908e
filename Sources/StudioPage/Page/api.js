// SPDX-License-Identifier: Apache-2.0
// Requests to the studio's server; whatever goes wrong becomes an error whose message can be shown as it is.

/** What the server, or the way to it, says went wrong. `where` is the option that it is about, without dashes and its value. */
class Problem extends Error {
  constructor(text, status = 0, where) {
    super(text);
    this.status = status;
    this.where = (where ?? "").replace(/^-+/, "").split(/[ =]/)[0];
  }
}

const unreachable = () => new Problem("The studio's server does not answer. Is wavestyle still running?");

function problem(status, text) {
  try {
    const { error } = JSON.parse(text);
    return new Problem(error.text, status, error.where);
  } catch {
    return new Problem(`The server refused this (status ${status}).`, status);
  }
}

async function answer(method, path, body) {
  const options = { method };
  if (method !== "GET") {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body ?? {});
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw problem(response.status, await response.text());
  return response;
}

async function request(method, path, body) {
  const text = await (await answer(method, path, body)).text();
  return text ? JSON.parse(text) : undefined;
}

export const get = (path) => request("GET", path);
export const post = (path, body) => request("POST", path, body);
export const patch = (path, body) => request("PATCH", path, body);
export const remove = (path) => request("DELETE", path);
export const getBytes = async (path) => (await answer("GET", path)).arrayBuffer();

const part = encodeURIComponent;

/** Letters of a file's name that are sent: the address of a request has its limits. */
const longestName = 200;
/** Whole ones: half of a pair of surrogates cannot be encoded. */
const letters = (name) => [...name].slice(0, longestName).join("").toWellFormed();

export const soundPath = (id, rest = "") => `api/sounds/${part(id)}${rest}`;
export const runPath = (id, rest = "") => `api/runs/${part(id)}${rest}`;
export const comparePath = (ids) => `compare?runs=${ids.map(part).join(",")}`;
export const snapshotPath = (id, iteration) => runPath(id, `/snapshots/${iteration}/audio`);

/** Values of an address. A form's encoding, as of URLSearchParams, writes a space as a plus, which stays one where no form is expected. */
const query = (values) => Object.entries(values).map(([name, value]) => `${name}=${part(value)}`).join("&");

export function runsPath({ search = "", order = "newest", offset = 0, limit = 100 }) {
  return `api/runs?${query({ search, order, offset, limit })}`;
}

/**
 * Sends a sound's bytes; `tell` is called with the share that is sent. XMLHttpRequest, since fetch does not tell how far it is.
 * Answers the promise of the sound, and a function that breaks it off.
 */
export function upload(name, origin, blob, tell) {
  const transfer = new XMLHttpRequest();
  const sound = new Promise((resolve, reject) => {
    transfer.open("POST", `api/sounds?${query({ name: letters(name), origin })}`);
    transfer.setRequestHeader("Content-Type", "application/octet-stream");
    transfer.upload.onprogress = (event) => event.lengthComputable && tell(event.loaded / event.total);
    transfer.onload = () => {
      if (transfer.status < 300) resolve(JSON.parse(transfer.responseText));
      else reject(problem(transfer.status, transfer.responseText));
    };
    transfer.onerror = () => reject(unreachable());
    transfer.onabort = () => resolve(undefined);
    transfer.send(blob);
  });
  return { sound, cancel: () => transfer.abort() };
}

/** Saves a file that the server makes. By way of memory, so that a failure can be said in place. */
export async function save(path, name) {
  const response = await answer("GET", path);
  const given = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") ?? "");
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = given ? decodeURIComponent(given[1]) : name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
