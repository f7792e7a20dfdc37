"""What is known of the replicas of a host by looking at them, and the metrics of rules that follow from it.

A replica that was replaced begins anew: nothing of the version before counts for it. What was not heard of for a while
is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from placelang_runtime.conditions import Metric
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.drivers import Copy, Usage
from placelang_runtime.drivers.driver import Answer
from placelang_runtime.health import IDLE, Watch, after
from placelang_runtime.part import Health
from placelang_runtime.watch.windows import Window, statistic

LATELY: Final = 60.0
LARGEST_GAP: Final = 3
"""So many times as long as it takes to look again, something is known."""

Numbers = Mapping[str, "float | Mapping[str, float]"]
"""What a model server measured: by metric, and of those with several values by what stands in parentheses."""


@dataclass(slots=True)
class MeasuredReplica:
    """What was seen of a replica, by a clock in seconds that never goes back. `checks` are how long health checks took,
    in ms, `failed` whether they failed; `cpu` is what each of its containers has used up by then, `memory` what each
    has, `disk` what its volumes hold. `models` is what its model server measured, by model."""

    spec: ReplicaSpec
    watch: Watch
    checks: Window
    failed: Window
    restarts: Window
    cpu: dict[str, Window] = field(default_factory=dict)
    memory: dict[str, tuple[float, int]] = field(default_factory=dict)
    disk: tuple[float, int] | None = None
    models: dict[str, tuple[float, Numbers]] = field(default_factory=dict)
    seen: float | None = None

    @classmethod
    def fresh(cls, spec: ReplicaSpec, restarts: Window, now: float) -> MeasuredReplica:
        health = spec.own.health
        span = max(LATELY, LARGEST_GAP * _every(health))
        return cls(spec, Watch(health, now), Window(span), Window(span), restarts)

    @property
    def due(self) -> float:
        """When its health is looked at next."""
        if self.watch.verdict == "unhealthy" and self.watch.seen is not None:
            return self.watch.seen + _every(self.watch.health)
        return self.watch.due

    def hear(self, copy: Copy, answer: Answer | None, now: float) -> None:
        """What a look at its health found."""
        seen = after(self.watch, copy, answer, now)
        self.watch = replace(seen, restarts=copy.restarts) if seen.verdict == "healthy" else seen

    def use(self, container: str, usage: Usage, now: float) -> None:
        """What one of its containers uses."""
        self.cpu.setdefault(container, Window(LATELY + 15)).add(now, usage.cpu_seconds)
        self.memory[container] = (now, usage.memory)

    def keep(self, containers: Collection[str]) -> None:
        """Forget containers that are gone."""
        for gone in [id_ for id_ in self.memory if id_ not in containers]:
            del self.memory[gone], self.cpu[gone]

    def healthy(self, now: float) -> bool | None:
        """Whether it is, as far as was looked lately."""
        if self.watch.seen is None or self.watch.seen < now - self.checks.span:
            return None
        return self.watch.verdict == "healthy"

    def cores(self, now: float) -> float | None:
        """Cores in use over the last minute, of all its containers."""
        used = [window.at(now) for window in self.cpu.values()]
        pairs = [(seen[0], seen[-1]) for seen in used if len(seen) > 1]
        if not pairs:
            return None
        return sum(max(0.0, end - start) / (later - earlier) for (earlier, start), (later, end) in pairs)

    def held(self, now: float) -> int | None:
        """Bytes of memory, of all its containers."""
        known = [size for at, size in self.memory.values() if at >= now - LATELY]
        return sum(known) if known else None


def metric_of_service(metric: Metric, replicas: Iterable[MeasuredReplica], now: float) -> float | None:
    """A metric over the replicas of a service that this host runs."""
    measured = list(replicas)
    match metric.name:
        case "latency":
            return statistic(metric.of, (ms for one in measured for _, ms in one.checks.at(now)))
        case "errors":
            share = statistic("mean", (failed for one in measured for _, failed in one.failed.at(now)))
            return None if share is None else 100 * share
        case "health":
            verdicts = [one.healthy(now) for one in measured]
            if not verdicts or None in verdicts:
                return None
            return 100 * sum(map(bool, verdicts)) / len(verdicts)
        case "restarts":
            if any(one.seen is None or one.seen < now - LATELY for one in measured):
                return None
            return sum(number for one in measured for _, number in one.restarts.at(now))
        case "cpu":
            return _most(one.cores(now) for one in measured)
        case "memory":
            return _most(one.held(now) for one in measured)
        case "disk":
            return _most(one.disk[1] if one.disk is not None else None for one in measured)
    return None


_LEAST_IS_WORST: Final = frozenset({"confidence", "accuracy"})


def metric_of_model(
    metric: Metric, model: str, replicas: Iterable[MeasuredReplica], now: float
) -> float | None:
    """A metric of a model, as those measured it that serve it on this host: the worst of them, but for throughput,
    which is that of all. What a container is measured by is that of the services."""
    measured = list(replicas)
    if metric.name in {"restarts", "health", "cpu", "memory", "disk"}:
        return metric_of_service(metric, measured, now)
    found = [
        value
        for one in measured
        for at, numbers in [one.models.get(model, (0.0, {}))]
        if at >= now - LATELY and (value := _read(numbers.get(metric.name), metric.of)) is not None
    ]
    if not found:
        return None
    if metric.name == "throughput":
        return sum(found)
    return min(found) if metric.name in _LEAST_IS_WORST else max(found)


def _read(numbers: float | Mapping[str, float] | None, of: str | None) -> float | None:
    if isinstance(numbers, Mapping):
        return numbers.get(of or "")
    return numbers if of is None else None


def _every(health: Health | None) -> float:
    return IDLE if health is None else health.every_ms / 1000


def _most(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if known else None
