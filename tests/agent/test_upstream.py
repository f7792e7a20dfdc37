"""What an agent reports is what those who plan know; nobody else can say it, nor say it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from placelang.cli.inventory.serve import visits
from placelang.hearing import Parts, hear
from placelang.store import Store, clock
from placelang.store.decide import Statement
from placelang_runtime.doors import door_at
from placelang_runtime.host_facts import HostFacts
from placelang_runtime.report import KIND, MOST_BYTES, Happened, Report, seal_report
from placelang_runtime.trust.host_key import host_key
from placelang_runtime.trust.keys import PrivateKey, new_private
from placelang_runtime.trust.refused import RefusedError
from placelang_runtime.trust.sealed import seal
from tests.agent.hosts import Host, post, until
from tests.agent.test_doors import free_port
from tests.cli.console import Console

URL = "sqlite:///fleet.db"
NOW = round(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp() * 1000)


def facts(host: str = "gbg-1", **said: float) -> HostFacts:
    return HostFacts(
        host=host,
        site="gbg",
        observed="2026-03-02T05:00:00Z",
        facts=dict(said) or {"memory": 8 << 30},
        labels={},
        gpus=(),
        devices=None,
        unknown=(),
    )


def report(sequence: int, host: str = "gbg-1", found: HostFacts | None = None) -> Report:
    return Report(
        host=host,
        site="gbg",
        sequence=sequence,
        sent=round(datetime(2026, 3, 2, 5, 0, 10, tzinfo=UTC).timestamp() * 1000),
        part=None,
        holds=None,
        settled=True,
        facts=found or facts(host),
        happened=(Happened(number=sequence, at=NOW, kind="started", of="shop.till@gbg/1", text=""),),
        used=(),
    )


@dataclass(frozen=True, slots=True)
class Fleet:
    """A store in which two hosts are enrolled."""

    store: Store
    keys: dict[str, PrivateKey]

    def hear(self, one: Report, key: str = "gbg-1") -> bool:
        return hear(self.store, seal_report(one, self.keys[key]), now=NOW).heard

    def memory(self) -> object:
        return self.believed().value

    def believed(self) -> Statement:
        known = self.store.knowledge("host", "gbg-1", NOW)
        return next(one.believed for one in known if one.fact == "memory")


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.chdir(tmp_path)
    keys = {name: new_private(tmp_path / f"{name}.key") for name in ("gbg-1", "gbg-2", "nobody")}
    with Store(URL, create=True) as store:
        for host in ("gbg-1", "gbg-2"):
            store.enroll(host, keys[host].public)
        yield Fleet(store, keys)


def test_a_report_is_heard_once_and_an_older_one_never(fleet: Fleet) -> None:
    assert fleet.hear(report(5, found=facts(memory=8 << 30)))
    assert not fleet.hear(report(5, found=facts(memory=4 << 30)))
    assert not fleet.hear(report(4, found=facts(memory=4 << 30)))
    assert fleet.memory() == 8 << 30
    assert [one.number for one in fleet.store.happened()] == [5]
    assert fleet.hear(report(6, found=facts(memory=4 << 30)))
    assert fleet.memory() == 4 << 30


def test_what_a_host_saw_is_as_old_as_it_was_when_it_was_sent_whatever_its_clock_says(fleet: Fleet) -> None:
    fleet.hear(report(1))
    assert fleet.believed().observed == NOW - 10_000


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (lambda keys: seal_report(report(1), keys["nobody"]), "nobody enrolled"),
        (lambda keys: seal_report(report(1), keys["gbg-2"]), "the key of gbg-2 speaks for gbg-1"),
        (
            lambda keys: seal_report(report(1, "gbg-2", facts("gbg-1")), keys["gbg-2"]),
            "the key of gbg-2 speaks for gbg-2",
        ),
        (lambda keys: seal_report(report(1), keys["gbg-1"]).replace(b'"sig": "', b'"sig": "AA', 1), "."),
        (lambda keys: seal_report(report(1), keys["gbg-1"])[:-40], "truncated"),
        (lambda keys: seal(b"{}", KIND, (keys["gbg-1"],)), "no report"),
        (lambda keys: seal(b"{}", "application/other", (keys["gbg-1"],)), "instead of"),
        (lambda _keys: b"", "truncated"),
        (lambda _keys: b'{"signatures": 1, "payload": "", "payloadType": ""}', "truncated"),
    ],
    ids=["stranger", "other's name", "other's facts", "altered", "half", "empty", "kind", "nothing", "wrong"],
)
def test_what_is_forged_or_damaged_is_refused_and_changes_nothing(
    fleet: Fleet, forge: Callable[[dict[str, PrivateKey]], bytes], why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        hear(fleet.store, forge(fleet.keys), now=NOW)
    assert not fleet.store.seen("host")
    assert not fleet.store.happened()


def test_one_key_is_one_host_and_a_dismissed_host_is_a_stranger(console: Console, tmp_path: Path) -> None:
    key = new_private(tmp_path / "a.key").public
    console.run("inventory", "enroll", "gbg-1", str(key), "-i", URL, code=0)
    told = console.run("inventory", "enroll", "gbg-2", str(key), "-i", URL, code=Exit.WORLD).err
    assert "this is the key of gbg-1" in told
    told = console.run("inventory", "enroll", "gbg-1", "ed25519:no", "-i", URL, code=Exit.INPUT).err
    assert "(`placelang key host`), given on gbg-1" in told
    with Store(URL) as store:
        assert store.dismiss("gbg-1")
        assert not store.enrolled()


@contextmanager
def serving(port: int, parts: Path | None = None) -> Iterator[None]:
    door = door_at("127.0.0.1", port, visits(URL, None if parts is None else Parts(parts)))
    door.open()
    try:
        yield
    finally:
        door.close()


def test_reports_wait_for_the_network_and_a_newer_part_comes_with_the_answer(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placelang_runtime.agent.upstream.PAUSES", (0.1,))
    port, key = free_port(), new_private(Path("fleet.key"))
    host.configure(
        f'trusted_keys = ["{key.public}"]', f'report = "http://127.0.0.1:{port}/"', "report_every = 1"
    )
    host.plan()
    with host.agent():
        host.run("apply", "plan.json")
        public = host.run("key", "host").out.strip()
        assert public == str(host_key(host.config.state).public)
        host.console.run("inventory", "enroll", "gbg-1", public, "-i", URL, code=0)
        host.plan(web="2")
        host.console.run("sign", "plan.json", "--key", "fleet.key", "--sequence", "3", "-o", "parts", code=0)
        with serving(port, Path("parts")), Store(URL) as store:
            until(lambda: (store.enrolled()[0].holds, store.enrolled()[0].settled) == (3, True))
            said = [(one.kind, one.of) for one in reversed(store.happened())]
            assert said[:2] == [("accepted", "gbg"), ("started", "shop.till@gbg/1")]
            assert said.count(("accepted", "gbg")) == 2
            assert len(said) == len({one.number for one in store.happened()})
            assert {one["replica"] for one in store.enrolled()[0].used} == set(host.running())
            memory = next(one for one in store.knowledge("host", "gbg-1", clock()) if one.fact == "memory")
            assert memory.believed.source == "probe"
            known = {one.fact: one.believed.value for one in store.knowledge("host", "gbg-1", clock())}
            assert known["member.key"] == public
        shown = host.console.run("inventory", "events", "gbg-1", "-i", URL, code=0).out
        assert "as it shall be" in shown
        rows = json.loads(host.console.run("inventory", "events", "-i", URL, "--json", code=0).out)
        assert rows["hosts"][0]["host"] == "gbg-1"


def test_the_server_refuses_what_is_large_or_strange_and_goes_on(fleet: Fleet) -> None:
    port = free_port()
    with serving(port):
        assert post(port, "/reports", b"{}")[0] == 403
        assert post(port, "/other", b"{}")[0] == 404
        good = seal_report(report(1), fleet.keys["gbg-1"])
        assert post(port, "/reports", good)[0] == 200
        status, lines = post(port, "/reports", good)
        assert (status, lines[0]["heard"], lines[0]["sequence"]) == (409, False, 1)
    assert len(good) < MOST_BYTES
