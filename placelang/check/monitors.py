"""Monitors: what a site watches of a model or a service, and what it does about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placelang import syntax
from placelang.check.clauses import report_twice
from placelang.check.expressions import condition
from placelang.check.faults import describe, quoted
from placelang.check.scope import Scope
from placelang.check.values import positive
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expressions import Constant, Expr, Fact, operands
from placelang.operations import Monitor, Rule
from placelang.program import Model
from placelang.types import BOOL, DURATION

_LONGEST = 366 * 86_400_000.0
DEEPEST = 32
"""How deep the condition of a rule may be nested: every JSON reader has to follow."""
LARGEST = 256
"""Of how many operators, metrics and constants a condition may be made."""


def check_monitors(
    nodes: Sequence[syntax.Monitor],
    units: Mapping[str, syntax.Service | syntax.Job],
    models: Mapping[str, Model | None],
    scope: Scope,
) -> tuple[Monitor, ...]:
    """The monitors of an app, as they are written; `units` are its services and jobs by name."""
    found = []
    first: dict[str, Span] = {}
    for node in nodes:
        target = _target(node.target, units, scope)
        if target is None:
            continue
        kind, full = target
        before = first.setdefault(full, node.target.span)
        if before is not node.target.span:
            report_twice(node.target.span, f"{quoted(full)} is monitored twice", before, scope)
        rules = [_rule(rule, kind, full, units, models, scope) for rule in node.rules]
        span = Span(node.span.path, node.span.start, node.target.span.end)
        found.append(Monitor(kind, full, tuple(rule for rule in rules if rule is not None), span))
    return tuple(found)


def _target(
    name: syntax.Name, units: Mapping[str, syntax.Service | syntax.Job], scope: Scope
) -> tuple[str, str] | None:
    """What is watched, a model or a service of the app, and its full name."""
    own, shared = scope.tables.models.get(scope.app, ()), scope.tables.models.get(None, ())
    model = f"{scope.app}.{name.text}" if name.text in own else name.text if name.text in shared else None
    unit = units.get(name.text)
    if model and unit:
        message = f"{quoted(name.text)} is both a model and a service of this app"
        scope.faults.error(Code.AMBIGUOUS_NAME, name.span, message, hint="give one of them another name")
        return None
    if model:
        return "model", model
    if isinstance(unit, syntax.Job):
        message = f"{quoted(name.text)} is a job, and a monitor watches what runs all the time"
        scope.faults.error(Code.WRONG_TYPE, name.span, message, hint="name a model or a service of this app")
        return None
    if unit is not None:
        return "service", f"{scope.app}.{name.text}"
    known = (*own, *shared, *units)
    message = f"there is no model or service {quoted(name.text)}"
    scope.faults.unknown(name.span, message, name.text, known, hint="name a model or a service of this app")
    return None


def _rule(  # noqa: PLR0917 - a rule, and what it can name
    node: syntax.Rule,
    kind: str,
    target: str,
    units: Mapping[str, syntax.Service | syntax.Job],
    models: Mapping[str, Model | None],
    scope: Scope,
) -> Rule | None:
    when = condition(node.when, scope.of_metrics(kind))
    lasting = _lasting(node.lasting, scope) if node.lasting else 0
    if node.job is not None and not isinstance(units.get(node.job.text), syntax.Job):
        _no_job(node.job, units, scope)
    if when is None or lasting is None:
        return None
    if not _is_fair(node, when, scope):
        return None
    model = models.get(target)
    drifts = next((part for part, _ in _parts(when) if isinstance(part, Fact) and part.name == "drift"), None)
    if drifts is not None and model is not None and model.baseline is None:
        scope.faults.error(
            Code.MISSING_VALUE,
            drifts.span,
            "drift is measured from a baseline, and this model has none",
            labels=[(model.span, "this model")],
            hint='add a clause such as `baseline "models/detector.baseline.json"` to it',
        )
    return Rule(node.action, node.job.text if node.job else None, when, lasting, node.span)


def _lasting(node: syntax.Expression, scope: Scope) -> int | None:
    found = positive(node, DURATION, "how long a condition has to last", scope)
    if found is None:
        return None
    if 1 <= found <= _LONGEST:
        return round(found)
    scope.faults.error(Code.OUT_OF_RANGE, node.span, "how long a condition has to last is from 1ms to 366d")
    return None


def _no_job(name: syntax.Name, units: Mapping[str, syntax.Service | syntax.Job], scope: Scope) -> None:
    jobs = [unit for unit, node in units.items() if isinstance(node, syntax.Job)]
    if name.text in units:
        message = f"{quoted(name.text)} is a service, and only a job is run"
        scope.faults.error(Code.WRONG_TYPE, name.span, message, hint="name a job of this app")
    else:
        message = f"this app has no job {quoted(name.text)}"
        scope.faults.unknown(
            name.span, message, name.text, jobs, hint=f"declare it: `job {name.text} {{ … }}`"
        )


def _is_fair(node: syntax.Rule, when: Expr, scope: Scope) -> bool:
    """Whether the condition is about metrics, and small enough to be carried to every site."""
    if isinstance(when, Constant):
        message = f"this is always {'true' if when.value else 'false'}: a rule compares metrics"
        scope.faults.error(
            Code.WRONG_TYPE, node.when.span, message, hint="write it like `p95(latency) > 80ms`"
        )
        return False
    parts = _parts(when)
    for part, _ in parts:
        if not (part.type.element or part.type).numeric and part.type != BOOL:
            message = f"a rule compares numbers and quantities, and this is {describe(part.type)}"
            scope.faults.error(Code.WRONG_TYPE, part.span, message)
            return False
    deepest, size = max(depth for _, depth in parts), sum(_size(part) for part, _ in parts)
    if deepest > DEEPEST or size > LARGEST:
        message = f"this condition is too large: {size} parts, {deepest} deep"
        scope.faults.error(
            Code.OUT_OF_RANGE,
            node.when.span,
            message,
            notes=(f"at most {LARGEST} parts and a depth of {DEEPEST} are allowed",),
            hint="write several rules",
        )
        return False
    return True


def _parts(when: Expr) -> list[tuple[Expr, int]]:
    """Everything that the expression is made of, as written, each with its depth."""
    found = []
    waiting = [(when, 1)]
    while waiting:
        node, depth = waiting.pop()
        found.append((node, depth))
        waiting += [(operand, depth + 1) for operand in reversed(operands(node))]
    return found


def _size(part: Expr) -> int:
    return len(part.value) if isinstance(part, Constant) and isinstance(part.value, tuple) else 1
