#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the studio's server by SIGKILL at random moments, starts it again on the same folder, and looks for what it had acknowledged.

Meanwhile sounds are uploaded, runs are asked for, rated, noted, paused, resumed, and taken to the bin. After each kill: every sound that
was answered with 201 is there with its bytes, every run with what was last answered of it; what has finished stays so, with the bytes that
it had; what ran goes on. At the end all runs are finished, and no file is left of anything else. Only Python's standard library is used.

    Tools/faults/studio_kills.py --program .build/release/wavestyle --kills 50
"""

import argparse
import hashlib
import http.client
import json
import random
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from studio_server import StudioServer, write_tone

PRESETS = [("mosaic", {}), ("mosaic-grains", {}), ("mosaic-tonal", {}), ("clean", {"iterations": 3}), ("clean", {"iterations": 6})]
NAMES = ["walk.wav", "Glas – klirr.wav", "名前.wav", "a b'c\"d.wav", "../../up.wav"]

# Most unfinished runs: kills shall meet all states, and the end shall be near.
MOST_WAITING = 6


class Lost(Exception):
    """The server is gone: a request had no answer, and may have been done or not."""


class Killer:
    def __init__(self, program, seed):
        self.program, self.random = Path(program).absolute(), random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="wavestyle-studio-kills-"))
        self.studio = self.folder / "studio"
        self.problems, self.counts = [], {}
        # What was acknowledged: sounds with the sum of their bytes, runs with their title, rating and note, and results with theirs.
        self.sounds, self.runs, self.results, self.deleted = {}, {}, {}, set()
        # Requests without an answer: what they were to do may be there or not.
        self.unanswered = {}
        self.server = None
        self.made = [write_tone(self.folder / f"{hertz}.wav", hertz, 0.4).read_bytes() for hertz in (220, 330, 550, 880)]

    def problem(self, what):
        self.problems.append(what)
        print(f"  PROBLEM {what}", flush=True)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def ask(self, method, path, body=None, content_type="application/json"):
        try:
            status, answer = self.server.ask(method, path, body, content_type)
        except (OSError, http.client.HTTPException):
            raise Lost from None
        if status >= 500:
            self.problem(f"{method} {path} is answered {status}: {answer[:200]}")
        return status, answer

    # What a user does.

    def upload(self):
        # Its last samples make each one known by its bytes.
        name, data = self.random.choice(NAMES), self.random.choice(self.made)[:-8] + self.random.randbytes(8)
        status, answer = self.ask(
            "POST", f"/api/sounds?name={urllib.parse.quote(name, safe='')}&origin=upload", data, "application/octet-stream")
        if status != 201:
            self.problem(f"an upload is answered {status}: {answer[:200]}")
            return
        sound = json.loads(answer)
        self.sounds[sound["id"]] = (sound["name"], hashlib.sha256(data).hexdigest())
        self.count("uploads")

    def run(self):
        if sum(number not in self.results for number in self.runs) >= MOST_WAITING:
            return
        preset, settings = self.random.choice(PRESETS)
        content, style = self.random.sample(sorted(self.sounds), 2)
        title = f"Run {len(self.runs)} {self.random.random():.6f}"
        status, answer = self.ask("POST", "/api/runs", {
            "content": content, "styles": [{"sound": style, "weight": 1}], "preset": preset, "settings": settings, "title": title})
        if status != 201:
            self.problem(f"a run is answered {status}: {answer[:200]}")
            return
        run = json.loads(answer)
        self.runs[run["id"]] = {"title": title, "rating": None, "note": "", "preset": preset, "changed": settings}
        self.count(f"runs by {preset}")

    def change(self):
        if not self.runs:
            return
        number = self.random.choice(sorted(self.runs))
        change = self.random.choice([
            {"rating": self.random.randint(1, 5)}, {"rating": None}, {"note": f"Note {self.random.random():.9f}"},
            {"title": f"Title {self.random.random():.9f}", "rating": self.random.randint(1, 5)}])
        self.unanswered[number] = change
        status, answer = self.ask("PATCH", f"/api/runs/{number}", change)
        if status != 200:
            self.problem(f"a change is answered {status}: {answer[:200]}")
            return
        del self.unanswered[number]
        self.runs[number].update(change)
        self.count("ratings, notes and titles")

    def interrupt(self):
        """Pauses what runs, or resumes what is paused; whether a run is in that state may change at any time."""
        for run in self.queue():
            verb, share = {"running": ("pause", 0.2), "paused": ("resume", 0.9)}.get(run["state"], ("", 0))
            if self.random.random() < share:
                status, answer = self.ask("POST", f"/api/runs/{run['id']}/{verb}", {})
                if status not in (200, 409):
                    self.problem(f"{verb} is answered {status}: {answer[:200]}")
                if status == 200:
                    self.count(f"{verb}s")

    def queue(self):
        status, answer = self.ask("GET", "/api/state")
        return json.loads(answer)["queue"] if status == 200 else []

    def bin(self):
        """Takes the latest sound to the bin, and empties that: a sound that a run is made of stays in it, another one goes for good."""
        if len(self.sounds) < 6:
            return
        number = max(self.sounds)
        # Without an answer it is there or not.
        del self.sounds[number]
        self.ask("DELETE", f"/api/sounds/{number}", {})
        self.deleted.add(number)
        self.ask("DELETE", "/api/bin", {})
        self.count("sounds deleted")

    def work(self):
        """Does one thing after the other, with pauses between some, until the server is gone."""
        acts = [self.upload, self.run, self.run, self.run, self.change, self.change, self.interrupt, self.bin]
        try:
            while True:
                self.random.choice(acts)()
                time.sleep(self.random.choice([0, 0, 0.05]))
        except Lost:
            pass

    # What has to be there.

    def check(self):
        """Looks at everything that was acknowledged."""
        there = {sound["id"]: sound["name"] for sound in self.server.get("/api/state")["sounds"]}
        digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (self.studio / "sounds").iterdir()}
        for number, (name, digest) in self.sounds.items():
            if there.get(number) != name:
                self.problem(f"sound {number} is called {there.get(number)!r}, and not {name!r}")
            if digest not in digests:
                self.problem(f"the bytes of sound {number} are lost")
            status, _ = self.ask("GET", f"/api/sounds/{number}/audio")
            if status != 200:
                self.problem(f"sound {number} is answered {status}")
        for number in self.deleted & there.keys():
            self.problem(f"sound {number} was deleted, and is there")
        for number, known in self.runs.items():
            status, answer = self.ask("GET", f"/api/runs/{number}")
            if status != 200:
                self.problem(f"run {number} is answered {status}")
                continue
            run = json.loads(answer)
            doubt = self.unanswered.get(number, {})
            for key, value in known.items():
                if run[key] != value and run[key] != doubt.get(key, value):
                    self.problem(f"run {number} has {key} {run[key]!r}, and not {value!r}")
            known.update({key: run[key] for key in doubt})
            self.check_result(run)
        self.unanswered.clear()

    def check_result(self, run):
        """What has once finished stays so, byte by byte."""
        number = run["id"]
        if run["state"] == "failed":
            self.problem(f"run {number} failed: {run['error']}")
        if number in self.results and run["state"] != "finished":
            self.problem(f"run {number} had finished, and is {run['state']}")
        if run["state"] != "finished":
            return
        status, data = self.ask("GET", f"/api/runs/{number}/export?format=wav")
        if status != 200:
            self.problem(f"the result of run {number} is answered {status}")
            return
        digest = hashlib.sha256(data).hexdigest()
        if self.results.setdefault(number, digest) != digest:
            self.problem(f"the result of run {number} has changed")

    def check_files(self):
        """No files but those of sounds and runs."""
        state = self.server.get("/api/state")
        binned = self.server.get("/api/bin")
        sounds = len(state["sounds"]) + len(binned["sounds"])
        there = sorted(path.name for path in (self.studio / "sounds").iterdir())
        if len(there) != sounds:
            self.problem(f"{sounds} sounds have {len(there)} files: {there}")
        for path in sorted((self.studio / "results").iterdir()):
            number, _, end = path.name.partition(".")
            ends = ("wav", "wav.json", "jsonl")
            if int(number) not in self.runs and not self.is_run(number) or end not in ends and not end.startswith("iteration"):
                self.problem(f"{path.name} is left")

    def is_run(self, number):
        """One that was kept, and whose answer the kill cut off."""
        return self.ask("GET", f"/api/runs/{number}")[0] == 200

    # Kills.

    def start(self):
        self.server = StudioServer(self.program, self.studio)

    def round(self):
        self.start()
        self.check()
        if len(self.sounds) < 2:
            self.upload(), self.upload()
        worker = threading.Thread(target=self.work)
        worker.start()
        time.sleep(self.random.uniform(0, self.random.choice([0.3, 3, 6])))
        self.server.kill()
        worker.join()

    def finish(self, seconds=300):
        """Lets everything come to its end, and kills no more."""
        self.start()
        self.check()
        end = time.monotonic() + seconds
        while queue := self.queue():
            for run in queue:
                if run["state"] == "paused":
                    self.ask("POST", f"/api/runs/{run['id']}/resume", {})
            if time.monotonic() > end:
                self.problem(f"these do not end: {[(run['id'], run['state']) for run in queue]}")
                break
            time.sleep(0.1)
        self.check()
        for number in self.runs.keys() - self.results.keys():
            self.problem(f"run {number} has not finished")
        self.server.end()
        # What the last kill left is removed by the next start.
        self.start()
        self.check()
        self.check_files()
        self.server.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    killer = Killer(arguments.program, arguments.seed)
    try:
        for number in range(arguments.kills):
            killer.round()
            if number % 10 == 9:
                print(f"{number + 1} kills: {len(killer.sounds)} sounds, {len(killer.runs)} runs, {len(killer.results)} finished", flush=True)
        killer.finish()
    finally:
        if killer.server and killer.server.process.poll() is None:
            killer.server.kill()
    print(", ".join(f"{count} {what}" for what, count in sorted(killer.counts.items())))
    print(f"{arguments.kills} kills, {len(killer.problems)} problems")
    if not killer.problems:
        shutil.rmtree(killer.folder)
    else:
        print(f"What it left is in {killer.folder}")
    sys.exit(1 if killer.problems else 0)


if __name__ == "__main__":
    main()
