"""What several servers met of a model, as one: sketches of the last hour, added up.

Enters what servers say, each checked by itself. What they say of different baselines is not added up: that which most
of them have is compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasketches import kll_floats_sketch
from pydantic import ValidationError

from placelang_runtime.drift.distance import Distance
from placelang_runtime.drift.latest import SHARES
from placelang_runtime.drift.sketches import Sketched, SketchError, distances, merged
from placelang_runtime.drift.window import LEAST


@dataclass(frozen=True, slots=True)
class Summed:
    """What so many `servers` met: how long requests took in ms and how sure the model was, each as `p50`, `p95` and so
    on, None where nobody says; the share of right answers in percent; and how far each feature is from the baseline
    over so many `rows`, none where there are too few. `left` are servers with another baseline."""

    servers: int
    requests: int
    latency: dict[str, float] | None
    confidence: dict[str, float] | None
    accuracy: float | None
    rows: int
    inputs: dict[str, Distance]
    outputs: dict[str, Distance]
    left: int


def read_sketched(text: str) -> Sketched:
    """What a server said. Raises SketchError."""
    try:
        return Sketched.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))[:100]
        raise SketchError(f"no sketches: {where}: {first['msg'].lower()[:200]}") from None


def summed(said: Sequence[Sketched]) -> Summed:
    """All of it together. Raises SketchError for what is no sketch of ours."""
    baselines = Counter(one.baseline for one in said if one.baseline is not None)
    latency = merged(one.latency for one in said if one.latency is not None)
    confidence = merged(one.confidence for one in said if one.confidence is not None)
    judged, right = sum(one.judged for one in said), sum(one.right for one in said)
    alike: list[Sketched] = []
    baseline = None
    if baselines:
        baseline = min(baselines, key=lambda one: (-baselines[one], one.model))
        alike = [one for one in said if one.baseline == baseline]
    features = [merged(column) for column in zip(*(one.features for one in alike), strict=True)]
    rows = min((one.n for one in features), default=0)
    found: Sequence[Distance] = ()
    if baseline is not None and rows >= LEAST:
        found = distances(baseline.features, features)
    names = [one.name for one in baseline.features] if baseline is not None else []
    far = list(zip(names, found, strict=False))
    of_inputs = 0 if baseline is None else baseline.of_inputs
    return Summed(
        servers=len(said),
        requests=latency.n,
        latency=_shares(latency),
        confidence=_shares(confidence),
        accuracy=100 * right / judged if judged else None,
        rows=rows,
        inputs=dict(far[:of_inputs]),
        outputs=dict(far[of_inputs:]),
        left=sum(baselines.values()) - len(alike),
    )


def farthest(those: Iterable[Distance]) -> float | None:
    """The largest index of those that chance does not explain, 1 at most; None where nothing is known."""
    known = list(those)
    return min(1.0, max((one.psi for one in known if one.drifted), default=0.0)) if known else None


def _shares(sketch: kll_floats_sketch) -> dict[str, float] | None:
    if sketch.is_empty():
        return None
    return {name: float(sketch.get_quantile(share, True)) for name, share in SHARES.items()}
