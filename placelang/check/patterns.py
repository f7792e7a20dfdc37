"""Regular expressions, compiled by the linear-time engine, which is loaded only when a pattern occurs."""

from __future__ import annotations

from functools import lru_cache

from placelang import syntax
from placelang.check.faults import Faults
from placelang.codes import Code

LONGEST = 1_000
"""A pattern has at most so many characters: its automaton is to stay small."""


def pattern_of(node: syntax.Expression, faults: Faults) -> str | None:
    """The pattern that `node` spells; None, said why, if it is no literal or no regular expression."""
    if isinstance(node, syntax.Paren):
        return pattern_of(node.inner, faults)
    parts = node.parts if isinstance(node, syntax.String) else (None,)
    if not all(isinstance(part, str) for part in parts):
        faults.error(
            Code.NOT_CONSTANT,
            node.span,
            "a pattern is written out where it stands",
            hint="write a literal in single quotes, such as `'^edge-[0-9]+$'`",
        )
        return None
    pattern = "".join(part for part in parts if isinstance(part, str))
    if len(pattern) > LONGEST:
        faults.error(
            Code.OUT_OF_RANGE,
            node.span,
            f"this pattern has {len(pattern)} characters",
            notes=(f"at most {LONGEST} are allowed",),
        )
        return None
    fault = fault_of_pattern(pattern)
    if fault is not None:
        faults.error(Code.MALFORMED, node.span, f"this is no regular expression: {fault}")
        return None
    return pattern


def matches(pattern: str, text: str) -> bool:
    """Whether a checked `pattern` occurs in `text`."""
    import re2  # noqa: PLC0415 - only files with patterns pay for the engine

    return re2.search(pattern, text) is not None


@lru_cache(maxsize=256)
def fault_of_pattern(pattern: str) -> str | None:
    """What is wrong with a pattern, None if it is one."""
    import re2  # noqa: PLC0415 - only files with patterns pay for the engine

    options = re2.Options()
    options.log_errors = False  # it would write to the terminal by itself
    try:
        re2.compile(pattern, options)
    except re2.error as fault:
        reason = fault.args[0]
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    except UnicodeEncodeError:
        return "it holds half of a surrogate pair"
    return None
