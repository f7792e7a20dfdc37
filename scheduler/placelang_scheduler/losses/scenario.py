"""`Scenario`: what a loss leaves, as a model beside the model, by the same rules and constraints on counts of its own.

Its counts are those after the loss; the model's own, less the lost hosts, are what runs then. What is asked is what
`placelang_scheduler.losses` says, for every placement that the model may come to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.losses.left import bent, hosts_left, losses_of, without
from placelang_scheduler.model import Model
from placelang_scheduler.parts import Scope, compose, limiting, room_of
from placelang_scheduler.placement import Contingency
from placelang_scheduler.rules import RULES, candidates, replicas, requires

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.model import Terms
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Loss
    from placelang_scheduler.problem import Variants

_SAID = (candidates, replicas, requires)
"""Rules that a scenario has its own form of."""


class Scenario(Model):
    """After `loss`, a placement of `part` on what is left."""

    def __init__(self, before: Model, part: Part, loss: Loss) -> None:
        shapes = {index: without(part.problem.workloads[index], loss) for index in part.workloads}
        workloads = list(part.problem.workloads)
        for index, shape in shapes.items():
            workloads[index] = shape
        problem = replace(part.problem, hosts=hosts_left(part.problem, loss), workloads=tuple(workloads))
        self._begin(before.cp, problem, guarded=before.guarded, among=before.among)
        self.before = self._first = before
        self.one, self.most = before.one, before.most
        self.admitted, self.guards = before.admitted, before.guards
        self._loss = loss
        self._covered: dict[int, IntVar] = {}
        self._hurt: dict[int, IntVar | None] = {}
        self._survives = [one for one in losses_of(part)[loss] if one.id in before.coverage]
        self._cover(part)
        hard = [
            bent(one, part.problem, loss, shapes)
            for one in part.constraints
            if one.weight is None and one.keyword != "survive" and before.posts(one)
        ]
        asked = [self._asked(one) for one in hard]
        self._count(part, [one for one, where in zip(hard, asked, strict=True) if where is None], hard)
        for one in problem.counts(part.workloads):
            self._stand(one)
        for constraint, where in zip(hard, asked, strict=True):
            self.hold(constraint, where)
        before.coarse = before.coarse or self.coarse

    def read(self, values: Sequence[int]) -> Contingency:
        """What a solution does after the loss."""
        changed = {}
        for index, counts in self.x.items():
            then = {host: values[count.index] for host, count in counts.items() if values[count.index]}
            first = self._first.x.get(index, {})
            left = {
                host: values[count.index]
                for host, count in first.items()
                if values[count.index] and host not in self._loss
            }
            if then != left:
                changed[index] = then
        covered = [one.id for one in self._survives if values[self._first.coverage[one.id][self._loss].index]]
        return Contingency(changed, frozenset(covered))

    def _cover(self, part: Part) -> None:
        """Literals for what is guaranteed."""
        literals: dict[int, list[IntVar]] = {}
        inside = set(part.workloads)
        for one in self._survives:
            for index in one.workloads:
                if index in inside:
                    literals.setdefault(index, []).append(self._first.coverage[one.id][self._loss])
        for index, found in literals.items():
            if any(one.index == self.one.index for one in found):
                self._covered[index] = self.one
            else:
                self._covered[index] = found[0] if len(found) == 1 else self.any([(one, 1) for one in found])

    def _count(self, part: Part, bound: Sequence[Constraint], hard: Sequence[Constraint]) -> None:
        """The counts, as far as constraints that are `bound` to hold limit them, and what hosts have."""
        room: dict[int, dict[int, int]] = {index: {} for index in part.workloads}
        narrow = self.guarded or self.among is not None or len(bound) == len(hard)
        limits = limiting(bound)
        for index in part.workloads:
            if self.problem.workloads[index].group not in part.open:
                continue
            if not narrow:
                room[index] = room_of(self.problem, index, limits.get(index, ()))
            else:
                room[index] = {
                    host: most for host, most in part.room[index].items() if host not in self._loss
                }
        barred = frozenset(part.groups) - part.open
        after = compose(Scope(self.problem, part.groups, part.workloads, (), tuple(hard)), room, barred)
        for index in part.workloads:
            self.count(index, room[index])
        for rule in RULES:
            if rule not in _SAID:
                with self.guard(rule=rule.KEYWORD):
                    rule.post(self, after)

    def _stand(self, counted: Variants) -> None:
        """As many replicas as are asked for, of variants together."""
        first, low, high = counted.workloads[0], counted.minimum, counted.maximum
        now = self.replicas(*counted.workloads)
        admitted = self.admitted[self.problem.workloads[first].group]
        self.define([*now, (admitted, -high)], high=0)
        for index in counted.workloads:
            self._stay(index)
        covered = self._covered.get(first)
        if covered is not None:
            self.define([*now, (admitted, -low), (covered, -low)], low=-low)
            if self._sure(first):
                return
        loose = [] if covered is None else [(covered, -high)]
        for index in counted.workloads:
            self.define([*self.replicas(index), *self._left(index), *loose], high=0)
        missing: Terms = [*now, *(term for index in counted.workloads for term in self._left(index))]
        if low < high:
            enough = self.variable(1)
            self.define([*now, (enough, -low)], low=0)
            missing.append((enough, high))
        self.define(missing, low=0)

    def _stay(self, index: int) -> None:
        """No new replica where none but what runs may stand."""
        for host in self.problem.workloads[index].stay:
            if host in self.x[index]:
                running = [(one, -factor) for one, factor in self.running(index, host)]
                self.define([(self.x[index][host], 1), *running], high=0)

    def _left(self, index: int) -> Terms:
        """What stood on the hosts that are left, to be taken off."""
        counts = self._first.x.get(index, {})
        return [(count, -1) for host, count in counts.items() if host not in self._loss]

    def _asked(self, constraint: Constraint) -> IntVar | None:
        """Whether the constraint has to hold, None where it always has."""
        names = tuple(dict.fromkeys(constraint.names()))
        hurt = [
            literal
            for index in names
            if not self._sure(index) and (literal := self._harmed(index)) is not None
        ]
        if constraint.lasting or not hurt:
            return None
        asked = self.variable(1)
        self.define([(asked, 1), *((literal, 1) for literal in hurt)], low=1)
        for index in names:
            if index in self._covered:
                admitted = self.admitted[self.problem.workloads[index].group]
                self.define([(asked, 1), (self._covered[index], -1), (admitted, -1)], low=-1)
        return asked

    def _sure(self, index: int) -> bool:
        """Whether the workload is guaranteed, come what may."""
        return index in self._covered and self._covered[index].index == self.one.index

    def _harmed(self, index: int) -> IntVar | None:
        """Whether replicas of the workload stood on the lost hosts, None where none could."""
        if index not in self._hurt:
            counts = self._first.x.get(index, {})
            lost: Terms = [(counts[host], 1) for host in self._loss if host in counts]
            self._hurt[index] = self.any(lost) if lost else None
        return self._hurt[index]
