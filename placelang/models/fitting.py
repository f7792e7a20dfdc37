"""Whether replicas can serve their models where a plan puts them: with the memory that they get, by an execution
provider that their hosts have, on the runtime that the model server has.

Enters: a program with the digests of its models' files, the inventory, and the plan. Leaves a warning for each service
that will not be able to, as nobody wants to learn that from a shop. What nobody knows is no reason to warn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Severity
from placelang.inventory import Inventory
from placelang.models.confined import ConfinedError, Limits, run
from placelang.models.inspection import Available, Trial
from placelang.models.tried import try_model
from placelang.program import Model, Program, Service, Variant
from placelang.types import BYTES, show
from placelang_runtime.part import Replica
from placelang_runtime.part import Service as Standing
from placelang_runtime.plan import Plan

CPU: Final = "cpu"
"""What models are run by that name no provider."""
PROVIDERS: Final = "providers"
_ENDING: Final = "ExecutionProvider"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class _Serving:
    """A model in one of its variants, and all replicas that serve it so."""

    service: Service
    model: Model
    variant: Variant
    replicas: tuple[tuple[Standing, Replica], ...]


def check_fit(
    program: Program, inventory: Inventory, plan: Plan, folder: Path, cache: Path
) -> tuple[Diagnostic, ...]:
    """The paths of models are relative to the folder; what was tried is kept in the cache."""
    hosts = _providers_of(inventory)
    here: tuple[str, ...] | None = None
    found: list[Diagnostic] = []
    for serving in _servings(program, plan):
        found += _without_provider(serving, hosts)
        if serving.variant.digest is None or any(
            replica.image is not None for _, replica in serving.replicas
        ):
            continue
        here = _available() if here is None else here
        found += _tried(serving, here, folder / serving.variant.file, cache)
    return tuple(found)


def _servings(program: Program, plan: Plan) -> Iterator[_Serving]:
    """In the order of the program."""
    standing: dict[tuple[str, str, str | None], list[tuple[Standing, Replica]]] = {}
    for one in (service for part in plan.parts for group in part.groups for service in group.services):
        for replica in one.replicas:
            chosen = {served.model: served.variant for served in replica.variants}
            for name in one.serves:
                standing.setdefault((one.name, name, chosen.get(name)), []).append((one, replica))
    models = {model.name: model for model in program.models}
    for app in program.apps:
        for service in app.services:
            for model in (models[name] for name in service.serves):
                for variant in model.variants:
                    among = variant.name if len(model.variants) > 1 else None
                    if replicas := standing.get((service.name, model.name, among)):
                        yield _Serving(service, model, variant, tuple(replicas))


def _providers_of(inventory: Inventory) -> Mapping[str, frozenset[str]]:
    """By host, what its runtime has, as far as that was found out."""
    record = inventory.hosts.labels.get(PROVIDERS)
    if record is None:
        return {}
    return {
        inventory.hosts.names[row]: frozenset(one for one in value if isinstance(one, str))
        for row, value in zip(record.rows, record.values, strict=True)
        if isinstance(value, list)
    }


def _without_provider(serving: _Serving, hosts: Mapping[str, frozenset[str]]) -> Iterator[Diagnostic]:
    wanted = serving.model.providers or (CPU,)
    lacking = sorted(
        {
            replica.host
            for _, replica in serving.replicas
            if not hosts.get(replica.host, frozenset(wanted)) & {*wanted}
        }
    )
    if lacking:
        first = ", ".join(lacking[:_SHOWN]) + (
            f" and {len(lacking) - _SHOWN} more" if lacking[_SHOWN:] else ""
        )
        yield _warning(
            serving,
            f"{first} {'has' if len(lacking) == 1 else 'have'} none of the execution providers of "
            f"`{serving.model.name}`: {', '.join(wanted)}",
            "add one that these hosts have to `providers`, or keep the service off them with `hosts where`",
        )


def _tried(serving: _Serving, here: tuple[str, ...], path: Path, cache: Path) -> Iterator[Diagnostic]:
    """By the model server that is installed here, which is what is packaged and sent to hosts."""
    wanted = serving.model.providers or (CPU,)
    known = [f for one in wanted for f in here if f.removesuffix(_ENDING).lower() == one]
    if len(known) < len(wanted):
        return
    digest = str(serving.variant.digest)
    tried = [try_model(path, digest, provider, cache) for provider in known]
    if all(one.runs == "no" for one in tried):
        yield _warning(
            serving,
            f"`{serving.variant.file}` does not run on ONNX Runtime {version('onnxruntime')}, "
            f"which the model server has: {tried[-1].reason}",
            "export it for an older operator set, or with operators of the standard",
        )
    elif wanted == (CPU,):
        yield from _memory(serving, tried[0])


def _memory(serving: _Serving, tried: Trial) -> Iterator[Diagnostic]:
    if tried.own_memory is None or tried.runtime_memory is None:
        return
    peak = tried.own_memory + tried.runtime_memory
    given = [
        (service.needs if replica.needs is None else replica.needs).get("memory")
        for service, replica in serving.replicas
    ]
    least = min((one for one in given if one is not None), default=None)
    if least is not None and least < peak:
        yield _warning(
            serving,
            f"a replica gets {show(least, BYTES)} of memory, and one request to `{serving.variant.file}` alone took "
            f"{show(peak, BYTES)} here",
            f"write `needs memory {-(-peak // 2**20) * 5 // 4}MiB` or more",
        )


def _available() -> tuple[str, ...]:
    try:
        return run(Available, Limits(), "providers").providers
    except ConfinedError:
        return ()


def _warning(serving: _Serving, message: str, hint: str) -> Diagnostic:
    span = serving.service.serving or serving.service.span
    return Diagnostic(Code.UNFIT_MODEL, message, span, hint=hint, severity=Severity.WARNING)
