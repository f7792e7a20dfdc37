"""Who is not who it says it is, what arrives half, and what was heard on the wire: none of it moves anything."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

from placelang_runtime.canonical import read_plan
from placelang_runtime.site.members import CLIENTS
from placelang_runtime.site.session import Session, Word
from placelang_runtime.site.store import Change
from placelang_runtime.trust.envelope import sign_parts
from tests.engines import running_engine
from tests.site.machines import LISTEN, Machine, Site, connect, until
from tests.site.voters import SECONDS, Voters

APART = """
for one in {groups}; do
  mkdir -p "$one/{name}" && mount --bind "$one/{name}" "$one" || exit 1
done
exec "$@"
"""
"""Run a command that has control groups of its own: a machine has others than its twin."""
GROUPS = Path("/sys/fs/cgroup")


@contextmanager
def twin(site: Site, of: Machine) -> Iterator[Machine]:
    """Another machine with the disk of a host, at an address of its own."""
    whole = (GROUPS / "cgroup.procs").exists()
    groups = [GROUPS] if whole else [GROUPS / name for name in ("freezer", "pids", "devices")]
    name = f"twin-{of.name}"
    with running_engine() as engine:
        engine.load()
        made = connect(
            site.folder / name, of.name, engine, site.bridge, of.address.rpartition(".")[0] + ".99"
        )
        shutil.copytree(
            of.folder / "state", made.folder / "state", ignore=shutil.ignore_patterns("*.sock", "*.pid")
        )
        made.configure(list(site), site.said, site.allowed)
        script = APART.format(groups=" ".join(map(str, groups)), name=name)
        made.apart = ("unshare", "--mount", "sh", "-c", script, "sh")
        try:
            made.start_dog()
            made.start_agent()
            yield made
        finally:
            made.kill_agent()
            made.stop_store()
            made.kill_dog()
            for folder in (folder for group in groups for folder, *_ in os.walk(group / name, topdown=False)):
                Path(folder).rmdir()


def test_a_second_agent_with_the_identity_of_a_host_gets_no_lease_and_says_why(site: Site) -> None:
    first, *_ = site
    with site.untouched(), twin(site, first) as second:
        log = second.folder / "agent.log"
        until(lambda: f"the session of {first.name} is another agent's" in log.read_text(encoding="utf-8"))
        until(lambda: "shop.web" in second.running())
        assert "shop.till" not in second.running()
    assert site.doubles("till") == []


def test_a_part_that_arrives_half_is_no_part_and_a_whole_one_is_taken_after_it(site: Site) -> None:
    _, second, _ = site
    plan = read_plan(site.folder / "plan.json")
    ((_, envelope),) = sign_parts(plan, [site.key], sequence=1, issued="2026-03-02T05:45Z")
    with closing(socket.create_connection((second.address, LISTEN), timeout=SECONDS)) as half:
        head = f"POST /parts HTTP/1.0\r\nContent-Length: {len(envelope)}\r\n\r\n".encode()
        half.sendall(head + envelope[: len(envelope) // 2])
        second.cut()
    second.cut(down=False)
    assert asked(second, "GET", "/health")["sequence"] is None
    asked(second, "POST", "/parts", envelope)
    assert asked(second, "GET", "/health")["sequence"] == 1


def asked(machine: Machine, method: str, path: str, body: bytes = b"") -> dict[str, object]:
    """The last line of what an agent answers at the address where it listens."""
    with closing(HTTPConnection(machine.address, LISTEN, timeout=SECONDS)) as connection:
        connection.request(method, path, body)
        found = json.loads(connection.getresponse().read().splitlines()[-1])
    assert isinstance(found, dict)
    return found


@dataclass
class Wire:
    """Somebody between two who writes down what the first says to the second."""

    to: tuple[str, int]
    heard: bytearray = field(default_factory=bytearray)
    door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.door.getsockname()[1])

    def carry(self) -> None:
        """One conversation, until either has enough."""
        with self.door:
            one, _ = self.door.accept()
        with one, socket.create_connection(self.to, timeout=SECONDS) as other:
            back = Thread(target=self._pass, args=(other, one, bytearray()), daemon=True)
            back.start()
            self._pass(one, other, self.heard)
            back.join(SECONDS)

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket, heard: bytearray) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                heard += said
                sink.sendall(said)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def test_what_was_recorded_on_the_wire_and_is_said_again_is_not_heard(voters: Voters) -> None:
    wire = Wire((voters.members[0].address, CLIENTS))
    carrying = Thread(target=wire.carry, daemon=True)
    carrying.start()
    store = voters.store("gbg-1")
    store.addresses = [wire.address]
    session = Session(store, "gbg-1", frozenset({"gbg-1"}), lambda: 1000.0, "of gbg-1")
    assert session.beat(Word(), idle=lambda: True)
    assert session.beat(Word(), idle=lambda: True)
    store.close()
    carrying.join(SECONDS)
    after = voters.store("gbg-2")
    known = after.commit().records
    assert "host/gbg-1" in known
    assert wire.heard
    for said in (wire.heard, wire.heard[: len(wire.heard) // 2], wire.heard[::-1]):
        with closing(socket.create_connection(wire.to, timeout=SECONDS)) as again, suppress(OSError):
            again.sendall(said)
            again.shutdown(socket.SHUT_WR)
            while again.recv(65536):
                pass
    assert after.commit().records == known
    after.commit([], [Change(name, None) for name in known])
    after.close()
