"""Parameters and constants: their values, from `--set`, from their definitions, folded in order of need."""

from __future__ import annotations

from collections.abc import Mapping

from placelang import syntax
from placelang.check.declarations import Declarations
from placelang.check.expressions import check_expression, describe, due, not_a_choice
from placelang.check.faults import Faults, quoted
from placelang.check.operators import EMPTY
from placelang.check.scope import WRONG, Scope, Tables, Wrong
from placelang.check.settings import read_setting
from placelang.check.walk import mentions
from placelang.codes import Code
from placelang.expressions import Constant, Expr
from placelang.graph import chain, sort
from placelang.types import NAMED, Type, Value

Key = tuple[str | None, str]


def fix_constants(
    declarations: Declarations, settings: Mapping[str, str], tables: Tables, faults: Faults
) -> dict[str, Constant]:
    """Fills `tables.constants`; the values of all parameters by full name, in that order."""
    order, cycles, broken = sort(_graph(declarations))
    for cycle in cycles:
        _report_cycle(cycle, declarations, faults)
    values: dict[str, Constant] = {}
    for key in order:
        app, name = key
        node = declarations.constants[key]
        scope = Scope(tables, faults, app)
        found: Constant | Wrong | None = WRONG
        if isinstance(node, syntax.Param):
            full = f"{app}.{name}" if app else name
            found = _param(node, settings.get(full), full, scope, is_broken=key in broken)
            if isinstance(found, Constant):
                values[full] = found
        elif key not in broken:
            found = _constant(node.value, scope)
        tables.constants.setdefault(app, {})[name] = found or WRONG
    _unknown_settings(declarations, settings, faults)
    return dict(sorted(values.items()))


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


def _constant(node: syntax.Expression, scope: Scope) -> Constant | None:
    found = check_expression(node, scope)
    return found if found is None else _known(node, found, scope)


def _known(node: syntax.Expression, found: Expr, scope: Scope) -> Constant | None:
    if not isinstance(found, Constant):
        scope.faults.error(Code.NOT_CONSTANT, node.span, "this is not constant")
        return None
    if found.type == EMPTY:
        scope.faults.error(Code.WRONG_TYPE, node.span, "nothing says what this empty list would hold")
        return None
    return found


# --- parameters ----------------------------------------------------------------------------------------------------


def _param(
    node: syntax.Param, setting: str | None, full: str, scope: Scope, *, is_broken: bool
) -> Constant | None:
    kind = type_of(node.type, scope.faults) if node.type else None
    default = None
    if node.default and not is_broken and (kind or not node.type):
        default = _default(node.default, kind, full, scope)
    kind = kind or (default.type if default and not node.type else None)
    if kind is None:
        if not node.type and not node.default:
            _untyped(node, scope.faults)
        return None
    choices = choices_of(node.choices, kind, scope) if node.choices else None
    if default and choices and default.value not in choices:
        not_a_choice(default.value, choices, kind, default, f"{quoted(full)} is", scope)
        default = None
    if setting is not None:
        return _set(node, setting, kind, choices, full, scope)
    if not node.default:
        scope.faults.error(
            Code.MISSING_VALUE,
            node.name.span,
            f"the param {quoted(full)} has no value",
            hint=f"give it one: --set {full}=…, or a default here: = …",
        )
    return default


def _default(node: syntax.Expression, kind: Type | None, full: str, scope: Scope) -> Constant | None:
    if kind is None:
        return _constant(node, scope)
    found = due(node, kind, f"the param {quoted(full)}", scope)
    return found if found is None else _known(node, found, scope)


def _untyped(node: syntax.Param, faults: Faults) -> None:
    faults.error(
        Code.MISSING_VALUE,
        node.name.span,
        f"the param {quoted(node.name.text)} has neither a type nor a default to take it from",
        hint=f"write param {node.name.text}: string",
    )


def _set(  # noqa: PLR0913
    node: syntax.Param, setting: str, kind: Type, choices: tuple[Value, ...] | None, full: str, scope: Scope
) -> Constant | None:
    """The value of `--set`, read by the parameter's type."""
    value = read_setting(setting, kind)
    if value is None:
        scope.faults.error(
            Code.WRONG_TYPE,
            node.name.span,
            f"{quoted(f'--set {full}={setting}')}: the value is {describe(kind)}",
        )
        return None
    found = Constant(kind, node.name.span, value)
    if choices and value not in choices:
        not_a_choice(value, choices, kind, found, f"{quoted(f'--set {full}={setting}')}: the value is", scope)
        return None
    return found


def _unknown_settings(declarations: Declarations, settings: Mapping[str, str], faults: Faults) -> None:
    params = {
        f"{app}.{name}" if app else name
        for (app, name), node in declarations.constants.items()
        if isinstance(node, syntax.Param)
    }
    for name in sorted(settings):
        if name not in params and faults.complete:
            faults.without_place(
                Code.UNKNOWN_NAME,
                "--set",
                f"there is no param {quoted(name)}",
                hint=faults.suggestion(name, sorted(params)),
            )


# --- what labels and parameters share ------------------------------------------------------------------------------


def type_of(node: syntax.TypeName, faults: Faults) -> Type | None:
    """The type that `node` names."""
    kind = NAMED.get(node.name.text)
    if kind is None:
        message = f"there is no type {quoted(node.name.text)}"
        faults.error(
            Code.UNKNOWN_NAME,
            node.name.span,
            message,
            hint=faults.suggestion(node.name.text, NAMED) or "types are " + " ".join(NAMED),
        )
        return None
    return Type("list", kind) if node.is_list else kind


def choices_of(node: syntax.ListOf, kind: Type, scope: Scope) -> tuple[Value, ...] | None:
    """The values of `in [ … ]` beside a type."""
    values = []
    for item in node.items:
        found = due(item, kind, "each value of this list", scope)
        constant = _known(item, found, scope) if found else None
        if constant is not None:
            values.append(constant.value)
    if not node.items:
        scope.faults.error(Code.OUT_OF_RANGE, node.span, "an empty list leaves no value to choose")
    return tuple(values) if len(values) == len(node.items) else None
