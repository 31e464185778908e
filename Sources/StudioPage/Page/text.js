// SPDX-License-Identifier: Apache-2.0
// Numbers, times and names as they are shown.

const longestName = 160;

/** A name that fits into a line: without control and direction characters, and not endless. */
export function plain(name) {
  const text = String(name ?? "").slice(0, 2000).replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, " ").trim();
  const letters = [...text];
  return letters.length > longestName ? `${letters.slice(0, longestName).join("")}…` : text || "Untitled";
}

/** A length of sound: 7.4 s, 3:05. */
export function length(seconds) {
  if (!Number.isFinite(seconds)) return "-";
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A time that work takes, as the program itself writes it: 8 s, 3:05 min, 2.5 h. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "-";
  if (seconds < 1) return "less than 1 s";
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")} min`;
  return `${Number((seconds / 3600).toPrecision(3))} h`;
}

/** The same of an estimate. */
export const about = (seconds) => (seconds < 1 ? "less than 1 s" : `about ${duration(seconds)}`);

/** Names as a list in a sentence. */
export const listed = (names) => new Intl.ListFormat("en").format(names.map(plain));

export function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), units.length - 1);
  const value = count / 1000 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** Four digits of a loss, which may be of any size. */
export function figure(value) {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e6 || size < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const percent = (share) => `${Math.round(100 * share)} %`;

const dateFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export function date(text) {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? "" : dateFormat.format(time);
}
