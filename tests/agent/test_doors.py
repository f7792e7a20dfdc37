"""What an agent lets in from elsewhere: parts that it believes, and nobody for longer than that takes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from placelang_runtime.agent.http import MOST_REMOTE
from placelang_runtime.doors import MOST_AT_ONCE
from placelang_runtime.trust.keys import new_private
from tests.agent.hosts import Host, get, post, until


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Far:
    """A host as it is seen from elsewhere: `port` is where its agent listens."""

    host: Host
    port: int

    def sign(self, sequence: int, key: str = "fleet.key") -> bytes:
        self.elsewhere("sign", "plan.json", "--key", key, "--sequence", str(sequence), "-o", "parts")
        return (self.host.folder / "parts" / "gbg.part.json").read_bytes()

    def elsewhere(self, *arguments: str) -> str:
        return self.host.console.run(*arguments, code=0).out


@pytest.fixture
def far(host: Host) -> Iterator[Far]:
    port = free_port()
    key = new_private(Path("fleet.key")).public
    new_private(Path("other.key"))
    host.configure(f'trusted_keys = ["{key}"]', f'listen = "127.0.0.1:{port}"')
    host.plan()
    with host.agent():
        yield Far(host, port)


def test_a_signed_part_is_carried_out_once_and_what_is_forged_or_old_is_refused(far: Far) -> None:
    first = far.sign(1)
    told = far.elsewhere("apply", "parts/gbg.part.json", "--agent", f"127.0.0.1:{far.port}")
    assert "gbg-1         runs       shop.web@gbg/1\n" in told
    far.host.run("remove", "shop")
    assert post(far.port, "/parts", first)[1][-1]["told"]["deeds"] == 0
    assert "shop.web@gbg/1" not in far.host.running()
    far.host.plan(web="2")
    second = far.sign(2)
    assert post(far.port, "/parts", second)[1][-1]["told"]["outcome"] == "done"
    before = far.host.running()
    forged = second.replace(b'"payload": "', b'"payload": "QQQQ', 1)
    for bad, why in (
        (first, "and 2 is accepted already"),
        (far.sign(3, "other.key"), "none of the keys that this host trusts"),
        (forged, "is not over this content"),
        ((far.host.folder / "plan.json").read_bytes(), "nobody signed this plan"),
        (second[: len(second) // 2], "truncated"),
        (b"", "truncated"),
    ):
        status, lines = post(far.port, "/parts", bad)
        assert (status, lines[0]["error"]["code"]) == (403, 1)
        assert why in lines[0]["error"]["message"]
    assert far.host.running() == before


def test_health_and_metrics_tell_how_it_goes(far: Far) -> None:
    post(far.port, "/parts", far.sign(7))
    status, text = get(far.port, "/health")
    said = json.loads(text)
    assert (status, said["host"], said["sequence"], said["engine"]) == (200, "gbg-1", 7, "answers")
    status, text = get(far.port, "/metrics")
    assert 'placelang_part_sequence{host="gbg-1",site="gbg"} 7\n' in text
    where = 'site="gbg",host="gbg-1",app="shop",service="shop.till",replica="shop.till@gbg/1",container=""'
    assert f"placelang_container_running{{{where}}} 1\n" in text
    assert f"placelang_container_memory_bytes{{{where}}} 0\n" in text


def test_what_only_the_owner_may_ask_is_not_to_be_had_from_elsewhere(far: Far) -> None:
    assert get(far.port, "/requests")[0] == 404
    connection = socket.create_connection(("127.0.0.1", far.port), timeout=10)
    with connection:
        connection.sendall(b"POST /requests HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        assert b" 404 " in connection.recv(4096)
    assert (far.host.config.state / "agent.sock").stat().st_mode & 0o777 == 0o600


def test_what_is_no_request_is_answered_and_nothing_comes_of_it(far: Far) -> None:
    for words, answer in (
        (b"POST /parts HTTP/1.0\r\n\r\n", b" 411 "),
        (b"POST /parts HTTP/1.0\r\nContent-Length: -1\r\n\r\n", b" 411 "),
        (b"POST /parts HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % (MOST_REMOTE + 1), b" 413 "),
        (b"POST /parts HTTP/1.0\r\nContent-Length: 9999999999999999\r\n\r\n", b" 413 "),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.0\r\n\r\n", b" 414 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"Error code: 400"),
    ):
        with socket.create_connection(("127.0.0.1", far.port), timeout=10) as connection:
            connection.sendall(words)
            assert answer in connection.makefile("rb").read()
    assert far.host.running() == []


def test_those_who_say_nothing_keep_nobody_out_of_the_owners_door(far: Far) -> None:
    idle = [socket.create_connection(("127.0.0.1", far.port), timeout=10) for _ in range(MOST_AT_ONCE)]
    try:
        with socket.create_connection(("127.0.0.1", far.port), timeout=10) as one_more:
            assert one_more.recv(1) == b""
        far.host.run("apply", "plan.json", "--unsigned")
    finally:
        for connection in idle:
            connection.close()
    until(lambda: len(far.host.running()) == 4)
