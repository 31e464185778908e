#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs each package in a bare Debian root without Swift, works with the program there, and compares what it writes with what a built one
writes here. The Debian package is also removed, and leaves nothing. How long each takes to start is printed.

    unshare --mount --pid --fork --kill-child --mount-proc test_packages.py --roots .build/roots --program .build/release/wavestyle \\
        wavestyle_0.1.0_amd64.deb wavestyle-0.1.0-linux-x86_64.tar.xz wavestyle-0.1.0-py3-none-manylinux_2_36_x86_64.whl

As root, and only in a namespace of its own: mounts and processes end with that, whatever happens. Roots are kept in --roots for the next time; what
is installed in them is on a layer in memory. One line for each failure, and exit code 1.
"""

import argparse
import contextlib
import gzip
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tools/faults"))
from studio_server import Server  # noqa: E402

# The main job, the default one, and a picture with letters; and what each writes.
JOBS = [
    ("--loss gram --layers relu1 --iterations 3 --threads 2 --output out.wav", "out.wav"),
    ("", "stylized.wav"),
    ("plot out.wav --title Letters --output out.png", "out.png"),
]
# Starts of which the median is printed.
STARTS = 20
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/home", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
# Python's oldest release that the module supports is in Debian 11, whose packages install in Debian 12; its C library is too old.
PYTHONS = {"bookworm": "bullseye", "trixie": "trixie"}
PINS = """\
Package: *
Pin: release n={source}
Pin-Priority: 100

Package: python* libpython*
Pin: release n={source}
Pin-Priority: 990
"""
C_LIBRARY = {"ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1"}
WHEEL_PLATFORMS = ["manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64"]


class PackageError(Exception):
    """What a package does not do."""


def call(*command, **options):
    """What a command here prints."""
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise PackageError(f"{' '.join(map(str, command))}: {done.stdout.strip()[-2000:]}")
    return done.stdout


class Roots:
    """Bare roots, made once."""

    def __init__(self, folder):
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def making(self, name):
        """A folder that gets its name when it is complete."""
        partial = self.folder / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        yield partial
        partial.rename(self.folder / name)

    def debian(self, suite):
        """Debian's smallest installation."""
        if not (self.folder / suite).exists():
            print(f"making a root of {suite}", flush=True)
            with self.making(suite) as folder:
                call("debootstrap", "--variant=minbase", suite, folder)
        return self.folder / suite

    def library(self):
        """The C library and one static program, and nothing else."""
        name = "library"
        if not (self.folder / name).exists():
            with self.making(name) as folder, tempfile.TemporaryDirectory() as packages:
                call("apt-get", "download", "libc6", "busybox-static", cwd=packages)
                for package in pathlib.Path(packages).glob("*.deb"):
                    call("dpkg", "-x", package, folder)
                for sub in ("proc", "dev", "tmp", "home"):
                    (folder / sub).mkdir()
        return self.folder / name

    def python(self, suite):
        """Debian's smallest installation with Python."""
        name, source = f"{suite}-python", PYTHONS[suite]
        if not (self.folder / name).exists():
            print(f"making a root of {suite} with Python of {source}", flush=True)
            with self.making(name) as folder:
                call("cp", "-a", self.debian(suite), folder)
                with MountedFolder(folder) as root:
                    if source != suite:
                        sources = root.path / "etc/apt/sources.list"
                        sources.write_text(sources.read_text() + sources.read_text().replace(suite, source))
                        (root.path / "etc/apt/preferences").write_text(PINS.format(source=source))
                    root.run("apt-get update -q")
                    root.run("apt-get install -q -y --no-install-recommends python3 python3-venv")
                    root.run("apt-get clean")
        return self.folder / name

    @contextlib.contextmanager
    def layer(self, base):
        """A root whose changes are in memory."""
        memory = pathlib.Path(tempfile.mkdtemp(dir=self.folder, prefix="layer-"))
        call("mount", "-t", "tmpfs", "none", memory)
        try:
            for name in ("upper", "work", "root"):
                (memory / name).mkdir()
            call("mount", "-t", "overlay", "none", "-o",
                 f"lowerdir={base},upperdir={memory}/upper,workdir={memory}/work", memory / "root")
            try:
                with MountedFolder(memory / "root") as root:
                    yield root
            finally:
                call("umount", memory / "root")
        finally:
            call("umount", memory)
            memory.rmdir()


class MountedFolder:
    """A folder with a Debian in it, as the root of commands."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        call("mount", "-t", "proc", "none", self.path / "proc")
        call("mount", "--bind", "/dev", self.path / "dev")
        if (self.path / "etc/resolv.conf").exists():
            shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        return self

    def __exit__(self, *_):
        call("umount", self.path / "dev")
        call("umount", self.path / "proc")

    def enter(self):
        os.chroot(self.path)
        os.chdir("/home")

    def run(self, command):
        """What a command in the root prints."""
        words = command.split() if isinstance(command, str) else command
        return call(*words, preexec_fn=self.enter, env=ENVIRONMENT)

    def files(self):
        """All paths of files, from /."""
        return {
            "/" + os.path.relpath(os.path.join(folder, name), self.path)
            for folder, folders, names in os.walk(self.path) if not folder.startswith((f"{self.path}/proc", f"{self.path}/dev"))
            for name in folders + names}


def check(condition, complaint):
    if not condition:
        raise PackageError(complaint)


def expected_outputs(program):
    """What the program that was built here writes."""
    with tempfile.TemporaryDirectory() as folder:
        for arguments, _ in JOBS:
            call(program, *arguments.split(), cwd=folder, env=dict(ENVIRONMENT, HOME=folder))
        return {output: (pathlib.Path(folder) / output).read_bytes() for _, output in JOBS}


def start_up(root, program):
    """Milliseconds from the start of `program --version` in the root to its end."""
    times = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        root.run([program, "--version"])
        times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


def check_program(root, program, expected, version, libraries, same_c_library=True):
    """Works with an installed program, which may load no library of another folder than `libraries`, but the C library.

    Where that is a later one than here, its logarithms may differ in their last bits, and so one step of a picture's colour: there only a picture's
    head is compared. Sounds have the same bytes all the same.
    """
    swift = [path for path in root.files() if os.path.basename(path).startswith(("swift", "libswift"))]
    check(not swift, f"there is a Swift in the root: {swift[:3]}")
    check(root.run([program, "--version"]).strip() == version, "--version is another")
    check("USAGE: wavestyle" in root.run([program, "--help"]), "--help has no usage")
    print(f"    starts in {start_up(root, program):.0f} ms (median of {STARTS})", flush=True)
    for arguments, output in JOBS:
        printed = root.run([program, *arguments.split()])
        check("ontconfig" not in printed, f"a font is missed: {printed}")
        written = (root.path / "home" / output).read_bytes()
        count = 33 if output.endswith(".png") and not same_c_library else None
        check(written[:count] == expected[output][:count], f"{output} differs from what the built program writes: {len(written)} bytes")

    server = Server("chroot", root.path, program, "studio", "--folder", "/home/studio")
    try:
        check(server.ask("GET", f"/{server.token}/")[0] == 200, "the studio's page does not come")
        names = [sound["name"] for sound in server.get("/api/state")["sounds"]]
        check(names == ["Voice", "Flute"], f"the studio has no bundled sounds, but {names}")
        loaded = {
            line.split()[5].removeprefix(str(root.path)) for line in open(f"/proc/{server.process.pid}/maps") if ".so" in line}
        strange = [path for path in loaded if not path.startswith(f"{libraries}/") and os.path.basename(path) not in C_LIBRARY]
        check(len(loaded) > len(C_LIBRARY) and not strange, f"libraries from elsewhere: {strange}")
    finally:
        code = server.end()
    check(code == 130, f"the studio ends with {code}")


def check_manual(folder):
    """Pages of the manual are there and are such pages."""
    pages = sorted(folder.glob("wavestyle*.1*"))
    check({"wavestyle", "wavestyle-studio"} <= {page.name.split(".")[0] for page in pages}, f"no manual in {folder}")
    for page in pages:
        text = gzip.decompress(page.read_bytes()) if page.suffix == ".gz" else page.read_bytes()
        check(b"\n.SH NAME" in text or b"\n.Sh NAME" in text, f"{page.name} is no page of the manual")


def check_completions(root, file):
    """Bash, which the root has, completes by it."""
    check("wavestyle" in root.run(["bash", "-c", f"source {file} && complete -p wavestyle"]), f"{file} completes nothing")


def test_deb(roots, package, expected, version):
    with roots.layer(roots.debian("bookworm")) as root:
        shutil.copy(package, root.path / "home")
        root.run("apt-get update -q")
        root.run(f"apt-get install -q -y --no-install-recommends /home/{package.name}")
        check_program(root, "/usr/bin/wavestyle", expected, version, "/usr/lib/x86_64-linux-gnu")
        share = root.path / "usr/share"
        check_manual(share / "man/man1")
        check_completions(root, "/usr/share/bash-completion/completions/wavestyle")
        for name in ("zsh/vendor-completions/_wavestyle", "fish/vendor_completions.d/wavestyle.fish", "doc/wavestyle/copyright",
                     "doc/wavestyle/changelog.gz", "applications/wavestyle-studio.desktop"):
            check((share / name).stat().st_size > 0, f"{name} is missing")
        root.run("dpkg --purge wavestyle")
        left = [path for path in root.files() if "wavestyle" in path and not path.startswith(("/home/", "/var/lib/apt/", "/var/cache/"))]
        check(not left, f"what was removed leaves {left}")


def test_tarball(roots, archive, expected, version):
    name = archive.name.removesuffix(".tar.xz")
    with roots.layer(roots.library()) as root:
        (root.path / "opt").mkdir()
        call("tar", "-C", root.path / "opt", "-xf", archive)
        folder = f"/opt/{name}"
        listed = root.run(f"/lib64/ld-linux-x86-64.so.2 --list {folder}/bin/wavestyle")
        check("not found" not in listed, f"libraries are not found: {listed}")
        # From another place, by a link.
        (root.path / "bin/wavestyle").symlink_to(f"{folder}/bin/wavestyle")
        check_program(root, "/bin/wavestyle", expected, version, f"{folder}/libexec/wavestyle")
        share = root.path / folder[1:] / "share"
        check_manual(share / "man/man1")
        licences = {path.name for path in (share / "doc/wavestyle/licenses").iterdir()}
        bundled = {line.split(":")[0]: line.split()[1] for line in (share / "doc/wavestyle/libraries.txt").read_text().splitlines()[2:]}
        check(set(bundled) == set(os.listdir(root.path / folder[1:] / "libexec/wavestyle")), "libraries.txt names others than there are")
        check(set(bundled.values()) <= licences, f"licences are missing: {set(bundled.values()) - licences}")


def test_wheel(roots, wheel, suite, expected, version):
    base = roots.python(suite)
    with roots.layer(base) as root:
        python = root.run(["python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
        print(f"wheel: Python {python}", flush=True)
        numpy = roots.folder / f"wheels-{python}"
        if not numpy.exists():
            with roots.making(numpy.name) as folder:
                call("/usr/bin/python3", "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--python-version", python,
                     *(word for platform in WHEEL_PLATFORMS for word in ("--platform", platform)), "--dest", folder, "numpy")
        shutil.copytree(numpy, root.path / "home/wheels")
        shutil.copy(wheel, root.path / "home/wheels")
        root.run("python3 -m venv /home/venv")
        root.run("/home/venv/bin/pip install --quiet --no-index --find-links /home/wheels wavestyle")
        check_program(root, "/home/venv/bin/wavestyle", expected, version, "/home/venv/libexec/wavestyle", suite == "bookworm")
        check_manual(root.path / "home/venv/share/man/man1")
        check_completions(root, "/home/venv/share/bash-completion/completions/wavestyle")
        # By the module, which finds the program that came with it, also where `pip --target` put it.
        printed = root.run(["/home/venv/bin/python", "-c", (
            "import wavestyle; assert 'clean' in str(wavestyle.presets()); print(wavestyle.program(), wavestyle.version());"
            "sounds = '/home/venv/share/wavestyle/sounds/';"
            "wavestyle.transfer(sounds + 'voice.flac', sounds + 'flute.flac').save('module.wav')")])
        check(printed.split()[-2:] == ["/home/venv/bin/wavestyle", version], f"the module finds {printed}")
        check((root.path / "home/module.wav").stat().st_size > 10_000, "the module's result is empty")
        # Where the list of files has the program then, as seen from this folder, is another one.
        (root.path / "usr/bin/wavestyle").symlink_to("true")
        root.run("/home/venv/bin/pip install --quiet --no-index --find-links /home/wheels --no-deps --target /home/target wavestyle")
        printed = root.run(["env", "PYTHONPATH=/home/target", "/home/venv/bin/python", "-c", (
            "import wavestyle; print(wavestyle.program(), wavestyle.version())")])
        check(printed.split() == ["/home/target/bin/wavestyle", version], f"in a folder of its own the module finds {printed}")
        root.run("/home/venv/bin/pip uninstall --quiet --yes wavestyle")
        left = [path for path in root.files() if path.startswith("/home/venv/") and "wavestyle" in path]
        check(not left, f"what was removed leaves {left}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--roots", type=pathlib.Path, required=True)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("packages", type=pathlib.Path, nargs=3, help="the .deb, the .tar.xz and the .whl")
    options = parser.parse_args()
    deb, archive, wheel = options.packages
    roots = Roots(options.roots)
    program = options.program.resolve()
    version = call(program, "--version").strip()
    expected = expected_outputs(program)
    tests = {
        "Debian package": lambda: test_deb(roots, deb, expected, version),
        "tarball": lambda: test_tarball(roots, archive, expected, version),
        "wheel, oldest Python": lambda: test_wheel(roots, wheel, "bookworm", expected, version),
        "wheel, newest Python": lambda: test_wheel(roots, wheel, "trixie", expected, version),
    }
    failures = 0
    for name, test in tests.items():
        try:
            test()
            print(f"{name}: works", flush=True)
        except (PackageError, RuntimeError, OSError) as error:
            failures += 1
            print(f"{name}: {error}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
