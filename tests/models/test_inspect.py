"""`placelang model inspect`: what comes of a model here, and that nothing comes of a bad one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from placelang.cli.exits import Exit
from placelang.models.confined import ConfinedError, Limits, run
from placelang.models.inspection import Structure, Trial
from tests.cli.console import Console
from tests.models.making import dense, model, saved, values, weight

CPU = "CPUExecutionProvider"


def trial(path: Path, limits: Limits | None = None) -> Trial:
    return run(Trial, limits or Limits(), "trial", CPU, str(path))


def test_a_model_is_told_for_people_and_for_programs(console: Console) -> None:
    saved(dense(), console.folder)
    shown = console.run("model", "inspect", "model.onnx", code=Exit.DONE).out
    assert "x  float32 [batch, 4]" in shown
    assert "run once on zeros, with batch as 1" in shown
    found = json.loads(console.run("model", "inspect", "model.onnx", "--json", code=Exit.DONE).out)
    assert found["structure"]["parameters"] == 32
    [cpu] = [one for one in found["providers"] if one["provider"] == CPU]
    assert (cpu["runs"], cpu["dry_run"], cpu["as_one"]) == ("all", True, ["batch"])


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "text"])
def test_what_is_no_model_ends_in_one_line(console: Console, kind: str) -> None:
    path = console.folder / "given.onnx"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "text":
        path.write_text("\x1b[31mhello", encoding="utf-8")
    ended = console.run("model", "inspect", "given.onnx", code=Exit.INPUT)
    assert ended.out == ""
    assert ended.err.startswith("error: given.onnx: ")
    assert ended.err.count("\n") == 1
    assert "\x1b" not in ended.err


def test_names_cannot_move_the_terminal(console: Console) -> None:
    made = dense()
    made.graph.input[0].name = made.graph.node[0].input[0] = "x\x1b[2J"
    saved(made, console.folder)
    assert "x\\x1b[2J" in console.run("model", "inspect", "model.onnx", code=Exit.DONE).out


def test_what_the_file_takes_is_what_the_process_needs(tmp_path: Path) -> None:
    small, large = dense(), dense(np.ones((4, 2**20)))
    large.graph.output[0].CopyFrom(values("z", "batch", 2**20))
    less, more = (trial(saved(one, tmp_path)).own_memory for one in (small, large))
    assert less is not None
    assert more is not None
    assert more - less > 2**24


def test_a_model_without_end_is_ended(tmp_path: Path) -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Add", ["v", "v"], ["w"])],
        "body",
        [
            values("i", kind=TensorProto.INT64),
            values("go", kind=TensorProto.BOOL),
            values("v", 1),
        ],
        [values("still", kind=TensorProto.BOOL), values("w", 1)],
    )
    loop = helper.make_node("Loop", ["most", "yes", "x"], ["y"], body=body)
    weights = [weight("most", 2**62, np.int64), weight("yes", True, np.bool_)]
    path = saved(model([loop], [values("x", 1)], [values("y", 1)], weights), tmp_path)
    with pytest.raises(ConfinedError, match="took longer than 3 s"):
        trial(path, Limits(seconds=3))


def test_a_model_that_takes_too_much_is_told_so(tmp_path: Path) -> None:
    expand = helper.make_node("Expand", ["x", "shape"], ["y"])
    made = model(
        [expand], [values("x", 1)], [values("y", "a", "b")], [weight("shape", [2**16, 2**16], np.int64)]
    )
    found = trial(saved(made, tmp_path), Limits(memory=2**30))
    assert (found.runs, found.dry_run) == ("all", False)
    assert found.reason == "it needs more memory than it may have: raise --memory"


def test_inputs_without_zeros_are_told(tmp_path: Path) -> None:
    x = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, ["n"])
    made = model([helper.make_node("SequenceAt", ["x", "at"], ["y"])], [x], [values("y", "n")])
    made.graph.initializer.append(weight("at", 0, np.int64))
    found = trial(saved(made, tmp_path))
    assert (found.runs, found.dry_run) == ("all", False)
    assert found.reason == "the input `x` is seq(tensor(float)), of which there are no zeros"


def test_operators_that_the_runtime_lacks_are_a_reason(tmp_path: Path) -> None:
    node = helper.make_node("Blur", ["x"], ["y"], domain="lab.example")
    path = saved(
        model([node], [values("x", 4)], [values("y", 4)], opsets={"": 17, "lab.example": 1}), tmp_path
    )
    assert run(Structure, Limits(), "structure", str(path)).custom == ("lab.example.Blur",)
    found = trial(path)
    assert found.runs == "no"
    assert "Blur" in (found.reason or "")


def test_sizes_are_written_as_in_placement_files(console: Console) -> None:
    for size in ("4", "4GHz", "1KiB", "-4GiB", "4 GiB"):
        console.run("model", "inspect", "model.onnx", "--memory", size, code=Exit.USAGE)


def test_nothing_of_the_folder_is_run(console: Console) -> None:
    saved(dense(), console.folder)
    for name in ("onnx", "onnxruntime", "numpy", "json", "placelang"):
        (console.folder / f"{name}.py").write_text("raise SystemExit(9)", encoding="utf-8")
    console.run("model", "inspect", "model.onnx", code=Exit.DONE)
