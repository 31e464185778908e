#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes a listening test as three listeners do, one of whom leaves and comes back, in headless Chromium; for each method.

    check_listen.py --screenshots FOLDER .build/release/wavestyle

Makes two runs of the bundled pair, and tests of them. One line for each failure, and exit code 1; screenshots at 1280 and 390 pixels,
light and dark. Needs Debian's chromium, chromium-driver and python3-selenium.
"""

import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import check_page
from browser import ServedCheck, open_browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/faults"))
from studio_server import Server  # noqa: E402

SYSTEMS = ("mosaic-grains", "mosaic-tonal")
# Pages of two systems: one for each criterion.
PAGES = 3


class ListenCheck(ServedCheck):
    page = "listening"

    def __init__(self, browser, method, program, runs, folder, screenshots):
        super().__init__(browser)
        self.method, self.program, self.runs, self.folder = method, program, runs, folder
        self.screenshots = screenshots

    def run(self):
        self.server = Server(self.program, "listen", self.runs, "--folder", self.folder, "--method", self.method, "--listeners", 3)
        try:
            self.guarded(self.check)
            self.check_logs()
        finally:
            self.server.end()
        self.guarded(self.check_results)
        return self.failures

    def check(self):
        self.emulate(1280, "light")
        self.open()
        if self.method == "mushra":
            self.look("welcome")
        self.enter("Ann")
        self.check_training()
        for page in range(PAGES):
            self.check_page(page, "Ann")
        self.wait(lambda: self.is_seen("#done"), "the test does not end")
        if self.method == "mushra":
            self.look("done")
        self.press_button("Go back", "#done")
        self.wait(lambda: self.text("#next") == "Finish", "one cannot go back after the end")
        self.expect(self.is_complete(), "answers are not shown again")
        # The same window goes on by itself.
        self.browser.refresh()
        self.wait(lambda: self.is_seen("#done"), "a reload does not go on")
        self.press_button("Go back", "#done")
        self.press_button("Finish", "#page")
        self.wait(lambda: self.is_seen("#done"), "the test does not end again")

        self.press_button("Another listener", "#done")
        self.enter("Ben")
        self.press_button("Start the test", "#training")
        self.check_page(0, "Ben")
        # The server is killed, and Ben comes back on another day.
        self.wait(lambda: len(self.answers("Ben")) == 1, "an answer is not stored when the next page is shown")
        before = self.presentation("Ben")
        self.server.kill()
        self.server = Server(self.program, "listen", self.folder)
        self.open()
        # Another port is another place: the window does not remember who sits at it.
        self.enter("Ben", "#page")
        self.wait(lambda: self.text("#place") == f"Page 2 of {PAGES}", lambda: f"who comes back is at “{self.text('#place')}”")
        self.expect(self.presentation("Ben") == before, "who comes back has another order")
        for page in (1, 2):
            self.check_page(page, "Ben")
        self.press_button("Another listener", "#done")
        self.enter("  Cid ")
        self.press_button("Start the test", "#training")
        for page in range(PAGES):
            self.check_page(page, "Cid")
        self.wait(lambda: self.is_seen("#done"), "the third listener does not reach the end")

    def open(self):
        self.browser.get(self.server.address)
        self.wait(lambda: self.is_seen("main > section"), "the page does not start")

    def enter(self, name, section="#training"):
        self.wait(lambda: self.is_seen("#welcome"), "there is no welcome")
        self.click(self.one("#listener"))
        self.press(name + Keys.ENTER)
        self.wait(lambda: self.is_seen(section), f"{name} does not get to {section}")

    def presentation(self, name):
        return self.server.json("POST", "/api/listeners", {"name": name})["presentation"]

    def answers(self, name):
        return self.server.json("POST", "/api/listeners", {"name": name})["answers"]

    def heard(self):
        """The labels of the sounds that are loud, while it plays."""
        return [self.names("#dock-choices span")[index]
                for index, gain in enumerate(self.script("return gainsMade.slice(-arguments[0]).map((gain) => gain.value)", self.voices()))
                if gain > 0.9]

    def voices(self):
        return len(self.all("#dock-choices input"))

    def check_training(self):
        source = self.browser.page_source
        for name in (*SYSTEMS, ".wav", "anchor"):
            self.expect(name not in source, f"the page says “{name}”")
        if self.method == "mushra":
            self.look("training")
        self.click(self.one("#training-sounds button"))
        self.wait(lambda: len(self.heard()) == 1, "no sound is heard in the training")
        self.press_button("Start the test", "#training")

    def check_page(self, index, listener):
        self.wait(lambda: self.text("#place") == f"Page {index + 1} of {PAGES}", lambda: f"{listener} is at “{self.text('#place')}”")
        self.expect(not self.one("#next").is_enabled(), "an empty page can be left")
        if index == 0 and listener == "Ann":
            self.check_playing()
            self.look(f"{self.method}-page")
        for position, row in enumerate(self.all(".stimulus")):
            self.rate(row, position)
        if index == 0:
            self.click(self.one("#comment"))
            self.press("=SUM(A1) <b>not bold</b>")
        self.wait(lambda: self.one("#next").is_enabled(), "a complete page cannot be left")
        if index == 1 and listener == "Ann" and self.method == "mushra":
            self.look("mushra-rated")
        self.click(self.one("#next"))
        last = index + 1 == PAGES
        self.wait(lambda: self.is_seen("#done") if last else self.text("#place") == f"Page {index + 2} of {PAGES}", "the page stays")

    def check_playing(self):
        """It plays; each sound is heard alone after its key or its button; none starts again."""
        self.script("document.activeElement.blur()")
        self.press(" ")
        self.wait(lambda: len(self.heard()) == 1, "Space does not play")
        labels = [label.split(" ")[-1] for label in self.names("#dock-choices span")]
        is_playing = lambda: "is-playing" in self.one("#dock").get_attribute("class")
        is_alone = lambda: [heard.split(" ")[-1] for heard in self.heard()] == [label]
        for number, label in enumerate(labels, start=1):
            # Where the sounds end before a key comes, no key changes what is heard.
            for _ in range(4):
                if not is_playing():
                    self.press(" ")
                    self.wait(is_playing, "Space does not play again")
                self.press(str(number))
                self.wait(lambda: is_alone() or not is_playing(), f"key {number} is not heard alone")
                if is_alone():
                    break
            self.expect(is_alone(), f"what key {number} chooses is not heard")
        self.press(" ")
        button = self.all("#stimuli .listen-to")[0]
        self.click(button)
        self.wait(lambda: "primary" in button.get_attribute("class"), "a letter does not show that it is heard")
        self.script("document.activeElement.blur()")
        self.press(" ")

    def rate(self, row, position):
        if self.method == "mushra":
            slider = row.find_element(By.CSS_SELECTOR, "input")
            self.click(slider, round((position - 2) * 0.1 * slider.size["width"]))
            self.press(Keys.ARROW_RIGHT)
        else:
            choices = row.find_elements(By.CSS_SELECTOR, "input")
            if self.method == "rating" or position == 0:
                self.click(choices[position % len(choices)])

    def is_complete(self):
        if self.method == "mushra":
            return not self.all(".unrated")
        return len(self.all("#stimuli input:checked")) == (1 if self.method == "ab" else len(SYSTEMS))

    def check_logs(self):
        for entry in self.browser.get_log("browser"):
            if entry["level"] in ("WARNING", "SEVERE"):
                self.failures.append(f"console: {entry['message'][:200]}")
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
                    self.failures.append(f"request: {url[:200]}")

    def check_results(self):
        done = subprocess.run([self.program, "listen", "--results", self.folder, "--keep-all"], capture_output=True, text=True)
        self.expect(done.returncode == 0, f"the results cannot be had: {done.stderr}")
        for text in ("given by 3 blind testers", *SYSTEMS):
            self.expect(text in done.stdout, f"the results do not say “{text}”")
        with open(self.folder / "answers.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.expect({row["listener"] for row in rows} == {"Ann", "Ben", "Cid"}, "a listener's answers are missing")
        pages = {(row["listener"], row["criterion"]) for row in rows}
        self.expect(len(pages) == 3 * PAGES, f"{len(pages)} pages are answered")
        self.expect(all(not row["comment"].startswith("=") for row in rows), "a comment is a spreadsheet's formula")
        emulated = self.folder / "results.html"
        self.emulate(1280, "light")
        self.browser.get(emulated.resolve().as_uri())
        for width in (1280, 390):
            self.emulate(width, "light")
            reach, inner = self.script("return [document.scrollingElement.scrollWidth, innerWidth]")
            self.expect(reach <= inner, f"the results are {reach} wide in {inner}")
            if self.screenshots:
                self.browser.save_screenshot(str(self.screenshots / f"listening-{self.method}-results-{width}.png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wavestyle-listen-"))
    failed = False
    try:
        (folder / "runs").mkdir()
        for system in SYSTEMS:
            subprocess.run(
                [arguments.program, "--preset", system, "--output", folder / f"runs/{system}.wav", "--quiet"], check=True,
                stdout=subprocess.DEVNULL)
        for method in ("mushra", "rating", "ab"):
            browser = open_browser(check_page.LISTEN)
            try:
                failures = ListenCheck(
                    browser, method, arguments.program, folder / "runs", folder / method, arguments.screenshots).run()
            finally:
                browser.quit()
            for failure in failures:
                print(f"listening, {method}: {failure}", file=sys.stderr)
            print(f"listening, {method}: {'failed' if failures else 'passed'}")
            failed = failed or bool(failures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
