"""`placelang model baseline`: how what a model takes and gives is distributed where it was made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from placelang.cli.exits import Exit
from placelang.models.describing import describe
from placelang.models.inspection import ModelError
from placelang_runtime.drift.baseline import Baseline, BaselineError, file_digest, read_baseline
from tests.cli.console import Console
from tests.models.making import dense, model, saved, values

RNG = np.random.default_rng(0)
X = RNG.standard_normal((500, 4)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def described(made: onnx.ModelProto, folder: Path) -> Baseline:
    """What the process that is there for it does."""
    path = saved(made, folder.parent)
    found = describe("cpu", str(path), str(folder))
    assert found.model == file_digest(path)
    return found


def as_csv(folder: Path, header: str) -> None:
    lines = [header, *(",".join(map(str, row)) for row in X.tolist())]
    (folder / "x.csv").write_text("\n".join(lines), encoding="utf-8")


def _npy(path: Path, x: np.ndarray[Any, Any]) -> None:
    np.save(path, x)


WAYS: dict[str, Callable[[Path], object]] = {
    "npy": lambda folder: np.save(folder / "x.npy", X),
    "npz": lambda folder: [
        np.savez(folder / f"{n}.npz", x=X[n : n + 250])  # type: ignore[func-returns-value]
        for n in (0, 250)
    ],
    "csv": lambda folder: as_csv(folder, "x[0],x[1],x[2],x[3]"),
    "csv of one input": lambda folder: as_csv(folder, "age,size,weight,colour"),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_same_however_the_data_is_written(folder: Path, way: str) -> None:
    WAYS[way](folder)
    found = described(dense(), folder)
    assert [feature.name for feature in found.features][:5] == ["x[0]", "x[1]", "x[2]", "x[3]", "z[0]"]
    assert found.features[1].edges[0] == X[:, 1].min()
    assert found.features[1].edges[-1] == X[:, 1].max()
    assert len(found.features) == 12
    assert found.answer is None


def test_a_model_that_answers_one_by_one_is_run_so(folder: Path) -> None:
    nodes = [helper.make_node("Softmax", ["x"], ["p"]), helper.make_node("NonZero", ["x"], ["places"])]
    outputs = [values("p", 1, 4), values("places", 2, "n", kind=TensorProto.INT64)]
    np.save(folder / "x.npy", X[:120])
    found = described(model(nodes, [values("x", 1, 4)], outputs), folder)
    assert [(read.tensor, read.how, read.batched) for read in found.outputs] == [
        ("p", "each", True),
        ("places", "whole", False),
    ]
    assert found.answer is not None
    assert (found.answer.kind, found.answer.tensor) == ("probabilities", "p")


def test_the_command_writes_it_and_that_of_another_model_is_refused(console: Console) -> None:
    path, data = saved(dense(), console.folder), console.folder / "data"
    data.mkdir()
    np.save(data / "x.npy", X)
    shown = console.run("model", "baseline", "model.onnx", "--data", "data", code=Exit.DONE).out
    assert shown.startswith("model.baseline.json, of 500 rows\n")
    assert read_baseline(console.folder / "model.baseline.json", [file_digest(path)]).rows == 500
    other = saved(dense(np.zeros((4, 8))), console.folder, "other.onnx")
    with pytest.raises(BaselineError, match="is the baseline of another model"):
        read_baseline(console.folder / "model.baseline.json", [file_digest(other)])


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"format": "placelang/baseline/1"}', b"\xff" * 100])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(BaselineError, match="is no baseline"):
        read_baseline(tmp_path / "x.json", None)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _folder: None, "no .npy, .npz or .csv files"),
    "another name": (lambda folder: np.save(folder / "y.npy", X), "there is no x.npy"),
    "another shape": (lambda folder: np.save(folder / "x.npy", X[:, :3]), "is 4 a row, and the data 3"),
    "too few": (lambda folder: np.save(folder / "x.npy", X[:9]), "9 rows say little"),
    "no array": (lambda folder: (folder / "x.npy").write_bytes(b"spam"), "x.npy cannot be read"),
    "no archive": (lambda folder: (folder / "x.npz").write_bytes(b"PK spam"), "x.npz cannot be read"),
    "code": (lambda folder: np.save(folder / "x.npy", np.array([{}] * 200)), "x.npy cannot be read"),
    "texts": (lambda folder: np.save(folder / "x.npy", np.array([["a"] * 4] * 200)), "and the data <U1"),
    "no numbers": (
        lambda folder: (folder / "x.csv").write_text("x[0],x[1],x[2],x[3]\n1,2,3,four\n", encoding="utf-8"),
        "x.csv:2: no numbers",
    ),
    "no column": (lambda folder: as_csv(folder, "x[0],x[1],x[2],spam"), "has no column `x[3]`"),
    "two kinds": (
        lambda folder: [save(folder / "x", x=X) for save in (_npy, np.savez)],
        ".npy and .npz files",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_data_that_does_not_fit_is_told(folder: Path, case: str) -> None:
    make, said = BAD[case]
    make(folder)
    with pytest.raises(ModelError) as error:
        described(dense(), folder)
    assert said in str(error.value)


def test_a_provider_that_is_not_there_is_told(folder: Path) -> None:
    path = saved(dense(), folder.parent)
    with pytest.raises(ModelError, match="there is no execution provider `abacus` here: there is "):
        describe("abacus", str(path), str(folder))


def test_a_folder_that_is_not_there_is_told(console: Console) -> None:
    saved(dense(), console.folder)
    shown = console.run("model", "baseline", "model.onnx", "--data", "nowhere", code=Exit.INPUT)
    assert "nowhere: no such file or directory" in shown.err
    assert not (console.folder / "model.baseline.json").exists()
