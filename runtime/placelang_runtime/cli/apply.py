"""`placelang apply`: have the hosts of a site run what its plan says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
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
    open_drivers,
    read_config,
    state_of,
    told,
)
from placelang_runtime.cli.change import change
from placelang_runtime.cli.exits import Exit

if TYPE_CHECKING:
    from placelang_runtime.apply.requests import Request
    from placelang_runtime.host_config import HostConfig
    from placelang_runtime.state import State

EXAMPLES = """
placelang apply gbg.part.json
placelang apply plan.json --unsigned --dry-run
placelang apply plan.json --unsigned --engine gbg-1=unix:///run/gbg-1.sock --engine gbg-2=unix:///run/gbg-2.sock
placelang apply
placelang apply gbg.part.json --now
placelang apply gbg.part.json --agent 10.0.0.1:7070
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
At = Annotated[
    str | None,
    typer.Option(
        "--agent", metavar="HOST:PORT", help="Hand a signed part to the agent that listens there instead."
    ),
]
Models = Annotated[
    str | None,
    typer.Option(
        "--models",
        metavar="DIR|URL",
        help="What the files of models are below; the folder of the plan if left out.",
    ),
]
Now = Annotated[
    bool, typer.Option("--now", help="Change everything at once: heed no rollout and no change window.")
]
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
    models: Models = None,
    now: Now = False,
    agent: At = None,
    as_json: AsJson = False,
) -> Exit:
    """Have this host, or the hosts whose engines are named, run what the plan of their site says.

    Steps are taken in the order that the plan proved safe, each noted before and after. Whatever ends this command, it
    can be given again, and goes on where it ended; given twice, it does nothing the second time. A group that fails
    goes back to what ran before, the rest goes on, and the exit code is 3. So it is where something waits for its
    window, or its turn in a rollout: an agent goes on then by itself, or this command given again.
    """
    from placelang_runtime.apply.requests import Request

    options = Options(host, engines, driver, state, config)
    request = Request(
        command="apply",
        plan=None if plan is None else _read(plan),
        unsigned=unsigned,
        done=tuple(done or ()),
        sites_done=sites_done,
        models=_source(models),
        beside=None if plan is None else str(plan.absolute().parent),
        now=now,
    )
    if agent is not None:
        alone = Request(command="apply", plan=request.plan, beside=request.beside)
        if request != alone or options != Options() or dry_run:
            raise typer.BadParameter("an agent elsewhere takes a signed part only", param_hint="'--agent'")
        return _send(agent, request.plan, as_json=as_json)
    if dry_run:
        return _dry_run(options, request, as_json=as_json)
    return change(options, request, as_json=as_json)


def _source(models: str | None) -> str | None:
    """An address as it is, a folder wherever the command is given from."""
    if models is None or models.startswith(("https://", "http://")):
        return models
    return str(Path(models).absolute())


def _read(plan: Path) -> bytes:
    from placelang_runtime.canonical import MOST_BYTES

    with plan.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _send(to: str, part: bytes | None, *, as_json: bool) -> Exit:
    """Have an agent elsewhere carry it out."""
    from placelang_runtime.agent.ask import send_part
    from placelang_runtime.cli.telling import Teller, tell

    host, _, port = to.rpartition(":")
    if part is None or not host or not port.isdecimal():
        raise typer.BadParameter("say which part, and the agent as HOST:PORT", param_hint="'--agent'")
    teller = Teller(as_json=as_json)
    with told():
        answer = send_part(host.removeprefix("[").removesuffix("]"), int(port), part, teller)
    teller.clear()
    return tell(answer, as_json=as_json)


def _dry_run(options: Options, request: Request, *, as_json: bool) -> Exit:
    """Do it to hosts that are only thought of, which begin with what runs on the real ones."""
    from placelang_runtime.apply import Bare, Scene, Thought, carry_out
    from placelang_runtime.apply.requests import part_for
    from placelang_runtime.apply.told import ToldRefusal, told_of
    from placelang_runtime.cli.telling import Teller, tell
    from placelang_runtime.containers import images_of, replicas_on
    from placelang_runtime.drivers.memory import MemoryDriver
    from placelang_runtime.provision.models import source_of
    from placelang_runtime.provision.provider import HostProvider
    from placelang_runtime.provision.refusals import refusals

    with told(), ExitStack() as stack:
        config = read_config(options)
        state = stack.enter_context(_looked_at(config))
        found = open_drivers(options, config)
        accepted, part = part_for(request, config, state, tuple(found), dry=True)
        drivers = {}
        wanted = images_of(spec for host in found for spec in replicas_on(part, host))
        for host, driver in found.items():
            images = [image for image in wanted if driver.has_image(image)]
            drivers[host] = MemoryDriver.like(host, driver.copies(), images)

        def allows(image: str) -> None:
            if not part.members or image not in part.image_ids:  # else a neighbour may send it
                HostProvider(part, config).allow(image)

        scene = Scene(
            part,
            accepted,
            drivers,
            state.journal,
            Thought(),
            state.folder,
            provider=Bare(allows),
            report=Teller(as_json=as_json),
            elsewhere=frozenset(request.done),
            called=request.sites_done,
            at_once=request.now,
        )
        provider = HostProvider(part, config, found)
        source = request.models or config.models or request.beside or source_of(config.state)
        refused = tuple(
            ToldRefusal(host=one.host, of=one.of, why=one.why)
            for host in found
            for one in refusals(provider, host, source)
        )
        done = told_of(carry_out(scene, "apply"), part.site)
        return tell(done.model_copy(update={"refused": refused}), as_json=as_json, dry=True)


@contextmanager
def _looked_at(config: HostConfig) -> Iterator[State]:
    """The state folder with a journal of which nothing stays, whether or not an agent owns it."""
    from placelang_runtime.state import BusyError, look_at_state

    with ExitStack() as stack:
        try:
            state = stack.enter_context(state_of(config))
        except BusyError:
            state = stack.enter_context(look_at_state(config.state))
        with closing(state.journal.copy()) as journal:
            yield replace(state, journal=journal)
