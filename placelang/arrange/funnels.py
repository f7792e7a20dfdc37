"""How the candidates of a service dwindled, clause by clause."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placelang.arrange.amounts import say_amount
from placelang.cite import cite
from placelang.columns import Rows
from placelang.lower import Lowered
from placelang.lower.amounts import demand
from placelang.lower.steps import Clock, Draining, KeyUse, Left, Step, Up, ValueUse, missing_facts
from placelang.program import AmountNeed
from placelang_runtime import left_out as document

SAMPLE = 8
"""Hosts that are named of those that a step removes or leaves open."""
FACTS = 16
"""Facts that are named of one host."""


def funnel(lowered: Lowered, form: str, units: Sequence[int] | None) -> document.Funnel:
    """The funnel of some units of one form of a service together; of that form over all hosts for None."""
    hosts = (
        np.arange(len(lowered.world.hosts))
        if units is None
        else _together([lowered.hosts(unit) for unit in units])
    )
    deciding = lowered.deciding(form, hosts)
    steps = lowered.steps[form].steps
    service, _, variant = form.partition(" ~ ")
    return document.Funnel(
        service=service,
        variant=variant or None,
        hosts=len(hosts),
        steps=tuple(_step(lowered, form, step, hosts[deciding == n]) for n, step in enumerate(steps)),
        remaining=int((deciding == len(steps)).sum()),
    )


def step_text(lowered: Lowered, step: Step) -> str:
    """What the step asks of a host, in the author's words where they are the author's."""
    match step.about:
        case Up():
            return "the host is up"
        case Draining():
            return "the host is not being drained"
        case KeyUse(key):
            return f"{key.text} is known"
        case Clock():
            return "the clock of the site is known"
        case ValueUse(what):
            return f"{what} is known"
        case AmountNeed(resource=resource):
            return say_amount(lowered.program, resource, demand(step.about))
        case Left(need=need):
            return f"{say_amount(lowered.program, need.resource, demand(need))} beside what is kept free"
        case _:
            return cite(lowered.sources, step.span).text if step.span else ""


def _step(lowered: Lowered, form: str, step: Step, decided: Rows) -> document.Step:
    """`decided` are the hosts that this step decides about."""
    false = step.truth.false[decided]
    names = lowered.world.hosts.names
    return document.Step(
        text=step_text(lowered, step),
        clause=cite(lowered.sources, step.span) if step.span else None,
        removed=int(false.sum()),
        undecided=int((~false).sum()),
        hosts=tuple(names[h] for h in decided[false][:SAMPLE].tolist()),
        undecided_hosts=tuple(
            document.UndecidedHost(host=names[h], facts=missing_of(lowered, form, h))
            for h in decided[~false][:SAMPLE].tolist()
        ),
    )


def missing_of(lowered: Lowered, form: str, host: int) -> tuple[str, ...]:
    """All that would have to be known of the host to decide about it."""
    steps = lowered.unknown(form, host)
    return tuple(dict.fromkeys(str(m) for step in steps for m in missing_facts(step, lowered.world, host)))[
        :FACTS
    ]


def _together(hosts: list[Rows]) -> Rows:
    return np.sort(np.concatenate(hosts)) if hosts else np.arange(0)
