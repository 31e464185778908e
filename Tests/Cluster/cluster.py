# SPDX-License-Identifier: Apache-2.0
"""A Slurm cluster of several nodes on this host, for checks: its own munge key, controller, and a slurmd for each node.

    with Cluster(folder) as cluster:
        subprocess.run(["sbatch", "--array=0-11", "job.sh"], env=cluster.environment, check=True)
        cluster.kill_node("n2")

Needs Debian's slurm-wlm and munge, but none of their services, and no root: everything runs as who starts it, keeps its state in the
folder, and is ended with the cluster. Several can run beside each other. Only Python's standard library is used.
"""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

# Seconds without an answer after which a node is down and its jobs are requeued, and seconds for one answer. A killed node is down after
# 13 to 17 s, most of which are the controller's attempts to reach it: with 10 s for an answer, Slurm's default, after 26 s.
NODE_TIMEOUT, MESSAGE_TIMEOUT = 10, 4

# Seconds that a job's credential is valid; a requeued job waits as long, and a second, before it starts again.
CREDENTIAL_TIMEOUT = 10

# Seconds from a task's SIGTERM to its SIGKILL: a task that takes long to stop is slow, and not wrong.
KILL_WAIT = 300

# Seconds that a daemon's start, end or answer may take on a busy machine.
PATIENCE = 60

# Below what Linux (32768) and gVisor (16000) give to outgoing connections.
PORTS = range(10000, 16000)

CONFIGURATION = """\
ClusterName=check
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire={credential_timeout}
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
JobRequeue=1
ReturnToService=2
SlurmdTimeout={node_timeout}
MessageTimeout={message_timeout}
KillWait={kill_wait}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

# A node's first process: adopts what its daemon starts, as slurmstepd leaves its parent, and ends after all of it.
NODE = """
import ctypes, os, subprocess, sys
PR_SET_CHILD_SUBREAPER = 36
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0: sys.exit("prctl failed")
subprocess.Popen(sys.argv[1:])
try:
    while True: os.wait()
except ChildProcessError: pass
"""


class Cluster:
    """Nodes n1, n2 and so on, of one core each, in one partition."""

    def __init__(self, folder, nodes=3):
        self.folder = Path(folder).resolve()
        self.names = [f"n{number}" for number in range(1, nodes + 1)]
        self.nodes, self.daemons = {}, {}
        # Nothing of a job that the check itself may run in.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))}
        self.environment["SLURM_CONF"] = str(self.folder / "slurm.conf")
        self.environment["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/bin"

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        self._end()

    def _start(self):
        for name in ("munged", "slurmctld", "slurmd", "sbatch"):
            if shutil.which(name, path=self.environment["PATH"]) is None:
                raise FileNotFoundError(f"no {name}: install slurm-wlm, slurmctld, slurmd, slurm-client and munge")
        munge = self.folder / "munge"
        for place in (self.folder, munge, self.folder / "state", *(self.folder / f"spool.{name}" for name in self.names)):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = munge / "key"
        key.unlink(missing_ok=True)
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(1024))
        self._configure()
        # --force: it complains of the folders above its own, and of being root, and runs.
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        self.daemons["munged"] = self._run(
            "munged", "--foreground", "--force", *(f"--{option}={munge / file}" for option, file in files.items()))
        self.wait((munge / "socket").exists, PATIENCE, "munged's socket")
        self.daemons["slurmctld"] = self._run("slurmctld", "-D", "-c")
        for name in self.names:
            self.start_node(name)

    def _configure(self):
        host = socket.gethostname().split(".")[0]
        ports = free_ports(1 + len(self.names))
        # Sweeps may ask for memory: it is not counted, but a node must have it.
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**21
        text = "".join(
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory={memory} State=UNKNOWN\n"
            for name, port in zip(self.names, ports[1:]))
        text += CONFIGURATION.format(
            host=host, port=ports[0], user=pwd.getpwuid(os.geteuid()).pw_name, folder=self.folder, node_timeout=NODE_TIMEOUT,
            message_timeout=MESSAGE_TIMEOUT, kill_wait=KILL_WAIT, credential_timeout=CREDENTIAL_TIMEOUT)
        (self.folder / "slurm.conf").write_text(text)

    def _run(self, *words):
        with open(self.folder / "daemons.log", "ab") as log:
            return subprocess.Popen(
                words, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def _end(self):
        for name in self.nodes:
            self.kill_node(name)
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(daemon.pid, signal.SIGKILL)
                daemon.wait()
        self.nodes, self.daemons = {}, {}

    def start_node(self, name):
        """Starts a node, and waits until jobs can run on it."""
        node = self.nodes.get(name)
        if node is not None and node.poll() is None:
            raise ValueError(f"{name} runs already")
        self.nodes[name] = self._run(sys.executable, "-c", NODE, "slurmd", "-D", "-N", name)
        self.wait(lambda: self.state(name) in ("idle", "mixed", "allocated", "completing"), PATIENCE, f"{name} to be up")

    def kill_node(self, name):
        """Ends all processes of a node at once, as when it loses its power. Returns their numbers."""
        node, killed = self.nodes[name], []
        while node.poll() is None:
            # Stopped first, parents before their children: none sees another one's end, and reports it.
            found = self.processes(name)
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for process in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, number)
            killed += found
            # What was begun meanwhile is found in the next round; the first process ends after all.
            with contextlib.suppress(subprocess.TimeoutExpired):
                node.wait(0.2)
        return killed

    def processes(self, name):
        """The processes of a node, without its first one; parents before their children."""
        children = {}
        for process in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                # The name between brackets may contain anything; state and parent follow.
                state, parent = Path("/proc", process, "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                if state != "Z":
                    children.setdefault(int(parent), []).append(int(process))
        found = list(children.get(self.nodes[name].pid, []))
        for process in found:
            found += children.get(process, [])
        return found

    def ask(self, *words):
        """What one of Slurm's commands prints, once the controller answers it."""
        end = time.monotonic() + PATIENCE
        while True:
            asked = subprocess.run(
                words, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=PATIENCE)
            if asked.returncode == 0:
                return asked.stdout
            if time.monotonic() > end:
                raise RuntimeError(f"{words[0]} ended with {asked.returncode}: {asked.stderr.strip()}")
            time.sleep(0.5)

    def state(self, name):
        """What the controller says of a node, as `idle`."""
        return self.ask("sinfo", "--noheader", "--nodes", name, "--format", "%T").strip()

    def squeue(self):
        """The jobs that wait or run, each task of an array by itself: name (as 5_0), state (as RUNNING), nodes."""
        lines = self.ask("squeue", "--noheader", "--array", "--format", "%i|%T|%N").splitlines()
        return [tuple(line.split("|")) for line in lines]

    def wait(self, condition, seconds, what, every=0.1):
        """Returns what `condition()` gives, once that is true; asked again after `every` so many seconds.

        Raises TimeoutError after so many seconds, and RuntimeError where munged or slurmctld has ended.
        """
        end = time.monotonic() + seconds
        while True:
            if result := condition():
                return result
            for name, daemon in self.daemons.items():
                if daemon.poll() is not None:
                    raise RuntimeError(f"{name} has ended with {daemon.returncode}, before {what}")
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds} s in vain for {what}")
            time.sleep(every)

    def logs(self, lines=15):
        """The tails of all logs."""
        text = []
        for path in sorted([*self.folder.glob("*.log"), self.folder / "munge/log"]):
            with contextlib.suppress(FileNotFoundError):
                tail = path.read_text(errors="replace").splitlines()[-lines:]
                text += [f"--- {path.relative_to(self.folder)}", *tail]
        return "\n".join(text)


def free_ports(count):
    """Ports that nobody listens at."""
    with contextlib.ExitStack() as stack:
        found = []
        for port in random.sample(PORTS, len(PORTS)):
            listener = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listener.bind(("127.0.0.1", port))
                found.append(port)
                if len(found) == count:
                    return found
    raise OSError(f"no {count} free ports between {PORTS.start} and {PORTS.stop}")
