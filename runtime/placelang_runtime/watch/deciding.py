"""From metrics to what rules want done: all rules of a host, as they stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from placelang_runtime.conditions import Metric
from placelang_runtime.watch.evaluate import verdict
from placelang_runtime.watch.measured import MeasuredReplica, metric_of_model, metric_of_service
from placelang_runtime.watch.rules import WatchedRule, metrics_of
from placelang_runtime.watch.standing import FRESH, Look, Standing, after


@dataclass(frozen=True, slots=True)
class Word:
    """What a rule has to say: that it is `raised`, and acts, or that this is over. `values` are the metrics that it
    read, as they were then."""

    rule: WatchedRule
    raised: bool
    values: str


@dataclass(slots=True)
class Deciding:
    """The rules that a host watches, and how each stands, by key. `changed` is whether that is not written yet."""

    rules: tuple[WatchedRule, ...] = ()
    standings: dict[str, Standing] = field(default_factory=dict)
    changed: bool = False

    def watch(self, rules: Iterable[WatchedRule]) -> None:
        """These are the rules from now on; what is known of others is forgotten."""
        self.rules = tuple(rules)
        kept = {rule.key for rule in self.rules}
        self.changed = self.changed or not self.standings.keys() <= kept
        self.standings = {key: standing for key, standing in self.standings.items() if key in kept}

    def look(self, measured: Mapping[str, MeasuredReplica], now: float, boot: str) -> Iterator[Word]:
        """What the rules say to what was measured by now."""
        for rule in self.rules:
            before = self.standings.get(rule.key, FRESH)
            found = verdict(rule.rule.when, partial(read, rule, measured, now))
            standing = after(before, Look(found, round(now * 1000), boot), rule.rule.lasting_ms)
            self.standings[rule.key] = standing
            if standing.raised != before.raised:
                yield Word(rule, standing.raised, values(rule, measured, now))
            self.changed = self.changed or _told(standing) != _told(before)

    @property
    def raised(self) -> tuple[WatchedRule, ...]:
        """The rules that have acted, and what they saw is not over."""
        return tuple(rule for rule in self.rules if self.standings.get(rule.key, FRESH).raised)

    def write(self) -> str:
        """How the rules stand, as text."""
        self.changed = False
        return json.dumps({key: _told(standing) for key, standing in sorted(self.standings.items())})

    def read(self, text: str | None) -> None:
        """How they stood; a rule that nobody looked at since counts the time in between for nothing."""
        try:
            found = json.loads(text or "{}")
            self.standings = {key: Standing(*said) for key, said in found.items()}
        except (ValueError, TypeError, AttributeError):
            self.standings = {}


def read(
    rule: WatchedRule, measured: Mapping[str, MeasuredReplica], now: float, metric: Metric
) -> float | None:
    """A metric as the rule means it."""
    replicas = [one for one in measured.values() if one.spec.service in rule.services]
    if rule.monitor.kind == "service":
        return metric_of_service(metric, replicas, now)
    return metric_of_model(metric, rule.monitor.target, replicas, now)


def values(rule: WatchedRule, measured: Mapping[str, MeasuredReplica], now: float) -> str:
    """`p95(latency) = 92.1, errors = unknown`, in base units."""
    names = dict.fromkeys(metrics_of(rule.rule.when))
    return ", ".join(f"{_called(metric)} = {_shown(read(rule, measured, now, metric))}" for metric in names)


def _called(metric: Metric) -> str:
    if metric.of is None:
        return metric.name
    return f"{metric.name}({metric.of})" if metric.name == "drift" else f"{metric.of}({metric.name})"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"  # noqa: PLR2004


def _told(standing: Standing) -> tuple[bool, int, int]:
    return standing.raised, standing.lasted_ms, standing.quiet_ms
