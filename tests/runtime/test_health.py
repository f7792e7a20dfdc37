from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from placelang_runtime.drivers import Answer, Copy, Labels
from placelang_runtime.drivers.asking import ask_network
from placelang_runtime.drivers.driver import State
from placelang_runtime.health import CRASHES, PATIENCE, SETTLED, Watch, after
from placelang_runtime.part import Health

WELL, ILL = Answer(healthy=True), Answer(healthy=False, why="GET / answers 500")
CHECK = Health(kind="tcp", port=80, path=None, command=(), every_ms=10_000, timeout_ms=2_000, retries=3)


def _copy(state: State = "running", *, code: int | None = None, restarts: int = 0, at: float = 1.0) -> Copy:
    labels = Labels("gbg", "gbg-1", "", "shop@gbg", "shop.till", "shop.till@gbg/1", "", "")
    return Copy("1", "pl-1", labels, state, code, at, restarts, "127.0.0.1")


def test_the_first_good_answer_is_enough_to_start() -> None:
    assert after(Watch(CHECK, 0.0), _copy(), WELL, 0.0).verdict == "healthy"


def test_what_never_was_healthy_has_until_the_deadline() -> None:
    watch = Watch(CHECK, 100.0)
    assert after(watch, _copy(), ILL, 131.9).verdict == "waiting"
    late = after(watch, _copy(), ILL, 132.0)
    assert (late.verdict, late.why) == ("unhealthy", "GET / answers 500")


def test_looks_grow_rarer_and_the_last_one_is_at_the_deadline() -> None:
    watch, looks = Watch(CHECK, 0.0), []
    while watch.verdict == "waiting":
        looks.append(watch.due)
        watch = after(watch, _copy(), ILL, watch.due)
    gaps = [round(later - earlier, 6) for earlier, later in pairwise(looks)]
    assert gaps[:-1] == sorted(gaps[:-1])
    assert (looks[0], looks[-1]) == (0.0, watch.deadline)
    assert len(looks) < 40


def test_what_was_healthy_may_fail_less_often_than_the_retries() -> None:
    watch = after(Watch(CHECK, 0.0), _copy(), WELL, 0.0)
    assert watch.due == 10.0
    verdicts = []
    for now in (10.0, 20.0, 30.0):
        watch = after(watch, _copy(), ILL, now)
        verdicts.append(watch.verdict)
    assert verdicts == ["healthy", "healthy", "unhealthy"]
    assert after(watch, _copy(), WELL, 40.0).verdict == "healthy"


def test_without_a_check_what_ran_for_a_while_is_healthy() -> None:
    watch = after(Watch(None, 0.0), _copy(), None, 0.0)
    assert watch.verdict == "waiting"
    assert after(watch, _copy(), None, SETTLED).verdict == "healthy"


def test_without_a_check_a_restart_begins_the_while_anew() -> None:
    watch = after(Watch(None, 0.0), _copy(at=1.0), None, 0.0)
    assert after(watch, _copy(at=2.0, restarts=1), None, SETTLED).verdict == "waiting"


def test_without_a_check_what_does_not_run_is_not_waited_for_forever() -> None:
    assert after(Watch(None, 0.0), _copy("created"), None, PATIENCE).verdict == "unhealthy"


def test_what_ended_for_good_is_not_waited_for() -> None:
    ended = after(Watch(CHECK, 0.0), _copy("exited", code=137), None, 0.1)
    assert (ended.verdict, ended.why) == ("unhealthy", "it ended with exit code 137")


def test_what_ends_again_and_again_is_not_waited_for() -> None:
    watch = after(Watch(CHECK, 0.0), _copy("restarting", code=1, restarts=5), None, 0.1)
    assert watch.verdict == "waiting"
    again = after(watch, _copy("restarting", code=1, restarts=5 + CRASHES), None, 1.0)
    assert (again.verdict, again.why) == ("unhealthy", "it ended by itself 3 times, with exit code 1")


@pytest.fixture
def answering() -> Iterator[tuple[int, list[bytes], list[bytes]]]:
    """A port that answers with whatever is in the list, and what it was asked."""
    says: list[bytes] = []
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(says[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], says, heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def _http(port: int, path: str = "/ready") -> Health:
    return replace_check(kind="http", port=port, path=path)


def replace_check(**changed: object) -> Health:
    return CHECK.model_copy(update=changed)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", ""),
        (b"HTTP/1.0 302 Found\r\n\r\n", ""),
        (b"HTTP/1.1 503 No\r\n\r\n", "GET /ready answers 503"),
        (b"SSH-2.0-\x1b[31m\n", "GET /ready is not answered in HTTP"),
        (b"", "GET /ready is not answered in HTTP"),
        (b"x" * 100_000, "GET /ready is not answered in HTTP"),
    ],
)
def test_an_http_check_goes_by_the_status(
    answering: tuple[int, list[bytes], list[bytes]], said: bytes, why: str
) -> None:
    port, says, _ = answering
    says.append(said)
    assert ask_network("127.0.0.1", _http(port)) == Answer(not why, why)


def test_a_path_adds_nothing_to_the_request(answering: tuple[int, list[bytes], list[bytes]]) -> None:
    port, says, heard = answering
    says.append(b"HTTP/1.1 200 OK\r\n\r\n")
    ask_network("127.0.0.1", _http(port, "/a b\r\nX: y"))
    assert heard[0].split(b"\r\n")[0] == b"GET /a%20b%0D%0AX:%20y HTTP/1.1"
    assert b"\r\nX:" not in heard[0]


def test_a_port_that_nobody_listens_to_is_told(unused: int) -> None:
    told = ask_network("127.0.0.1", replace_check(port=unused))
    assert told == Answer(healthy=False, why=f"port {unused}: connection refused")


def test_what_does_not_answer_has_until_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told = ask_network("127.0.0.1", _http(port).model_copy(update={"timeout_ms": 50}))
        assert told == Answer(healthy=False, why=f"no answer at port {port} within 0.05 s")
        tcp = replace_check(port=port)
        assert ask_network("127.0.0.1", tcp).healthy


def test_without_an_address_nothing_is_healthy() -> None:
    assert ask_network(None, CHECK) == Answer(healthy=False, why="it has no address")
    assert replace(_copy(), address=None).address is None


@pytest.fixture
def unused() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
