"""How a host learns what became of new versions that its model servers try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.part import Health
from placelang_runtime.serve.manifest import FIRST_VERSION

LOOK_AGAIN: Final = 1.0
_SLACK: Final = 120.0
_LONGEST: Final = 11
"""So many times as long as its phases should take, and so many seconds more: the server ends a trial sooner."""


@dataclass(frozen=True, slots=True)
class ModelTrial:
    """`over` and `passed` are checks of the server that tries it."""

    title: str
    over: Health
    passed: Health
    seconds: float


def trials_of(spec: ContainerSpec) -> Iterator[ModelTrial]:
    """Those that a container may have to go through; where no other version served, they are over at once."""
    for one in spec.serves if spec.is_model_server else ():
        phases = [phase for phase in (one.shadow, one.canary) if phase is not None]
        if phases:
            version = one.version or FIRST_VERSION
            at = f"/v2/models/{quote(one.name, safe='')}/versions/{quote(version, safe='')}"
            yield ModelTrial(
                title=f"{one.name} {version}",
                over=_check(spec, f"{at}/tried"),
                passed=_check(spec, f"{at}/promoted"),
                seconds=_SLACK + sum(phase.lasts_ms for phase in phases) / 1000 * _LONGEST,
            )


def _check(spec: ContainerSpec, path: str) -> Health:
    return Health(
        kind="http",
        port=spec.ports[0].container,
        path=path,
        command=(),
        every_ms=1_000,
        timeout_ms=5_000,
        retries=1,
    )
