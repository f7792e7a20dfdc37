"""Metrics: what the rules of a monitor compare, bare or by a function that makes one value of many."""

from __future__ import annotations

from placelang import syntax
from placelang.check.faults import listed, quoted
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.expressions import Fact
from placelang.facts import FACTS, METRIC, METRICS, STATISTICS, MetricSpec

CALLS = (*STATISTICS, *(name for name, spec in METRICS.items() if spec.of))
"""The functions of metrics, and the metrics that take something."""


def metric(name: syntax.Name, scope: Scope) -> Fact | None:
    """The metric that a bare name stands for; None, said why, if there is none."""
    spec = _spec(name, scope)
    if spec is None:
        return None
    if spec.many:
        _error(name, f"{quoted(spec.name)} has many values at a time", f"write `p95({spec.name})`", scope)
        return None
    if spec.of:
        forms = listed(f"`{spec.name}({one})`" for one in spec.of)
        _error(name, f"{quoted(spec.name)} is {listed(spec.of)}", f"write {forms}", scope)
        return None
    return Fact(spec.type, name.span, METRIC, spec.name)


def metric_call(call: syntax.Call, scope: Scope) -> Fact | None:
    """`p95(latency)` or `drift(input)`; the function is one of `CALLS`."""
    function = call.function.text
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(argument, syntax.Name):
        form = "latency" if function in STATISTICS else METRICS[function].of[0]
        message = f"{quoted(function)} does not take these arguments"
        _error(call, message, f"write it like `{function}({form})`", scope)
        return None
    return _statistic(call, argument, scope) if function in STATISTICS else _part(call, argument, scope)


def _statistic(call: syntax.Call, argument: syntax.Name, scope: Scope) -> Fact | None:
    spec = _spec(argument, scope)
    if spec is None:
        return None
    if spec.many:
        return Fact(spec.type, call.span, METRIC, spec.name, call.function.text)
    meant = f"write `{argument.text}`" if not spec.of else f"write `{argument.text}({spec.of[0]})`"
    _error(call, f"{quoted(argument.text)} is one value by itself", meant, scope)
    return None


def _part(call: syntax.Call, argument: syntax.Name, scope: Scope) -> Fact | None:
    spec = _spec(call.function, scope)
    if spec is None:
        return None
    if argument.text in spec.of:
        return Fact(spec.type, call.span, METRIC, spec.name, argument.text)
    message = f"{quoted(spec.name)} is of {listed(spec.of)}, not of {quoted(argument.text)}"
    scope.faults.unknown(
        argument.span, message, argument.text, spec.of, hint=f"write `{spec.name}({spec.of[0]})`"
    )
    return None


def _spec(name: syntax.Name, scope: Scope) -> MetricSpec | None:
    spec = METRICS.get(name.text)
    if spec is None:
        _unknown(name, scope)
    elif scope.watched == "service" and not spec.service:
        message = f"{quoted(name.text)} is a metric of models, and this monitor watches a service"
        own = listed(f"`{one.name}`" for one in METRICS.values() if one.service)
        scope.faults.error(Code.MISPLACED, name.span, message, hint=f"a service has {own}")
    else:
        return spec
    return None


def _unknown(name: syntax.Name, scope: Scope) -> None:
    head, dot, _ = name.text.partition(".")
    if dot and head in FACTS:
        message = f"{quoted(name.text)} is a fact of a {head}, and a monitor compares metrics"
        scope.faults.unknown(
            name.span, message, name.text, (), hint="choose the sites of the app by `sites where`"
        )
        return
    own = [n for n, spec in METRICS.items() if spec.service or scope.watched != "service"]
    constants = scope.tables.constants
    known = [*own, *constants.get(scope.app, {}), *constants[None]]
    hint = "metrics are " + ", ".join(f"`{one}`" for one in own)
    scope.faults.unknown(name.span, f"there is no metric {quoted(name.text)}", name.text, known, hint=hint)


def _error(node: syntax.Name | syntax.Call, message: str, hint: str, scope: Scope) -> None:
    scope.faults.error(Code.WRONG_TYPE, node.span, message, hint=hint)
