"""What a model's file says."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from random import Random

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper

from placelang.models.inspection import External, ModelError, Opset, Tensor
from placelang.models.structure import read_structure
from tests.models.making import dense, model, outside, saved, values, weight


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as error:
        read_structure(str(path))
    return str(error.value)


def test_a_file_tells_what_it_takes_gives_and_weighs(tmp_path: Path) -> None:
    path = saved(dense(), tmp_path)
    found = read_structure(str(path))
    content = path.read_bytes()
    assert (found.size, found.digest) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
    assert found.inputs == (Tensor("x", "float32", ("batch", 4)),)
    assert found.outputs == (Tensor("z", "float32", ("batch", 8)),)
    assert (found.nodes, found.parameters, found.weights) == (2, 32, 128)
    assert (found.ir, found.producer, found.opsets) == (8, "by hand", (Opset("ai.onnx", 17),))
    assert (found.external, found.custom) == ((), ())


def test_dimensions_are_lengths_names_or_unknown(tmp_path: Path) -> None:
    x = values("x", "n", None, 3, kind=TensorProto.INT64)
    y = helper.make_tensor_sequence_value_info("y", TensorProto.INT64, None)
    made = model([helper.make_node("SequenceConstruct", ["x"], ["y"])], [x], [y])
    found = read_structure(str(saved(made, tmp_path)))
    assert found.inputs == (Tensor("x", "int64", ("n", None, 3)),)
    assert found.outputs == (Tensor("y", "sequence", None),)


def test_weights_that_are_also_inputs_are_no_inputs(tmp_path: Path) -> None:
    made = dense()
    made.graph.input.append(values("w", 4, 8))
    assert [one.name for one in read_structure(str(saved(made, tmp_path))).inputs] == ["x"]


def test_operators_that_nobody_defines_are_custom(tmp_path: Path) -> None:
    own = helper.make_function(
        "mine",
        "Twice",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 17)],
    )
    nodes = [
        helper.make_node("Twice", ["x"], ["y"], domain="mine"),
        helper.make_node("Blur", ["y"], ["z"], domain="lab.example"),
    ]
    opsets = {"": 17, "mine": 1, "lab.example": 3}
    made = model(nodes, [values("x", 4)], [values("z", 4)], functions=[own], opsets=opsets)
    found = read_structure(str(saved(made, tmp_path)))
    assert found.custom == ("lab.example.Blur",)
    assert found.opsets == (Opset("ai.onnx", 17), Opset("lab.example", 3), Opset("mine", 1))


def test_external_data_is_weighed_and_has_a_digest(tmp_path: Path) -> None:
    content = np.ones((4, 8), np.float32).tobytes()
    (tmp_path / "weights.bin").write_bytes(content)
    found = read_structure(str(saved(outside(dense(), "weights.bin"), tmp_path)))
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert found.external == (External("weights.bin", 128, digest),)
    assert (found.parameters, found.weights) == (32, 128)


@pytest.mark.parametrize(
    "location", ["../secret.bin", "link.bin", "/etc/hostname", "folder/../../secret.bin", ""]
)
def test_external_data_outside_of_the_folder_is_refused(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "model"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "secret.bin").write_bytes(bytes(128))
    (folder / "link.bin").symlink_to("../secret.bin")
    assert "outside of the model's folder" in refused(saved(outside(dense(), location), folder))


def test_external_data_that_is_missing_or_short_is_refused(tmp_path: Path) -> None:
    path = saved(outside(dense(), "weights.bin"), tmp_path)
    assert "`weights.bin`: no such file" in refused(path)
    (tmp_path / "weights.bin").write_bytes(bytes(100))
    assert "the weight `w` has not the bytes" in refused(path)
    saved(outside(dense(), "weights.bin", offset=64, length=128), tmp_path)
    assert "`weights.bin` ends before it" in refused(path)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, ml_dtypes.bfloat16])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, kind: type) -> None:
    of = np.ones((4, 8))
    of[3, 7] = np.nan
    assert refused(saved(dense(of, kind), tmp_path)) == "the weight `w` has NaN among its values"


def test_infinite_weights_are_weights(tmp_path: Path) -> None:
    assert read_structure(str(saved(dense(np.full((4, 8), -np.inf)), tmp_path))).parameters == 32


def test_weights_without_their_bytes_are_refused(tmp_path: Path) -> None:
    made = dense()
    made.graph.initializer[0].dims[0] = 2**40
    assert "has not the bytes that its type and shape (1099511627776×8) ask for" in refused(
        saved(made, tmp_path)
    )


def test_circles_are_refused_and_shown(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", ["x", "z"], ["y"]), helper.make_node("Relu", ["y"], ["z"])]
    made = model(nodes, [values("x", 4)], [values("z", 4)])
    assert refused(saved(made, tmp_path)) == "the graph turns in a circle: `Add` → `Relu` → `Add`"


def test_functions_of_themselves_are_refused(tmp_path: Path) -> None:
    own = helper.make_function(
        "mine",
        "Ever",
        ["a"],
        ["b"],
        [helper.make_node("Ever", ["a"], ["b"], domain="mine")],
        [helper.make_opsetid("mine", 1)],
    )
    node = helper.make_node("Ever", ["x"], ["y"], domain="mine")
    made = model([node], [values("x", 4)], [values("y", 4)], functions=[own], opsets={"": 17, "mine": 1})
    assert refused(saved(made, tmp_path)) == "functions are made of themselves: `Ever` → `Ever`"


def test_what_the_standard_does_not_know_is_refused(tmp_path: Path) -> None:
    made = model([helper.make_node("Blur", ["x"], ["y"])], [values("x", 4)], [values("y", 4)])
    assert "no valid ONNX model: No Op registered for Blur" in refused(saved(made, tmp_path))


def test_files_that_are_cut_short_are_refused_wherever_that_is(tmp_path: Path) -> None:
    content = saved(dense(), tmp_path).read_bytes()
    path = tmp_path / "short.onnx"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert refused(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello, world\n", b"PK\3\4" + bytes(64), bytes(1000), b"\xff" * 1000]
)
def test_other_files_are_no_models(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(content)
    assert refused(path) in {"this is no ONNX file", "the file is empty"}


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = saved(dense(), tmp_path)
    content = path.read_bytes()
    for name in (b"by hand", b"batch", b"MatMul", b"graph"):
        path.write_bytes(content.replace(name, b"\xff" + name[1:]))
        assert refused(path) == "this ONNX file is damaged: a name in it is no text"


def test_types_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    made = dense()
    made.graph.input[0].type.tensor_type.elem_type = 108
    assert "`x` are of type 108, which nobody knows" in refused(saved(made, tmp_path))


@pytest.mark.parametrize("seed", range(8))
def test_files_with_bytes_changed_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    random, content = Random(seed), saved(dense(), tmp_path).read_bytes()
    path = tmp_path / "changed.onnx"
    for _ in range(60):
        changed = bytearray(content)
        for _ in range(random.randint(1, 3)):
            changed[random.randrange(len(changed))] = random.randrange(256)
        path.write_bytes(changed)
        with suppress(ModelError):
            json.dumps(asdict(read_structure(str(path))))


def test_a_file_of_three_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(3 * 10**9)
    assert "3,000,000,000 bytes, and an ONNX file has at most" in refused(path)
    path.unlink()


def test_weights_of_other_kinds_are_counted(tmp_path: Path) -> None:
    made = dense()
    made.graph.initializer.append(weight("labels", ["cat", "dog"], object))
    assert read_structure(str(saved(made, tmp_path))).parameters == 34
