"""What commands that change what runs have to do with: options, the host's own configuration, engines, the journal,
and the part that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import complain

if TYPE_CHECKING:
    from placelang_runtime.apply import Event, Scene
    from placelang_runtime.apply.requests import Request
    from placelang_runtime.drivers import Driver
    from placelang_runtime.host_config import HostConfig
    from placelang_runtime.state import State

HostName = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="HOST",
        help="This host, as the inventory calls it; by default as its configuration or the machine does.",
    ),
]
Engines = Annotated[
    list[str] | None,
    typer.Option(
        "--engine",
        metavar="HOST=ADDRESS",
        help="The engine of a host, such as gbg-1=unix:///run/docker.sock; repeat it for several hosts.",
    ),
]
DriverName = Annotated[
    str | None,
    typer.Option("--driver", metavar="NAME", help="docker, process or memory; docker if left out."),
]
StateFolder = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Where the journal is; /var/lib/placelang for root."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The host's configuration; /etc/placelang/host.toml if it is there.",
    ),
]
Done = Annotated[
    list[str] | None,
    typer.Option("--done", metavar="HOST", help="A host that has done its share; may be repeated."),
]
OthersDone = Annotated[bool, typer.Option("--sites-done", help="Other sites have done their share.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@dataclass(frozen=True, slots=True)
class Options:
    """The options that these commands share, as they were given."""

    host: str | None = None
    engines: Sequence[str] | None = None
    driver: str | None = None
    state: Path | None = None
    config: Path | None = None


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong is told, and ends the command with its code."""
    from placelang_runtime.agent.ask import HandedError
    from placelang_runtime.apply import faults

    try:
        yield
    except faults.INPUT as error:
        complain(str(error))
        raise typer.Exit(Exit.INPUT) from error
    except faults.WORLD as error:
        complain(str(error))
        raise typer.Exit(Exit.WORLD) from error
    except HandedError as error:
        complain(str(error))
        raise typer.Exit(error.code) from error


def read_config(options: Options) -> HostConfig:
    """What the host says of itself, and the command line says better. Raises HostConfigError or OSError."""
    from placelang_runtime.drivers import DRIVERS
    from placelang_runtime.host_config import DEFAULT, HostConfig, read_host_config
    from placelang_runtime.state import default_folder, own_name

    if options.driver is not None and options.driver not in DRIVERS:
        message = f"{options.driver!r} is no driver: write {', '.join(DRIVERS[:-1])} or {DRIVERS[-1]}"
        raise typer.BadParameter(message, param_hint="'--driver'")
    named = [word.partition("=")[0] for word in options.engines or ()]
    if options.config is not None or DEFAULT.exists():
        config = read_host_config(options.config or DEFAULT)
    else:
        config = HostConfig(DEFAULT, (named or [own_name()])[0], state=default_folder())
    return replace(
        config,
        host=options.host or (config.host if not named or config.host in named else named[0]),
        driver=options.driver or config.driver,
        state=options.state or config.state,
    )


def open_drivers(options: Options, config: HostConfig) -> Mapping[str, Driver]:
    """The engines that are carried out on, by host. Raises DriverError."""
    from placelang_runtime.drivers import open_driver

    if not options.engines:
        return {
            config.host: open_driver(
                config.driver, host=config.host, address=config.engine, state=config.state
            )
        }
    words = [word.partition("=") for word in options.engines]
    for word, (host, _, address) in zip(options.engines, words, strict=True):
        if not host or not address.startswith("unix:///"):
            raise typer.BadParameter(f"{word!r} is not HOST=unix:///PATH", param_hint="'--engine'")
    return {host: open_driver(config.driver, host=host, address=address) for host, _, address in words}


def named_hosts(options: Options, config: HostConfig) -> frozenset[str]:
    """The hosts that are carried out on."""
    return frozenset(word.partition("=")[0] for word in options.engines or (config.host,))


@contextmanager
def state_of(config: HostConfig) -> Iterator[State]:
    """The state folder, for this process alone. Raises BusyError, JournalError or OSError."""
    from placelang_runtime.state import open_state

    with open_state(config.state) as state:
        if state.aside is not None:
            complain(
                f"the journal was damaged, and is kept as {state.aside}: "
                "apply the plan, and what runs is taken over from its labels"
            )
        yield state


@contextmanager
def scene_for(
    options: Options,
    config: HostConfig,
    state: State,
    request: Request,
    *,
    report: Callable[[Event], None] | None = None,
) -> Iterator[Scene]:
    """All that carrying out the request has to do with. Raises what `part_for` does, and DriverError."""
    from placelang_runtime.apply import Scene, Threads
    from placelang_runtime.apply.accept import check_hosts
    from placelang_runtime.apply.requests import part_for
    from placelang_runtime.provision.provider import HostProvider

    accepted, part = part_for(request, config, state, tuple(named_hosts(options, config)))
    drivers = open_drivers(options, config)
    check_hosts(part, (*drivers, *request.done))
    with Threads() as hands:
        scene = Scene(
            part=part,
            accepted=accepted,
            drivers=drivers,
            journal=state.journal,
            hands=hands,
            folder=state.folder,
            provider=HostProvider(part, replace(config, state=state.folder), drivers),
            elsewhere=frozenset(request.done),
            called=request.sites_done,
        )
        if report is not None:
            scene.report = report
        yield scene
