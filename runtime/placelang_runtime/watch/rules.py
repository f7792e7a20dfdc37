"""The rules of a part that concern a host: those about services that run there, and about models that these serve.

Each host watches what it runs itself, and acts there: it needs nobody else for that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from placelang_runtime.canonical import digest
from placelang_runtime.conditions import Among, Binary, Condition, Many, Metric, Unary
from placelang_runtime.containers import ReplicaSpec, replicas_on
from placelang_runtime.operations import Monitor, Rule
from placelang_runtime.part import SitePart


@dataclass(frozen=True, slots=True)
class WatchedRule:
    """A rule about `services` of this host, for as long as they shall run there as they do in the part that holds:
    another version of them is another `key`, which knows nothing of what this one went through."""

    key: str
    monitor: Monitor
    rule: Rule
    services: frozenset[str]
    groups: tuple[str, ...]

    @property
    def text(self) -> str:
        """`shop.till: restarts > 3`."""
        return f"{self.monitor.target}: {self.rule.text}"


def rules_on(part: SitePart, host: str) -> tuple[WatchedRule, ...]:
    """The rules that the host watches, in the order of the part."""
    specs = replicas_on(part, host)
    return tuple(_rules(part, specs)) if part.monitors else ()


def _rules(part: SitePart, specs: tuple[ReplicaSpec, ...]) -> Iterator[WatchedRule]:
    for monitor in part.monitors:
        concerned = [spec for spec in specs if _concerns(monitor, spec)]
        versions = sorted({one for spec in concerned for one in spec.mark.split("\n")})
        for number, rule in enumerate(monitor.rules if concerned else ()):
            said = (monitor.app, monitor.kind, monitor.target, number, rule.model_dump(mode="json"), versions)
            yield WatchedRule(
                key=digest(json.dumps(said, sort_keys=True)),
                monitor=monitor,
                rule=rule,
                services=frozenset(spec.service for spec in concerned),
                groups=tuple(sorted({spec.group for spec in concerned})),
            )


def _concerns(monitor: Monitor, spec: ReplicaSpec) -> bool:
    if monitor.kind == "service":
        return spec.service == monitor.target
    return any(served.name == monitor.target for served in spec.own.serves)


def metrics_of(condition: Condition) -> Iterator[Metric]:
    """All metrics that a condition reads."""
    match condition:
        case Metric():
            yield condition
        case Unary() | Among():
            yield from metrics_of(condition.operand)
        case Binary():
            yield from metrics_of(condition.left)
            yield from metrics_of(condition.right)
        case Many():
            for operand in condition.operands:
                yield from metrics_of(operand)
