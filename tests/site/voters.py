"""Quorum stores for tests: real ones, one for each voter, on addresses of the loopback interface."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from placelang_runtime.part import Member
from placelang_runtime.site.members import CLIENTS
from placelang_runtime.site.server import CERTIFICATE, CONFIGURATION, KEY, ROOTS, write_identity, write_server
from placelang_runtime.site.store import Store, StoreError, trusting
from placelang_runtime.trust.keys import PrivateKey, new_private
from tests.engines import give_up

SECONDS = 30.0


def require_store() -> None:
    """Skip the test that asks where there is no store, or fail it where it has to run."""
    if shutil.which("etcd") is None:
        give_up("this needs etcd-server")


@dataclass
class Voters:
    """The members of a site, each with a key and a folder, and with a store that runs or not."""

    folder: Path
    members: tuple[Member, ...]
    keys: dict[str, PrivateKey]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *before: str) -> None:
        log = (self.folder / name / "log").open("ab")
        command = [*before, "etcd", "--config-file", str(self.folder / name / CONFIGURATION)]
        self.processes[name] = subprocess.Popen(
            command, stdout=log, stderr=log, start_new_session=True, env=os.environ | {"GOMAXPROCS": "1"}
        )
        log.close()

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(SECONDS)

    def store(self, name: str, timeout: float = 2.0) -> Store:
        """The store as a member sees it, who asks its own voter first."""
        folder = self.folder / name
        first = sorted(self.members, key=lambda member: member.name != name)
        context = trusting(
            (folder / ROOTS).read_text(encoding="ascii"), str(folder / CERTIFICATE), str(folder / KEY)
        )
        return Store("placelang/gbg/", [(member.address, CLIENTS) for member in first], context, timeout)

    def wait(self) -> None:
        """Until each of them answers, which takes a majority."""
        end = monotonic() + SECONDS
        for member in self.members:
            store = self.store(member.name)
            store.addresses = [(member.address, CLIENTS)]
            while True:
                try:
                    store.commit()
                except StoreError:
                    if monotonic() > end:
                        raise
                    sleep(0.05)
                else:
                    store.close()
                    break


def asked(folder: Path, address: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """What a voter's store answers to the member whose identity is in this folder, about itself and the others."""
    roots = (folder / ROOTS).read_text(encoding="ascii")
    context = trusting(roots, str(folder / CERTIFICATE), str(folder / KEY))
    with closing(HTTPSConnection(address, CLIENTS, timeout=SECONDS, context=context)) as connection:
        connection.request("POST", f"/v3/{path}", json.dumps(body))
        found = json.loads(connection.getresponse().read())
    assert isinstance(found, dict)
    return found


def make_members(folder: Path, addresses: dict[str, str], arbiters: frozenset[str] = frozenset()) -> Voters:
    """Members with new keys, and all that their stores are told."""
    keys, members = {}, []
    for name, address in addresses.items():
        (folder / name).mkdir()
        keys[name] = new_private(folder / name / "host.key")
        public = str(keys[name].public)
        members.append(Member(name=name, key=public, address=address, arbiter=name in arbiters))
    for member in members:
        write_identity(folder / member.name, members, member, keys[member.name])
        write_server(folder / member.name, "gbg", members, member)
    return Voters(folder, tuple(members), keys)


@contextmanager
def running_voters(folder: Path) -> Iterator[Voters]:
    """Three voters that answer."""
    made = make_members(folder, {f"gbg-{n}": f"127.46.{os.getpid() % 250}.{n}" for n in (1, 2, 3)})
    try:
        for member in made.members:
            made.start(member.name)
        made.wait()
        yield made
    finally:
        for name in list(made.processes):
            made.stop(name)
