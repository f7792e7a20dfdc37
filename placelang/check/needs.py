"""How many replicas, and what each consumes: `replicas` and `needs`."""

from __future__ import annotations

from collections.abc import Mapping

from placelang import syntax
from placelang.check.expressions import condition
from placelang.check.faults import quoted
from placelang.check.placement import MOST_REPLICAS, check_key
from placelang.check.scope import Scope
from placelang.check.values import integer, positive
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expressions import Expr
from placelang.facts import AMOUNTS, FACTS
from placelang.program import AmountNeed, DeviceNeed, GpuNeed, Need, Replicas, ResourceSpec, ShareNeed
from placelang.types import BYTES

MOST_DEVICES = 1_000

Supplies = Mapping[str, ResourceSpec | None]
"""The declared resources; None for one whose declaration is at fault."""


def check_replicas(node: syntax.Replicas, scope: Scope) -> Replicas | None:
    """`replicas N` or `replicas LOW..HIGH`, in all or per key."""
    low = integer(node.low, "the number of replicas", scope, low=1, high=MOST_REPLICAS)
    high = (
        integer(node.high, "the number of replicas", scope, low=1, high=MOST_REPLICAS) if node.high else low
    )
    key = check_key(node.per, scope) if node.per else None
    if low is None or high is None or (node.per and key is None):
        return None
    if high < low:
        span = Span(node.low.span.path, node.low.span.start, (node.high or node.low).span.end)
        meant = f"{high}..{low}"
        message = f"{low} to {high} goes backwards"
        scope.faults.error(Code.OUT_OF_RANGE, span, message, hint=f"write `{meant}`", fix=meant)
        return None
    return Replicas(low, high, key, node.span)


def check_needs(
    clauses: list[syntax.Needs], supplies: Supplies, devices: Mapping[str, object], scope: Scope
) -> tuple[Need, ...]:
    """All that the `needs` clauses of one service name; an amount may be named once."""
    found: list[Need] = []
    first: dict[str, Span] = {}
    for clause in clauses:
        for item in clause.items:
            need: Need | None
            match item:
                case syntax.NeedAmount():
                    need = _amount(item, supplies, scope)
                    before = first.setdefault(item.resource.text, item.span)
                    if before is not item.span:
                        _twice(item, before, scope)
                case syntax.NeedGpu():
                    need = _gpu(item, scope)
                case syntax.NeedDevice():
                    need = _device(item, devices, scope)
            if need is not None:
                found.append(need)
    return tuple(found)


def _twice(item: syntax.NeedAmount, before: Span, scope: Scope) -> None:
    scope.faults.error(
        Code.DUPLICATE,
        item.span,
        f"{quoted(item.resource.text)} is needed twice",
        labels=[(before, "first here")],
        hint="write one amount",
    )


def _amount(item: syntax.NeedAmount, supplies: Supplies, scope: Scope) -> AmountNeed | None:
    name = item.resource.text
    fact, spec = AMOUNTS.get(name), supplies.get(name)
    if fact is None and name not in supplies:
        _unknown_resource(item.resource, supplies, scope)
    scope.tables.used.add((None, "resource", name))
    if fact is not None:
        kind = FACTS["host"][fact].type
    elif spec is not None:
        kind = spec.type
    else:
        return None
    amount = positive(item.amount, kind, f"the amount of {quoted(name)}", scope)
    return AmountNeed(name, kind, amount, fact, item.span) if amount is not None else None


def _unknown_resource(name: syntax.Name, supplies: Supplies, scope: Scope) -> None:
    text = name.text
    if text in {"upload", "download"}:
        message = f"{quoted(text)} is what a job needs; a service has no end at which it is done"
        scope.faults.error(
            Code.MISPLACED, name.span, message, hint="write a rate, such as `bandwidth 20Mbps`"
        )
        return
    scope.faults.unknown(
        name.span,
        f"there is no resource {quoted(text)}",
        text,
        (*AMOUNTS, "gpu", "device", *supplies),
        hint=f"declare it: `resource {text}: number`",
    )


def _gpu(item: syntax.NeedGpu, scope: Scope) -> GpuNeed | ShareNeed | None:
    if item.share:
        amount = positive(item.amount, BYTES, "the share of a GPU", scope)
        predicate = condition(item.predicate, scope.inside("gpu")) if item.predicate else None
        if amount is None or (item.predicate and predicate is None):
            return None
        return ShareNeed(amount, predicate, item.span)
    count = integer(item.amount, "the number of GPUs", scope, low=1, high=MOST_DEVICES)
    predicate = condition(item.predicate, scope.inside("gpu")) if item.predicate else None
    if count is None or (item.predicate and predicate is None):
        return None
    return GpuNeed(count, predicate, item.span)


def _device(item: syntax.NeedDevice, devices: Mapping[str, object], scope: Scope) -> DeviceNeed | None:
    name = item.device
    scope.tables.used.add((None, "host", f"device.{name.text}"))
    if name.text not in devices:
        scope.faults.unknown(
            name.span,
            f"there is no device {quoted(name.text)}",
            name.text,
            devices,
            hint=f"declare it: `device {name.text} {{ udev '…' }}`",
        )
    count = integer(item.count, "the number of devices", scope, low=1, high=MOST_DEVICES) if item.count else 1
    predicate: Expr | None = condition(item.predicate, scope.inside("device")) if item.predicate else None
    if count is None or name.text not in devices or (item.predicate and predicate is None):
        return None
    return DeviceNeed(name.text, count, predicate, item.span, shared=item.shared)
