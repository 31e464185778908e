#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `wavestyle sweep` on a Slurm cluster of three nodes, kills a node and a task, and compares what comes out with a local sweep.

    check_sweep.py .build/release/wavestyle

One line for each check; exit code 1 at the first failure, with the tails of the logs. The cluster is its own (cluster.py). Only Python's
standard library is used.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/faults"))
from kills import checkpoint  # noqa: E402

# Six runs a seed. A run is to take some seconds on one core, and to have a checkpoint meanwhile: all its layers are in the first six blocks.
PLAN = """\
pairs:
  - {content: voice.flac, style: flute.flac}
presets: [nsynth]
settings:
  layers: [relu1:1-3, relu1:4-6]
  alpha: [0, 0.1, 1]
  content-layer: relu2:6
  seed: SEEDS
  iterations: 60
  duration: 0.5
  style-duration: 0.5
metrics: [style-distance, content-envelope]
checkpoint-every: 0.5
"""
RUNS_A_SEED = 6
METRICS = ["style-distance", "content-envelope"]

# How the sweep is submitted, and done on this host.
SLURM, LOCAL = ["--engine", "slurm", "--task-minutes", "0.5"], ["--engine", "local", "--jobs", "2"]

# The field of a journal's line `began` that says which iteration a run goes on from.
ITERATION = "iteration"

# Seconds that a sweep may take, and that tasks may take to stop after `sweep cancel`.
WORK, STOP = 1200, 120

# Moments at which a node is killed or a sweep is cancelled, until one is in the middle of a run that has a checkpoint.
ATTEMPTS = 4

LEFT_OVER = (".partial", ".checkpoint", ".checkpoint.old", ".former")


class Failed(Exception):
    """A check that failed."""


def check(condition, what):
    """Prints that a check passed; raises Failed where it did not."""
    if not condition:
        raise Failed(what)
    print(f"ok  {what}", flush=True)


class Sweep:
    """A sweep's folder, and what is in it."""

    def __init__(self, program, plan, folder, environment):
        self.program, self.plan, self.folder, self.environment = program, plan, folder, environment

    def ask(self, verb, *words):
        """What `sweep VERB` prints."""
        done = subprocess.run(
            [self.program, "sweep", verb, *words], env=self.environment, cwd=self.plan.parent, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=WORK)
        if done.returncode != 0:
            raise Failed(f"sweep {verb} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def run(self, options):
        return self.ask("run", str(self.plan), "--output", str(self.folder), "--quiet", *options)

    def status(self):
        return json.loads(self.ask("status", str(self.folder), "--json"))

    def ids(self):
        return [json.loads(line)["run"] for line in (self.folder / "runs.jsonl").read_text().splitlines()]

    def file(self, run, suffix=".wav"):
        return self.folder / "runs" / run[:2] / (run + suffix)

    def journal(self):
        """The journals' lines by run, in the order of time. A line that is being written, or that a kill cut, is left out."""
        events = []
        for path in self.folder.glob("journal/*.jsonl"):
            for line in path.read_text().splitlines():
                with contextlib.suppress(json.JSONDecodeError):
                    events.append(json.loads(line))
        found = {}
        for event in sorted(events, key=lambda event: event["time"]):
            found.setdefault(event["run"], []).append(event)
        return found

    def running(self):
        """The process of each run that has begun and not ended, killed ones included."""
        return {run: events[-1]["process"] for run, events in self.journal().items() if events[-1]["event"] == "began"}

    def count(self, event):
        return Counter(run for run, events in self.journal().items() for each in events if each["event"] == event)

    def saved(self, run, share=1):
        """The iteration of a run's checkpoint; None where it has none in the middle, or none in this first share of it."""
        places = [self.file(run, suffix) for suffix in (".wav.checkpoint", ".wav.checkpoint.old")]
        found = next(filter(None, map(checkpoint, places)), None)
        return found["iteration"] if found and 0 < found["iteration"] < share * found["iterations"] else None

    def saved_early(self, run):
        """The iteration of the checkpoint of a run that goes on for some time."""
        return self.saved(run, share=0.5)

    def continued(self, run, iteration):
        """Whether a run went on from this iteration or a later one after it had begun before: one whose task was killed saves itself once
        more."""
        begun = [event for event in self.journal()[run] if event["event"] == "began"]
        return any(event.get(ITERATION, 0) >= iteration for event in begun[1:])

    def logs(self, lines=6):
        """The tails of what tasks print, and of the journals."""
        text = []
        for path in sorted(path for ending in ("*.out", "*.log", "*.err", "journal/*.jsonl") for path in self.folder.rglob(ending)):
            text += [f"--- {path.relative_to(self.folder.parent)}", *path.read_text(errors="replace").splitlines()[-lines:]]
        return "\n".join(text)


class Check:
    def __init__(self, cluster, program, plan, folder, count):
        self.cluster, self.count = cluster, count
        self.killed, self.cancelled, self.local = (
            Sweep(program, plan, folder / name, cluster.environment) for name in ("killed", "cancelled", "local"))

    def wait(self, condition, what, seconds=WORK):
        return self.cluster.wait(condition, seconds, what, every=0.3)

    def where(self, sweep):
        """The runs that are being done, by node."""
        running, found = sweep.running(), {}
        for name in self.cluster.names:
            processes = set(self.cluster.processes(name))
            if runs := {run for run, process in running.items() if process in processes}:
                found[name] = runs
        return found

    def tasks(self, name):
        """The processes of a node that are tasks of a sweep."""
        found = []
        for process in self.cluster.processes(name):
            with contextlib.suppress(OSError):
                if b"\0sweep\0task\0" in Path(f"/proc/{process}/cmdline").read_bytes():
                    found.append(process)
        return found

    def wait_for_end(self):
        begin = time.monotonic()
        self.wait(lambda: not self.cluster.squeue(), "the end of all jobs")
        return time.monotonic() - begin

    def check_kills(self):
        """A sweep of which a node and a task are killed in the middle of runs."""
        sweep, hit = self.killed, {}
        check(str(self.count) in sweep.ask("check", str(sweep.plan)), f"sweep check finds {self.count} runs in the plan")
        sweep.run(SLURM)
        ids = sweep.ids()
        check(len(set(ids)) == len(ids) == self.count, f"{len(ids)} runs are submitted, as {len(self.cluster.squeue())} tasks")
        for attempt in range(ATTEMPTS):
            hit.update(self.kill(sweep))
            if any(hit.values()):
                break
            print(f"    between two runs, or before a checkpoint: once more ({attempt + 1} of {ATTEMPTS})", flush=True)
        check(any(hit.values()), f"kills hit {len(hit)} runs, with checkpoints of iterations {sorted(filter(None, hit.values()))}")
        seconds = self.wait_for_end()
        if left := sweep.status()["left"]:
            print(f"    the tasks ended {seconds:.0f} s later and left {left} runs: submitted again", flush=True)
            sweep.run(SLURM)
            self.wait_for_end()
        self.check_finished(sweep)
        begun = sweep.count("began")
        check(all(begun[run] >= 2 for run in hit), f"the {len(hit)} runs that kills hit were begun again, {sum(begun.values())} begun in all")
        self.check_continued(sweep, {run: iteration for run, iteration in hit.items() if iteration})

    def check_continued(self, sweep, saved):
        """Runs went on from the iterations of their checkpoints."""
        lost = [run for run, iteration in saved.items() if not sweep.continued(run, iteration)]
        check(not lost, f"{len(saved)} of them had a checkpoint and went on from it" if not lost else f"{lost} did not go on from {saved}")

    def check_unfinished(self):
        """There are tasks."""
        if not self.cluster.squeue():
            raise Failed("all tasks ended before a run had a checkpoint in its first half: the runs are too short")

    def kill(self, sweep):
        """Kills a node, and a task on another one; starts the node again once it was noticed. Returns which runs that hit, and the
        iterations of their checkpoints."""
        def moment():
            self.check_unfinished()
            found = self.where(sweep)
            saved = [name for name, runs in found.items() if any(map(sweep.saved_early, runs))]
            others = {name: tasks for name in found if name not in saved[:1] and (tasks := self.tasks(name))}
            return saved and others and sum(sweep.count("finished").values()) >= 2 and (saved[0], *next(iter(others.items())))

        node, other, tasks = self.wait(moment, "runs on two nodes, one of them with a checkpoint, and two finished ones")
        begin, hit = time.monotonic(), {}
        killed = self.cluster.kill_node(node)
        hit.update(self.interrupted(sweep, killed))
        processes = self.cluster.processes(other)
        for task in tasks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(task, signal.SIGKILL)
        self.wait(lambda: not set(tasks).intersection(self.cluster.processes(other)), f"the end of the task on {other}")
        hit.update(self.interrupted(sweep, processes))
        print(f"    killed {node} with {len(killed)} processes, and the task on {other}: {len(hit)} runs", flush=True)
        self.wait(lambda: self.cluster.state(node).startswith("down"), f"{node} to be down", 120)
        seconds = time.monotonic() - begin
        self.cluster.start_node(node)
        print(f"    {node} was down after {seconds:.0f} s, and is up again", flush=True)
        return hit

    def interrupted(self, sweep, processes):
        """The runs that these processes did when they were killed, and the iterations of their checkpoints."""
        return {run: sweep.saved(run) for run, process in sweep.running().items() if process in processes}

    def check_finished(self, sweep):
        """All runs are finished, once each, and nothing else is left."""
        status = sweep.status()
        figures = {name: status[name] for name in ("runs", "finished", "failed", "running", "left")}
        expected = {"runs": self.count, "finished": self.count, "failed": 0, "running": 0, "left": 0}
        check(figures == expected, f"status: {json.dumps(figures)}")
        finished = sweep.count("finished")
        check(finished == Counter(sweep.ids()), f"journals: {sum(finished.values())} times finished, {len(finished)} runs")
        for run in sweep.ids():
            record = json.loads(sweep.file(run, ".wav.json").read_text())
            json.loads(sweep.file(run, ".scores.json").read_text())
            if record["sha256"] != hashlib.sha256(sweep.file(run).read_bytes()).hexdigest():
                raise Failed(f"{sweep.file(run)} is not what its record says")
        left = [path.name for path in sweep.folder.rglob("*") if path.name.endswith(LEFT_OVER)]
        check(not left, f"every sound is as its record says, and {left or 'nothing partial'} is left")

    def check_results(self, sweep):
        """The three files of results say the same."""
        sweep.ask("collect", str(sweep.folder))
        with open(sweep.folder / "results.csv", newline="") as file:
            tables = {"csv": list(csv.DictReader(file))}
        tables["json"] = json.loads((sweep.folder / "results.json").read_text())["runs"]
        with contextlib.closing(sqlite3.connect(f"file:{sweep.folder / 'results.sqlite'}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            tables["sqlite"] = list(map(dict, database.execute("SELECT * FROM runs")))
        counts = {name: len(rows) for name, rows in tables.items()}
        check(set(counts.values()) == {self.count}, f"results have as many rows as runs: {json.dumps(counts)}")
        tables = {name: {row["run"]: row for row in map(flat, rows)} for name, rows in tables.items()}
        columns = set.intersection(*(set(row) for table in tables.values() for row in table.values()))
        if missing := {name.replace("-", "_") for name in METRICS} - columns:
            raise Failed(f"results have no {missing}, but {sorted(columns)}")
        for run in sweep.ids():
            rows = {name: {column: table.get(run, {}).get(column) for column in columns} for name, table in tables.items()}
            if not rows["csv"] == rows["json"] == rows["sqlite"]:
                raise Failed(f"results differ for {run}: {rows}")
        check((sweep.folder / "index.html").stat().st_size > 0, f"results agree in {len(columns)} columns, and there is a page")

    def check_again(self, sweep):
        """A finished sweep that is submitted again does nothing."""
        before = sweep.journal()
        sweep.run(SLURM)
        self.wait_for_end()
        check(sweep.journal() == before, "a finished sweep that is submitted again does nothing")

    def check_local(self):
        begin = time.monotonic()
        self.local.run(LOCAL)
        seconds = time.monotonic() - begin
        self.check_finished(self.local)
        self.check_same(self.local, f"a local sweep of {seconds:.0f} s")

    def check_same(self, sweep, name):
        if set(sweep.ids()) != set(self.killed.ids()):
            raise Failed(f"{name} has other runs")
        other = [run for run in sweep.ids() if sweep.file(run).read_bytes() != self.killed.file(run).read_bytes()]
        check(not other, f"{name} gives the same bytes of {self.count - len(other)} of {self.count} sounds")

    def check_cancel(self):
        """A sweep that is cancelled, and submitted twice in a row."""
        sweep = self.cancelled
        for attempt in range(ATTEMPTS):
            if saved := self.cancel(sweep):
                break
            print(f"    before a checkpoint: once more ({attempt + 1} of {ATTEMPTS})", flush=True)
        check(saved, f"stopped runs have checkpoints of iterations {sorted(saved.values())}")
        sweep.run(SLURM)
        sweep.run(SLURM)
        self.wait_for_end()
        self.check_finished(sweep)
        journal = {run: [event["event"] for event in events] for run, events in sweep.journal().items()}
        twice = [run for run, names in journal.items() if len(names) % 2 or set(names[::2]) != {"began"} or "began" in names[1::2]]
        begun = sum(sweep.count("began").values())
        check(not twice, f"submitted twice in a row: {begun} runs begun, {twice or 'none'} while it was being done")
        self.check_continued(sweep, saved)
        self.check_same(sweep, "the cancelled sweep")

    def cancel(self, sweep):
        """Submits a sweep and cancels it. Returns the stopped runs with checkpoints, and the iterations of these."""
        sweep.run(SLURM)

        def moment():
            self.check_unfinished()
            found = self.where(sweep)
            return sum(sweep.count("finished").values()) >= 2 and len(found) >= 2 and any(
                sweep.saved_early(run) for runs in found.values() for run in runs)

        self.wait(moment, "runs on two nodes, one of them with a checkpoint, and two finished ones")
        begin = time.monotonic()
        sweep.ask("cancel", str(sweep.folder))
        self.wait(lambda: not self.cluster.squeue() and not any(map(self.tasks, self.cluster.names)), "all tasks to stop", STOP)
        seconds = time.monotonic() - begin
        last = {run: events[-1]["event"] for run, events in sweep.journal().items()}
        check(set(last.values()) <= {"stopped", "finished"},
              f"sweep cancel ends all tasks in {seconds:.1f} s; runs are {json.dumps(Counter(last.values()))}")
        return {run: iteration for run, event in last.items() if event == "stopped" and (iteration := sweep.saved(run))}

    def all(self):
        self.check_kills()
        self.check_results(self.killed)
        self.check_again(self.killed)
        self.check_local()
        self.check_cancel()
        check(not self.cluster.squeue(), "no job is left")

    def logs(self):
        return "\n".join(filter(None, [self.cluster.logs(), *(sweep.logs() for sweep in (self.killed, self.cancelled, self.local))]))


def flat(row, names=("settings", "scores", "metrics")):
    """A row with its nested objects' values beside the others, names as SQL has them, and numbers as such."""
    found = {}
    for name, value in row.items():
        if name in names and isinstance(value, dict):
            found.update(flat(value))
        else:
            with contextlib.suppress(TypeError, ValueError):
                value = value if name == "run" else float(value)
            found[name.replace("-", "_")] = "" if value is None else value
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built wavestyle")
    parser.add_argument("--folder", help="an empty folder for everything, kept; else a temporary one, kept after a failure")
    parser.add_argument("--runs", type=int, default=12, help=f"a multiple of {RUNS_A_SEED}")
    arguments = parser.parse_args()
    if arguments.runs < 2 * RUNS_A_SEED or arguments.runs % RUNS_A_SEED:
        parser.error(f"--runs {arguments.runs}: it must be a multiple of {RUNS_A_SEED}, and more than one")
    program = Path(arguments.program).resolve()
    if not os.access(program, os.X_OK):
        parser.error(f"{program} is no program: build it first")
    folder = Path(arguments.folder or tempfile.mkdtemp(prefix="wavestyle-sweep-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        parser.error(f"{folder} is not empty")
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    for name in ("voice.flac", "flute.flac"):
        shutil.copy(ROOT / "Sources/wavestyle/Resources/sounds" / name, folder)
    plan = folder / "plan.yaml"
    plan.write_text(PLAN.replace("SEEDS", str(list(range(arguments.runs // RUNS_A_SEED)))))
    cluster = Cluster(folder / "cluster")
    checks = Check(cluster, str(program), plan, folder, arguments.runs)
    begin = time.monotonic()
    try:
        with cluster:
            print(f"    {len(cluster.names)} nodes are up after {time.monotonic() - begin:.1f} s", flush=True)
            checks.all()
    except Exception as error:
        name = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
        print(f"FAILED  {name}{error}\n{checks.logs()}\nEverything is in {folder}", flush=True)
        sys.exit(1)
    print(f"All passed in {time.monotonic() - begin:.0f} s")
    if arguments.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
