"""Replicas as the journal keeps them: a line of JSON each."""

from __future__ import annotations

from collections.abc import Iterable

from placelang_runtime.containers import ReplicaSpec


def read_specs(text: str) -> tuple[ReplicaSpec, ...]:
    """What `write_specs` wrote."""
    return tuple(ReplicaSpec.model_validate_json(line) for line in text.splitlines())


def write_specs(specs: Iterable[ReplicaSpec]) -> str:
    """By name. Models in it served: whoever goes back there need not try them."""
    return "\n".join(spec.untried.model_dump_json() for spec in sorted(specs, key=lambda spec: spec.name))
