"""A small classifier, rows to ask it about, and the baseline of these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import numpy as np
from onnx import helper

from placelang_runtime.drift.answers import find_answer
from placelang_runtime.drift.baseline import Baseline, distribution, file_digest
from placelang_runtime.drift.features import Array, Matrix, read_as, rows_of
from tests.drift.worlds import normal
from tests.models.making import model, saved, values, weight
from tests.serve.serving import Server

FEATURES = 3
W = np.array([[2, -2], [0.5, 0], [0, 0.5]], np.float32)


def classifier(folder: Path, file: str, factor: float = 1.0) -> Path:
    """Two classes, mostly by the first of three numbers; the larger the factor, the surer it is."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["z"]),
        helper.make_node("Softmax", ["z"], ["scores"], axis=1),
    ]
    ends = [values("x", "rows", FEATURES)], [values("scores", "rows", 2)]
    return saved(model(nodes, *ends, [weight("w", W * factor)]), folder, file)


def scores(rows: Matrix, factor: float = 1.0) -> Array:
    powers = np.exp(rows @ (W * factor))
    found: Array = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return found


def drawn(path: Path, to: Path, rows: Matrix | None = None) -> Baseline:
    """The baseline of a classifier, written as `placelang model baseline` does."""
    seen = normal(0, 5_000) if rows is None else rows
    sides = [("x", seen), ("scores", scores(seen))]
    reads = [read_as(name, array.shape[1:], batched=True) for name, array in sides]
    features = [
        distribution(name, rows_of(read, array)[:, number])
        for read, (_, array) in zip(reads, sides, strict=True)
        for number, name in enumerate(read.features)
    ]
    baseline = Baseline(
        model=file_digest(path),
        rows=len(seen),
        inputs=(reads[0],),
        outputs=(reads[1],),
        answer=find_answer({"scores": sides[1][1]}),
        features=tuple(features),
    )
    to.write_text(baseline.model_dump_json(), encoding="ascii")
    return baseline


def ask(server: Server, name: str, rows: Matrix, each: int = 20) -> None:
    """Ask about all the rows, some at a time; requests are called by the number of their first row."""
    for first in range(0, len(rows), each):
        some = rows[first : first + each]
        status, said = server.infer(name, asked(some, str(first)))
        assert status == 200, said


def asked(rows: Matrix, id_: str) -> dict[str, Any]:
    data = rows.ravel().tolist()
    return {"id": id_, "inputs": [{"name": "x", "datatype": "FP32", "shape": list(rows.shape), "data": data}]}


class Asker:
    """A client with one connection to a server at an address."""

    def __init__(self, host: str, port: int, model: str) -> None:
        self._connection = HTTPConnection(host, port, timeout=60)
        self._at = f"/v2/models/{model}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, rows: Matrix, called: str = "", each: int = 20) -> str:
        """Ask about all the rows, some at a time; the version that answered last."""
        said: dict[str, Any] = {}
        for first in range(0, len(rows), each):
            said = self._post("infer", asked(rows[first : first + each], f"{called}{first}"))
        return str(said["model_version"])

    def judge(self, id_: str, labels: Sequence[int]) -> dict[str, Any]:
        return self._post("feedback", {"id": id_, "labels": labels})

    def _post(self, what: str, said: object) -> dict[str, Any]:
        self._connection.request("POST", f"{self._at}/{what}", json.dumps(said))
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer


def told(server: Server, name: str, what: str = "watch") -> Any:
    status, _, body = server.ask("GET", f"/v2/models/{name}/{what}")
    assert status == 200, body
    return json.loads(body)


def judge(server: Server, name: str, said: object) -> tuple[int, Any]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    status, _, answer = server.ask("POST", f"/v2/models/{name}/feedback", body)
    return status, json.loads(answer)


def right_labels(rows: Matrix) -> Sequence[int]:
    found: list[int] = scores(rows).argmax(1).tolist()
    return found
