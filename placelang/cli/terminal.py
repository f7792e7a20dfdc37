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
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from placelang.cli.logs import LOGGER, as_json
from placelang.diagnostics import Diagnostic, Severity, Source, Span
from placelang.render import printable, render

NARROWEST, WIDEST, PIPED = 60, 140, 100


def colourful(stream: TextIO) -> bool:
    """Whether to colour what goes to `stream`: a terminal that can, and a person who did not set NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to fill: the terminal's, or COLUMNS, within what reads well."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((PIPED, 24)).columns))


def emit(text: str) -> None:
    """Write data to standard output."""
    _write(sys.stdout, text)


def complain(message: str) -> None:
    """Say on standard error what went wrong, whatever the verbosity."""
    if as_json():
        LOGGER.error(message)
    else:
        _write(sys.stderr, "".join(f"{printable(text)}\n" for text in f"error: {message}".split("\n")))


def say(message: str) -> None:
    """Say on standard error what was done; `--quiet` does not."""
    if LOGGER.isEnabledFor(logging.WARNING) and not as_json():
        _write(sys.stderr, f"{printable(message)}\n")


def report(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> None:
    """Show diagnostics on standard error, with a last line that counts them; `--quiet` keeps to errors."""
    quiet = not LOGGER.isEnabledFor(logging.WARNING)
    shown = [d for d in diagnostics if not quiet or d.severity is Severity.ERROR]
    if as_json():
        for diagnostic in shown:
            level = logging.ERROR if diagnostic.severity is Severity.ERROR else logging.WARNING
            LOGGER.log(level, diagnostic.message, extra={"fields": as_data(diagnostic, sources)})
    elif shown:
        _write(sys.stderr, f"{render(shown, sources, color=colourful(sys.stderr))}\n{tally(shown)}\n")


def tally(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    severities = [d.severity for d in diagnostics]
    counts = [(kind.value, severities.count(kind)) for kind in Severity]
    return ", ".join(f"{n} {word}{'s' * (n > 1)}" for word, n in counts if n) or "no errors"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 host`, `2 hosts`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int, total: int | None = None) -> str:
    """The first names and how many more there are, of a `total` if these are but a sample."""
    shown = names[:most]
    more = (len(names) if total is None else total) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def as_data(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> dict[str, object]:
    """A diagnostic as JSON has it, places counted as people count them."""
    place = _place(diagnostic.span, sources) if diagnostic.span else {"path": diagnostic.path}
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code.value,
        "message": diagnostic.message,
        **place,
        "labels": [{"text": label.text, **_place(label.span, sources)} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "hint": diagnostic.hint,
        "fix": [{"text": edit.text, **_place(edit.span, sources)} for edit in diagnostic.fix],
    }


def _place(span: Span, sources: Mapping[str, Source]) -> dict[str, object]:
    source = sources.get(span.path)
    if source is None:
        return {"path": span.path}
    start, end = source.position(span.start), source.position(span.end)
    return {
        "path": span.path,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


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


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
