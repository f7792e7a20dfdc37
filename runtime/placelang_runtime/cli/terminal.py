"""What people see: data on standard output, words on standard error, and colour on a terminal only.

Text from files is shown without control characters. A reader that goes away, as `head` does, ends the output and not
the command: its exit code stays what it is.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from placelang_runtime.cli.logs import LOGGER, as_json
from placelang_runtime.printable import printable

NARROWEST, WIDEST, PIPED = 60, 140, 100


def colourful(stream: TextIO) -> bool:
    """Whether to colour what goes to `stream`: a terminal that can, and a person who did not set NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to fill: the terminal's, or COLUMNS, within what reads well."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((PIPED, 24)).columns))


def emit(text: str) -> None:
    """Write data to standard output."""
    write(sys.stdout, text)


def complain(message: str) -> None:
    """Say on standard error what went wrong, whatever the verbosity."""
    if as_json():
        LOGGER.error(message)
    else:
        write(sys.stderr, "".join(f"{printable(text)}\n" for text in f"error: {message}".split("\n")))


def say(message: str) -> None:
    """Say on standard error what was done; `--quiet` does not."""
    if LOGGER.isEnabledFor(logging.WARNING) and not as_json():
        write(sys.stderr, f"{printable(message)}\n")


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 host`, `2 hosts`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int, total: int | None = None) -> str:
    """The first names and how many more there are, of a `total` if these are but a sample."""
    shown = names[:most]
    more = (len(names) if total is None else total) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def describe(error: OSError) -> str:
    """`plan.json: no space left on device`, as far as the error tells."""
    reason = str(error) if error.errno is None else os.strerror(error.errno).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def write_file(path: Path, text: str | Iterable[str]) -> None:
    """Write a text, which may come in pieces, whole or not at all, following links; to a device or a pipe as it comes.
    Raises OSError."""
    import tempfile

    pieces = (text,) if isinstance(text, str) else text
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        error.filename = str(path)  # not the temporary name, which says nothing to anybody
        raise
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write(stream: TextIO, text: str) -> None:
    """Write a text as it is, to a reader that may have gone away."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
