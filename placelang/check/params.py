"""Parameters: a type, perhaps a closed list and a default; the value comes from `--set` or the default."""

from __future__ import annotations

from placelang import syntax
from placelang.check.choices import not_a_choice, outside
from placelang.check.faults import describe, quoted
from placelang.check.scope import Scope
from placelang.check.settings import read_setting
from placelang.check.values import choices_of, settled, type_of
from placelang.codes import Code
from placelang.expressions import Constant
from placelang.types import Type, Value


def check_param(node: syntax.Param, setting: str | None, full: str, scope: Scope) -> Constant | None:
    """The value in force; `setting` is the text of `--set`, None without one; `full` is the name to set it by."""
    kind, default = _declared(node, full, scope)
    if kind is None:
        return None
    choices = choices_of(node.choices, kind, scope) if node.choices else None
    default = _chosen(default, choices, f"{quoted(full)} is", scope)
    if setting is not None:
        given = _read(node, setting, kind, full, scope)
        return _chosen(given, choices, f"with --set, {quoted(full)} is", scope)
    if node.default is None:
        scope.faults.error(
            Code.MISSING_VALUE,
            node.name.span,
            f"the param {quoted(full)} has no value",
            hint=f"give it one by `--set {full}=…`, or a default after `=`",
        )
    return default


def _declared(node: syntax.Param, full: str, scope: Scope) -> tuple[Type | None, Constant | None]:
    """Type and default, as far as the declaration says them."""
    if node.type is None and node.default is None:
        scope.faults.error(
            Code.MISSING_VALUE,
            node.name.span,
            f"the param {quoted(full)} has neither a type nor a default that shows it",
            hint=f"write `param {node.name.text}: string`",
        )
        return None, None
    kind = type_of(node.type, scope.faults) if node.type else None
    if node.default is None or (node.type and kind is None):
        return kind, None
    default = settled(node.default, kind, f"the param {quoted(full)}", scope)
    return kind or (default.type if default else None), default


def _read(node: syntax.Param, setting: str, kind: Type, full: str, scope: Scope) -> Constant | None:
    value = read_setting(setting, kind)
    if value is None:
        given = quoted(f"--set {full}={setting}")
        message = f"{given} does not fit: the param is {describe(kind)}"
        scope.faults.error(Code.WRONG_TYPE, node.name.span, message)
        return None
    return Constant(kind, node.name.span, value)


def _chosen(
    found: Constant | None, choices: tuple[Value, ...] | None, beginning: str, scope: Scope
) -> Constant | None:
    """What is found, if it is on the closed list that there may be."""
    wrong = outside(found.value, choices) if found and choices else None
    if wrong is None or found is None or choices is None:
        return found
    not_a_choice(wrong, choices, found.type.element or found.type, (found.span, beginning), scope)
    return None
