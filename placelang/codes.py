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
    PATH_OUTSIDE = "path-outside"
    AMBIGUOUS_NAME = "ambiguous-name"
    BUILT_IN_NAME = "built-in-name"
    UNDECLARED_LABEL = "undeclared-label"
    # types and values
    WRONG_UNIT = "wrong-unit"
    WRONG_TYPE = "wrong-type"
    OUT_OF_RANGE = "out-of-range"
    NOT_CONSTANT = "not-constant"
    NOT_A_CHOICE = "not-a-choice"
    MALFORMED = "malformed"
    MISSING_VALUE = "missing-value"
    DIVISION_BY_ZERO = "division-by-zero"
    MIXED_AND_OR = "mixed-and-or"
    # meaning
    MISPLACED = "misplaced"
    SELF_REFERENCE = "self-reference"
    IMPOSSIBLE = "impossible"
    NO_COUNTERPART = "no-counterpart"
    MISSING_IMAGE = "missing-image"
    PLACED_NOT_FIRST = "placed-not-first"
    INCOMPLETE_ROLLOUT = "incomplete-rollout"
    AGAINST_POLICY = "against-policy"
    # what is right and yet cannot have been meant
    ALWAYS_FALSE = "always-false"
    ALWAYS_TRUE = "always-true"
    CHANGES_NOTHING = "changes-nothing"
    HOPELESS_PREFERENCE = "hopeless-preference"
    BARRED_BY_POLICY = "barred-by-policy"
    MATCHES_NOTHING = "matches-nothing"
    UNSET_LABEL = "unset-label"
    NO_ARBITER = "no-arbiter"
    UNUSED_PARAM = "unused-param"
    UNUSED_LET = "unused-let"
    UNUSED_LABEL = "unused-label"
    UNUSED_DEVICE = "unused-device"
    UNUSED_RESOURCE = "unused-resource"
    UNUSED_MODEL = "unused-model"
    UNUSED_ALLOW = "unused-allow"
    UNKNOWN_CODE = "unknown-code"
    NOT_RECORDED = "not-recorded"
    # inventory
    INVENTORY_SYNTAX = "inventory-syntax"
    INVENTORY_FORMAT = "inventory-format"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    # a plan
    UNFIT_MODEL = "unfit-model"
    # placelang.toml and the environment
    CONFIG = "config"
