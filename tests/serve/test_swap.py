"""Models that change while they serve."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

from onnx import TensorProto, helper

from placelang_runtime.serve.manifest import FILE
from tests.models.making import dense, model, outside, saved, values
from tests.serve.serving import Server, entry, running, serve, tensor, times

ASKED = {"inputs": [tensor("x", "FP32", [1, 4], [1, 1, 1, 1])]}


def digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def answer(server: Server, version: str | None = None) -> tuple[int, Any]:
    status, said = server.infer("till", ASKED, version)
    return status, said["outputs"][0]["data"][0] if status == 200 else said["error"]


def test_a_new_version_takes_over_without_a_lost_request(tmp_path: Path) -> None:
    old, new = times(tmp_path, "till", 2, "1"), times(tmp_path, "till", 3, "2")
    serve(tmp_path, old)
    heard: list[list[tuple[int, Any]]] = [[], [], []]
    with running(tmp_path) as server:

        def ask(to: list[tuple[int, Any]]) -> None:
            while not to or to[-1] == (200, 2):
                to.append(answer(server))

        clients = [threading.Thread(target=ask, args=(to,)) for to in heard]
        for client in clients:
            client.start()
        serve(tmp_path, new)
        for client in clients:
            client.join()
        server.wait_ready()
        assert answer(server, "2") == (200, 3)
        assert answer(server, "1") == (404, "there is no version `1` of `till`: there is `2`")
    assert [to[-1] for to in heard] == [(200, 3)] * 3


def test_it_is_not_ready_until_it_serves_what_the_manifest_says(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2, "1"))
    with running(tmp_path) as server:
        serve(tmp_path, times(tmp_path, "till", 3, "2"))
        assert server.ask("GET", "/v2/health/ready")[0] == 400
        server.wait_ready()
        assert answer(server) == (200, 3)


def not_onnx(folder: Path) -> str:
    (folder / "bad.onnx").write_bytes(b"MZ" * 1000)
    return "bad.onnx"


def cut_short(folder: Path) -> str:
    times(folder, "whole", 3)
    (folder / "bad.onnx").write_bytes((folder / "whole-1.onnx").read_bytes()[:-9])
    return "bad.onnx"


def without_its_weights(folder: Path) -> str:
    return saved(outside(dense(), "nowhere.bin"), folder, "bad.onnx").name


def with_weights_from_elsewhere(folder: Path) -> str:
    (folder.parent / "elsewhere.bin").write_bytes(b"\0" * 128)
    return saved(outside(dense(), "../elsewhere.bin"), folder, "bad.onnx").name


def of_sequences(folder: Path) -> str:
    made = model(
        [helper.make_node("SequenceConstruct", ["x"], ["y"])],
        [values("x", 4)],
        [helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, [4])],
    )
    return saved(made, folder, "bad.onnx").name


BAD = [not_onnx, cut_short, without_its_weights, with_weights_from_elsewhere, of_sequences]


def test_a_version_that_cannot_be_loaded_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    serve(folder, times(folder, "till", 2, "good"))
    with running(folder) as server:
        for make in BAD:
            serve(folder, entry("till", make(folder), make.__name__))
            while f"till {make.__name__} cannot be served: " not in server.log.read_text():
                assert answer(server) == (200, 2)
            assert server.ask("GET", "/v2/health/ready")[0] == 400
            assert answer(server) == (200, 2)
        serve(folder, times(folder, "till", 5, "better"))
        server.wait_ready()
        assert answer(server) == (200, 5)


def test_a_file_of_another_digest_is_not_served(tmp_path: Path) -> None:
    right, wrong = times(tmp_path, "till", 2), times(tmp_path, "other", 3)
    of = digest(tmp_path / right.file)
    serve(tmp_path, right.model_copy(update={"digest": of}), wrong.model_copy(update={"digest": of}))
    with running(tmp_path, ready=False) as server:
        while b'result="failed"' not in server.ask("GET", "/metrics")[2]:
            pass
        assert answer(server) == (200, 2)
        assert server.ask("GET", "/v2/health/ready")[0] == 400
        assert "other-1.onnx is another file than it should be" in server.log.read_text()


def test_a_file_that_is_taken_away_serves_on(tmp_path: Path) -> None:
    served = times(tmp_path, "till", 2)
    serve(tmp_path, served)
    with running(tmp_path) as server:
        (tmp_path / served.file).unlink()
        assert answer(server) == (200, 2)
        serve(tmp_path)
        while answer(server)[0] == 200:
            pass
        assert answer(server) == (404, "there is no model `till`")


def test_a_manifest_that_is_none_leaves_what_serves(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2))
    with running(tmp_path) as server:
        for count, text in enumerate(
            ("", "{", '{"models": 7}', '{"format": "placelang/serve/2", "models": []}')
        ):
            (tmp_path / FILE).write_text(text)
            while server.log.read_text().count(FILE) <= count:
                assert answer(server) == (200, 2)
            assert answer(server) == (200, 2)
            assert server.ask("GET", "/v2/health/ready")[0] == 400
            assert server.ask("GET", "/v2/health/live")[0] == 200


def test_a_provider_that_is_not_here_is_not_replaced(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "till", 2).model_copy(update={"providers": ("qnn",)}))
    with running(tmp_path, ready=False) as server:
        while "none of its execution providers is here: qnn" not in server.log.read_text():
            assert server.process.poll() is None
        assert answer(server)[0] == 503
