"""`placelang status`: what runs here, and whether that is what the plan says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from placelang_runtime.cli.at_host import (
    AsJson,
    ConfigFile,
    DriverName,
    Engines,
    HostName,
    Options,
    StateFolder,
    open_drivers,
    read_config,
    told,
)
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import count, emit
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang_runtime.apply.target import Target, Wanted
    from placelang_runtime.containers import ContainerSpec
    from placelang_runtime.drivers import Copy
    from placelang_runtime.journal import Journal

EXAMPLES = """
placelang status
placelang status --json
"""


Disk = Annotated[
    bool,
    typer.Option("--disk", help="Show what each container wrote, with its volumes; it may take a while."),
]
AS_PLANNED: Final = frozenset({"running", "ended", "asleep"})


@dataclass(frozen=True, slots=True)
class Row:
    """A container: `state` is what its engine says, `ended` where it may have, `missing`, or `asleep` where the hours
    of its service are closed; `plan` is whether it is `wanted`, `unwanted`, or wanted and `other` than it is; `held` is
    why its group does not follow the plan; `disk` is what it wrote, in bytes, and what it needs, None where nobody
    asked."""

    host: str
    replica: str
    container: str
    image: str | None
    state: str
    restarts: int
    plan: str
    held: str | None
    disk: int | None = None
    disk_needed: int | None = None


def status(
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    disk: Disk = False,
    as_json: AsJson = False,
) -> Exit:
    """Show the containers of this host, and which of them are missing, unwanted, or other than they shall be.

    The exit code is 0 where everything runs as it shall, else 3. Nothing is changed.
    """
    from placelang_runtime.apply.accept import read_accepted
    from placelang_runtime.apply.outlook import find_outlook, waiting_for
    from placelang_runtime.apply.target import find_target
    from placelang_runtime.apply.told import told_gates
    from placelang_runtime.cli.telling import gate_lines
    from placelang_runtime.hours import asleep
    from placelang_runtime.rollout.clock import moment
    from placelang_runtime.state import look_at_state

    options = Options(host, engines, driver, state, config)
    with told():
        known = read_config(options)
        with look_at_state(known.state) as opened:
            accepted, part = read_accepted(opened)
            drivers = open_drivers(options, known)
            target = find_target(part, opened.journal, drivers, asleep(part, datetime.now(UTC)))
            rows = [
                row
                for name, one in drivers.items()
                for row in _rows(name, one.copies(), target, opened.journal, one.disk() if disk else {})
            ]
            outlook = find_outlook(part, opened.journal, drivers)
            gates = told_gates(waiting_for(outlook, opened.journal, moment()) if outlook is not None else ())
            drained = sorted(opened.journal.drained())
            last = opened.journal.runs(1)
    as_planned = sum(row.state in AS_PLANNED and row.plan == "wanted" for row in rows)
    if as_json:
        document = {
            "format": "placelang/status/1",
            "site": part.site,
            "digest": accepted.digest,
            "sequence": accepted.sequence,
            "drained": drained,
            "gates": [gate.model_dump() for gate in gates],
            "containers": [asdict(row) for row in rows],
        }
        emit(json.dumps(document, indent=2) + "\n")
    else:
        emit("".join(f"{line}\n" for line in (*_lines(rows, drained), *gate_lines(gates))))
        sequence = f", sequence {accepted.sequence}" if accepted.sequence is not None else ""
        cut_off = (
            "; the last run was cut off: apply again"
            if last and last[0].outcome in {None, "interrupted"}
            else ""
        )
        right = f"{as_planned} of {count(len(rows), 'container')} as planned"
        emit(f"{part.site}: part {accepted.digest[:19]}{sequence}, {right}{cut_off}\n")
    return Exit.DONE if as_planned == len(rows) and not gates else Exit.PARTIAL


def _rows(
    host: str, copies: tuple[Copy, ...], target: Target, journal: Journal, disk: Mapping[str, int]
) -> Iterator[Row]:
    wanted = target.wanted[host]
    specs = {container.digest: container for spec in _all(wanted, journal) for container in spec}
    found = set()
    for copy in sorted(copies, key=lambda copy: (copy.labels.replica, copy.labels.container, copy.name)):
        labels = copy.labels
        found.add(labels.spec)
        run = labels.spec in target.jobs[host]
        right = run or (labels.replica in wanted and labels.spec in wanted[labels.replica].digests)
        plan = "wanted" if right else "other" if labels.replica in wanted else "unwanted"
        spec = specs.get(labels.spec)
        yield Row(
            host,
            labels.replica,
            labels.container,
            spec.image if spec is not None else None,
            _state(copy, spec),
            copy.restarts,
            plan,
            target.held.get((host, labels.group)),
            disk.get(copy.id),
            spec.needs.get("disk") if spec is not None and copy.id in disk else None,
        )
    for replica in target.asleep[host].values():
        for container in replica.containers:
            if container.digest not in found:
                yield Row(
                    host, replica.name, container.container, container.image, "asleep", 0, "wanted", None
                )
    for replica in wanted.values():
        held = target.held.get((host, replica.group))
        for container in replica.containers:
            if container.digest not in found:
                yield Row(
                    host, replica.name, container.container, container.image, "missing", 0, "wanted", held
                )


def _state(copy: Copy, spec: ContainerSpec | None) -> str:
    from placelang_runtime.apply.work import is_over

    return "ended" if spec is not None and is_over(copy, spec) else copy.state


def _all(wanted: Wanted, journal: Journal) -> Iterator[tuple[ContainerSpec, ...]]:
    """All specs of which anything is known."""
    from placelang_runtime.containers import ReplicaSpec

    yield from (ReplicaSpec.model_validate_json(text).containers for text in journal.specs().values())
    yield from (spec.containers for spec in wanted.values())


def _lines(rows: list[Row], drained: list[str]) -> Iterator[str]:
    if rows:
        cells = [("host", "replica", "image", "state", ""), *(_cells(row) for row in rows)]
        widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
        for cell in cells:
            yield "  ".join(
                text.ljust(width) for text, width in zip(cell, (*widths, 0), strict=True)
            ).rstrip()
    for host, why in dict.fromkeys((row.host, row.held) for row in rows if row.held is not None):
        yield f"{host}: held where it was: {printable(why)}"
    for host in drained:
        yield f"{host} is drained: `placelang resume {host}` fills it again"


def _cells(row: Row) -> tuple[str, ...]:
    name = row.replica + (f" {row.container}" if row.container else "")
    state = row.state + (f", {row.restarts} restarts" if row.restarts else "")
    note = {"wanted": "", "other": "to be replaced", "unwanted": "to be removed"}[row.plan]
    if row.disk is not None:
        of = "" if row.disk_needed is None else f", needs {_mebibytes(row.disk_needed)}"
        note = f"{_mebibytes(row.disk)} of disk{of}" + (f", {note}" if note else "")
    return tuple(printable(text) for text in (row.host, name, row.image or "-", state, note))


def _mebibytes(size: int) -> str:
    return f"{-(-size // (1 << 20))} MiB"
