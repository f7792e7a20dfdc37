"""What is right and yet cannot have been meant: warnings beyond those that checking gives.

Enters: modules with all diagnostics so far, and, where nothing is wrong, their program, the names that it looks up and
a world. Leaves: all diagnostics, in order, without the warnings that comments allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from placelang.check.scope import Tables
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, in_order
from placelang.lint.allow import BY_INVENTORY, heed, in_vain
from placelang.lint.catalogue import LINTS
from placelang.lint.subject import subject
from placelang.lint.unused import UNUSED, has_services
from placelang.load import Modules
from placelang.program import Program

if TYPE_CHECKING:
    from placelang.world import World

__all__ = ["lint", "without_allowed"]


def lint(
    modules: Modules,
    diagnostics: Sequence[Diagnostic],
    program: Program | None,
    names: Tables,
    world: World | None = None,
) -> tuple[Diagnostic, ...]:
    """The diagnostics of the modules with those of all lints. Without a program, nothing is looked for that errors
    might explain; `names` are those that `check` records."""
    found = list(diagnostics)
    if program is not None:
        about = subject(modules, program, names, world)
        found += [one for look in LINTS for one in look(about)]
    kept, vain = heed(modules, found)
    return in_order([*kept, *in_vain(vain, _not_looked_for(program, world))])


def _not_looked_for(program: Program | None, world: World | None) -> frozenset[Code]:
    """What nobody can say is not there."""
    if program is None:
        return frozenset(Code)
    missed: frozenset[Code] = BY_INVENTORY if world is None else frozenset()
    return missed if has_services(program) else missed | UNUSED


def without_allowed(modules: Modules, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics without the warnings that comments allow."""
    return heed(modules, diagnostics)[0]
