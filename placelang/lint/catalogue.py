"""All lints, in one list. A lint is a function of the subject to what it has to say of it; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from placelang.diagnostics import Diagnostic
from placelang.lint import (
    always,
    barred,
    contradictions,
    lone_single,
    matches_nothing,
    preferences,
    replicas,
    unset_label,
    unused,
)
from placelang.lint.subject import Subject

Lint = Callable[[Subject], Iterator[Diagnostic]]

LINTS: tuple[Lint, ...] = (
    always.check,
    contradictions.check,
    preferences.check,
    barred.check,
    replicas.check,
    unused.check,
    unset_label.check,
    matches_nothing.check,
    lone_single.check,
)
"""The last three say something only where there is an inventory."""
