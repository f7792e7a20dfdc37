"""From what was measured on a host, and how its rules stand, to what is shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from placelang_runtime.conditions import Metric
from placelang_runtime.serve.manifest import FIRST_VERSION
from placelang_runtime.watch.deciding import Deciding, values
from placelang_runtime.watch.measured import LATELY, MeasuredReplica, Numbers, metric_of_service
from placelang_runtime.watch.seen import MOST, Figures, SeenHost, SeenModel, SeenRule, SeenService

_OF_SERVICES: Final = ("errors", "health", "restarts", "cpu", "memory")


def look_at(host: str, measured: Mapping[str, MeasuredReplica], deciding: Deciding, now: float) -> SeenHost:
    """What is known of a host by now."""
    return SeenHost(
        host=host,
        models=tuple(_models(measured.values(), now))[:MOST],
        services=tuple(_services(measured.values(), now))[:MOST],
        rules=tuple(_rules(measured, deciding, now))[:MOST],
    )


def _models(replicas: Iterable[MeasuredReplica], now: float) -> Iterator[SeenModel]:
    for one in replicas:
        for served in one.spec.own.serves:
            at, numbers = one.models.get(served.name, (0.0, None))
            yield SeenModel(
                service=one.spec.service,
                replica=one.spec.name,
                model=served.name,
                version=served.version or FIRST_VERSION,
                numbers=None if numbers is None or at < now - LATELY else _plain(numbers),
            )


def _plain(numbers: Numbers) -> Figures:
    return {name: dict(one) if isinstance(one, Mapping) else one for name, one in numbers.items()}


def _services(replicas: Iterable[MeasuredReplica], now: float) -> Iterator[SeenService]:
    services: dict[str, list[MeasuredReplica]] = {}
    for one in replicas:
        services.setdefault(one.spec.service, []).append(one)
    for name, those in services.items():
        found = {
            metric: metric_of_service(Metric(name=metric, of=None), those, now) for metric in _OF_SERVICES
        }
        slow = {
            of: metric_of_service(Metric(name="latency", of=of), those, now) for of in ("p50", "p95", "p99")
        }
        numbers: Figures = {metric: value for metric, value in found.items() if value is not None}
        known = {of: value for of, value in slow.items() if value is not None}
        yield SeenService(service=name, numbers=numbers | ({"latency": known} if known else {}))


def _rules(measured: Mapping[str, MeasuredReplica], deciding: Deciding, now: float) -> Iterator[SeenRule]:
    for rule in deciding.rules:
        standing = deciding.standings.get(rule.key)
        yield SeenRule(
            target=rule.monitor.target,
            text=rule.rule.text,
            raised=standing is not None and standing.raised,
            lasted_ms=0 if standing is None else standing.lasted_ms,
            values=values(rule, measured, now),
        )
