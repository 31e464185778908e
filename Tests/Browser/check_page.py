#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens pages in headless Chromium and checks what a reader would: they play, switch, seek, fit, and load nothing.

    check_page.py --screenshots FOLDER PAGE.html...

One line for each failure, and exit code 1; screenshots at 1280 and 390 pixels, light and dark. Needs Debian's chromium,
chromium-driver and python3-selenium.
"""

import argparse
import json
import pathlib
import sys
import time

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import PATIENCE, WIDTHS, Check, open_browser

# Runs before the page's own script: keeps every gain and every start that the page makes, so that what is heard can be read.
LISTEN = """
window.startsMade = [];
window.AudioBufferSourceNode = class extends AudioBufferSourceNode {
  start(...values) { super.start(...values); window.startsMade.push(values); }
};
window.gainsMade = [];
window.GainNode = class extends GainNode {
  constructor(...values) { super(...values); window.gainsMade.push(this.gain); }
};
"""


class PageCheck(Check):
    """One page in one browser."""

    def __init__(self, browser, page):
        super().__init__(browser)
        self.page = page
        # An index is known by its folder.
        self.name = page.resolve().parent.name if page.stem == "index" else page.stem

    def run(self, screenshots):
        self.guarded(self.check, screenshots)
        self.check_logs()
        return self.failures

    def check(self, screenshots):
        self.emulate(1280, "light")
        self.browser.get(self.page.resolve().as_uri())
        self.check_players()
        groups = self.browser.find_elements(By.CSS_SELECTOR, ".sounds")
        self.expect(groups, "there is no group of sounds")
        for index, group in enumerate(groups):
            self.check_group(group, f"group {index + 1}")
        if groups:
            self.check_native_player(groups[0])
            self.check_focused_controls(groups[0])
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                self.check_layout(width, scheme, screenshots)

    def check_players(self):
        """Every sound has a duration."""
        players = self.browser.find_elements(By.TAG_NAME, "audio")
        self.expect(players, "there is no sound")
        for index, player in enumerate(players):
            name = f"sound {index + 1}"
            if self.wait(lambda: self.script("return arguments[0].readyState >= 1", player), f"{name} does not load"):
                duration = self.script("return arguments[0].duration", player)
                self.expect(isinstance(duration, (int, float)) and duration > 0, f"{name} lasts {duration} s")
        pictures = self.script("return [...document.images].map((image) => image.naturalWidth)")
        self.expect(all(width > 0 for width in pictures), "a picture does not load")

    def check_group(self, group, name):
        """It plays, one sound is heard, keys switch and seek, the playhead moves, and a click seeks."""
        self.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", group)
        position = lambda: float(self.script("return arguments[0].value", group.find_element(By.CLASS_NAME, "seek")))
        playhead = lambda: float(
            self.script("return parseFloat(arguments[0].querySelector('.playhead').style.left)", group)
        )
        count = len(group.find_elements(By.CSS_SELECTOR, ".choices input"))
        heard = lambda: [
            index for index, gain in enumerate(self.script("return gainsMade.slice(-arguments[0]).map((g) => g.value)", count))
            if gain > 0.9
        ]
        starts = lambda: self.script("return startsMade.slice(-arguments[0])", count)
        duration = float(group.get_attribute("data-seconds"))

        before = playhead()
        self.press(" ")
        if not self.wait(lambda: position() > 0, f"{name} does not play after Space"):
            return
        self.expect(starts() == [starts()[0]] * count, f"{name}: the sounds do not start as one: {starts()}")
        self.wait(lambda: playhead() > before, f"{name}: the playhead stands still")
        self.wait(lambda: heard() == [0], f"{name}: not the first sound alone is heard at first")
        is_playing = lambda: "playing" in group.get_attribute("class")

        def play():
            """Plays with half of the sounds at least to come: once they have ended, no key changes what is heard."""
            if position() > duration / 2:
                self.press(Keys.ARROW_LEFT * 100)
            if not is_playing():
                self.press(" ")
                self.wait(is_playing, f"{name} does not play again")

        def is_heard(index):
            """Alone, and shown as heard."""
            cards = group.find_elements(By.CLASS_NAME, "sound")
            checked = group.find_elements(By.CSS_SELECTOR, ".choices input:checked")
            return heard() == [index] and len(checked) == 1 and "audible" in cards[index].get_attribute("class")

        for index in reversed(range(min(count, 9))):
            for _ in range(4):
                play()
                self.press(str(index + 1))
                missing = f"{name}: sound {index + 1} is not heard alone, and shown so, after its key"
                self.wait(lambda: is_heard(index) or not is_playing(), missing)
                if is_playing():
                    break
            else:
                self.expect(False, f"{missing}, until the sounds end")
        play()
        self.press(" ")
        self.wait(lambda: not is_playing(), f"{name} does not pause after Space")
        paused = position()
        time.sleep(0.2)
        self.expect(position() == paused, f"{name} runs on while it is paused")

        # A pixel of the slider's 1,000 steps, and of the picture, is less than 0.02 of the duration.
        self.press(Keys.ARROW_LEFT * 100)
        self.expect(position() == 0, f"{name}: arrow left does not reach the start")
        self.press(Keys.ARROW_RIGHT)
        self.expect(abs(position() - min(0.5, duration)) < 0.02, f"{name}: arrow right goes to {position()} s")
        self.click_at(group, 0.25)
        self.expect(
            abs(position() - 0.25 * duration) < 0.02 * duration, f"{name}: a click at a quarter goes to {position()} s"
        )
        self.press(" ")
        self.wait(lambda: position() > 0.3 * duration, f"{name} does not go on from where it was clicked")
        self.expect(
            all(abs(offset - 0.25 * duration) < 0.02 * duration for _, offset in starts()),
            f"{name}: the sounds do not start where it was clicked: {starts()}",
        )
        self.wait(
            lambda: not is_playing() and position() == 0,
            f"{name} does not end at its end",
            PATIENCE + duration,
        )

    def click_at(self, group, share):
        """Clicks on the first spectrogram at a share of its time."""
        picture = group.find_element(By.CLASS_NAME, "spectrogram")
        start, width = (float(picture.get_attribute(f"data-{key}")) for key in ("start", "width"))
        offset = (start + share * width - 0.5) * picture.size["width"]
        self.click(picture, round(offset))

    def check_native_player(self, group):
        """A sound's own player and the group do not play at once."""
        button, player = group.find_element(By.CLASS_NAME, "play"), group.find_element(By.TAG_NAME, "audio")
        self.click(button)
        self.wait(lambda: "playing" in group.get_attribute("class"), "a group does not play after its button")
        # Chromium's own button for playing is at the left.
        self.click(player, -player.size["width"] // 2 + 20)
        self.wait(lambda: "playing" not in group.get_attribute("class"), "a player does not pause its group")
        self.wait(lambda: self.script("return arguments[0].currentTime", player) > 0, "a player does not play")
        self.click(button)
        self.wait(lambda: self.script("return arguments[0].paused", player), "a group does not pause a player")
        self.click(button)
        self.wait(lambda: "playing" not in group.get_attribute("class"), "a group does not pause after its button")

    def check_focused_controls(self, group):
        """Keys that a focused control uses stay its own; a button has a name."""
        choices = group.find_elements(By.CSS_SELECTOR, ".choices input")
        position = self.script("return arguments[0].querySelector('.seek').value", group)
        if len(choices) > 1:
            self.script("arguments[0].focus()", choices[0])
            self.press(Keys.ARROW_RIGHT)
            self.expect(choices[1].is_selected(), "arrow right does not move between the choices")
            after = self.script("return arguments[0].querySelector('.seek').value", group)
            self.expect(after == position, "arrow right seeks while a choice has the focus")
        seek = group.find_element(By.CSS_SELECTOR, ".seek")
        before, end = (float(self.script(f"return arguments[0].{name}", seek)) for name in ("value", "max"))
        step = 0.5 if before + 0.5 <= end else -0.5
        self.script("arguments[0].focus()", seek)
        self.press(Keys.ARROW_RIGHT if step > 0 else Keys.ARROW_LEFT)
        after = float(self.script("return arguments[0].value", seek))
        self.expect(abs(after - max(before + step, 0)) < 0.02, f"an arrow on the slider moves from {before} to {after}")
        for summary in self.browser.find_elements(By.TAG_NAME, "summary")[:1]:
            self.script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus()", summary)
            self.press(" ")
            self.expect(self.script("return arguments[0].parentElement.open", summary), "Space does not open details")
            self.expect(
                not self.browser.find_elements(By.CLASS_NAME, "playing"), "Space on a summary starts a group"
            )
            self.press(" ")
        self.script("document.activeElement.blur()")
        for button in self.browser.find_elements(By.TAG_NAME, "button"):
            self.expect(button.accessible_name, "a button has no name")
        for picture in self.browser.find_elements(By.TAG_NAME, "img"):
            self.expect(picture.get_attribute("alt"), "a picture has no text")

    def check_layout(self, width, scheme, screenshots):
        """Nothing reaches over the side, and fingers find what they look for."""
        self.emulate(width, scheme)
        self.script("scrollTo(0, 0)")
        place = f"at {width} pixels, {scheme}"
        reach, inner = self.script("return [document.scrollingElement.scrollWidth, innerWidth]")
        self.expect(reach <= inner and inner == width, f"{place}: the page is {reach} wide in {inner}")
        small = self.script(
            """return [...document.querySelectorAll("button, .choices label, summary, .seek")]
                .map((element) => element.getBoundingClientRect().height).filter((height) => height > 0 && height < 40)"""
        )
        self.expect(not small, f"{place}: {len(small)} controls are lower than 40 pixels")
        if screenshots:
            height = self.script("return document.scrollingElement.scrollHeight")
            self.emulate(width, scheme, height)
            self.browser.save_screenshot(str(screenshots / f"{self.name}-{width}-{scheme}.png"))

    def check_logs(self):
        """The console is quiet, and nothing but the page and what it carries was asked for."""
        for entry in self.browser.get_log("browser"):
            if entry["level"] in ("WARNING", "SEVERE"):
                self.failures.append(f"console: {entry['message'][:200]}")
        own = self.page.resolve().as_uri()
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url != own and not url.startswith(("data:", "blob:")):
                    self.failures.append(f"request: {url[:200]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+", type=pathlib.Path, metavar="PAGE.html")
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    failed = False
    for page in arguments.pages:
        if not page.is_file():
            parser.error(f"{page} is missing")
        browser = open_browser(LISTEN)
        try:
            failures = PageCheck(browser, page).run(arguments.screenshots)
        finally:
            browser.quit()
        for failure in failures:
            print(f"{page}: {failure}", file=sys.stderr)
        print(f"{page}: {'failed' if failures else 'passed'}, {page.stat().st_size / 1e6:.1f} MB")
        failed = failed or bool(failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
