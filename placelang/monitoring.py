"""Models over a fleet: what each host said of each, and what all of them met together.

Enters what a store heard. A host whose sketches cannot be read is told, and the others are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang_runtime.drift.sketches import Sketched, SketchError
from placelang_runtime.drift.summed import Summed, read_sketched, summed

if TYPE_CHECKING:
    from placelang.store.models import StoredModel


@dataclass(frozen=True, slots=True)
class Served:
    """A model as a replica serves it, at a site, with why its sketches do not count, if so."""

    site: str
    said: StoredModel
    fault: str | None


@dataclass(frozen=True, slots=True)
class FleetModel:
    """A version of a model wherever it is served; `all` is None where nobody sent sketches."""

    model: str
    version: str
    served: tuple[Served, ...]
    all: Summed | None


def fleet_models(said: Iterable[StoredModel], sites: dict[str, str]) -> tuple[FleetModel, ...]:
    """By model and version; `sites` says where hosts stand."""
    versions: dict[tuple[str, str], list[StoredModel]] = {}
    for one in said:
        versions.setdefault((one.model, one.version), []).append(one)
    return tuple(_together(*key, those, sites) for key, those in sorted(versions.items()))


def _together(model: str, version: str, those: list[StoredModel], sites: dict[str, str]) -> FleetModel:
    read = list(_read(those))
    served = tuple(
        Served(sites.get(one.host, ""), one, found if isinstance(found, str) else None)
        for one, found in zip(those, read, strict=True)
    )
    good = [one for one in read if isinstance(one, Sketched)]
    return FleetModel(model, version, served, summed(good) if good else None)


def _read(those: Iterable[StoredModel]) -> Iterator[Sketched | str | None]:
    """What each met, why that cannot be read, or None where it says nothing."""
    for one in those:
        if one.sketches is None:
            yield None
            continue
        try:
            found = read_sketched(one.sketches)
            summed([found])
            yield found
        except SketchError as error:
            yield str(error)
