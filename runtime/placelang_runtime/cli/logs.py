"""What goes to standard error: how much of it, and whether for people or, as JSON lines, for machines.

The level of the logger `placelang` is the one record of `--verbose` and `--quiet`.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

LOGGER = logging.getLogger("placelang")
Format = Literal["text", "json"]


class _Lines(logging.Formatter):
    """`info: read 4 files`."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}"


class _JsonLines(logging.Formatter):
    """One object a line; `fields` of the record stand beside time, level and message."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        return json.dumps(line | getattr(record, "fields", {}))


def set_up(format: Format = "text") -> None:  # noqa: A002 - the flag's own name
    """Send what the package logs to standard error in this format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if format == "json" else _Lines())
    LOGGER.handlers[:] = [handler]
    LOGGER.propagate = False


def set_level(verbose: int, *, quiet: bool) -> None:
    """Warnings by default, errors alone if quiet, information and details as `verbose` grows."""
    LOGGER.setLevel(
        logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    )


def as_json() -> bool:
    """Whether standard error is for machines."""
    return any(isinstance(handler.formatter, _JsonLines) for handler in LOGGER.handlers)
