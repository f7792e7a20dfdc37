"""What was found out of a model, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line, printed, table
from placelang.cli.terminal import listed
from placelang.models.inspection import Inspection, Profile, Structure, Tensor, Trial
from placelang.models.profiling import plain
from placelang.types import BYTES, show

if TYPE_CHECKING:
    from placelang_runtime.drift.baseline import Baseline

SHOWN = 8


def inspection_text(found: Inspection, *, width: int, colour: bool) -> str:
    """What the file says, then what became of it here."""
    blocks: list[Block] = [line(found.file, style="bold"), table(list(_facts(found.structure)), whole=1)]
    for heading, tensors in (("inputs", found.structure.inputs), ("outputs", found.structure.outputs)):
        blocks += _tensors(heading, tensors)
    blocks.append(line("execution providers here", style="bold"))
    blocks.append(
        table([(plain(one.provider), _outcome(one)) for one in found.providers] or [("none", "")], whole=1)
    )
    return printed(blocks, width=width, colour=colour)


def profile_text(found: Profile, facts: Mapping[str, object], *, width: int, colour: bool) -> str:
    """What was measured, by the names of the facts that it becomes."""
    with_one = f", with {listed(found.as_one, SHOWN)} as 1" if found.as_one else ""
    heading = f"{plain(found.provider)}, {found.runs:,} requests{with_one}"
    rows = [(name, str(value)) for name, value in facts.items()]
    return printed([line(heading, style="bold"), table(rows, whole=1)], width=width, colour=colour)


def baseline_text(found: Baseline, path: Path, *, width: int, colour: bool) -> str:
    """What is watched of the model, and where that was written."""
    rows = [
        (read.tensor, listed(read.features, SHOWN, len(read.features)))
        for read in (*found.inputs, *found.outputs)
    ]
    answer = found.answer
    told = "it does not choose among classes" if answer is None else f"{answer.kind} in {answer.tensor}"
    blocks: list[Block] = [
        line(f"{path}, of {found.rows:,} rows", style="bold"),
        table([*rows, ("answers", told)], whole=1),
    ]
    return printed(blocks, width=width, colour=colour)


def _facts(structure: Structure) -> Iterator[tuple[str, str]]:
    yield "size", show(structure.size, BYTES)
    yield "digest", structure.digest
    yield "producer", structure.producer or "not told"
    yield "format", f"version {structure.ir} of ONNX"
    yield "opset", ", ".join(f"{one.domain} {one.version}" for one in structure.opsets)
    yield "operators", f"{structure.nodes:,}"
    yield "parameters", f"{structure.parameters:,}"
    yield "weights", show(structure.weights, BYTES)
    for one in structure.external:
        yield "external data", f"{one.path}, {show(one.size, BYTES)}, {one.digest}"
    yield "custom operators", listed(structure.custom, SHOWN) or "none"


def _tensors(heading: str, tensors: Sequence[Tensor]) -> Iterator[Block]:
    yield line(heading, style="bold")
    rows = [(one.name, f"{one.type}{_shape(one)}") for one in tensors[:SHOWN]]
    if len(tensors) > SHOWN:
        rows.append((f"and {len(tensors) - SHOWN:,} more", "which --json lists"))
    yield table(rows or [("none", "")], whole=1)


def _shape(tensor: Tensor) -> str:
    """`[batch, 3, 640, 640]`, `?` where not even a name is known."""
    if tensor.shape is None:
        return ""
    return f" [{', '.join('?' if one is None else str(one) for one in tensor.shape)}]"


def _outcome(trial: Trial) -> str:
    if trial.runs == "no":
        return f"no: {trial.reason}"
    runs = "yes" if trial.runs == "all" else "in part: the rest falls back to the processor"
    memory = ""
    if trial.own_memory is not None and trial.runtime_memory is not None:
        memory = f"{show(trial.own_memory, BYTES)} beside the runtime's {show(trial.runtime_memory, BYTES)}"
    if not trial.dry_run:
        return f"{runs}; loaded with {memory}, not run: {trial.reason}"
    chosen = f", with {listed(trial.as_one, SHOWN)} as 1" if trial.as_one else ""
    return f"{runs}; {memory} at most, run once on zeros{chosen}"
