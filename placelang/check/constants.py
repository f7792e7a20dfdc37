"""Parameters and constants: their values, from `--set`, from their definitions, folded in order of need."""

from __future__ import annotations

from collections.abc import Mapping

from placelang import syntax
from placelang.check.declarations import Declarations, Definition
from placelang.check.faults import Faults, quoted
from placelang.check.params import check_param
from placelang.check.scope import WRONG, Scope, Tables
from placelang.check.values import settled
from placelang.check.walk import mentions
from placelang.codes import Code
from placelang.expressions import Constant
from placelang.graph import chain, sort

Key = tuple[str | None, str]


def fix_constants(
    declarations: Declarations, settings: Mapping[str, str], tables: Tables, faults: Faults
) -> dict[str, Constant]:
    """Fills `tables.constants`; all parameters by full name, in that order."""
    order, cycles, broken = sort(_graph(declarations))
    for cycle in cycles:
        _report_cycle(cycle, declarations, faults)
    params: dict[str, Constant] = {}
    for key in order:
        found = (
            None
            if key in broken
            else _value(key, declarations.constants[key], settings, Scope(tables, faults, key[0]))
        )
        tables.constants.setdefault(key[0], {})[key[1]] = found or WRONG
        if found is not None and isinstance(declarations.constants[key], syntax.Param):
            params[_full(*key)] = found
    _unknown_settings(declarations, settings, faults)
    return dict(sorted(params.items()))


def _value(key: Key, node: Definition, settings: Mapping[str, str], scope: Scope) -> Constant | None:
    if isinstance(node, syntax.Param):
        return check_param(node, settings.get(_full(*key)), _full(*key), scope)
    return settled(node.value, None, quoted(key[1]), scope)


def _full(app: str | None, name: str) -> str:
    return f"{app}.{name}" if app else name


def _graph(declarations: Declarations) -> dict[Key, list[Key]]:
    """Which constants each definition names."""
    graph: dict[Key, list[Key]] = {}
    for (app, name), node in declarations.constants.items():
        value = node.default if isinstance(node, syntax.Param) else node.value
        named = [text for _, text in mentions(value, None)] if value else []
        graph[app, name] = [(app if (app, text) in declarations.constants else None, text) for text in named]
    return graph


def _report_cycle(cycle: tuple[Key, ...], declarations: Declarations, faults: Faults) -> None:
    names = [name for _, name in cycle]
    faults.error(
        Code.CYCLE,
        declarations.constants[cycle[0]].name.span,
        f"{quoted(names[0])} is defined by itself",
        labels=[(declarations.constants[key].name.span, "by way of this one") for key in cycle[1:8]],
        notes=(chain(names),),
    )


def _unknown_settings(declarations: Declarations, settings: Mapping[str, str], faults: Faults) -> None:
    params = {_full(*key) for key, node in declarations.constants.items() if isinstance(node, syntax.Param)}
    for name in sorted(set(settings) - params) if faults.complete else ():
        hint = faults.suggestion(name, sorted(params))
        faults.without_place(Code.UNKNOWN_NAME, "--set", f"there is no param {quoted(name)}", hint=hint)
