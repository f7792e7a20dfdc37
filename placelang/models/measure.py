"""How quick a model is here with one execution provider, in the process that is there for it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

import numpy as np

from placelang.models.inspection import ModelError, Profile
from placelang.models.session import chosen, memory, open_session, share, zeros

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from placelang.models.session import Array

_WARM: Final = 10
_SEED: Final = 0
_MILLI: Final = 1e6


def measure(provider: str, path: str, runs: int) -> Profile:
    """Requests one after the other, then as many again from as many clients as there are processors.

    Numbers are what a fixed seed gives between 0 and 1, and zero where they are whole: these may be indices.
    Raises `ModelError`, or whatever the provider does.
    """
    session = open_session(provider, path)
    if share(session, provider) == "no":
        raise ModelError("it takes none of the operators")
    feeds = _filled(zeros(session))
    for _ in range(_WARM):
        session.run(None, feeds)
    times = sorted(_time(session, feeds) for _ in range(runs))
    throughput = _throughput(session, feeds, runs)
    p50, p95, p99 = (_nearest(times, part) for part in (0.50, 0.95, 0.99))
    mean = sum(times) / len(times)
    return Profile(provider, runs, p50, p95, p99, mean, throughput, memory("VmHWM"), chosen(session))


def _filled(feeds: dict[str, Array]) -> dict[str, Array]:
    random = np.random.default_rng(_SEED)
    return {
        name: np.asarray(random.random(of.shape), of.dtype) if of.dtype.kind == "f" else of
        for name, of in feeds.items()
    }


def _time(session: InferenceSession, feeds: dict[str, Array]) -> float:
    begun = perf_counter_ns()
    session.run(None, feeds)
    return (perf_counter_ns() - begun) / _MILLI


def _nearest(times: list[float], part: float) -> float:
    """The least time that this part of requests takes at most."""
    return times[ceil(part * len(times)) - 1]


def _throughput(session: InferenceSession, feeds: dict[str, Array], runs: int) -> float:
    clients = len(os.sched_getaffinity(0))
    begun = perf_counter_ns()
    with ThreadPoolExecutor(clients) as pool:
        for _ in pool.map(lambda _: session.run(None, feeds), range(runs)):
            pass
    return runs / (perf_counter_ns() - begun) * 1e9
