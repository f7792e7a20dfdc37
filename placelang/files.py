"""From a path to a `Source`: the only place where the language's files are read.

Leaves text of bounded size, or a diagnostic that says why there is none. Only regular files are read, so that a pipe
or a device can neither block nor flood.
"""

from __future__ import annotations

import codecs
import os
import stat
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 4 * 2**20
"""The most bytes that a placement file may have."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_source(
    path: Path, *, name: str | None = None, limit: int = LIMIT
) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The text of a file under the name that people see (the path if none is given), without byte order mark."""
    shown = str(path) if name is None else name
    try:
        content = _read(path, limit)
    except _RefusedError as refused:
        return None, (refused.diagnostic(shown),)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such path"
        return None, (Diagnostic(Code.UNREADABLE, f"cannot read the file: {reason.lower()}", path=shown),)
    return _decode(content, shown)


def decode(content: bytes, shown: str, *, limit: int = LIMIT) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The text of what was read elsewhere, of which one byte more than `limit` is enough to refuse it."""
    if len(content) > limit:
        return None, (_too_large(limit).diagnostic(shown),)
    return _decode(content, shown)


def _decode(content: bytes, shown: str) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(content, error.start, shown),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return None, (Diagnostic(Code.UNREADABLE, f"line {line} holds a NUL: this is no text", path=shown),)
    return Source(shown, text), ()


class _RefusedError(Exception):
    """A file that could be read but is not."""

    def __init__(self, code: Code, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint

    def diagnostic(self, shown: str) -> Diagnostic:
        return Diagnostic(self.code, str(self), hint=self.hint, path=shown)


def _read(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a regular file; opened without waiting, judged after opening, so nothing can swap it."""
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _RefusedError(Code.UNREADABLE, "this is no regular file")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise _too_large(limit)
    return content


def _too_large(limit: int) -> _RefusedError:
    message = f"the file has more than {limit:,} bytes"
    return _RefusedError(Code.TOO_LARGE, message, "split it into files that are imported")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _not_utf8(content: bytes, at: int, shown: str) -> Diagnostic:
    """The first byte that is not UTF-8, by line and column."""
    start = content.rfind(b"\n", 0, at) + 1
    line = content.count(b"\n", 0, at) + 1
    column = len(content[start:at].decode("utf-8", "replace")) + 1
    return Diagnostic(
        Code.NOT_UTF8,
        f"line {line}, column {column}: byte 0x{content[at]:02x} is not UTF-8",
        hint="save the file as UTF-8" + (", it is UTF-16" if content.startswith(_UTF_16) else ""),
        path=shown,
    )
