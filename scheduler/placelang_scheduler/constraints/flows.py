"""`flows`: how many replicas of a link are served from which value, as counts of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.constraints.link import Link
    from placelang_scheduler.model import Model, Terms


class Flow(NamedTuple):
    """Replicas at `source` that are served from another value, `target`, at a latency."""

    link: Link
    source: str
    target: str
    latency: int
    variable: IntVar


def flows(model: Model, link: Link, spared: Callable[[int, Sequence[IntVar]], Terms]) -> list[Flow]:
    """Every replica is served: from its own value where a partner stands there, else from one within reach, but for
    those that `spared` gives, for so many replicas and the presence of each that may serve them."""
    partners = model.present(link.partners, link.key)
    found: list[Flow] = []
    for value, terms in model.by_value(link.workloads, link.key).items():
        if value is None:
            continue
        most = model.widest(terms)
        known = [
            Flow(link, value, other, latency, model.variable(most))
            for other, latency in link.near(value).items()
            if other in partners and other != value
        ]
        doubtful = [
            Flow(link, value, other, latency, model.variable(most))
            for other, latency in link.maybe_near(value).items()
            if other in partners
        ]
        for flow in (*known, *doubtful):
            model.define([(flow.variable, 1), (partners[flow.target], -most)], high=0)
        if doubtful:
            kept = [(count, -1) for count in _staying(model, link, value)]
            model.define([*((flow.variable, 1) for flow in doubtful), *kept], high=0)
        home: Terms = [(partners[value], -most)] if value in partners else []
        served = [(flow.variable, -1) for flow in (*known, *doubtful)]
        near = [partners[flow.target] for flow in (*known, *doubtful)] + [literal for literal, _ in home]
        model.row([*terms, *served, *home, *spared(most, near)], high=0)
        found += [*known, *doubtful]
    return found


def _staying(model: Model, link: Link, value: str) -> list[IntVar]:
    """Counts of replicas at `value` that are no more than stand there and run there."""
    found = []
    for workload in link.workloads:
        for host, count in model.x.get(workload, {}).items():
            running = model.running(workload, host)
            if running and model.problem.hosts[host].domains.get(link.key) == value:
                kept = model.variable(model.most[count.index])
                model.define([(kept, 1), (count, -1)], high=0)
                model.define([(kept, 1), *((one, -factor) for one, factor in running)], high=0)
                found.append(kept)
    return found
