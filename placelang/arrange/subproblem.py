"""A part of a problem as a problem by itself, small enough to be solved again and again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from placelang.lower.couplings import without_partners
from placelang_scheduler import (
    EXEMPT,
    AtLeast,
    AtMost,
    Best,
    Constraint,
    Different,
    Group,
    Hosts,
    Keep,
    Link,
    LinkEvery,
    Placed,
    Problem,
    Reserve,
    Same,
    Solution,
    Spread,
    Stock,
    Survive,
    Uplinks,
    Workload,
)
from placelang_scheduler.parts import Part


@dataclass(frozen=True, slots=True)
class Subproblem:
    """`groups`, `workloads` and `hosts` lead from the whole's indices to those of `problem`."""

    problem: Problem
    groups: Mapping[int, int]
    workloads: Mapping[int, int]
    hosts: Mapping[int, int]

    def admitted(self, solution: Solution) -> frozenset[int]:
        """The groups that a solution of the part admits, by the whole's indices."""
        return frozenset(whole for whole, own in self.groups.items() if solution.admitted[own])


def restrict(problem: Problem, part: Part) -> Subproblem:
    """`part` of `problem` by itself. What its workloads may not use of the whole is not there."""
    groups = {whole: own for own, whole in enumerate(part.groups)}
    workloads = {whole: own for own, whole in enumerate(part.workloads)}
    used = {h for w in part.workloads for h in (*problem.workloads[w].candidates, *problem.workloads[w].stay)}
    hosts = {whole: own for own, whole in enumerate(sorted(used))}
    shapes = [problem.groups[g] for g in part.groups]
    return Subproblem(
        Problem(
            hosts=tuple(problem.hosts[h] for h in hosts),
            groups=tuple(_group(shape, groups) for shape in shapes),
            workloads=tuple(
                _workload(problem.workloads[w], groups, workloads, hosts) for w in part.workloads
            ),
            constraints=tuple(
                one
                for c in part.constraints
                for one in without_partners(
                    _constraint(c, workloads, hosts),
                    frozenset(hosts[h] for h in unseen(problem, c) if h in hosts),
                )
            ),
            objectives=problem.objectives,
        ),
        groups,
        workloads,
        hosts,
    )


def only_groups(problem: Problem, groups: Collection[int]) -> Problem:
    """The problem of placing these groups somehow: nothing soft, and no room for the others."""
    return replace(
        problem,
        workloads=tuple(
            w if w.group in groups else replace(w, candidates=(), stay=()) for w in problem.workloads
        ),
        constraints=tuple(c for c in problem.constraints if c.weight is None),
        objectives=(Placed(),),
    )


def unseen(problem: Problem, constraint: Constraint) -> frozenset[int]:
    """The hosts at which a constraint between workloads does not look."""
    if not isinstance(constraint, Same | Different | Link | LinkEvery):
        return frozenset()
    key = constraint.key
    return frozenset(h for h, host in enumerate(problem.hosts) if host.domains.get(key) == EXEMPT)


def _group(group: Group, groups: Mapping[int, int]) -> Group:
    return replace(group, requires=tuple(sorted(groups[other] for other in group.requires)))


def _workload(
    workload: Workload, groups: Mapping[int, int], workloads: Mapping[int, int], hosts: Mapping[int, int]
) -> Workload:
    variants = workload.variants
    devices = tuple(
        replace(d, accepts=frozenset((hosts[h], c) for h, c in d.accepts) if d.accepts is not None else None)
        for d in workload.devices
    )
    return replace(
        workload,
        group=groups[workload.group],
        candidates=tuple(hosts[h] for h in workload.candidates),
        stay=tuple(hosts[h] for h in workload.stay),
        current={hosts[h]: n for h, n in workload.current.items() if h in hosts},
        holds={hosts[h]: held for h, held in workload.holds.items() if h in hosts},
        devices=devices,
        variants=variants and replace(variants, workloads=tuple(workloads[w] for w in variants.workloads)),
    )


def _constraint(constraint: Constraint, workloads: Mapping[int, int], hosts: Mapping[int, int]) -> Constraint:
    match constraint:
        case Hosts():
            accepted = frozenset(hosts[h] for h in constraint.accepted if h in hosts)
            return replace(constraint, workload=workloads[constraint.workload], accepted=accepted)
        case Reserve():
            free = {hosts[h]: amount for h, amount in constraint.free.items() if h in hosts}
            return replace(
                constraint,
                workloads=tuple(workloads[w] for w in constraint.workloads),
                others=tuple(workloads[w] for w in constraint.others),
                free=free,
            )
        case Stock():
            free = {hosts[h]: amount for h, amount in constraint.free.items() if h in hosts}
            return replace(constraint, workloads=tuple(workloads[w] for w in constraint.workloads), free=free)
        case Survive():
            inside = {tuple(hosts[h] for h in loss if h in hosts) for loss in constraint.losses}
            return replace(
                constraint,
                workloads=tuple(workloads[w] for w in constraint.workloads),
                losses=tuple(sorted(loss for loss in inside if loss)),
            )
        case AtMost() | Spread() | AtLeast() | Keep() | Best():
            return replace(constraint, workloads=tuple(workloads[w] for w in constraint.workloads))
        case Uplinks():
            links = tuple(_linked(link, workloads) for link in constraint.links)
            return replace(constraint, links=links)
        case Link():
            return _linked(constraint, workloads)
        case LinkEvery():
            return _linked(constraint, workloads)
        case Same() | Different():
            return replace(
                constraint,
                workloads=tuple(workloads[w] for w in constraint.workloads),
                partners=tuple(workloads[w] for w in constraint.partners),
            )
    raise TypeError(constraint)


L = TypeVar("L", Link, LinkEvery)


def _linked(constraint: L, workloads: Mapping[int, int]) -> L:
    return replace(
        constraint,
        workloads=tuple(workloads[w] for w in constraint.workloads),
        partners=tuple(workloads[w] for w in constraint.partners),
    )
