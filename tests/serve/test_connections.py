"""Clients that are slow, many, or gone."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from onnx import TensorProto

from tests.serve.serving import Server, running, same, serve, slow, tensor, times

ASKED = {"inputs": [tensor("x", "FP32", [1, 4], [1, 1, 1, 1])]}
HEAD = b"POST /v2/models/till/infer HTTP/1.1\r\nHost: here\r\n"


@contextmanager
def connections(server: Server, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        made = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            for _ in range(count)
        ]
        for one in made:
            with suppress(OSError):  # cut for a later one
                one.sendall(sent)
        yield made


def heard(connection: socket.socket) -> bytes:
    """All that comes, until the server has had enough."""
    found = b""
    try:
        while piece := connection.recv(1 << 16):
            found += piece
    except ConnectionResetError:
        pass
    return found


SLOW = {
    "silent": b"",
    "in the head": HEAD,
    "in the body": HEAD + b"Content-Length: 1000000\r\n\r\n" + b"{" * 50_000,
}


def test_a_thousand_slow_clients_keep_nobody_out(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2))
    with running(tmp_path, "--connections", "100") as server:
        before = server.memory()
        for sent in SLOW.values():
            with connections(server, 1000, sent):
                assert server.infer("till", ASKED)[0] == 200
                assert server.memory() - before < 64 << 20


def test_a_request_that_does_not_arrive_is_cut(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2))
    with running(tmp_path, "--seconds", "1", "--idle", "1") as server:
        for sent in (b"", HEAD, HEAD + b"Content-Length: 10\r\n\r\n{"):
            with connections(server, 1, sent) as [one]:
                assert heard(one) == b""
        assert server.infer("till", ASKED)[0] == 200


def test_an_answer_that_nobody_takes_is_cut(tmp_path: Path) -> None:
    serve(tmp_path, same(tmp_path, "same", TensorProto.FLOAT, "rows"))
    given = {"name": "x", "datatype": "FP32", "shape": [1 << 22]} | {
        "parameters": {"binary_data_size": 1 << 24}
    }
    head = json.dumps({"inputs": [given], "parameters": {"binary_data_output": True}}).encode()
    lines = [
        "POST /v2/models/same/infer HTTP/1.1", "Host: here", f"Content-Length: {len(head) + (1 << 24)}",
        f"Inference-Header-Content-Length: {len(head)}", "", "",
    ]  # fmt: skip
    with running(tmp_path, "--seconds", "1") as server:
        body = head + b"\0" * (1 << 24)
        with connections(server, 1, "\r\n".join(lines).encode() + body) as [one]:
            assert one.recv(1).startswith(b"H")
            while server.metric("connections") > 1:
                assert server.metric("body_bytes") == 0  # it stands in the way of nobody meanwhile
            assert len(heard(one)) < 1 << 24


def test_a_head_without_end_is_refused(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2))
    with running(tmp_path) as server, connections(server, 1, HEAD) as [one]:
        one.sendall(b"x: " + b"y" * 70_000)
        assert heard(one).startswith(b"HTTP/1.1 431 ")


def test_bodies_of_all_clients_together_have_a_limit(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2))
    begun = HEAD + b"Content-Length: 60000\r\n\r\n" + b" " * 50_000
    with running(tmp_path, "--bodies", "60000") as server, connections(server, 1, begun):
        while server.metric("body_bytes") < 50_000:
            pass
        status, headers, _ = server.ask("POST", "/v2/models/till/infer", b" " * 20_000)
        assert (status, headers["retry-after"]) == (503, "1")


def test_what_is_in_hand_is_answered_before_the_end(tmp_path: Path) -> None:
    serve(tmp_path, slow(tmp_path, "slow"))
    asked = {"inputs": [tensor("n", "INT64", [], [8000])]}
    with running(tmp_path, "--threads", "1") as server:
        answers: list[int] = []
        client = threading.Thread(target=lambda: answers.append(server.infer("slow", asked)[0]))
        client.start()
        while not server.metric('batch_rows_count{model="slow",version="1"}'):
            pass
        server.process.send_signal(signal.SIGTERM)
        client.join()
        assert answers == [200]
        assert server.process.wait(60) == 0


def test_more_requests_than_may_wait_are_told_when_to_come_back(tmp_path: Path) -> None:
    serve(tmp_path, slow(tmp_path, "slow"))
    body = json.dumps({"inputs": [tensor("n", "INT64", [], [3000])]}).encode()
    with running(tmp_path, "--queue", "1", "--threads", "1") as server:
        answers: list[tuple[int, str | None]] = []

        def ask() -> None:
            status, headers, _ = server.ask("POST", "/v2/models/slow/infer", body)
            answers.append((status, headers.get("retry-after")))

        clients = [threading.Thread(target=ask) for _ in range(6)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert {status for status, _ in answers} == {200, 503}
        assert all((after is not None) == (status == 503) for status, after in answers)
