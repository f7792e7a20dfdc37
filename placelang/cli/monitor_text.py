"""Models over a fleet, as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from placelang.cli.inventory.stores import age
from placelang_runtime.cli.live import Trends
from placelang_runtime.cli.monitor_text import MODEL_COLUMNS, model_cells, styled, table
from placelang_runtime.drift.summed import farthest
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang.monitoring import FleetModel, Served
    from placelang_runtime.drift.distance import Distance

SILENT: Final = 300_000
"""Milliseconds after which a host that said nothing counts as offline."""


def fleet_text(models: Sequence[FleetModel], trends: Trends, now: int, *, colour: bool) -> str:
    """Each model on each host, and what all of them met together."""
    lines = [line for one in models for line in _lines(one, trends, now, colour=colour)]
    return "".join(f"{line}\n" for line in lines or ["No host reports of a model."])


def fleet_data(models: Sequence[FleetModel]) -> dict[str, Any]:
    """The same for programs."""
    return {"format": "placelang/models/1", "models": [_data(one) for one in models]}


def _lines(model: FleetModel, trends: Trends, now: int, *, colour: bool) -> Iterator[str]:
    yield styled(printable(f"{model.model} {model.version}"), "\x1b[1m", colour=colour)
    yield from table(
        [("site", "host", *MODEL_COLUMNS, "heard"), *(_cells(one, trends, now) for one in model.served)],
        colour=colour,
    )
    for one in model.served:
        if one.fault is not None:
            yield styled(printable(f"{one.said.host}: not added up: {one.fault}"), "\x1b[31m", colour=colour)
    yield from map(printable, _together(model))
    yield ""


def _cells(one: Served, trends: Trends, now: int) -> tuple[str, ...]:
    said = one.said
    heard = age(said.heard, now)
    cells = model_cells(said.numbers, trends, (said.host, said.replica, said.model))
    return one.site, said.host, *cells, f"offline: {heard}" if now - said.heard > SILENT else heard


def _together(model: FleetModel) -> Iterator[str]:
    """What all of them met, by their sketches."""
    found = model.all
    if found is None:
        yield "together: nobody sent sketches yet"
        return
    said = [f"{found.requests:,} requests of an hour"]
    for what, shares, unit in (("latency", found.latency, " ms"), ("confidence", found.confidence, "")):
        if shares is not None:
            said.append(f"p95 {what} {shares['p95']:.3g}{unit}")
    if found.accuracy is not None:
        said.append(f"accuracy {found.accuracy:.3g} %")
    yield f"together, {found.servers} of {len(model.served)}: {', '.join(said)}"
    for what, features in (("inputs", found.inputs), ("outputs", found.outputs)):
        far = farthest(features.values())
        if far is not None:
            yield f"  drift of {what} {far:.3g} over {found.rows:,} rows{_most(features)}"
    if found.left:
        yield f"  {found.left} with another baseline are not compared with it"


def _most(features: Mapping[str, Distance]) -> str:
    drifted = [name for name, one in features.items() if one.drifted]
    return f", most of {max(drifted, key=lambda name: features[name].psi)}" if drifted else ""


def _data(model: FleetModel) -> dict[str, Any]:
    without = {"model", "version", "sketches"}
    served = [
        {"site": one.site}
        | {name: value for name, value in asdict(one.said).items() if name not in without}
        | {"fault": one.fault}
        for one in model.served
    ]
    whole = None if model.all is None else asdict(model.all)
    return {"model": model.model, "version": model.version, "served": served, "all": whole}
