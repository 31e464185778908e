#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Works in `wavestyle studio` as a person does, in headless Chromium with a false microphone, and checks what is seen, heard and kept.

    check_studio.py --screenshots FOLDER .build/release/wavestyle

Starts a server of its own on an empty folder. One line for each failure, and exit code 1; screenshots at 1280 and 390 pixels, light and
dark. Needs Debian's chromium, chromium-driver and python3-selenium.
"""

import argparse
import base64
import contextlib
import json
import pathlib
import re
import shutil
import sqlite3
import statistics
import struct
import sys
import tempfile
import time

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

import check_page
from browser import PATIENCE, Check, ServedCheck, open_browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/faults"))
from studio_server import StudioServer, write_tone  # noqa: E402

# Seconds that work in the program may take on a busy machine.
WORK = 600

# Iterations of the run that is listened to, paused, and stopped before its end, and of one that comes to its end.
LONG, SHORT = 240, 12

# Runs before the page's own script: sounds know where they come from, and what is heard of each can be read.
LISTEN = """
window.sourcesMade = [];
const { arrayBuffer } = Response.prototype;
Response.prototype.arrayBuffer = async function () {
  return Object.assign(await arrayBuffer.call(this), { address: new URL(this.url).pathname.replace(/^\\/[^/]+/, "") });
};
const { decodeAudioData } = BaseAudioContext.prototype;
BaseAudioContext.prototype.decodeAudioData = async function (bytes) {
  const { address } = bytes;
  return Object.assign(await decodeAudioData.call(this, bytes), { address });
};
window.AudioBufferSourceNode = class extends AudioBufferSourceNode {
  constructor(context, options) {
    super(context, options);
    if (context instanceof OfflineAudioContext) return;
    window.sourcesMade.push(this);
    this.addEventListener("ended", () => (this.isOver = true));
  }
  connect(node, ...rest) {
    if (node instanceof GainNode) this.volume = node.gain;
    return super.connect(node, ...rest);
  }
  start(when, offset) {
    this.lead = offset - when;
    return super.start(when, offset);
  }
};
window.playing = () => window.sourcesMade.map(({ buffer, volume, lead, loop, isOver }, index) => (
  { index, address: buffer.address, seconds: buffer.duration, gain: volume.value, lead, loop, isOver: Boolean(isOver) }))
  .filter(({ isOver }) => !isOver);
"""

DROP = """
const [well, name, bytes] = arguments;
const transfer = new DataTransfer();
transfer.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name));
const event = (name) => new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer });
well.dispatchEvent(event("dragenter"));
const isMarked = well.classList.contains("is-target");
const isRefused = well.dispatchEvent(event("dragover"));
well.dispatchEvent(event("drop"));
return isMarked && !isRefused && !well.classList.contains("is-target");
"""

MOVE_RUN = """
const [from, to] = arguments;
const transfer = new DataTransfer();
const event = (name) => new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer });
from.dispatchEvent(event("dragstart"));
to.dispatchEvent(event("dragover"));
to.dispatchEvent(event("drop"));
from.dispatchEvent(event("dragend"));
"""

# Whether the element with the focus, or what stands for it, has an outline; and what it is.
FOCUS = """
const element = document.activeElement;
const shown = [element, element.nextElementSibling, element.closest(".dial")].filter(Boolean);
const { top, bottom } = element.getBoundingClientRect();
return [
  element === document.body ? "" : `${element.localName}#${element.id} ${element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 30)}`,
  shown.some((place) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(place);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  }),
  bottom > 0 && top < innerHeight,
];
"""

# Scrolls the library, a step each frame, and answers the milliseconds that the frames took.
SCROLL = """
const done = arguments[arguments.length - 1];
const rows = document.getElementById("library-rows");
const times = [];
let last;
const step = (now) => {
  if (last !== undefined) times.push(now - last);
  last = now;
  rows.scrollTop += 90;
  if (times.length < 150) requestAnimationFrame(step);
  else done(times);
};
requestAnimationFrame(step);
"""

def wave_seconds(data):
    """The length that a WAV file's own chunks say."""
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE", "it is no WAV file"
    place, rate, frame = 12, 0, 0
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        if name == b"fmt ":
            rate, frame = struct.unpack_from("<I", data, place + 12)[0], struct.unpack_from("<H", data, place + 20)[0]
        if name == b"data":
            assert place + 8 + size <= len(data), "it is cut off"
            return size / frame / rate
        place += 8 + size + size % 2
    raise AssertionError("it has no samples")


def flac_seconds(data):
    """The length that STREAMINFO says."""
    assert data[:4] == b"fLaC", "it is no FLAC file"
    bits = int.from_bytes(data[18:26], "big")
    return (bits & (2**36 - 1)) / (bits >> 44)


def mp3_seconds(data):
    """The length of all frames of an MP3 file, MPEG 1 or 2, layer III."""
    place, seconds = 0, 0.0
    if data[:3] == b"ID3":
        place = 10 + sum((byte & 127) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0)))
    low = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    high = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] & 0xE6 == 0xE2:
        version = data[place + 1] >> 3 & 3
        rate = [44_100, 48_000, 32_000][data[place + 2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
        samples = 1152 if version == 3 else 576
        seconds += samples / rate
        place += samples // 8 * 1000 * (high if version == 3 else low)[data[place + 2] >> 4] // rate + (data[place + 2] >> 1 & 1)
    assert seconds > 0, "it is no MP3 file"
    return seconds


class StudioCheck(ServedCheck):
    page, kept_height = "studio", ("library", "results")

    def __init__(self, browser, server, folder, screenshots):
        super().__init__(browser)
        self.server, self.folder, self.screenshots = server, folder, screenshots
        self.origins = {server.origin}
        self.sounds = self.folder / "made"
        self.sounds.mkdir()
        self.downloads = self.folder / "downloads"
        self.downloads.mkdir()

    def go(self, view):
        self.click(self.one(f'nav a[href="#{view}"]'))
        self.wait(lambda: self.is_seen(f"#{view}-view"), lambda: f"the view {view} is not shown")

    def command(self):
        return self.names("#command")[0]

    def well(self, name):
        return self.names(f".well.{name} .well-sound .name")

    # Checks that belong everywhere.

    def check_focus(self, view):
        """Tab goes through all of a view, and what has the focus is seen."""
        self.script("scrollTo(0, 0); document.querySelector('nav a').focus()")
        count, last = 0, None
        for _ in range(120):
            self.press(Keys.TAB)
            name, is_outlined, is_inside = self.script(FOCUS)
            if not name:
                break
            count += 1
            self.expect(is_outlined, f"{view}: the focus is not seen on {name}")
            self.expect(is_inside, f"{view}: what has the focus is outside the window: {name}")
            self.expect(self.script("return document.activeElement === arguments[0]", last) is not True if last else True,
                        f"{view}: the focus does not leave {name}")
            last = self.script("return document.activeElement")
        self.expect(count > 3, f"{view}: Tab reaches {count} controls")
        self.expect(count < 120, f"{view}: Tab does not come to an end")

    def check_console(self, place, refused=()):
        """The console is quiet, but for the browser's own line for an answer that had to be a refusal."""
        for entry in self.browser.get_log("browser"):
            is_refusal = re.search(r"Failed to load resource: the server responded with a status of 4\d\d", entry["message"])
            if not (is_refusal and any(path in entry["message"] for path in refused)):
                self.failures.append(f"{place}: console: {entry['message'][:300]}")

    def check_requests(self):
        """Nothing but the server was asked for anything."""
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(tuple(f"{origin}/" for origin in self.origins) + ("data:", "blob:")):
                    self.failures.append(f"request: {url[:200]}")

    # The way through.

    def run(self):
        self.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(self.downloads)})
        refused = {"check_refusals": ["/api/sounds"], "check_method": ["/api/settings", "/api/estimate"]}
        for step in (
            self.check_entrance, self.check_wells, self.check_refusals, self.check_region, self.check_pair, self.check_method,
            self.check_live_run, self.check_queue, self.check_library, self.check_again, self.check_compare, self.check_export,
            self.check_bin,
        ):
            begun = time.monotonic()
            self.guarded(step)
            self.check_console(step.__name__, refused.get(step.__name__, ()))
            print(f"{step.__name__.removeprefix('check_')}: {time.monotonic() - begun:.1f} s", flush=True)
        self.check_requests()

    def check_entrance(self):
        """The address that was printed leads to the page."""
        self.emulate(1280, "light")
        self.browser.get(self.server.address)
        self.wait(lambda: len(self.all(".preset-time")) > 3, "the page does not start")
        self.expect(self.browser.current_url == self.server.address, f"the address is {self.browser.current_url}")
        self.expect(not self.one("#run").is_enabled(), "something can be run without sounds")
        self.expect("Choose a content and a style" in self.text("#estimate"), f"the first step is not said: {self.text('#estimate')}")

    def check_wells(self):
        """Sounds come by a chosen file, by a dropped one, and from the microphone."""
        self.one(".well.content input[type=file]").send_keys(str(write_tone(self.sounds / "melody.wav", 330, 1.5)))
        self.wait(lambda: self.well("content") == ["melody.wav"], "a chosen file does not become the content")
        dropped = base64.b64encode(write_tone(self.sounds / "bell.wav", 880, 1).read_bytes()).decode()
        self.expect(self.script(DROP, self.one(".well.style"), "bell.wav", dropped), "a well does not say that a file can be dropped")
        self.wait(lambda: self.well("style") == ["bell.wav"], "a dropped file does not become the style")

        self.press_button("Record", ".well.style")
        seconds = lambda: float((re.match(r"[\d.]+", self.text(".recorder .time")) or ["0"])[0])
        self.wait(lambda: seconds() > 0.6, "the recording does not go on")
        self.wait(lambda: self.script("return new DOMMatrix(getComputedStyle(document.querySelector('.meter-level')).transform).a") > 0,
                  "the meter does not move")
        self.press_button("Stop", ".recorder")
        self.wait(lambda: len(self.well("style")) == 2, "a recording does not become a style")
        recorded = self.server.get("/api/state")["sounds"][0]
        self.expect(recorded["origin"] == "recording" and recorded["seconds"] > 0.5 and recorded["peak"] > 0.01
                    and re.fullmatch(r"Recording, \d\d:\d\d", recorded["name"]),
                    f"the recording is {recorded}")
        self.expect(self.names(".well.style .share .time") == ["50 %", "50 %"], f"two styles share {self.names('.well.style .share .time')}")
        self.script("arguments[0].focus()", self.one(".well.style .share input"))
        self.press(Keys.ARROW_RIGHT * 10)
        self.wait(lambda: self.names(".well.style .share .time") == ["60 %", "40 %"], "a share does not move the other one")
        for css in (".well.content", ".well.style"):
            self.wait(lambda: self.script(
                "const image = document.querySelector(`${arguments[0]} .spectrogram`); return image.complete && image.naturalWidth === 1200", css),
                lambda: f"{css} has no spectrogram")
            self.wait(lambda: self.all(f"{css} .wave path"), lambda: f"{css} has no waveform")

    def check_refusals(self):
        """What cannot be taken is said in its place, and the well stays as it was."""
        broken = self.sounds / "broken.wav"
        broken.write_bytes(b"RIFF\x00\x00\x00\x00WAVEnothing that can be played")
        large = self.sounds / "large.wav"
        with open(large, "wb") as file:
            file.truncate((512 << 20) + 1)
        long = self.sounds / "long.wav"
        samples = bytes(8000 * 1202)
        long.write_bytes(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8,
                                     b"data", len(samples)) + samples)
        for path, words in ((broken, "broken.wav"), (large, "the studio takes up to"), (long, "longer than 20 minutes")):
            self.one(".well.content input[type=file]").send_keys(str(path))
            self.wait(lambda: words in self.text(".well.content .note .trouble"), lambda: f"{path.name} is not refused in place", WORK)
            self.expect(str(self.folder) not in self.text(".well.content .note"), f"a path is shown: {self.text('.well.content .note')}")
            self.press_button("Dismiss", ".well.content .note")
            self.wait(lambda: not self.is_seen(".well.content .note"), "a note cannot be dismissed")
        self.expect(self.well("content") == ["melody.wav"], "a refused file changes the content")
        for path in (broken, large, long):
            path.unlink()
        status, _ = self.server.ask("POST", "/api/sounds?name=x.wav&origin=upload", b"no sound", "application/octet-stream")
        self.expect(status == 422, f"the server answers {status} to what is no sound")

    def check_region(self):
        """A region is chosen with the pointer, corrected by number, played, and cut out."""
        pictures = self.one(".well.content .pictures")
        self.script("arguments[0].scrollIntoView({block: 'center'})", pictures)
        width = pictures.size["width"]
        (ActionChains(self.browser).move_to_element_with_offset(pictures, -width // 4, 0).click_and_hold()
         .move_by_offset(width // 8, 0).move_by_offset(width // 8, 0).release().perform())
        fields = self.all(".well.content .region-tools input")
        values = [float(field.get_property("value")) for field in fields]
        self.expect(abs(values[0] - 0.375) < 0.03 and abs(values[1] - 0.75) < 0.03, f"a quarter to a half of 1.5 s is {values}")
        self.write(".well.content .region-tools label:nth-of-type(2) input", "1.25" + Keys.TAB)
        self.press_button("Play melody.wav", ".well.content")
        self.wait(lambda: "/ 1.3 s" in self.text("#dock-time"), lambda: f"not the region alone is played: {self.text('#dock-time')}")
        self.wait(lambda: self.script("return sourcesMade.length") > 0, "a region does not sound")
        self.press_button("Close the player")
        self.press_button("Cut out", ".well.content")
        self.wait(lambda: self.well("content") and self.well("content")[0].startswith("melody.wav, 0.3"), "what was cut out is not the content")
        cut = self.server.get("/api/state")["sounds"][0]
        self.expect(cut["origin"] == "cut" and abs(cut["seconds"] - (1.25 - values[0])) < 0.02, f"the cut is {cut}")

    def check_pair(self):
        """The bundled pair is chosen from the library; the cards say how long each method would take."""
        for well, name in (("content", "Voice"), ("style", "Flute")):
            for title in self.well(well) if well == "style" else ():
                self.press_button(f"Remove {title}", f".well.{well}")
            self.press_button("From the library …", f".well.{well}")
            self.wait(lambda: self.is_seen("#picker"), "the picker does not open")
            self.expect(self.script("return document.activeElement.id") == "picker-search", "the search has not the focus")
            if well == "content":
                self.look("picker")
                self.click(self.one("#picker-search"))
            self.press(name.lower())
            self.wait(lambda: self.names("#picker-list .pick") == [name], lambda: f"a search for {name} finds {self.names('#picker-list .pick')}")
            self.press_button(name, "#picker-list")
            self.wait(lambda: self.well(well) == [name], lambda: f"{name} is not taken: {self.well(well)}")
        self.wait(lambda: all(re.match("about|less than", time) for time in self.names(".preset-time")),
                  "the cards have no times", WORK)
        self.wait(lambda: "This will take" in self.text("#estimate"), "the run has no estimate", WORK)

    def check_method(self):
        """The knob is moved by keys and by the pointer; a setting is changed, refused, reset, and set."""
        self.click(self.one(".preset input[value=clean]"))
        self.wait(lambda: "clean" in self.command(), "a card does not choose its preset")
        command = self.command
        self.script("arguments[0].focus()", self.one("#blend"))
        self.press(Keys.ARROW_RIGHT * 30)
        self.expect(self.text(".knob-value") == "0.80" and "Much more content" in self.text("#knob-words"),
                    f"30 steps from 0.5 lead to {self.text('.knob-value')}, {self.text('#knob-words')}")
        self.wait(lambda: re.search(r"--blend[ =]0\.8\b", command()), lambda: f"the knob's value is not used: {command()}")
        dial = self.one(".dial")
        self.script("arguments[0].scrollIntoView({block: 'center'})", dial)
        ActionChains(self.browser).move_to_element_with_offset(dial, -80, 0).click().perform()
        self.expect(self.text(".knob-value") == "0.17", f"a click at the left leads to {self.text('.knob-value')}")
        ActionChains(self.browser).move_to_element_with_offset(dial, 0, -80).double_click().perform()
        self.wait(lambda: "--blend" not in command() and self.text(".knob-value") == "0.50", lambda: f"a double click does not reset: {command()}")

        self.click(self.one(".all-settings summary"))
        self.write("#setting-search", "iterations")
        self.wait(lambda: 0 < len([row for row in self.all(".setting") if row.is_displayed()]) < 8, "a search does not narrow the settings")
        field = "#setting-iterations"
        default = self.one(field).get_property("value")
        self.write(field, "many" + Keys.TAB)
        self.wait(lambda: self.is_seen("#setting-iterations-trouble"), "a wrong value is not refused in place")
        self.expect(not self.one("#run").is_enabled(), "a refused setting can be run")
        self.write(field, str(LONG) + Keys.TAB)
        self.wait(lambda: "1 change" in self.text("#change-count") and f"--iterations {LONG}" in command().replace("=", " "),
                  lambda: f"a setting is not changed: {command()}")
        self.expect(not self.is_seen("#setting-iterations-trouble"), "a refusal stays")
        self.press_button("Reset Iterations")
        self.wait(lambda: self.one(field).get_property("value") == default and "--iterations" not in command(), "a setting is not reset")
        self.write(field, str(LONG) + Keys.TAB)
        self.wait(lambda: f"--iterations {LONG}" in command().replace("=", " "), "a setting is not set again")
        self.write("#setting-search", Keys.BACKSPACE)
        self.wait(lambda: self.one("#run").is_enabled() and "This will take" in self.text("#estimate"), "the run is not ready", WORK)
        self.check_focus("studio")
        self.look("studio")
        self.click(self.one(".all-settings summary"))

    def state(self, number):
        return self.server.get(f"/api/runs/{number}")

    def check_live_run(self):
        """A run is heard while it goes on: one of content, style and now, switched without a restart."""
        self.press_button("Run", ".run-bar")
        self.wait(lambda: self.text("#queue .state") == "Running", "the run does not start", WORK)
        self.long = self.server.get("/api/state")["queue"][0]["id"]
        self.wait(lambda: f"of {LONG}" in self.text("#queue .progress-words"), "no progress is shown", WORK)
        self.wait(lambda: self.is_seen("#queue .curve"), "no curve is shown", WORK)
        self.wait(lambda: self.state(self.long)["snapshots"], "the run has no sound yet", WORK)
        self.press_button("Play Voice as Flute", "#queue")
        self.wait(lambda: any("Now" in name for name in self.names("#dock-choices span")), "what the run sounds like now cannot be chosen")
        voices = self.server.get(f"/api/runs/{self.long}")
        content, style = (f"/api/sounds/{source['id']}/audio" for source in (voices["content"], voices["styles"][0]))
        now = f"/api/runs/{self.long}/snapshots/"
        for key, address in (("1", content), ("2", style), ("3", now), ("1", content), ("3", now), ("2", style)):
            self.check_switch(key, address, [content, style, now])
        self.expect(self.text("#queue .state") == "Running", "the run ended while it was heard")
        self.look("running")
        self.press_button("Close the player")
        self.wait(lambda: not self.audible(), "a closed player sounds on")

    def audible(self):
        return [voice["address"] for voice in self.script("return playing()") if voice["gain"] > 0.001]

    def check_switch(self, key, wanted, addresses):
        """Plays, presses a key, and looks at what is heard. What is played ends after two seconds, so that it is tried again then."""
        is_playing = lambda: "is-playing" in self.one("#dock").get_attribute("class")
        heard = []
        self.script("document.activeElement.blur()")
        for _ in range(8):
            if not is_playing():
                self.press(" ")
            elif self.script("return document.getElementById('dock-seek').valueAsNumber") > 1:
                self.press(Keys.ARROW_LEFT * 5)
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and is_playing():
                before = self.script("return playing()")
                if all(any(voice["address"].startswith(address) for voice in before) for address in addresses):
                    break
            self.press(key)
            while time.monotonic() < end and is_playing():
                after = self.script("return playing()")
                heard = [voice["address"] for voice in after if voice["gain"] > 0.001]
                if len(heard) == 1 and heard[0].startswith(wanted):
                    kept = {voice["index"] for voice in before}
                    again = {voice["address"] for voice in after if voice["index"] not in kept} & {voice["address"] for voice in before}
                    self.expect(not again, f"a switch by {key} starts {again} again")
                    leads = [voice["lead"] for voice in after if not voice["loop"]]
                    self.expect(max(leads) - min(leads) < 0.001, f"the sounds are not in step: {leads}")
                    return
            if time.monotonic() >= end:
                break
        self.expect(False, f"after key {key} not {wanted} alone is heard, but {heard}")

    def check_queue(self):
        """Two more wait, and change places; the first is paused, resumed, stopped, and goes on where it was."""
        for preset in ("mosaic", "mosaic-grains"):
            self.click(self.one(f".preset input[value={preset}]"))
            self.wait(lambda: self.one("#run").is_enabled() and f"--preset {preset} " in f"{self.command()} ".replace("=", " "),
                      lambda: f"{preset} is not chosen")
            count = len(self.all("#queue .run"))
            self.press_button("Run", ".run-bar")
            self.wait(lambda: len(self.all("#queue .run")) == count + 1, lambda: f"a run by {preset} does not wait")
        waiting = [run["id"] for run in self.server.get("/api/state")["queue"] if run["state"] == "waiting"]
        order = lambda: [run["id"] for run in self.server.get("/api/state")["queue"] if run["state"] == "waiting"]
        shown = lambda: [text.split("· ")[-1] for text in self.names("#queue .run .soft.name")][1:]
        self.press_button("Earlier in the queue", "#queue .run:nth-child(3)")
        self.wait(lambda: order() == waiting[::-1] and shown() == ["mosaic-grains", "mosaic"], lambda: f"the order stays: {order()}, {shown()}")
        self.script(MOVE_RUN, *self.all("#queue .run")[1:3])
        self.wait(lambda: order() == waiting and shown() == ["mosaic", "mosaic-grains"], lambda: f"a dragged run stays: {order()}, {shown()}")
        self.press_button("Earlier in the queue", "#queue .run:nth-child(3)")
        self.wait(lambda: order() == waiting[::-1], "the order stays")

        self.press_button("Pause", "#queue .run")
        self.wait(lambda: self.state(self.long)["state"] == "paused", "the run is not paused", WORK)
        for number in waiting:
            self.wait(lambda: self.state(number)["state"] == "finished", "a run that waits does not run in the pause", WORK)
        ends = [place["id"] for place in self.server.get("/api/runs?order=oldest")["runs"]]
        self.expect([number for number in ends if number in waiting] == waiting[::-1], f"the order of the queue is not kept: {ends}")
        self.wait(lambda: self.names("#queue .state") == ["Paused"] and len(self.all("#recent .run")) == 2, "the page does not show the pause")
        before = self.state(self.long)["losses"][-1][0]
        self.press_button("Resume", "#queue")
        self.wait(lambda: self.text("#queue .state") == "Running", "the run does not go on", WORK)
        self.wait(lambda: self.state(self.long)["losses"][-1][0] > before, "a paused run does not go on where it was", WORK)
        iterations = [number for number, _ in self.state(self.long)["losses"]]
        self.expect(iterations == sorted(set(iterations)), f"a paused run repeats iterations: {iterations}")

        self.press_button("Stop", "#queue")
        self.wait(lambda: self.state(self.long)["state"] == "stopped", "the run does not stop", WORK)
        stopped = self.state(self.long)
        self.expect(stopped["hasResult"] and stopped["canResume"], f"a stopped run: {stopped['hasResult']=}, {stopped['canResume']=}")
        self.wait(lambda: self.names("#recent .state")[:1] == ["Stopped"], "the page does not show that the run was stopped")
        self.press_button("Resume", "#recent .run:first-child")
        self.wait(lambda: self.text("#queue .state") == "Running", "a stopped run does not go on", WORK)
        self.wait(lambda: self.state(self.long)["losses"][-1][0] > stopped["losses"][-1][0], "a stopped run does not go on where it was", WORK)
        self.press_button("Stop", "#queue")
        self.wait(lambda: self.state(self.long)["state"] == "stopped", "the run does not stop again", WORK)
        self.expect(len(self.state(self.long)["losses"]) > len(stopped["losses"]), "a resumption loses what was done")

        self.click(self.one(".preset input[value=clean]"))
        self.wait(lambda: "clean" in self.command(), "the preset is not taken back")
        self.click(self.one(".all-settings summary"))
        self.write("#setting-iterations", str(SHORT) + Keys.TAB)
        self.wait(lambda: f"--iterations {SHORT}" in self.command().replace("=", " "), "a setting is not set")
        self.click(self.one(".all-settings summary"))
        self.press_button("Run", ".run-bar")
        self.wait(lambda: self.text("#queue .run h3") != "", "the run does not start")
        self.short = self.server.get("/api/state")["queue"][0]["id"]
        self.wait(lambda: self.state(self.short)["state"] == "finished", "a run does not finish", WORK)
        self.wait(lambda: self.names("#recent .state")[:1] == ["Finished"], "the page does not show that the run has finished")

    def rows(self):
        return self.names("#library-rows .result-title")

    def check_library(self):
        """Title, rating and note are kept; words are found; the list is sorted."""
        self.press_button("Open", "#recent .run:first-child")
        self.wait(lambda: self.is_seen("#details") and len(self.rows()) == 4, "a result does not open in the library")
        self.write("#details input[type=text]", "Tuesday’s take" + Keys.TAB)
        self.click(self.one("#details .rating input[value='4']"))
        self.write("#details textarea", "breathy, keep for the bridge" + Keys.TAB)
        kept = lambda: [self.state(self.short)[key] for key in ("title", "rating", "note")]
        self.wait(lambda: kept() == ["Tuesday’s take", 4, "breathy, keep for the bridge"], lambda: f"what was written is not kept: {kept()}")
        self.wait(lambda: "Tuesday’s take" in self.rows() and "★★★★" in self.names(".result-stars"), "the row does not show it")
        self.click(self.one("#details details summary"))
        self.wait(lambda: str(SHORT) in self.names("#details .values .is-changed"), "the settings do not show what was changed")
        self.check_focus("library")
        self.script("document.getElementById('details').scrollTop = 0; document.activeElement.blur()")
        self.look("library")
        self.press_button("Close the result")
        self.look("results")
        for words, count in (("BRIDGE breathy", 1), ("flute", 4), ("grains", 1), ("no such thing", 0)):
            self.write("#library-search", words)
            self.wait(lambda: len(self.rows()) == count, lambda: f"a search for {words} finds {self.rows()}")
        self.write("#library-search", Keys.BACKSPACE)
        self.wait(lambda: len(self.rows()) == 4, "an empty search does not find all")
        for order, first in (("rating", "Tuesday’s take"), ("title", "Tuesday’s take"), ("newest", "Tuesday’s take")):
            Select(self.one("#library-order")).select_by_value(order)
            self.wait(lambda: self.rows()[:1] == [first], lambda: f"the order by {order} begins with {self.rows()[:1]}")
        self.script("document.querySelector('.result-open').focus()")
        self.press(Keys.ARROW_DOWN + Keys.ARROW_DOWN)
        self.expect(self.script("return document.activeElement.closest('.result')?.dataset.place") == "2", "arrow keys do not move between results")
        self.press(Keys.ENTER)
        self.wait(lambda: self.is_seen("#details"), "Enter does not open a result")
        self.press(Keys.ESCAPE)
        self.wait(lambda: not self.is_seen("#details"), "Escape does not close a result")

    def open_row(self, title):
        self.click_found(lambda: self.all("#library-rows .result-open")[self.rows().index(title)])
        self.wait(lambda: self.is_seen("#details"), lambda: f"{title} does not open")

    def check_again(self):
        """A result's sounds and settings are taken back; the result becomes a sound."""
        self.open_row("Tuesday’s take")
        self.press_button("Use as style", "#details")
        self.wait(lambda: self.is_seen("#studio-view") and "Tuesday’s take" in self.well("style"),
                  lambda: f"a result does not become a style: {self.well('style')}")
        self.press_button("Remove Flute", ".well.style")
        self.click(self.one(".preset input[value=ulyanov]"))
        self.go("library")
        self.wait(lambda: "Tuesday’s take" in self.rows(), "the library is empty")
        if not self.is_seen("#details"):
            self.open_row("Tuesday’s take")
        self.press_button("Again with …", "#details")
        self.wait(lambda: (self.well("content"), self.well("style")) == (["Voice"], ["Flute"]), "the sounds are not taken back")
        self.wait(lambda: self.script("return document.querySelector('.preset input:checked').value") == "clean", "the preset is not taken back")
        self.wait(lambda: f"--iterations {SHORT}" in self.command().replace("=", " "), "the settings are not taken back")

    def check_compare(self):
        """Two results open side by side in a tab of their own, which plays them."""
        self.go("library")
        self.wait(lambda: len(self.rows()) == 4, "the library is empty")
        if self.is_seen("#details"):
            self.press_button("Close the result")
        for index in (0, 1):
            self.click_found(lambda: self.all("#library-rows .result input[type=checkbox]")[index])
        self.wait(lambda: self.text("#compare") == "Compare 2", "two results cannot be compared")
        own = self.browser.current_window_handle
        self.click(self.one("#compare"))
        self.wait(lambda: len(self.browser.window_handles) == 2, "the comparison does not open")
        self.browser.switch_to.window(next(handle for handle in self.browser.window_handles if handle != own))
        try:
            self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": check_page.LISTEN})
            self.emulate(1280, "light")
            self.browser.refresh()
            page = check_page.PageCheck(self.browser, pathlib.Path("compare"))
            groups = self.all(".sounds")
            self.expect(groups, "the comparison has no sounds")
            page.guarded(page.check_players)
            for group in groups[:1]:
                page.guarded(page.check_group, group, "the comparison")
            self.failures += page.failures
            self.check_console("compare")
            self.check_requests()
        finally:
            self.browser.close()
            self.browser.switch_to.window(own)
        self.press_button("Select none")

    def check_export(self):
        """A result is saved as WAV, FLAC and MP3, and its record beside it."""
        seconds = self.state(self.short)["seconds"]
        self.open_row("Tuesday’s take")
        for name, length, tolerance in (("wav", wave_seconds, 0.001), ("flac", flac_seconds, 0.001), ("mp3", mp3_seconds, 0.3)):
            if name == "mp3":
                self.click(self.one("#details .exports input[type=checkbox]"))
            self.press_button(f"Export as {name.upper()}", "#details")
            path = self.downloads / f"Tuesday’s take.{name}"
            if self.wait(path.exists, lambda: f"{path.name} is not saved: {list(self.downloads.iterdir())}", WORK):
                found = length(path.read_bytes())
                self.expect(abs(found - seconds) <= tolerance, f"{path.name} lasts {found} s, and not {seconds}")
        record = self.downloads / "Tuesday’s take.json"
        if self.wait(record.exists, "the record is not saved"):
            self.expect("iterations" in record.read_text() and isinstance(json.loads(record.read_text()), dict), "the record is none")

    def binned(self):
        return self.names("#bin-list .name")

    def check_bin(self):
        """What is deleted is in the bin, comes back, and goes for good only when the bin is emptied."""
        self.press_button("Delete", "#details")
        self.wait(lambda: not self.is_seen("#details") and "Tuesday’s take" not in self.rows(), "a deleted result is shown")
        self.wait(lambda: self.text("#bin-count") == "1", "the bin's number is not shown")
        self.go("bin")
        self.wait(lambda: self.binned() == ["Tuesday’s take"], lambda: f"the bin has {self.binned()}")
        self.press_button("Restore Tuesday’s take")
        self.wait(lambda: self.binned() == [] and "empty" in self.text("#bin-total"), "what was restored is in the bin")
        self.go("library")
        self.wait(lambda: "Tuesday’s take" in self.rows(), "what was restored is not in the library")
        kept = self.state(self.short)
        self.expect((kept["rating"], kept["hasResult"]) == (4, True), f"what was restored has changed: {kept}")
        self.open_row("Tuesday’s take")
        self.press_button("Delete", "#details")
        self.wait(lambda: "Tuesday’s take" not in self.rows(), "a deleted result is shown")

        self.go("studio")
        self.press_button("From the library …", ".well.content")
        for name in ("bell.wav", "Tuesday’s take"):
            self.press_button(f"Delete {name}", "#picker")
            self.press_button("Move to the bin", "#question")
            self.wait(lambda: name not in self.names("#picker-list .pick"), lambda: f"{name} is not deleted")
        self.press_button("Close", "#picker")
        self.go("bin")
        self.wait(lambda: len(self.binned()) == 3, lambda: f"the bin has {self.binned()}")
        self.look("bin")
        self.check_focus("bin")
        results = self.folder / "studio/results"
        self.expect(list(results.glob(f"{self.short}.*")), "what is in the bin has no files")
        self.press_button("Empty the bin …")
        self.wait(lambda: self.is_seen("#question"), "emptying does not ask")
        self.expect(self.script("return document.activeElement.id") == "question-no", "the careful answer has not the focus")
        self.press_button("Cancel", "#question")
        self.expect(len(self.binned()) == 3, "a cancelled question empties the bin")
        self.press_button("Empty the bin …")
        self.press_button("Delete for good", "#question")
        self.wait(lambda: self.binned() == [] and self.text("#bin-count") == "", lambda: f"the bin is not empty: {self.binned()}")
        self.expect(not list(results.glob(f"{self.short}.*")), "files of what was destroyed stay")
        status, _ = self.server.ask("GET", f"/api/runs/{self.short}")
        self.expect(status == 404, f"what was destroyed is answered {status}")


class ManyCheck(Check):
    """A library of thousands: it opens, scrolls and searches as one of ten."""

    def __init__(self, browser, server, many):
        super().__init__(browser)
        self.server, self.many = server, many

    def run(self):
        self.guarded(self.check)
        for entry in self.browser.get_log("browser"):
            self.failures.append(f"console: {entry['message'][:200]}")

    def check(self):
        self.emulate(1280, "light")
        self.browser.get(self.server.address)
        self.wait(lambda: self.browser.current_url == self.server.address, "the page does not start")
        self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
            new MutationObserver((_, observer) => {
              if (!document.querySelector("#library-rows .result-title")) return;
              window.shownAfter = performance.now();
              observer.disconnect();
            }).observe(document, { childList: true, subtree: true });"""})
        self.browser.get("about:blank")
        self.browser.get(f"{self.server.address}#library")
        self.wait(lambda: self.script("return window.shownAfter") is not None, "the library is not shown")
        opened = self.script("return window.shownAfter")
        count = self.script("return document.querySelectorAll('.result').length")
        self.expect(count < 100, f"{count} rows are elements")
        self.wait(lambda: f"{self.many:,}"[:2] in self.script("return document.getElementById('library-total').textContent"), "not all are counted")
        frames = self.browser.execute_async_script(SCROLL)
        self.wait(lambda: not self.browser.find_elements(By.CSS_SELECTOR, ".result.is-unread"), "rows stay empty after a scroll")
        searches = [self.browser.execute_async_script(
            """const done = arguments[arguments.length - 1];
            const begun = performance.now();
            fetch(`api/runs?search=${arguments[0]}&limit=100`).then((answer) => answer.json()).then(() => done(performance.now() - begun));""",
            words) for words in ("voice", "4711", "flute%20mosaic", "nothing%20like%20it", "number%2049")]
        ordered = sorted(frames)
        typical, slow = ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))]
        print(f"{self.many} results: open in {opened:.0f} ms; frames of {typical:.1f} ms, 95 % within {slow:.1f}, all within {ordered[-1]:.1f}; "
              f"a search takes {statistics.median(searches):.0f} ms, at most {max(searches):.0f}")


def add_many(folder, many):
    """So many results more: copies of a finished one, of which the first hundred have sounds."""
    database = sqlite3.connect(folder / "studio.sqlite")
    with database:
        names = [row[1] for row in database.execute("PRAGMA table_info(run)") if row[1] != "id"]
        values = database.execute(f"SELECT id, {', '.join(names)} FROM run WHERE state = 'finished' AND preset = 'mosaic' LIMIT 1").fetchone()
        first = database.execute("SELECT max(id) FROM run").fetchone()[0] + 1
        row, title = dict(zip(names, values[1:])), names.index("title")
        for number in range(first, first + many):
            row["title"] = f"Number {number}, {values[1 + title]}"
            row["words"] = f"{row['title'].lower()} {values[1 + names.index('words')]}"
            database.execute(f"INSERT INTO run (id, {', '.join(names)}) VALUES (?{', ?' * len(names)})", [number, *row.values()])
            if number < first + 100:
                for end in (".wav", ".wav.json"):
                    (folder / f"results/{number}{end}").hardlink_to(folder / f"results/{values[0]}{end}")
    database.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--many", type=int, default=5000, metavar="COUNT", help="results of the large library; 0 leaves it out")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    begun, failures = time.monotonic(), []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wavestyle-studio-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for check in ("way", "many") if arguments.many else ("way",):
            if check == "many":
                add_many(folder / "studio", arguments.many)
            server = StudioServer(arguments.program, folder / "studio")
            try:
                microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
                browser = open_browser(LISTEN, microphone)
                try:
                    made = (ManyCheck(browser, server, arguments.many) if check == "many"
                            else StudioCheck(browser, server, folder, arguments.screenshots))
                    made.run()
                finally:
                    browser.quit()
            finally:
                code = server.end()
            failures += made.failures
            if code != 130 or len(server.errors) > 1:
                failures.append(f"the server, as Ctrl-C ends it, ends with {code}: {''.join(server.errors)}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"studio: {'failed' if failures else 'passed'}, {time.monotonic() - begun:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
