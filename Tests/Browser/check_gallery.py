#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens the gallery in headless Chromium: every page opens and fits, links and anchors lead somewhere, sounds play, and no other
host is asked.

    check_gallery.py --screenshots FOLDER GALLERY

One line for each failure, and exit code 1; screenshots at 1280 and 390 pixels, light and dark. Pages are opened as files, and once more
from a server on loopback, which the reference of WavestyleKit needs. Needs Debian's chromium, chromium-driver and python3-selenium.
"""

import argparse
import functools
import html.parser
import http.server
import json
import pathlib
import sys
import threading
import urllib.parse

from browser import PATIENCE, WIDTHS, ServedCheck, open_browser
from check_page import LISTEN, PageCheck

PAIR = "sounds/voice-flute/index.html"
REFERENCE = "api/documentation/wavestylekit/"


class Links(html.parser.HTMLParser):
    """What a page links to and loads, and what links may lead to in it."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.ids = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids.add(values.get("id"))
        self.targets += [values[name] for name in ("href", "src") if name in values]


class GalleryCheck(ServedCheck):
    """All pages of a gallery in one browser."""

    def __init__(self, browser, folder, screenshots):
        super().__init__(browser)
        self.folder = folder.resolve()
        self.page, self.screenshots = "gallery", screenshots
        self.pages = sorted(
            path for path in self.folder.rglob("*.html") if path.relative_to(self.folder).parts[0] != "api")

    def name(self, path):
        return str(path.relative_to(self.folder))

    def run(self, address):
        self.guarded(self.check_links)
        for path in self.pages:
            self.guarded(self.check_page, path)
            self.check_logs(self.name(path), self.folder.as_uri() + "/")
        for path in self.pages:
            self.browser.get(f"{address}/{urllib.parse.quote(self.name(path))}")
            self.expect(self.all("h1"), f"{self.name(path)} does not open from a server")
            self.check_logs(f"{self.name(path)} from a server", address + "/")
        if (self.folder / REFERENCE).is_dir():
            self.guarded(self.check_reference, f"{address}/{REFERENCE}")
            self.check_logs("the reference", address + "/")
        return self.failures

    def check_links(self):
        """Every link within the gallery leads to a file, and to a place in it; every document of the repository is there."""
        found = {path: Links(path) for path in self.pages}
        for path, links in found.items():
            for target in links.targets:
                url = urllib.parse.urlsplit(target)
                if url.scheme in ("https", "http", "data"):
                    continue
                place = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
                if place.is_dir():
                    place = place / "index.html"
                if not self.expect(place.is_file() and place.is_relative_to(self.folder), f"{self.name(path)} links to {target}"):
                    continue
                if url.fragment and place in found:
                    self.expect(url.fragment in found[place].ids, f"{self.name(path)} links to {target}: no such place")
        reached, waiting = set(), [self.folder / "index.html"]
        while waiting:
            path = waiting.pop()
            if path not in reached and path in found:
                reached.add(path)
                waiting += [(path.parent / urllib.parse.urlsplit(target).path).resolve() for target in found[path].targets]
        for path in self.pages:
            self.expect(path in reached, f"{self.name(path)} cannot be reached from the front page")
        documents = pathlib.Path(__file__).resolve().parents[2] / "Documentation"
        for document in documents.glob("*.md"):
            page = self.folder / f"documents/Documentation/{document.stem}.html"
            self.expect(page in found, f"Documentation/{document.name} is not in the gallery")

    def check_page(self, path):
        """It fits and can be read at both widths, light and dark; its sounds play."""
        self.emulate(1280, "light")
        self.browser.get(path.as_uri())
        name = self.name(path)
        before = len(self.failures)
        for index, player in enumerate(self.all("audio")):
            self.expect(self.plays(player), f"sound {index + 1} does not play")
        self.look(name.removesuffix(".html").replace("/", "-"))
        for width in WIDTHS:
            self.emulate(width, "light")
            reach = self.script("return Math.max(document.scrollingElement.scrollWidth, innerWidth)")
            self.expect(reach == width, f"it is {reach} wide in {width}")
        self.failures[before:] = [f"{name}: {failure}" for failure in self.failures[before:]]

    def plays(self, player):
        """Plays a sound for a moment, as Chromium lets a page that somebody has clicked in."""
        return self.browser.execute_async_script(
            """const [player, seconds, done] = arguments;
            player.muted = true;
            player.addEventListener("timeupdate", () => {
              if (!player.currentTime || !player.muted) return;
              player.pause();
              player.muted = false;
              player.currentTime = 0;
              done(player.duration > 0);
            });
            setTimeout(() => done(false), 1000 * seconds);
            player.play().catch(() => done(false));""", player, PATIENCE)

    def check_reference(self, address):
        """The application of DocC shows the library's page, and a link of it leads on."""
        self.browser.get(address)
        self.wait(lambda: "WavestyleKit" in self.text("h1"), "the reference does not show WavestyleKit")
        if self.wait(lambda: self.all("main a[href*='/wavestylekit/']:not([href*='#'])"), "the reference has no links"):
            self.click(self.one("main a[href*='/wavestylekit/']:not([href*='#'])"))
            self.wait(lambda: self.text("h1").strip() not in ("", "WavestyleKit"), "a link of the reference leads nowhere")

    def check_logs(self, name, origin):
        """No message in the console, and no request but for the gallery's own files."""
        for entry in self.browser.get_log("browser"):
            if entry["level"] in ("WARNING", "SEVERE"):
                self.failures.append(f"{name}: console: {entry['message'][:200]}")
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith((origin, "data:", "blob:")):
                    self.failures.append(f"{name}: request: {url[:200]}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gallery", type=pathlib.Path, metavar="GALLERY")
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if not (arguments.gallery / "index.html").is_file():
        parser.error(f"{arguments.gallery} has no index.html")
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(Quiet, directory=str(arguments.gallery))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = open_browser(LISTEN, ["--autoplay-policy=no-user-gesture-required"])
        try:
            check = GalleryCheck(browser, arguments.gallery, arguments.screenshots)
            failures = check.run(f"http://127.0.0.1:{server.server_address[1]}")
            # One of the program's pages in full: its players stay in sync on a page of the gallery too.
            failures += [f"{PAIR}: {failure}" for failure in PageCheck(browser, arguments.gallery / PAIR).run(None)]
        finally:
            browser.quit()
            server.shutdown()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{arguments.gallery}: {'failed' if failures else 'passed'}, {len(check.pages)} pages")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
