"""The inventory as a fleet sees it: of how many things a condition is true, as the planner would count them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from placelang import syntax
from placelang.check import check
from placelang.check.expressions import check_expression
from placelang.check.faults import Faults
from placelang.check.scope import Scope
from placelang.diagnostics import Diagnostic
from placelang.expressions import Expr
from placelang.lint import lint
from placelang.load import Module
from placelang.lsp.analysis import Analysis
from placelang.lsp.uses import Place
from placelang.program import Program

if TYPE_CHECKING:
    from placelang.world import World

_DECLARING = (
    syntax.Param,
    syntax.Let,
    syntax.LabelDeclaration,
    syntax.ResourceDeclaration,
    syntax.DeviceDeclaration,
)
_COUNTED = ("site", "host", "gpu", "device")


@dataclass(frozen=True, slots=True)
class Count:
    """Of `total` things of `noun`, the condition is true of `true` and undecided for `unknown`."""

    noun: str
    true: int
    unknown: int
    total: int

    def __str__(self) -> str:
        undecided = f", {self.unknown} undecided" if self.unknown else ""
        noun = self.noun if self.total == 1 else f"{self.noun}s"
        return f"{self.true} of {self.total} {noun} match now{undecided}"


def count(node: syntax.Expression, place: Place, analysis: Analysis) -> Count | None:
    """Of how many things the condition is true; None where it is no condition over things of an inventory."""
    if place.noun not in _COUNTED or analysis.inventory is None:
        return None
    expression = typed(node, place, analysis)
    seen = analysis.once(_seen)
    if expression is None or seen is None or expression.type.name != "bool":
        return None
    from placelang.evaluate import truth  # noqa: PLC0415 - numpy

    found = truth(expression, seen[0], place.noun)
    return Count(place.noun, int(found.true.sum()), int(found.unknown.sum()), len(found.true))


def typed(node: syntax.Expression, place: Place, analysis: Analysis) -> Expr | None:
    """The expression as the checker reads it there, None if something is wrong with it."""
    app = place.app.name.text if place.app else None
    scope = Scope(analysis.names, Faults(complete=True), app, place.noun, place.reach)
    return check_expression(node, scope)


def told(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """All that there is to say of a fleet: what is wrong with it, and, if nothing is, what in the inventory does not
    fit its declaration and what cannot have been meant."""
    return analysis.once(_told)


def _told(analysis: Analysis) -> tuple[Diagnostic, ...]:
    seen = analysis.once(_seen) if analysis.program else None
    world, misfits = seen or (None, ())
    found = (*analysis.diagnostics, *misfits)
    return lint(analysis.modules, found, analysis.program, analysis.names, world)


def _seen(analysis: Analysis) -> tuple[World, tuple[Diagnostic, ...]] | None:
    """The inventory as the fleet sees it, or, where its apps are at fault, as its declarations do."""
    if analysis.inventory is None:
        return None
    program = analysis.program
    program = program or _declared(analysis, _DECLARING) or _declared(analysis, (*_DECLARING, syntax.Model))
    if program is None:
        return None
    from placelang.world import build_world  # noqa: PLC0415 - numpy

    labels = {(spec.noun, spec.name): spec for spec in (*program.labels, *analysis.names.assumed.values())}
    program = replace(
        program, labels=tuple(spec for _, spec in sorted(labels.items(), key=lambda item: item[0]))
    )
    return build_world(analysis.inventory, program)


def _declared(analysis: Analysis, kinds: tuple[type, ...]) -> Program | None:
    """The program of the declarations of these kinds alone, None if something is wrong with them."""
    files = tuple(_declarations(module, kinds) for module in analysis.modules.modules)
    modules = replace(analysis.modules, modules=files, sound=True, complete=True)
    return check(modules, analysis.fleet.settings.params, analysis.names.inventory)[0]


def _declarations(module: Module, kinds: tuple[type, ...]) -> Module:
    """The file without anything that is placed."""
    kept: list[syntax.Statement] = []
    for statement in module.tree.statements:
        if isinstance(statement, syntax.App):
            own = tuple(clause for clause in statement.clauses if isinstance(clause, kinds))
            kept.append(replace(statement, clauses=own))
        elif isinstance(statement, kinds):
            kept.append(statement)
    return replace(module, tree=replace(module.tree, statements=tuple(kept)))
