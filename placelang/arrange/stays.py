"""What the plan rests on that is not known: replicas that stay all the same, preferences counted as missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from placelang.arrange.funnels import FACTS, SAMPLE
from placelang.arrange.naming import Placed
from placelang.cite import cite
from placelang.lower import Lowered
from placelang.lower.links import links_of, unknown_reach
from placelang.lower.steps import filter_truth, missing_facts
from placelang.program import Filter, Link
from placelang_runtime.plan import Stay, UnknownFact, UnknownPreference


def find_stays(lowered: Lowered, placed: tuple[Placed, ...]) -> tuple[Stay, ...]:
    """Replicas on hosts that would not be chosen anew, by name, with what is no longer known of the host."""
    return tuple(
        stay
        for p in sorted(placed, key=lambda p: p.name)
        if p.host in lowered.problem.workloads[p.unit].stay
        for stay in _stays(lowered, p)
    )


def _stays(lowered: Lowered, placed: Placed) -> Iterator[Stay]:
    service = lowered.units[placed.unit].service.form
    for step in lowered.unknown(service, placed.host):
        facts = missing_facts(step, lowered.world, placed.host)[:FACTS]
        yield Stay(
            replica=placed.name,
            host=lowered.world.hosts.names[placed.host],
            clause=cite(lowered.sources, step.span) if step.span else None,
            facts=tuple(UnknownFact(fact=f.called, age_ms=f.age_ms) for f in facts),
        )


def find_unknown_preferences(
    lowered: Lowered, where: Mapping[str, Sequence[int]]
) -> tuple[UnknownPreference, ...]:
    """Filters and links that are preferred and unknown where a replica stands, which is said by service; by service
    and as written."""
    found = []
    for name, standing in sorted(where.items()):
        service = lowered.service(name)
        clauses: tuple[Filter | Link, ...] = (*service.filters, *links_of(service))
        for clause in (c for c in clauses if c.weight is not None):
            if isinstance(clause, Link):
                unknown = unknown_reach(clause, where.get(clause.service, ()), lowered.world)
            else:
                unknown = filter_truth(clause, lowered.world).unknown
            hosts = sorted(h for h in standing if unknown[h])
            if hosts:
                sample = tuple(lowered.world.hosts.names[h] for h in sorted(set(hosts))[:SAMPLE])
                cited = cite(lowered.sources, clause.span)
                found.append(UnknownPreference(service=name, clause=cited, count=len(hosts), hosts=sample))
    return tuple(found)
