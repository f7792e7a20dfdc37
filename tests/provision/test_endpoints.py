"""`address(S)` stays the same, and where it leads is kept current."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import pytest

from placelang_runtime.containers import ContainerSpec, replicas_on
from placelang_runtime.drivers import Copy, DriverError, Labels
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.host_config import HostConfig, Peer
from placelang_runtime.part import Address, Link, Secret, SitePart
from placelang_runtime.provision.endpoints import Endpoint, hosts_text, name_of, value_of, write_endpoints
from placelang_runtime.provision.provider import HostProvider
from tests.runtime.parts import part, service

TILL = Address(variable="TILL", service="shop.till", port=8443)
CONFIG = HostConfig(Path("host.toml"), "gbg-1", address="10.0.0.1", peers=(Peer("gbg-2", "10.0.0.2"),))


def shop(*tills: str) -> SitePart:
    """A site where a gate on gbg-1 addresses tills on these hosts."""
    return part(service("shop.gate", "gbg-1", addresses=(TILL,)), service("shop.till", *tills))


def gate(of: SitePart) -> ContainerSpec:
    return replicas_on(of, "gbg-1")[0].own


def standing(spec: ContainerSpec, state: str = "running") -> Copy:
    labels = Labels("gbg", spec.host, "sha256:0", spec.group, spec.service, spec.replica, "", spec.digest)
    return Copy(spec.name, spec.name, labels, state, None, 0.0, 0, "172.17.0.2")  # type: ignore[arg-type]


def provider(of: SitePart, folder: Path, **said: object) -> HostProvider:
    fields = {
        "path": folder / "host.toml",
        "state": folder,
        "memory": folder / "memory",
        "address": "10.0.0.1",
        "peers": CONFIG.peers,
    } | said
    return HostProvider(of, HostConfig(host="gbg-1", **fields))  # type: ignore[arg-type]


def led_to(file: Path) -> list[str]:
    """The addresses that a hosts file has for tills."""
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    return [line[0] for line in lines if line[1:] == [name_of("shop.till")]]


def test_an_address_is_a_name_and_the_port_that_is_published() -> None:
    assert value_of(TILL) == "till.shop.internal:8443"
    assert value_of(TILL.model_copy(update={"port": None})) == "till.shop.internal"


def test_a_peer_is_reached_where_the_plan_has_it(tmp_path: Path) -> None:
    given = provider(shop("gbg-2"), tmp_path).given(gate(shop("gbg-2")), "sha256:0")
    assert given.addresses == {"TILL": "till.shop.internal:8443"}
    assert given.hosts is not None
    assert led_to(given.hosts) == ["10.0.0.2"]
    assert given.hosts.read_text(encoding="utf-8").startswith("127.0.0.1 localhost\n")
    assert given.endpoints is not None
    data = json.loads((given.endpoints / "endpoints.json").read_text(encoding="utf-8"))
    assert data["services"]["shop.till"] == {
        "address": "till.shop.internal:8443",
        "port": 8443,
        "replicas": [{"replica": "shop.till@gbg/1", "host": "gbg-2", "address": "10.0.0.2"}],
    }


def test_it_is_led_to_where_the_replica_is_seen_and_the_file_stays_the_same_one(tmp_path: Path) -> None:
    before, after = shop("gbg-2"), shop("gbg-1")
    tills = {of: replicas_on(of_part, of)[-1].own for of, of_part in (("gbg-1", after), ("gbg-2", before))}
    host = provider(after, tmp_path)
    host.lead("gbg-1", {"gbg-1": (), "gbg-2": (standing(tills["gbg-2"]),)})
    given = host.given(gate(after), "sha256:0")
    assert given.hosts is not None
    assert led_to(given.hosts) == ["10.0.0.2"]
    node = given.hosts.stat().st_ino
    host.lead("gbg-1", {"gbg-1": (standing(tills["gbg-1"]),), "gbg-2": ()})
    assert led_to(given.hosts) == ["10.0.0.1"]
    assert given.hosts.stat().st_ino == node


def test_what_does_not_run_is_not_led_to(tmp_path: Path) -> None:
    host = provider(shop("gbg-1"), tmp_path)
    till = replicas_on(shop("gbg-1"), "gbg-1")[1].own
    host.lead("gbg-1", {"gbg-1": (standing(till, "exited"),)})
    given = host.given(gate(shop("gbg-1")), "sha256:0")
    assert given.hosts is not None
    assert led_to(given.hosts) == []


def test_the_partner_of_a_link_comes_first_then_the_own_host_then_others(tmp_path: Path) -> None:
    tills = service("shop.till", "gbg-2", "gbg-1", "gbg-3")
    client = service("shop.gate", "gbg-1", addresses=(TILL,))
    link = Link(
        clause="a:1:1",
        service="shop.till",
        replica=tills.replicas[2].name,
        host="gbg-3",
        site="gbg",
        latency_us=0,
        bandwidth=0,
    )
    replica = client.replicas[0]
    linked = client.model_copy(update={"replicas": (replica.model_copy(update={"links": (link,)}),)})
    peers = (Peer("gbg-2", "10.0.0.2"), Peer("gbg-3", "10.0.0.3"))
    for one, order in (
        (linked, ["10.0.0.3", "10.0.0.1", "10.0.0.2"]),
        (client, ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    ):
        of = part(one, tills)
        given = provider(of, tmp_path, peers=peers).given(gate(of), "sha256:0")
        assert given.hosts is not None
        assert led_to(given.hosts) == order


def test_a_peer_that_nobody_can_reach_is_told_with_the_line_to_add(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r'"gbg-2" = "…" below \[peers\]') as refused:
        provider(shop("gbg-2"), tmp_path, peers=()).given(gate(shop("gbg-2")), "sha256:0")
    assert refused.value.kind == "refused"
    with pytest.raises(DriverError, match="write address = "):
        provider(shop("gbg-1"), tmp_path, address=None).given(gate(shop("gbg-1")), "sha256:0")


def test_a_host_that_does_not_say_where_it_is_is_reached_from_within(tmp_path: Path) -> None:
    host = provider(shop("gbg-1"), tmp_path, address=None)
    host.drivers = {"gbg-1": MemoryDriver("gbg-1")}
    given = host.given(gate(shop("gbg-1")), "sha256:0")
    assert given.hosts is not None
    assert led_to(given.hosts) == [MemoryDriver("gbg-1").gateway()]


def test_what_a_copy_was_given_goes_with_it_and_its_successor_keeps_its_own(tmp_path: Path) -> None:
    old, new = gate(shop("gbg-2")), gate(shop("gbg-2")).model_copy(update={"command": ("new",)})
    host = provider(shop("gbg-2"), tmp_path)
    first, second = host.given(old, "sha256:0"), host.given(new, "sha256:0")
    for _ in range(2):
        host.release(standing(old).labels)
    assert first.hosts is not None
    assert second.hosts is not None
    assert not first.hosts.exists()
    assert led_to(second.hosts) == ["10.0.0.2"]


def test_what_a_killed_run_left_goes_and_what_a_container_has_is_there_again(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_text("one", encoding="utf-8")
    (tmp_path / "secrets" / "token").chmod(0o600)
    secret = Secret(variable="TOKEN", secret="token", plain=False)  # noqa: S106 - its name
    with TemporaryDirectory(dir="/dev/shm") as memory:
        host = provider(
            shop("gbg-2"), tmp_path, secrets=tmp_path / "secrets", memory=Path(memory) / "secrets"
        )
        stays = gate(shop("gbg-2")).model_copy(update={"secrets": (secret,)})
        first, second = host.given(stays, "sha256:0"), host.given(gate(shop("gbg-2")), "sha256:0")
        assert first.secrets is not None
        assert second.endpoints is not None
        rmtree(first.secrets)  # the power was off
        (tmp_path / "secrets" / "token").write_text("two", encoding="utf-8")
        host.settle("gbg-1", (standing(stays, "exited"),))
        assert (first.secrets / "token").read_text(encoding="utf-8") == "two"
        assert not second.endpoints.exists()
        host.settle("gbg-1", ())
        assert not first.secrets.exists()


def test_a_hosts_file_never_gets_shorter_while_somebody_reads_it(tmp_path: Path) -> None:
    def write(*addresses: str) -> bytes:
        reached = [Endpoint("till", "gbg", address) for address in addresses]
        write_endpoints(tmp_path, (TILL,), {"shop.till": reached})
        return (tmp_path / "hosts").read_bytes()

    both, one = write("10.0.0.1", "10.0.0.2"), write("10.0.0.2")
    assert len(one) == len(both)
    assert (
        one.rstrip(b"\n") + b"\n" == hosts_text({"shop.till": [Endpoint("till", "gbg", "10.0.0.2")]}).encode()
    )
    assert write("10.0.0.1", "10.0.0.2", "10.0.0.3").count(b"till.shop.internal") == len("123")
