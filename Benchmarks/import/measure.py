# SPDX-License-Identifier: Apache-2.0
"""Times `weights import` on a checkpoint of the size of NSynth's public one, from its folder and from a tar of it."""
import argparse
import os
import statistics
import subprocess
import sys
import time

import nsynth_checkpoint


def run(command):
    """Runs a command.

    Returns seconds, peak memory in MB, and MB that it asked its files for (Linux counts them until the process is reaped).
    """
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    seconds = time.monotonic() - started
    with open(f"/proc/{process.pid}/io") as file:
        read = next(int(line.split()[1]) for line in file if line.startswith("rchar"))
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return seconds, usage.ru_maxrss / 1024, read / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    inner = os.path.join(options.folder, "wavenet-ckpt")
    prefix = nsynth_checkpoint.write(inner)
    archive = os.path.join(options.folder, "wavenet-ckpt.tar")
    # Not sparse in the archive: members are plain files there.
    subprocess.run(["tar", "-cf", archive, "-C", options.folder, "wavenet-ckpt"], check=True)
    output = os.path.join(options.folder, "nsynth.h5")
    print(f"index {os.path.getsize(prefix + '.index')} bytes")
    print("| from | seconds (median) | peak memory MB | MB read |\n|---|---:|---:|---:|")
    for name, source in [("folder", inner), ("tar", archive)]:
        command = [options.program, "weights", "import", source, "--output", output]
        run(command)
        figures = [run(command) for _ in range(options.runs)]
        seconds, memory, read = (statistics.median(column) for column in zip(*figures))
        print(f"| {name} | {seconds:.3f} | {memory:.0f} | {read:.1f} |")
    os.remove(archive)


if __name__ == "__main__":
    main()
