"""`placelang inventory serve` and `enroll`: the agents of hosts report into a store by themselves."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import HostName, Url, open_store
from placelang.cli.terminal import complain, say

if TYPE_CHECKING:
    from placelang.hearing import Parts
    from placelang_runtime.doors import Visit

EXAMPLES = """
placelang inventory enroll gbg-1 ed25519:RCmTBlAEqh5MSPTdAVgZTAI0m8xmTNluQA6iaZGKjVE= -i sqlite:///fleet.db
placelang inventory serve -i sqlite:///fleet.db
placelang inventory serve -i sqlite:///fleet.db --listen 127.0.0.1:7071 --parts parts
"""

PublicHalf = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="The public half of its key: `placelang key host` there.",
        show_default=False,
    ),
]
Listen = Annotated[
    str, typer.Option("--listen", metavar="HOST:PORT", help="Where to listen: an IP address and a port.")
]
PartsFolder = Annotated[
    Path | None,
    typer.Option(
        "--parts", metavar="DIR", help="Hand out the signed parts in this folder, where `sign` puts them."
    ),
]


def enroll(host: HostName, key: PublicHalf, url: Url = None) -> Exit:
    """Believe what is signed with this key when a host speaks of itself. A key that it had before counts no more."""
    from placelang_runtime.trust.keys import BadKeyError, parse_public

    try:
        public = parse_public(key, shown_by="placelang key host")
    except BadKeyError as error:
        complain(f"{error}, given on {host}")
        return Exit.INPUT
    with open_store(url, create=True) as store:
        store.enroll(host, public)
    say(f"{host} is known by key {public.id}")
    return Exit.DONE


def serve(url: Url = None, listen: Listen = "127.0.0.1:7071", parts: PartsFolder = None) -> Exit:
    """Take what the agents of enrolled hosts report, until this is ended: facts, what happened, what is used.

    Each report is signed, and taken once. There is no encryption: where others listen, put a server with TLS before it.
    """
    from placelang.hearing import Parts
    from placelang_runtime.doors import door_at

    with open_store(url, create=True) as store:
        address = store.url
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter("write it as 127.0.0.1:7071", param_hint="'--listen'")
    visit = visits(address, None if parts is None else Parts(parts))
    try:
        door = door_at(host.removeprefix("[").removesuffix("]"), int(port), visit)
    except (OSError, OverflowError) as error:
        complain(f"{listen}: {error}")
        return Exit.WORLD
    over = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: over.set())
    door.open()
    say(f"listening at http://{listen}")
    try:
        while not over.wait(1.0):
            pass
    finally:
        signal.signal(signal.SIGTERM, before)
        door.close()
    return Exit.DONE


def visits(url: str, parts: Parts | None) -> type[Visit]:
    """What is done for whoever comes to the door."""
    from http import HTTPStatus

    from placelang.hearing import hear
    from placelang.store import Store, StoreError, clock
    from placelang_runtime.doors import Visit
    from placelang_runtime.report import MOST_BYTES
    from placelang_runtime.trust.refused import RefusedError

    class Hearing(Visit):
        most = MOST_BYTES

        def do_POST(self) -> None:  # noqa: N802 - the library's name
            if self.path != "/reports":
                self.refuse(HTTPStatus.NOT_FOUND, "there is /reports")
                return
            body = self.body()
            if body is None:
                return
            try:
                with Store(url) as store:
                    reply = hear(store, body, now=clock(), parts=parts)
            except RefusedError as error:
                self.refuse(HTTPStatus.FORBIDDEN, str(error))
            except (StoreError, OSError) as error:
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), Exit.WORLD)
            else:
                status = HTTPStatus.OK if reply.heard else HTTPStatus.CONFLICT
                self.send(status, "application/json", reply.model_dump_json() + "\n")

        def do_GET(self) -> None:  # noqa: N802
            if self.path == "/health":
                self.send(HTTPStatus.OK, "application/json", '{"format": "placelang/hearing/1"}\n')
            else:
                self.refuse(HTTPStatus.NOT_FOUND, "there is /health")

    return Hearing
