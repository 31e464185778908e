# SPDX-License-Identifier: Apache-2.0
"""The program: where it is, and how it is run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Union

from ._errors import InputError, SoftwareError, error_of_end

Argument = Union[str, bytes]


def program() -> str:
    """The path of the program.

    The first of: the environment variable `WAVESTYLE_PROGRAM`; the one that was installed with this package, where a wheel had it;
    `wavestyle` on `PATH`.

    Raises
    ------
    InputError
        Where there is none.
    """
    given = os.environ.get("WAVESTYLE_PROGRAM")
    if given:
        if not _is_executable(given):
            raise InputError("cannot start", given, "it is no program", "set WAVESTYLE_PROGRAM to the path of wavestyle")
        return given
    found = _installed() or shutil.which("wavestyle")
    if found:
        return found
    raise InputError(
        "cannot find", "wavestyle", "it is neither in this package nor on PATH", "install it, or set WAVESTYLE_PROGRAM to its path"
    )


@lru_cache
def _installed() -> Optional[str]:
    """The program that was installed with this package, which the list of its files tells."""
    try:
        files = metadata.files("wavestyle") or []
    except metadata.PackageNotFoundError:
        files = []
    # `pip install --target` moves files after it has listed them: where they are listed, another program may be.
    places = [Path(__file__).parent.with_name("bin") / "wavestyle"]
    places += [Path(os.fspath(file.locate())) for file in files if file.parts[-2:] == ("bin", "wavestyle")]
    return next((str(place.resolve()) for place in places if _is_executable(place)), None)


def version() -> str:
    """The program's version."""
    with Child(["--version"]) as child:
        return child.finish().decode().strip()


def _is_executable(path: Union[str, Path]) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


class MemoryFile:
    """A file without a name, in memory: nothing is left of it, however this process ends.

    The program opens it as `path`, where it is passed on.
    """

    def __init__(self, name: str, content: Sequence[Union[bytes, memoryview]] = ()) -> None:
        self.descriptor = os.memfd_create(name)
        self._file = open(self.descriptor, "r+b", buffering=0)
        for part in content:
            rest = memoryview(part).cast("B")
            while len(rest):
                rest = rest[self._file.write(rest) :]
        # What is passed on shares its position.
        self._file.seek(0)

    @property
    def path(self) -> str:
        return f"/proc/self/fd/{self.descriptor}"

    def read(self) -> bytes:
        """All of it."""
        count = os.fstat(self.descriptor).st_size
        parts: List[bytes] = []
        while count > sum(map(len, parts)):
            parts.append(os.pread(self.descriptor, count, sum(map(len, parts))))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> MemoryFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Child:
    """A process of the program. When it is left, the process has ended: where it had not, it was told to, as by Ctrl-C.

    It is in a session of its own, so that Ctrl-C reaches this process alone, which then ends it in order.

    Parameters
    ----------
    arguments
        The program's.
    files
        Passed on to it.
    names
        What to call these in errors, by their paths.
    talks
        Whether `stdin` is wanted.
    """

    def __init__(
        self,
        arguments: Sequence[Argument],
        files: Sequence[MemoryFile] = (),
        names: Optional[Dict[str, str]] = None,
        talks: bool = False,
    ) -> None:
        self._names = names or {}
        self._errors = MemoryFile("wavestyle-errors")
        path = program()
        environment = dict(os.environ, WAVESTYLE_ERRORS="json", WAVESTYLE_PARENT=str(os.getpid()))
        try:
            self._process = subprocess.Popen(
                [path, *arguments],
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors.descriptor,
                pass_fds=[file.descriptor for file in files],
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise SoftwareError("cannot start", path, error.strerror or str(error)) from error
        except BaseException:
            self._errors.close()
            raise
        self.pid = self._process.pid

    @property
    def stdin(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # type: ignore[return-value]

    @property
    def stdout(self) -> BinaryIO:
        assert self._process.stdout is not None
        return self._process.stdout  # type: ignore[return-value]

    def finish(self, tell: Optional[Callable[[bytes], None]] = None) -> bytes:
        """Waits for the end.

        Parameters
        ----------
        tell
            Called with each line of standard output.

        Returns
        -------
        bytes
            Standard output, where there is no `tell`.

        Raises
        ------
        Error
            Where the exit code is not 0.
        """
        output = b""
        if tell is None:
            output = self.stdout.read()
        else:
            for line in self.stdout:
                tell(line)
        if self._process.wait() != 0:
            raise self.failure()
        return output

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def failure(self) -> Exception:
        """Why it ended; waits for that."""
        status = self._process.wait()
        return error_of_end(status, self._errors.read().decode("utf-8", "replace"), self._names)

    def stop(self) -> None:
        """Ends it, and waits until it has."""
        try:
            # The second one ends it at once: a run that is told once would still save what it has.
            for number in (signal.SIGINT, signal.SIGINT):
                if self.has_ended:
                    break
                self._process.send_signal(number)
                try:
                    self._process.wait(0.5)
                except subprocess.TimeoutExpired:
                    pass
        finally:
            if not self.has_ended:
                self._process.kill()
            self._process.wait()

    def close(self, stops: bool = True) -> None:
        """Stops it where it has not ended, and closes its pipes."""
        try:
            if stops:
                self.stop()
        finally:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        # What was not sent yet has no reader.
                        pass
            self._errors.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def memory_files() -> Iterator[List[MemoryFile]]:
    """A list of files that are closed at its end."""
    files: List[MemoryFile] = []
    try:
        yield files
    finally:
        for file in files:
            file.close()
