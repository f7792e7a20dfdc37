"""What is found out of a model's file. Both sides of the process that reads it know these, and nothing else of each
other: what comes back is checked against them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FORMAT: Final = "placelang/model/1"


class ModelError(ValueError):
    """The file is no model that can be used, in one line."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`ModelError`, from the process that reads."""

    refused: str


@dataclass(frozen=True, slots=True)
class Available:
    """The execution providers of the runtime here, by the runtime's names."""

    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output. A dimension is a length, a name where requests choose it, or None where not even a name is
    known; the shape is None where the number of dimensions is not known, or there are none, as of sequences."""

    name: str
    type: str
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True, slots=True)
class Opset:
    domain: str
    version: int


@dataclass(frozen=True, slots=True)
class External:
    """A file beside the model's with weights of it; `path` is relative to the model's folder."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Structure:
    """What the file says. `size` and `digest` are of the file alone, `weights` are all weights' bytes, wherever they
    are kept; `custom` are operators outside of the standard, `domain.name`."""

    size: int
    digest: str
    ir: int
    producer: str
    opsets: tuple[Opset, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: int
    parameters: int
    weights: int
    external: tuple[External, ...]
    custom: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of loading the model with one execution provider and running it once on zeros.

    `runs` is how many operators the provider takes; the rest of `part` falls back to the processor. `reason` says why
    not, or why nothing was run: then memory is what loading took. `own_memory` is the peak less `runtime_memory`,
    which the runtime itself takes before any model. `as_one` are the dimensions that requests choose, run as 1.
    """

    provider: str
    runs: Literal["all", "part", "no"]
    dry_run: bool = False
    reason: str | None = None
    own_memory: int | None = None
    runtime_memory: int | None = None
    as_one: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured of a model with one execution provider: times of requests one after the other, in
    milliseconds, requests per second of as many clients as there are processors, and the process's memory at its peak.
    """

    provider: str
    runs: int
    p50: float
    p95: float
    p99: float
    mean: float
    throughput: float
    memory: int
    as_one: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """The text of a baseline."""

    baseline: str


@dataclass(frozen=True, slots=True)
class Inspection:
    file: str
    structure: Structure
    providers: tuple[Trial, ...]
    format: Literal["placelang/model/1"] = FORMAT
