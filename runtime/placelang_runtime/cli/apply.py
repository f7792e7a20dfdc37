"""`placelang apply`: have the hosts of a site run what its plan says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.at_host import (
    AsJson,
    ConfigFile,
    Done,
    DriverName,
    Engines,
    HostName,
    Options,
    OthersDone,
    StateFolder,
    check_hosts,
    named_hosts,
    open_drivers,
    read_accepted,
    read_config,
    scene_for,
    state_of,
    told,
)
from placelang_runtime.cli.exits import Exit

if TYPE_CHECKING:
    from placelang_runtime.host_config import HostConfig
    from placelang_runtime.journal import Accepted
    from placelang_runtime.part import SitePart
    from placelang_runtime.state import State
    from placelang_runtime.trust.envelope import Believed

EXAMPLES = """
placelang apply gbg.part.json
placelang apply plan.json --unsigned --dry-run
placelang apply plan.json --unsigned --engine gbg-1=unix:///run/gbg-1.sock --engine gbg-2=unix:///run/gbg-2.sock
placelang apply
"""

PlanFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="PLAN",
        help="A signed part of a plan, or a plan; if left out, the one that holds is carried on with.",
        show_default=False,
    ),
]
Unsigned = Annotated[bool, typer.Option("--unsigned", help="Take a plan that nobody signed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]


def apply(
    plan: PlanFile = None,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    unsigned: Unsigned = False,
    dry_run: DryRun = False,
    done: Done = None,
    sites_done: OthersDone = False,
    as_json: AsJson = False,
) -> Exit:
    """Have this host, or the hosts whose engines are named, run what the plan of their site says.

    Steps are taken in the order that the plan proved safe, each noted before and after. Whatever ends this command, it
    can be given again, and goes on where it ended; given twice, it does nothing the second time. A group that fails
    goes back to what ran before, the rest goes on, and the exit code is 3.
    """
    from placelang_runtime.apply import carry_out
    from placelang_runtime.cli.telling import Teller, tell

    options = Options(host, engines, driver, state, config)
    teller = Teller(as_json=as_json)
    with told():
        known = read_config(options)
        with state_of(known) as opened:
            text = None if plan is None else _read(plan)
            if dry_run:
                return _dry_run(options, known, opened, text, unsigned=unsigned, as_json=as_json)
            hosts = {*named_hosts(options, known), *(done or ())}
            accepted, part = _accept(known, opened, text, hosts, unsigned=unsigned)
            with scene_for(
                options, known, opened, accepted, part, elsewhere=done or (), called=sites_done, report=teller
            ) as scene:
                result = carry_out(scene, "apply" if plan is not None else "apply again")
    teller.clear()
    return tell(result, part.site, as_json=as_json)


def _read(plan: Path) -> bytes:
    from placelang_runtime.canonical import MOST_BYTES

    with plan.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _believe(config: HostConfig, state: State, text: bytes, *, unsigned: bool) -> Believed:
    """The part in the file, if this host believes it. Raises RefusedError, BadKeyError."""
    from placelang_runtime.trust.envelope import Reader, believe
    from placelang_runtime.trust.key_changes import read_trusted
    from placelang_runtime.trust.last import read_last

    trusted = read_trusted(state.folder, config.trusted_keys).public()
    reader = Reader(config.host, config.site, trusted, unsigned or config.unsigned, read_last(state.folder))
    return believe(text, reader, datetime.now(UTC))


def _accept(
    config: HostConfig,
    state: State,
    text: bytes | None,
    hosts: Iterable[str],
    *,
    unsigned: bool,
    dry: bool = False,
) -> tuple[Accepted, SitePart]:
    """The part that holds from now on; a run that was cut off is taken up, and otherwise what failed is tried anew."""
    from placelang_runtime.trust.last import keep_last

    if text is None:
        return read_accepted(state)
    believed = _believe(config, state, text, unsigned=unsigned)
    check_hosts(believed.part, hosts)
    if not dry:
        keep_last(state.folder, believed)
    last, before = state.journal.runs(1), state.journal.accepted()
    accepted = state.journal.accept(
        believed.part.site,
        believed.digest,
        believed.part.model_dump_json().encode(),
        sequence=believed.sequence,
        issued=believed.issued,
    )
    cut_off = bool(last) and last[0].outcome in {None, "interrupted"} and last[0].accepted == accepted.id
    if not cut_off or before is None or before.id != accepted.id:
        state.journal.release()
    return accepted, believed.part


def _dry_run(
    options: Options, config: HostConfig, state: State, text: bytes | None, *, unsigned: bool, as_json: bool
) -> Exit:
    """Do it to hosts that are only thought of, which begin with what runs on the real ones."""
    from placelang_runtime.apply import Bare, Scene, Thought, carry_out
    from placelang_runtime.cli.telling import Teller, tell
    from placelang_runtime.containers import images_of, replicas_on
    from placelang_runtime.drivers.memory import MemoryDriver

    journal = state.journal.copy()
    thought = replace(state, journal=journal)
    found = open_drivers(options, config)
    accepted, part = _accept(config, thought, text, found, unsigned=unsigned, dry=True)
    drivers = {}
    for host, driver in found.items():
        images = [image for image in images_of(replicas_on(part, host)) if driver.has_image(image)]
        drivers[host] = MemoryDriver.like(host, driver.copies(), images)
    scene = Scene(
        part,
        accepted,
        drivers,
        journal,
        Thought(),
        state.folder,
        provider=Bare(),
        report=Teller(as_json=as_json),
    )
    try:
        return tell(carry_out(scene, "apply"), part.site, as_json=as_json, dry=True)
    finally:
        journal.close()
