"""Every diagnostic code, in one list: its name reads well after "allow", its value is what users see."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """A diagnostic's stable name; `docs/errors/<value>.md` has its page."""

    # files
    UNREADABLE = "unreadable"
    NOT_UTF8 = "not-utf8"
    TOO_LARGE = "too-large"
    # syntax
    SYNTAX = "syntax"
    UNCLOSED = "unclosed"
    UNKNOWN_CLAUSE = "unknown-clause"
    TOO_DEEP = "too-deep"
    # names
    UNKNOWN_NAME = "unknown-name"
    DUPLICATE = "duplicate"
    CYCLE = "cycle"
    IMPORT_OUTSIDE = "import-outside"
    # types and values
    WRONG_UNIT = "wrong-unit"
    WRONG_TYPE = "wrong-type"
    OUT_OF_RANGE = "out-of-range"
    # meaning
    NOT_SUPPORTED_YET = "not-supported-yet"
    # inventory
    INVENTORY = "inventory"
    # placelang.toml and the environment
    CONFIG = "config"
