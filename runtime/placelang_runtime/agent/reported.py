"""What a report says beside the host itself: what containers use, and what model servers met, all asked now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.drivers import Copy, Driver, DriverError
from placelang_runtime.report import MOST_MODELS, MOST_SKETCHES, ReportedModel, Used
from placelang_runtime.watch.asking import ask_sketches
from placelang_runtime.watch.seen import SeenModel


def used_by(driver: Driver) -> tuple[Used, ...]:
    """What containers use, as far as the engine says."""
    found = []
    try:
        for copy in driver.copies():
            if copy.state == "running":
                usage, said = driver.usage(copy.id), copy.labels
                found.append(
                    Used(
                        service=said.service,
                        replica=said.replica,
                        container=said.container,
                        cpu_seconds=usage.cpu_seconds,
                        memory=usage.memory,
                    )
                )
    except DriverError:
        return ()
    return tuple(found)


def with_sketches(
    models: Iterable[SeenModel], specs: Iterable[ReplicaSpec], driver: Driver
) -> tuple[ReportedModel, ...]:
    """The models, with the sketches of their servers, the smallest first where not all have room in a report."""
    wanted = {spec.own.digest: spec for spec in specs}
    try:
        serving = {copy.labels.replica: copy for copy in driver.copies() if copy.labels.spec in wanted}
    except DriverError:
        serving = {}
    asked = list(_asked(tuple(models)[:MOST_MODELS], wanted, serving))
    left = MOST_SKETCHES
    found = []
    for one, sketches in sorted(asked, key=lambda pair: len(pair[1] or "")):
        left -= len(sketches or "")
        found.append(ReportedModel(**dict(one), sketches=sketches if left >= 0 else None))
    return tuple(sorted(found, key=lambda one: (one.service, one.replica, one.model)))


def _asked(
    models: Iterable[SeenModel], wanted: dict[str, ReplicaSpec], serving: dict[str, Copy]
) -> Iterator[tuple[SeenModel, str | None]]:
    for one in models:
        copy = serving.get(one.replica)
        spec = None if copy is None else wanted[copy.labels.spec]
        yield one, None if copy is None or spec is None else ask_sketches(copy, spec, one.model)
