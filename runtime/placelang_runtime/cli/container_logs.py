"""`placelang logs`: what containers wrote."""

from __future__ import annotations

import queue
import sys
from collections.abc import Iterator, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Final

import typer

from placelang_runtime.cli.at_host import (
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
from placelang_runtime.cli.terminal import complain, emit
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang_runtime.drivers import Copy, Driver

EXAMPLES = """
placelang logs shop.till@gbg/1
placelang logs shop.till --follow
placelang logs shop --tail 5
"""

LONGEST: Final = 16_384
"""Bytes of a line; what is longer comes in several."""

Name = Annotated[str, typer.Argument(metavar="REPLICA|SERVICE|APP", help="Whose.")]
Follow = Annotated[bool, typer.Option("-f", "--follow", help="Go on as more is written.")]
Tail = Annotated[
    int, typer.Option("--tail", metavar="N", help="So many lines to begin with.", min=0, max=100_000)
]


def logs(
    name: Name,
    follow: Follow = False,
    tail: Tail = 100,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
) -> Exit:
    """Show what the containers of a replica, a service or an app wrote last, each line after its container's name."""
    with told():
        drivers = open_drivers(options := Options(host, engines, driver, state, config), read_config(options))
        found = [
            (one, copy)
            for one in drivers.values()
            for copy in one.copies()
            if name in {copy.labels.replica, copy.labels.service, copy.labels.service.partition(".")[0]}
        ]
        if not found:
            complain(f"nothing called {name} is here: `status` shows what there is")
            return Exit.INPUT
        for prefix, line in _followed(found, tail) if follow else _read(found, tail):
            emit(f"{prefix} | {line}\n" if len(found) > 1 else f"{line}\n")
    return Exit.DONE


def _label(copy: Copy) -> str:
    return printable(copy.labels.replica + (f" {copy.labels.container}" if copy.labels.container else ""))


def _read(found: Sequence[tuple[Driver, Copy]], tail: int) -> Iterator[tuple[str, str]]:
    for driver, copy in found:
        for line in _lines(driver.logs(copy.id, tail)):
            yield _label(copy), line


def _followed(found: Sequence[tuple[Driver, Copy]], tail: int) -> Iterator[tuple[str, str]]:
    """All of them at once, as they write, until they have all ended."""
    heard: queue.Queue[tuple[str, str] | Exception | None] = queue.Queue(maxsize=1000)

    def follow(driver: Driver, copy: Copy) -> None:
        try:
            for line in _lines(driver.logs(copy.id, tail, follow=True)):
                heard.put((_label(copy), line))
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            heard.put(error)
        heard.put(None)

    for one, copy in found:
        Thread(target=follow, args=(one, copy), daemon=True).start()
    left = len(found)
    while left:
        said = heard.get()
        if isinstance(said, Exception):
            raise said
        if said is None:
            left -= 1
        else:
            yield said


def _lines(pieces: Iterator[bytes]) -> Iterator[str]:
    """Whole lines of pieces, without what a terminal would obey where there is one."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from map(_shown, whole)
        while len(rest) > LONGEST:
            yield _shown(rest[:LONGEST])
            rest = rest[LONGEST:]
    if rest:
        yield _shown(rest)


def _shown(line: bytes) -> str:
    text = line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return printable(text) if sys.stdout.isatty() else text
