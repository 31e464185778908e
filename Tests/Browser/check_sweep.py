#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a sweep's page as a person does, in headless Chromium, and compares what it shows with the data that it carries.

    check_sweep.py --screenshots FOLDER PAGE.html...

Orders, fronts and means are computed here again. One line for each failure, and exit code 1; screenshots at 1280 and 390 pixels,
light and dark. Needs Debian's chromium, chromium-driver and python3-selenium.
"""

import argparse
import functools
import http.server
import json
import math
import pathlib
import re
import statistics
import sys
import threading

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from browser import ServedCheck, open_browser

# Runs before the page's own script: keeps where each sound started to be heard, and where the one was that a key left.
LISTEN = """
window.heard = [];
document.addEventListener("keydown", () => {
  const sound = document.querySelector("audio");
  window.left = sound.paused || sound.ended ? 0 : sound.currentTime;
}, true);
document.addEventListener("playing", ({ target }) => window.heard.push([target.src, target.currentTime]), true);
"""

# Rows that the table gets at a time; values above which a plot has bins, and their number; those above which a column has no filter.
CHUNK, MOST_MEANS, BINS, MOST_CHOICES = 50, 12, 8, 100


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


class Column:
    def __init__(self, index, data, rows):
        self.index = index
        self.name, self.kind, self.unit = data["name"], data["kind"], data["unit"]
        self.higher_is_better = data.get("higherIsBetter")
        self.cells = [row["cells"][index] for row in rows]
        self.present = {cell for cell in self.cells if cell is not None}
        self.varies = len(set(self.cells)) > 1
        self.is_numeric = bool(self.present) and all(map(is_number, self.present))
        self.is_setting = self.kind in ("pair", "setting")
        self.title = f"{self.name} ({self.unit})" if self.unit else self.name
        self.sign = -1 if self.higher_is_better is False else 1


class SweepCheck(ServedCheck):
    """One page in one browser."""

    def __init__(self, browser, path, screenshots):
        super().__init__(browser)
        self.path, self.screenshots = path.resolve(), screenshots
        self.page = self.path.parent.name
        text = self.path.read_text()
        data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])
        self.rows = data["rows"]
        self.columns = [Column(index, column, self.rows) for index, column in enumerate(data["columns"])]
        self.chosen = data.get("styleMetric"), data.get("contentMetric")
        self.settings = [column for column in self.columns if column.is_setting and column.varies]
        self.in_table = [column for column in self.columns if column.varies or not column.is_setting]
        self.metrics = [column for column in self.columns if not column.is_setting and column.is_numeric]
        self.directed = [column for column in self.metrics if column.higher_is_better is not None]
        self.audible = [index for index, row in enumerate(self.rows) if row.get("sound") is not None]

    def run(self):
        self.guarded(self.check)
        self.check_logs()
        return self.failures

    def check(self):
        self.emulate(1280, "light")
        self.browser.get(self.path.as_uri())
        self.expect(self.audible, "no run has a sound")
        self.guarded(self.check_table)
        self.guarded(self.check_filters)
        self.guarded(self.check_sounds)
        self.guarded(self.check_keyboard)
        self.guarded(self.check_best)
        self.guarded(self.check_effects)
        self.guarded(self.check_front)
        self.look("runs")
        self.guarded(self.check_server)

    # What is shown.

    def listed(self, table="run-table"):
        """The runs in a table, by their places in the data."""
        return self.script("return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].map((row) => Number(row.dataset.row))", table)

    def expect_rows(self, expected, what, table="run-table"):
        listed = self.listed(table)
        wanted = expected[:CHUNK] if table == "run-table" else expected
        if listed != wanted:
            place = next((index for index, pair in enumerate(zip(listed, wanted)) if pair[0] != pair[1]), min(len(listed), len(wanted)))
            self.failures.append(f"{what}: {len(listed)} rows and not {len(wanted)}, or others from row {place + 1} on")

    def choose(self, css, value):
        Select(self.one(css)).select_by_value(str(value))

    # The table.

    def check_table(self):
        order = list(range(len(self.rows)))
        self.expect_rows(order, "the table at first")
        headings = self.script("return [...document.querySelectorAll('#run-table thead [data-column]')].map(({ dataset }) => dataset.column)")
        self.expect(headings == ["run", *(str(column.index) for column in self.in_table)], f"the table has the columns {headings}")
        same = [column for column in self.columns if column not in self.in_table]
        self.expect(self.names("#same-values dt") == [column.title for column in same], "not all settings without choice are said once")
        ranks, times = self.ranks(), []
        for heading in headings:
            cells = [row["run"] for row in self.rows] if heading == "run" else self.columns[int(heading)].cells
            first_descending = heading != "run" and self.columns[int(heading)].higher_is_better is True
            for descending in (first_descending, not first_descending):
                order = self.sorted(order, cells, descending, ranks)
                took = self.script(
                    """const button = document.querySelector(`#run-table [data-column="${arguments[0]}"] .sort`);
                    const start = performance.now();
                    button.click();
                    document.body.offsetHeight;
                    return performance.now() - start;""", heading)
                self.expect_rows(order, f"sorted by column {heading}, {'descending' if descending else 'ascending'}")
                said = self.script("return document.querySelector(`#run-table [data-column='${arguments[0]}']`).ariaSort", heading)
                self.expect(said == ("descending" if descending else "ascending"), f"column {heading} says that it is {said}")
                times.append(took)
        print(f"{len(self.rows)} rows are sorted in {statistics.median(times):.0f} ms")
        others = self.script("return document.querySelectorAll('#run-table [aria-sort=ascending], #run-table [aria-sort=descending]').length")
        self.expect(others == 1, f"{others} columns say that they are sorted")
        for column in self.in_table:
            aligned = self.script("return [...document.querySelectorAll(`#run-table tbody td:nth-child(${arguments[0]})`)].map((cell) => getComputedStyle(cell).textAlign)",
                                  2 + self.in_table.index(column))
            self.expect(not column.is_numeric or set(aligned) <= {"right"}, f"numbers of {column.name} are not at the right")
        # The others come as one scrolls, and all are there at last.
        while self.is_seen("#more"):
            count = len(self.listed())
            self.script("const box = document.getElementById('run-box'); box.scrollTop = box.scrollHeight")
            if not self.wait(lambda: len(self.listed()) > count, f"no rows follow row {count}"):
                break
        self.expect(self.listed() == order, "the table does not end with all rows in order")
        column = self.in_table[-1]
        box = self.one(f"#column-list li:nth-child({column.index + 1}) input")
        self.script("document.getElementById('columns').open = true")
        self.click(box)
        self.expect(column.title not in self.names("#run-table thead th"), "a hidden column is shown")
        self.expect(not self.all(f"#run-table [data-column='{column.index}']"), "a hidden column keeps its heading")
        self.click(box)
        self.expect(self.all(f"#run-table [data-column='{column.index}']"), "a column does not come back")
        self.script("document.getElementById('columns').open = false")
        self.browser.refresh()

    def ranks(self):
        """Texts by their place in the order that the browser knows for English; the same for texts that are equal in it."""
        texts = {row["run"] for row in self.rows} | {cell for column in self.columns for cell in column.present if isinstance(cell, str)}
        ordered = self.script(
            """const { compare } = new Intl.Collator("en", { numeric: true });
            const texts = arguments[0].sort(compare);
            let rank = 0;
            return texts.map((text, index) => [text, index > 0 && compare(texts[index - 1], text) === 0 ? rank : (rank = index)])""", sorted(texts))
        return dict(map(tuple, ordered))

    @staticmethod
    def sorted(order, cells, descending, ranks):
        """Numbers before texts, missing cells last either way, and equal ones as they were."""
        present = [index for index in order if cells[index] is not None]
        key = lambda index: (0, cells[index]) if is_number(cells[index]) else (1, ranks[cells[index]])
        # Reversed, Python's sort keeps the order of equals as well.
        return sorted(present, key=key, reverse=descending) + [index for index in order if cells[index] is None]

    # Search and filters.

    def check_filters(self):
        everything = list(range(len(self.rows)))
        filters = [column for column in self.columns if column.varies and len(column.present) <= MOST_CHOICES
                   and (column.is_setting or (column.kind == "figure" and all(isinstance(cell, str) for cell in column.present)))]
        titles = self.script("return [...document.querySelectorAll('#filter-list .field')].map((label) => label.firstChild.data)")
        self.expect(titles == [column.title for column in filters], f"the filters are {titles}")
        self.script("document.getElementById('filters').open = true")
        matching = everything
        for place, column in enumerate(filters[:2]):
            select = Select(self.one(f"#filter-list .field:nth-child({place + 1}) select"))
            self.expect(len(select.options) == 1 + len(set(column.cells)), f"the filter of {column.name} has {len(select.options)} options")
            index = 1 if len(column.present) > 0 else 0
            label = select.options[index].text
            select.select_by_index(index)
            matching = [row for row in matching if column.cells[row] is not None and self.same(label, column.cells[row])]
            self.expect_rows(matching, f"the rows after a filter by {column.name}")
        if filters:
            counted = self.script("return parseInt(document.getElementById('count').textContent.replace(',', ''))")
            self.expect(counted == len(matching), f"it says that {counted} runs match, and {len(matching)} do")
            # What comes later on the page is filtered with it.
            front = set(self.listed("front-table")) | set(self.listed("best-table"))
            self.expect(front <= set(matching), "the best runs are not those that match")
        self.press_button("Show all runs")
        self.expect_rows(everything, "the rows without filters")
        run = self.rows[-1]["run"]
        self.write("#search", run.upper())
        found = [index for index, row in enumerate(self.rows)
                 if any(run.lower() in text.lower() for text in (row["run"], *(cell for cell in row["cells"] if isinstance(cell, str))))]
        self.wait(lambda: self.listed() == found[:CHUNK], f"the search for {run} does not find {len(found)} rows")
        self.write("#search", "there is no such run")
        self.wait(lambda: self.listed() == [], "a search for nothing finds something")
        self.press_button("Show all runs")
        self.expect_rows(everything, "the rows after the search")

    def same(self, label, cell):
        return number(label) == cell if is_number(cell) else " ".join(label.split()) == " ".join(cell.split())

    # Sounds.

    def position(self):
        return self.script("return document.querySelector('audio').currentTime")

    def is_playing(self):
        return self.script("return !document.querySelector('audio').paused")

    def playing(self):
        """The run that the page says it plays, by its place in the data."""
        return self.script("return [...new Set([...document.querySelectorAll('#run-table .is-playing')].map(({ dataset }) => Number(dataset.play)))]")

    def expect_playing(self, row, what):
        """It is heard: its own file, whose time goes on."""
        source = self.script("return new URL(arguments[0], document.baseURI).href", self.rows[row]["sound"])
        self.wait(lambda: self.script("return window.heard.at(-1)?.[0]") == source, f"{what}: {self.rows[row]['run']} is not heard")
        start = self.position()
        return self.wait(lambda: self.position() > start or not self.is_playing(), f"{what}: the time stands still")

    def silence(self):
        self.script("document.querySelector('audio').pause(); document.activeElement.blur()")

    def check_sounds(self):
        self.expect(self.script("const audio = document.querySelectorAll('audio'); return audio.length === 1 && audio[0].preload === 'none' && !audio[0].currentSrc"),
                    "there is not one player that loads nothing by itself")
        shown = self.listed()
        for row in shown:
            has_button = self.script("return document.querySelector(`#run-table [data-play='${arguments[0]}']`) !== null", row)
            self.expect(has_button == (row in self.audible), f"{self.rows[row]['run']} has a button to play it, or has none, and should not")
        state = next((column for column in self.columns if column.kind == "figure" and column.name == "state"), None)
        for row in [row for row in shown if row not in self.audible][:5]:
            why = self.script("return document.querySelector(`#run-table [data-row='${arguments[0]}'] .state`).textContent", row)
            self.expect(why == (state.cells[row] if state and state.cells[row] is not None else "no sound"), f"a run without a sound says “{why}”")

        audible = [row for row in shown if row in self.audible]
        self.click(self.one(f"#run-table [data-play='{audible[0]}']"))
        self.expect_playing(audible[0], "after its button")
        self.wait(lambda: self.playing() == audible[:1], "the table does not show what plays")
        self.wait(lambda: self.position() > 0.2 or not self.is_playing(), "the first sound does not go on")
        for key, row in [(Keys.ARROW_DOWN, row) for row in audible[1:3]] + [(Keys.ARROW_UP, row) for row in audible[1:2]]:
            self.press(key)
            self.expect_playing(row, "after an arrow")
            left, started, length = self.script("return [window.left, window.heard.at(-1)[1], document.querySelector('audio').duration]")
            self.expect(abs(started - left) < 0.5 and started >= left - 0.05 or left >= length, f"it goes on from {started:.2f} s and not from {left:.2f} s")
            self.expect(self.script("return document.querySelector('#run-table .is-chosen').dataset.row") == str(row), "an arrow chooses another row")
        self.expect(self.script("const box = document.getElementById('run-box').getBoundingClientRect(); const row = document.querySelector('#run-table .is-chosen').getBoundingClientRect(); return row.top >= box.top && row.bottom <= box.bottom"),
                    "the row that plays is out of sight")
        if not self.is_playing():
            self.press(" ")
            self.wait(self.is_playing, "Space does not play")
        self.press(" ")
        self.wait(lambda: not self.is_playing(), "Space does not pause")
        self.wait(lambda: self.playing() == [], "a paused row is shown as playing")
        before, length = self.position(), self.script("return document.querySelector('audio').duration")
        self.press(Keys.ARROW_LEFT)
        self.expect(abs(self.position() - max(before - 0.5, 0)) < 0.02, "arrow left does not go back half a second")
        self.press(Keys.ARROW_RIGHT)
        self.expect(abs(self.position() - min(max(before - 0.5, 0) + 0.5, length)) < 0.02, "arrow right does not go on half a second")
        self.script("const seek = document.getElementById('seek'); seek.value = seek.max / 2; seek.dispatchEvent(new Event('input'))")
        self.expect(abs(self.position() - length / 2) < 0.02, "the slider does not seek")
        self.expect(abs(self.script("return document.getElementById('seek').valueAsNumber") - length / 2) < 0.02, "the slider does not stay")
        self.silence()

    def check_keyboard(self):
        """Tab reaches a heading, which Enter sorts by, and a row's button, which Enter plays."""
        self.click(self.one("#search"))
        for css in (".sort", "tbody .play"):
            for _ in range(60 + len(self.columns)):
                self.press(Keys.TAB)
                if self.script("return document.activeElement.matches(arguments[0])", css):
                    break
            if self.expect(self.script("return document.activeElement.matches(arguments[0])", css), f"Tab does not reach {css}"):
                if css == ".sort":
                    self.press(Keys.ENTER)
                    self.expect(self.script("return document.activeElement.closest('th').ariaSort") == "ascending", "Enter does not sort, or loses its place")
                else:
                    row = self.script("return Number(document.activeElement.dataset.play)")
                    self.press(Keys.ENTER)
                    self.expect_playing(row, "after Enter")
                    self.press(Keys.ARROW_DOWN)
                    self.wait(lambda: self.script("return document.activeElement.closest('.is-chosen') !== null"), "the focus does not go with the row")
        self.silence()
        self.browser.refresh()

    # The best, and the effect of settings.

    def check_best(self):
        for metric in self.metrics:
            self.choose("#metric", metric.index)
            rows = [row for row, cell in enumerate(metric.cells) if cell is not None]
            best = [] if metric.higher_is_better is None else sorted(rows, key=lambda row: -metric.sign * metric.cells[row])[:10]
            if not best:
                self.expect(not self.is_seen("#best-table"), f"there is a best run by {metric.name}")
                continue
            self.expect_rows(best, f"the ten best by {metric.name}", "best-table")
            words = self.text("#best-run h3")
            self.expect(words.startswith(f"{self.rows[best[0]]['run']}: "), f"the best by {metric.name} is said to be {words}")
            value = number(re.match(r"[−\d.,e+]+", words.removeprefix(f"{self.rows[best[0]]['run']}: "))[0])
            # Four digits are shown of the column's greatest.
            size = max(abs(cell) for cell in metric.present)
            self.expect(abs(value - metric.cells[best[0]]) <= 0.6e-3 * size, f"the best value of {metric.name} is said to be {value}")
            self.expect(self.names("#best-run dt") == [column.title for column in self.settings], "the best run's settings are not all named")
        if best := self.listed("best-table"):
            if best[0] in self.audible:
                self.click(self.one("#best-run .play"))
                self.expect_playing(best[0], "the best")
                self.silence()

    def check_effects(self):
        for metric in self.metrics:
            self.choose("#metric", metric.index)
            rows = [row for row, cell in enumerate(metric.cells) if cell is not None]
            plots = self.script("return [...document.querySelectorAll('#plots .plot')].map((plot) => Number(plot.dataset.column))")
            settings = [column for column in self.settings if column.kind == "setting"]
            self.expect(plots == [column.index for column in settings], f"{metric.name} is plotted over the columns {plots}")
            for column in settings:
                self.check_plot(column, metric, rows)
        if self.directed:
            self.choose("#metric", self.directed[0].index)

    def check_plot(self, column, metric, rows):
        what = f"{metric.name} by {column.name}"
        title, words, dots, means = self.script(
            """const plot = document.querySelector(`#plots [data-column="${arguments[0]}"]`);
            const svg = plot.querySelector("svg");
            const [title, words] = svg.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id).textContent);
            const count = (name) => (svg.querySelector(name)?.getAttribute("d") ?? "").split("M").length - 1;
            return [title, words, count(".dots"), count(".means")];""", column.index)
        self.expect(title.startswith(f"{metric.title} by {column.title}"), f"{what} is called {title}")
        if not column.is_numeric:
            groups = {}
            for row in rows:
                groups.setdefault(column.cells[row], []).append(metric.cells[row])
            for value, members in groups.items():
                name = "not set" if value is None else value if isinstance(value, str) else self.script("return String(arguments[0])", value).replace("-", "−")
                said = re.search(rf"(?:^Means: |; ){re.escape(name)}: (\S+) \((\S+) runs?\)", words)
                if self.expect(said, f"{what}: no mean of {name}"):
                    self.expect_mean(said[1], said[2], members, f"{what} at {name}")
            self.expect(means == 0 or len(groups) >= means, f"{what}: {means} marks for {len(groups)} values")
            return
        rows = [row for row in rows if column.cells[row] is not None]
        values = sorted({column.cells[row] for row in rows})
        self.expect(dots == len(rows), f"{what}: {dots} dots for {len(rows)} runs")
        is_logarithmic = bool(values) and values[0] > 0 and values[-1] / values[0] > 100
        self.expect(is_logarithmic == title.endswith(", logarithmic"), f"{what}: whether its axis is logarithmic")
        scaled = math.log10 if is_logarithmic else float
        groups = {}
        for row in rows:
            value = column.cells[row]
            if len(values) > MOST_MEANS:
                low, high = scaled(values[0]), scaled(values[-1])
                value = min(BINS - 1, math.floor(BINS * (scaled(value) - low) / (high - low)))
            groups.setdefault(value, []).append(metric.cells[row])
        said = re.findall(r"(?:^Means: |; )([^:;]+): (\S+) \((\S+) runs?\)", words)
        self.expect(means == len(groups), f"{what}: {means} marks for {len(groups)} means")
        if self.expect(len(said) == len(groups), f"{what}: {len(said)} means and not {len(groups)}"):
            for (name, mean, count), (value, members) in zip(said, sorted(groups.items())):
                self.expect_mean(mean, count, members, f"{what} at {name}")
                if len(values) <= MOST_MEANS:
                    self.expect(number(name) == value, f"{what}: {name} is not {value}")

    def expect_mean(self, said, count, members, what):
        mean = sum(members) / len(members)
        # Four digits are shown, and a sum near 0 is no nearer than its parts.
        tolerance = 0.6e-3 * abs(mean) + 1e-12 * max(map(abs, members))
        self.expect(number(count) == len(members), f"{what}: a mean of {count} runs and not of {len(members)}")
        self.expect(abs(number(said) - mean) <= tolerance, f"{what}: a mean of {said} and not of {mean:.6g}")

    # Style against content.

    def check_front(self):
        if not self.expect((len(self.directed) >= 2) == self.is_seen("#front"), "the front is there, or is not, and should not") or len(self.directed) < 2:
            return
        named = [next((column for column in self.directed if column.name == name), None) for name in self.chosen]
        for css, column in zip(("#style-metric", "#content-metric"), named):
            if column:
                self.expect(self.one(css).get_attribute("value") == str(column.index), f"{column.name} is not in {css} at first")
        first = [self.columns[int(self.one(css).get_attribute("value"))] for css in ("#style-metric", "#content-metric")]
        # All directions of the axes occur.
        for style, content in [(self.directed[0], self.directed[-1]), (self.directed[-1], self.directed[0]), first]:
            self.choose("#style-metric", style.index)
            self.choose("#content-metric", content.index)
            front = self.check_scatter(style, content)
        for play in (lambda circle: self.click(circle), lambda circle: (self.script("arguments[0].focus()", circle), self.press(Keys.ENTER))):
            row = next((row for row in reversed(front) if row in self.audible), None)
            if self.expect(row is not None, "no run of the front has a sound"):
                play(self.one(f"#scatter [data-row='{row}']"))
                # Of points in the same place the upper one is meant.
                row = self.script("return Number(document.querySelector('#scatter .is-chosen').dataset.row)")
                self.expect_playing(row, "a point of the scatter")
                self.expect(self.text("#point h3") == self.rows[row]["run"], "the settings beside the scatter are another run's")
                self.expect(self.names("#point dt") == [column.title for column in self.in_table], "not all settings of a point are said")
                self.silence()
                front = [other for other in front if other != row]
        focused = "return document.activeElement.dataset.row"
        circles = self.script("return document.querySelectorAll('#scatter circle').length")
        if circles > 1:
            self.script("document.querySelector('#scatter circle[tabindex=\"0\"]').focus()")
            before = self.script(focused)
            self.press(Keys.ARROW_LEFT)
            if self.script(focused) == before:
                self.press(Keys.ARROW_RIGHT)
            self.expect(self.script(focused) not in (None, before), "arrow keys do not move between points")
            self.expect(self.script("return document.querySelectorAll('#scatter circle[tabindex=\"0\"]').length") == 1, "Tab stops at several points")

    def check_scatter(self, style, content):
        what = f"{style.name} against {content.name}"
        points = {row: (content.sign * content.cells[row], style.sign * style.cells[row]) for row in range(len(self.rows))
                  if content.cells[row] is not None and style.cells[row] is not None}
        front = [row for row, (x, y) in points.items()
                 if not any(other_x >= x and other_y >= y and (other_x > x or other_y > y) for other_x, other_y in points.values())]
        places = self.script("return [...document.querySelectorAll('#scatter circle')].map((point) => [Number(point.dataset.row), Number(point.getAttribute('cx')), -point.getAttribute('cy'), point.classList.contains('is-best')])")
        self.expect({place[0] for place in places} == set(points), f"{what}: the points are not those of all runs that have both")
        self.expect({row for row, _, _, is_best in places if is_best} == set(front), f"{what}: the front is another one")
        self.expect(sorted(self.listed("front-table")) == sorted(front), f"{what}: the runs below are not those of the front")
        if front:
            steps = self.script("return document.querySelector('#scatter .front').getAttribute('d').split(/[ML]/).length - 1")
            self.expect(steps == 2 * len(front) - 1, f"{what}: the line has {steps} points for a front of {len(front)}")
        for axis in (0, 1):
            ordered = sorted(places, key=lambda place: points[place[0]][axis])
            drawn = [place[1 + axis] for place in ordered]
            self.expect(all(left <= right + 0.01 for left, right in zip(drawn, drawn[1:])), f"{what}: better is not {('to the right', 'up')[axis]}")
        return front

    # From a server, and what the browser said.

    def check_server(self):
        """The same from a plain web server."""
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *values):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=self.path.parent)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                self.origin = f"http://127.0.0.1:{server.server_port}/"
                self.browser.get(f"{self.origin}{self.path.name}")
                self.wait(lambda: self.is_seen("#run-table .play"), "a server's page shows no table")
                row = next(row for row in self.listed() if row in self.audible)
                self.click(self.one(f"#run-table [data-play='{row}']"))
                self.expect_playing(row, "from a server")
                self.silence()
                self.browser.get("about:blank")
            finally:
                server.shutdown()

    origin = None

    def check_logs(self):
        """The console is quiet, and nothing but the page and the sounds in its folder was asked for."""
        for entry in self.browser.get_log("browser"):
            if entry["level"] in ("WARNING", "SEVERE"):
                self.failures.append(f"console: {entry['message'][:200]}")
        own = tuple(filter(None, (f"{self.path.parent.as_uri()}/", self.origin, "data:", "about:")))
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(own):
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
            failures = SweepCheck(browser, page, arguments.screenshots).run()
        finally:
            browser.quit()
        for failure in failures:
            print(f"{page}: {failure}", file=sys.stderr)
        print(f"{page}: {'failed' if failures else 'passed'}, {page.stat().st_size / 1e6:.1f} MB")
        failed = failed or bool(failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
