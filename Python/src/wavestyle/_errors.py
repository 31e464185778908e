# SPDX-License-Identifier: Apache-2.0
"""What the program fails of, as exceptions: a class for each exit code (those of sysexits.h)."""

from __future__ import annotations

import json
import signal
from typing import Any, Dict, Mapping, Optional, Type


class Error(Exception):
    """What the program could not do.

    Attributes
    ----------
    what : str
        What could not be done, as 'cannot open'.
    where : str or None
        The file, option or array concerned.
    why : str
        The reason.
    remedy : str or None
        What can be done about it.
    code : int
        The program's exit code.
    """

    code: int = 1

    def __init__(
        self, what: str, where: Optional[str] = None, why: str = "", remedy: Optional[str] = None, code: Optional[int] = None
    ) -> None:
        # All of them are arguments, so that an exception can be pickled.
        super().__init__(what, where, why, remedy, code)
        self.what, self.where, self.why, self.remedy = what, where, why, remedy
        self.code = type(self).code if code is None else code

    def __str__(self) -> str:
        place = f" '{self.where}'" if self.where is not None else ""
        advice = f"; {self.remedy}" if self.remedy is not None else ""
        return f"{self.what}{place}: {self.why}{advice}"


class UsageError(Error, ValueError):
    """A setting, or a combination of settings, that there is not (exit code 64)."""

    code = 64


class BadDataError(Error, ValueError):
    """A sound or a file that was read and cannot be used (65)."""

    code = 65


class InputError(Error):
    """A file that does not exist or cannot be opened (66)."""

    code = 66


class SoftwareError(Error, RuntimeError):
    """A fault of the program itself, such as a crash, or a signal that ended it (70)."""

    code = 70


class CannotCreateError(Error):
    """An output that cannot be created (73)."""

    code = 73


class InputOutputError(Error):
    """Reading or writing failed (74)."""

    code = 74


class TransferWarning(UserWarning):
    """What the program warns of."""


_CLASSES: Dict[int, Type[Error]] = {
    kind.code: kind for kind in (UsageError, BadDataError, InputError, SoftwareError, CannotCreateError, InputOutputError)
}


def error_of(parts: Mapping[str, Any], names: Mapping[str, str]) -> Error:
    """The exception for an error's parts, as `WAVESTYLE_ERRORS=json` writes them.

    Parameters
    ----------
    names
        What stands for the paths of arrays: `/proc/self/fd/5` means nothing to who gave an array.
    """

    def named(text: Any) -> Any:
        for path, name in names.items():
            text = text.replace(path, name) if isinstance(text, str) else text
        return text

    code = int(parts["code"])
    return _CLASSES.get(code, SoftwareError)(
        named(parts["what"]), named(parts.get("where")), named(parts["why"]), named(parts.get("remedy")), code
    )


def error_of_end(status: int, errors: str, names: Mapping[str, str]) -> Error:
    """The exception for a process that ended.

    Parameters
    ----------
    status
        As `subprocess` gives it: negative after a signal.
    errors
        What it wrote to standard error.
    """
    for line in reversed(errors.splitlines()):
        if line.startswith("{"):
            try:
                return error_of(json.loads(line), names)
            except (ValueError, KeyError):
                continue
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = str(-status)
        remedy = "where memory ran out, use shorter sounds or max_memory" if -status == signal.SIGKILL else None
        return SoftwareError("the program ended", None, f"{name} ended it", remedy)
    last = errors.strip().splitlines()[-1:] or [f"it ended with exit code {status}"]
    return _CLASSES.get(status, SoftwareError)("the program ended", None, last[0])
