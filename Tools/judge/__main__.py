# SPDX-License-Identifier: Apache-2.0
"""Judges systems on pairs: makes outputs that are missing, listens, and writes a table and a page.

    python -m judge --pairs tune --systems clean,fast='--preset clean --iterations 20',baseline:mix

writes table.md, table.csv, results.json and index.html to OUT/tune. Outputs and what the listeners heard are kept: a run that was
interrupted continues, and a further system costs only itself.
"""

import argparse
import sys
import traceback
import warnings
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import soundfile

from . import pair_list, page, table
from .judge import Judge
from .pair_list import Pair
from .sounds import Sound
from .systems import System, output, output_path, parsed
from .table import Row


def judged(pair: Pair, systems: list[System], program: Path, memory: Path) -> list[Row]:
    """The rows of one pair. A system that fails is a row that says so."""
    warnings.filterwarnings("ignore")
    seconds = soundfile.info(pair.content).duration
    rows: list[Row] = []
    judge = None
    for system in systems:
        made = output(pair, system, program)
        if made.error is not None:
            rows.append(Row(pair, system, error=made.error))
        else:
            try:
                if judge is None:
                    style2 = Sound.read(pair.style2, memory) if pair.style2 else None
                    judge = Judge(Sound.read(pair.content, memory), Sound.read(pair.style, memory), style2, pair.speech, pair.voice)
                figures = judge.figures(Sound.read(output_path(pair, system), memory))
                rows.append(Row(pair, system, figures | {"seconds_per_second": made.seconds / seconds}))
            except Exception as error:
                traceback.print_exc()
                rows.append(Row(pair, system, error=f"cannot be judged: {error}"))
        last = rows[-1]
        shown = last.error or " ".join(f"{c.title} {table.text(last.value(c), c)}" for c in table.COLUMNS)
        print(f"{pair.name} {system.name}: {shown}", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="judge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", required=True, help="tune, final, held, or a JSON file")
    parser.add_argument("--systems", required=True, help="presets, NAME='ARGUMENTS', and baseline:NAME, separated by commas")
    parser.add_argument("--out", type=Path, default=Path("output/judge"), help="where everything is kept (default: output/judge)")
    parser.add_argument("--program", type=Path, default=Path(".build/release/wavestyle"), help="the program wavestyle")
    parser.add_argument("--jobs", type=int, default=1, help="pairs at a time (default: 1); times are right with 1")
    arguments = parser.parse_args()

    systems = parsed(arguments.systems)
    list_path = pair_list.path_of(arguments.pairs)
    if not list_path.exists():
        raise SystemExit(f"{list_path} does not exist")
    folder = arguments.out.resolve() / list_path.stem
    pairs = pair_list.load(list_path, folder / "sounds")
    program, memory = arguments.program.resolve(), arguments.out.resolve() / "heard"

    if arguments.jobs > 1:
        with ProcessPoolExecutor(arguments.jobs) as executor:
            by_pair = _all(executor, pairs, systems, program, memory)
    else:
        by_pair = [judged(pair, systems, program, memory) for pair in pairs]
    rows = [row for part in by_pair for row in part]
    title = f"wavestyle under judgement: {list_path.stem}"
    table.write(folder, title, rows, systems, pairs)
    page.write(folder, title, rows, systems, pairs)
    print((folder / "table.md").read_text().partition("\n## Pairs")[0])
    print(f"To hear and see it: {folder / 'index.html'}")


def _all(executor: Executor, pairs: list[Pair], systems: list[System], program: Path, memory: Path) -> list[list[Row]]:
    running = [executor.submit(judged, pair, systems, program, memory) for pair in pairs]
    return [task.result() for task in running]


if __name__ == "__main__":
    main()
