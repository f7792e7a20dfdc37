"""A new version of a model that is tried beside the one that serves, before it takes its place.

While it is a shadow it gets copies of some requests; its answers are compared with those of the version that serves,
and thrown away. As a canary it answers some requests itself. What it does is counted; a phase that is over without a
fault leads to the next one, and the last one to its promotion. A fault ends the trial, and the old version serves on.

All of it happens on the one thread of the event loop. Which requests are taken is counted, not drawn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import ceil, floor
from time import monotonic
from typing import Any, Final, Literal

import numpy as np

from placelang_runtime.drift.answers import find_answer, labels
from placelang_runtime.operations import Phase
from placelang_runtime.serve.batching import Arrays, Batcher
from placelang_runtime.serve.refusals import RefusalError

Kind = Literal["shadow", "canary"]
LEAST: Final = 20
"""Requests that a phase has at least: less tells nothing."""
LONGEST: Final = 10
LONGEST_MS: Final = 60_000
"""So many times as long as it should, and so long at least, a phase waits for them."""
_AT_ONCE: Final = 8
_REMEMBERED: Final = 1024
_FAILED: Final = 500
_BUSY: Final = 503
_CLOSE: Final = 1e-3
_EXACT: Final = 1e-9
"""What shares lack that no float is."""


@dataclass(slots=True)
class Counted:
    """What was seen in a phase: requests that the new version `asked` got, and `failed` at; answers that were
    `compared`, row by row, and those that `agreed`."""

    asked: int = 0
    failed: int = 0
    compared: int = 0
    agreed: int = 0


@dataclass(slots=True)
class Trial:
    """`new` is tried beside `old`, in `phases`, the present one first. `passed` once it is over."""

    old: Batcher
    new: Batcher
    phases: deque[tuple[Kind, Phase]]
    clock: Callable[[], float] = monotonic
    counted: Counted = field(default_factory=Counted)
    counts: dict[Kind, Counted] = field(default_factory=dict)
    """Of each phase that began, the present one last."""
    passed: bool | None = None
    why: str = ""
    told_over: bool = False
    _since: float = field(init=False)
    _heard: int = 0
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _copies: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._since = self.clock()
        self.counts[self.phases[0][0]] = self.counted
        if _form(self.old) != _form(self.new):
            self._fail(
                "it takes or gives other tensors than the version that serves: it cannot be tried beside it"
            )

    @property
    def kind(self) -> Kind | None:
        """What the new version is right now, None once the trial is over."""
        return self.phases[0][0] if self.passed is None else None

    async def run(self, feeds: Arrays) -> tuple[Batcher, Arrays]:
        """An answer to a request that names no version, and whose it is. Raises RefusalError."""
        kind = self.kind
        if kind is None or not self._picks():
            return self.old, await self.old.submit(feeds)
        if kind == "canary" and (answered := await self._asked(feeds)) is not None:
            return self.new, answered
        results = await self.old.submit(feeds)
        if kind == "shadow" and len(self._copies) < _AT_ONCE:
            copy = asyncio.create_task(self._compare(feeds, results))
            self._copies.add(copy)
            copy.add_done_callback(self._copies.discard)
        return self.old, results

    def judge(self) -> None:
        """See whether the phase, or the trial, is over."""
        if self.passed is not None:
            return
        phase, counted, lasted = self.phases[0][1], self.counted, (self.clock() - self._since) * 1000
        share = 100 * counted.failed / counted.asked if counted.asked else 0.0
        if counted.asked >= LEAST and share > phase.errors:
            self._fail(f"it failed at {counted.failed} of {counted.asked} requests")
        elif lasted >= phase.lasts_ms and counted.asked >= LEAST:
            self._conclude(phase)
        elif lasted >= max(LONGEST * phase.lasts_ms, LONGEST_MS):
            self._fail(f"it got {counted.asked} requests, which is too few to judge it by")

    def told(self) -> dict[str, Any]:
        """How it stands, for whoever asks."""
        entry = self.new.loaded.entry
        return {
            "version": entry.version,
            "beside": self.old.loaded.entry.version,
            "phase": self.kind,
            **asdict(self.counted),
            "p95_ms": self._p95(),
            "passed": self.passed,
            "why": self.why,
        }

    def _picks(self) -> bool:
        share = self.phases[0][1].share / 100
        self._heard += 1
        return floor(self._heard * share + _EXACT) > floor((self._heard - 1) * share + _EXACT)

    async def _asked(self, feeds: Arrays) -> Arrays | None:
        """What the new version answers; None where it fails, or has no room."""
        began = self.clock()
        try:
            results = await self.new.submit(feeds)
        except RefusalError as refusal:
            if refusal.status != _BUSY:
                self.counted.asked += 1
                self.counted.failed += refusal.status >= _FAILED
            return None
        self.counted.asked += 1
        self._took.append(self.clock() - began)
        return results

    async def _compare(self, feeds: Arrays, expected: Arrays) -> None:
        results = await self._asked(feeds)
        if results is not None:
            alike = agreement(expected, results)
            self.counted.compared += len(alike)
            self.counted.agreed += int(np.count_nonzero(alike))

    def _conclude(self, phase: Phase) -> None:
        counted, p95 = self.counted, self._p95()
        alike = 100 * counted.agreed / counted.compared if counted.compared else 100.0
        if phase.agreement is not None and alike < phase.agreement:
            self._fail(f"it agreed in {counted.agreed} of {counted.compared} answers")
        elif phase.latency_ms is not None and (p95 is None or p95 > phase.latency_ms):
            self._fail(
                f"95 of 100 requests took up to {p95:.4g} ms" if p95 is not None else "it answered nothing"
            )
        elif len(self.phases) == 1:
            self.passed = True
        else:
            self.phases.popleft()
            self.counted, self._since, self._heard = Counted(), self.clock(), 0
            self.counts[self.phases[0][0]] = self.counted
            self._took.clear()

    def _fail(self, why: str) -> None:
        self.passed, self.why = False, why

    def _p95(self) -> float | None:
        took = sorted(self._took)
        return None if not took else 1000 * took[ceil(0.95 * len(took)) - 1]


def agreement(expected: Arrays, found: Arrays) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Row by row, whether two answers agree: in their class where they have one, else in all that they say."""
    answer = find_answer(expected)
    if answer is not None and expected[answer.tensor].shape == found[answer.tensor].shape:
        ours, theirs = labels(answer, expected), labels(answer, found)
        if ours is not None and theirs is not None:
            return np.array([a == b for a, b in zip(ours, theirs, strict=True)], np.bool_)
    return np.array([all(_alike(array, found[name]) for name, array in expected.items())], np.bool_)


def _alike(one: Any, other: Any) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype.kind == "f":
        return bool(np.allclose(one, other, _CLOSE, _CLOSE, equal_nan=True))
    return bool((one == other).all())


def _form(batcher: Batcher) -> tuple[Any, ...]:
    loaded = batcher.loaded
    return tuple(
        tuple((one.name, one.datatype, one.metadata["shape"]) for one in those.values())
        for those in (loaded.inputs, loaded.outputs)
    )
