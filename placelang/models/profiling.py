"""From a path to a `Profile` of the model on this host, or `ModelError`. Only processes of their own open the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from placelang.facts import MEASURED
from placelang.models.confined import ConfinedError, Limits, run
from placelang.models.inspection import Available, Described, ModelError, Profile, Structure
from placelang.types import BYTES, DURATION, spell
from placelang_runtime.host_facts import HostFacts

if TYPE_CHECKING:
    from placelang_runtime.drift.baseline import Baseline

ENDING = "ExecutionProvider"
LEAST_MS = 0.001


def plain(provider: str) -> str:
    """The name that placement files have for what the runtime calls `CPUExecutionProvider`."""
    return provider.removesuffix(ENDING).lower()


def none_such(provider: str, known: Sequence[str]) -> ModelError:
    """There is no such provider, but these."""
    there = ", ".join(map(plain, known))
    return ModelError(f"there is no execution provider `{provider}` here: there is {there}")


def profile(path: Path, provider: str | None, runs: int, limits: Limits) -> Profile:
    """What is measured with a provider, by its plain name; with the best that runs the model if none is given."""
    file = str(path.absolute())
    try:
        run(Structure, limits, "structure", file)
        known = run(Available, limits, "providers").providers
    except ConfinedError as error:
        raise ModelError(f"cannot read the model: {error}") from None
    asked = [one for one in known if provider in {None, plain(one)}]
    if not asked:
        raise none_such(provider or "", known)
    faults = []
    for one in asked:
        try:
            return run(Profile, limits, "profile", one, file, str(runs))
        except (ConfinedError, ModelError) as error:
            faults.append(f"{plain(one)}: {error}")
    raise ModelError("no provider here runs it: " + "; ".join(faults))


def baseline(path: Path, data: Path, provider: str | None, limits: Limits) -> Baseline:
    """How what the model takes and gives is distributed over a data set, run with a provider."""
    from placelang_runtime.drift.baseline import Baseline  # noqa: PLC0415 - it imports NumPy

    file, folder = str(path.absolute()), str(data.absolute())
    try:
        run(Structure, limits, "structure", file)
        return Baseline.model_validate_json(
            run(Described, limits, "baseline", provider or "cpu", file, folder).baseline
        )
    except ConfinedError as error:
        raise ModelError(f"cannot run the model on the data: {error}") from None


def labels_of(found: Profile, model: str) -> dict[str, bool | float | str | tuple[str, ...]]:
    """The facts that `host.model(NAME)` reads, as inventories write them."""
    times = {"p50": found.p50, "p95": found.p95, "p99": found.p99, "mean": found.mean}
    written = {what: spell(max(round(time, 3), LEAST_MS), DURATION) for what, time in times.items()}
    measured: dict[str, float | str] = {
        **written,
        "throughput": round(found.throughput, 1),
        "memory": spell(found.memory, BYTES),
    }
    return {f"{MEASURED}{model}.{what}": value for what, value in measured.items()}


def as_facts(found: Profile, model: str, *, host: str, site: str | None, observed: str) -> HostFacts:
    """What a probe would say of this host that knew of nothing but the model."""
    labels = labels_of(found, model)
    return HostFacts(
        host=host, site=site, observed=observed, facts={}, labels=labels, gpus=None, devices=None, unknown=()
    )
