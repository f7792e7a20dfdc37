"""`Model`: parts of a problem as a CP-SAT model over counts, built by the rules and constraints themselves.

`x[w][h]` counts the replicas of workload w on host h and exists only where one may stand; `admitted[g]` is 1 when
group g is admitted, `one` is always. Rules, constraints and goals add rows over these and over what they define
(`present`, `excess`).
Rows may be guarded by a literal, see `Model`; definitions always hold.

Amounts are divided by their greatest common divisor, which changes nothing. Where they would still overflow 64 bits
once summed, needs are rounded up and capacities down to a coarser unit, one part in 2**40 of the sum: a solution of
the model still fits, but a proof of the model says little about the problem, and `coarse` says so.
"""

from __future__ import annotations

from contextlib import contextmanager
from math import gcd
from typing import TYPE_CHECKING

from ortools.sat.python.cp_model import Constraint as BoundedRow
from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

from placelang_scheduler.losses.left import losses_of
from placelang_scheduler.placement import EXEMPT
from placelang_scheduler.rules import RULES, STRUCTURE
from placelang_scheduler.solution import Instance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.losses.scenario import Scenario
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Loss
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.rules.row import Row

Terms = list[tuple[IntVar, int]]
"""A linear expression: variables with their factors."""

_WIDE = 2**61
_FINE = 2**40
UNBOUND = 2**62
"""Above what any sum comes to."""
_LOW, _HIGH = -UNBOUND, UNBOUND


class Model:
    """A CP-SAT model of `parts`, with their hard constraints.

    With `among`, only those instances of rules and constraints are posted, beside what replicas and candidates are.
    Where `guarded`, each instance holds only where its literal in `guards` does.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        guarded: bool = False,
        among: Collection[Instance] | None = None,
        lazy: bool = False,
    ) -> None:
        self._begin(CpModel(), parts[0].problem, guarded=guarded, among=among)
        for part in parts:
            for group in part.groups:
                self.admitted[group] = self.cp.new_int_var(0, int(group in part.open), "")
            for rule in RULES:
                with self.guard(rule=None if rule in STRUCTURE else rule.KEYWORD):
                    rule.post(self, part)
        for part in parts:
            for constraint in part.constraints:
                if constraint.weight is None and self.posts(constraint):
                    self.hold(constraint)
            self._insure(part, lazy=lazy)

    def _begin(
        self, cp: CpModel, problem: Problem, *, guarded: bool, among: Collection[Instance] | None
    ) -> None:
        self.cp = cp
        self.problem = problem
        self.before: Model | None = None
        self.x: dict[int, dict[int, IntVar]] = {}
        self.most: dict[int, int] = {}
        self.admitted: dict[int, IntVar] = {}
        self.one = self.cp.new_constant(1)
        self.coarse = False
        self._present: dict[tuple[tuple[int, ...], str], dict[str | None, IntVar]] = {}
        self._instance: Instance | None = None
        self._where: IntVar | None = None
        self.among = among
        self.guarded = guarded
        self.guards: dict[Instance, IntVar] = {}
        self.coverage: dict[str, dict[Loss, IntVar]] = {}
        self.scenarios: dict[tuple[int, Loss], Scenario] = {}

    def posts(self, constraint: Constraint) -> bool:
        """Whether the constraint is one of those that are looked at."""
        return self.among is None or Instance(constraint=constraint.id) in self.among

    def _insure(self, part: Part, *, lazy: bool) -> None:
        for loss, survives in losses_of(part).items():
            posted = [one for one in survives if self.posts(one)]
            for one in posted:
                guarded = self.guarded and one.weight is None
                literal = self._literal(Instance(constraint=one.id)) if guarded else self.one
                self.coverage.setdefault(one.id, {})[loss] = (
                    literal if one.weight is None else self.variable(1)
                )
            if posted and not lazy:
                self.lose(part, loss)

    def lose(self, part: Part, loss: Loss) -> None:
        """Post what `part` has to be after `loss`."""
        from placelang_scheduler.losses.scenario import Scenario  # noqa: PLC0415 - a scenario is a model

        self.scenarios[part.groups[0], loss] = Scenario(self, part, loss)

    def hold(self, constraint: Constraint, where: IntVar | None = None) -> None:
        """Post a hard constraint, which holds everywhere or `where` that literal is 1."""
        self._where = where
        with self.guard(constraint=constraint.id):
            self._limit(constraint)
            constraint.post(self)
        self._where = None

    def running(self, workload: int, host: int) -> Terms:
        """How many replicas of `workload` run on `host` already."""
        if self.before is not None:
            count = self.before.x.get(workload, {}).get(host)
            return [] if count is None else [(count, 1)]
        current = self.problem.workloads[workload].current.get(host, 0)
        return [(self.one, current)] if current else []

    def _limit(self, constraint: Constraint) -> None:
        """Where it depends which constraints hold, the room does not know of their limits."""
        known = not self.guarded and self.among is None and self.before is None
        for workload in () if known else constraint.subjects():
            for host, variable in self.x.get(workload, {}).items():
                limit = constraint.limit(self.problem, workload, host)
                if limit < self.most[variable.index]:
                    self.row([(variable, 1)], high=limit)

    @contextmanager
    def guard(
        self,
        *,
        constraint: str | None = None,
        rule: str | None = None,
        host: int | None = None,
        resource: str | None = None,
    ) -> Iterator[None]:
        """Rows of here belong to one instance, the innermost: a constraint, a resource of a host, else a whole rule."""
        named = Instance(constraint, None, rule, host, resource)
        outer, self._instance = self._instance, named if named != Instance() else None
        yield
        self._instance = outer

    def count(self, workload: int, room: Mapping[int, int]) -> None:
        """Make the counts of `workload`, one per host of `room`."""
        found = self.x[workload] = {}
        for host, most in room.items():
            found[host] = self.variable(most)

    def replicas(self, *workloads: int) -> Terms:
        """All replicas of `workloads`."""
        return [(variable, 1) for index in workloads for variable in self.x.get(index, {}).values()]

    def by_value(self, workloads: Iterable[int], key: str) -> dict[str | None, Terms]:
        """Replicas of `workloads` per value of `key`; None has those on hosts without a value, and exempt hosts have
        none."""
        found: dict[str | None, Terms] = {}
        for index in workloads:
            for host, variable in self.x.get(index, {}).items():
                found.setdefault(self.problem.hosts[host].domains.get(key), []).append((variable, 1))
        found.pop(EXEMPT, None)
        return found

    def exempt(self, workload: int, key: str) -> Terms:
        """Replicas of `workload` on hosts that constraints over `key` do not look at."""
        hosts = self.problem.hosts
        counts = self.x.get(workload, {}).items()
        return [(variable, 1) for host, variable in counts if hosts[host].domains.get(key) == EXEMPT]

    def present(self, workloads: tuple[int, ...], key: str) -> dict[str | None, IntVar]:
        """Per value of `key`, a literal that is 1 exactly where a replica of one of `workloads` stands."""
        known = self._present.get((workloads, key))
        if known is None:
            groups = self.by_value(workloads, key)
            known = {value: self.any(terms) for value, terms in groups.items()}
            self._present[workloads, key] = known
        return known

    def any(self, terms: Terms) -> IntVar:
        """A literal that is 1 exactly where one of some counts is above 0."""
        most = sum(self.most[variable.index] for variable, _ in terms)
        if most == 1:
            return terms[0][0]
        literal = self.cp.new_bool_var("")
        self.most[literal.index] = 1
        self.define([*terms, (literal, -1)], low=0)
        self.define([*terms, (literal, -most)], high=0)
        return literal

    def variable(self, most: int) -> IntVar:
        """A new variable from 0 to `most`."""
        variable = self.cp.new_int_var(0, most, "")
        self.most[variable.index] = most
        return variable

    def excess(self, terms: Terms, above: int, most: int) -> IntVar:
        """A variable of 0 to `most` that is at least what `terms` exceed `above` by; minimised, it is just that."""
        variable = self.variable(most)
        self.define([*terms, (variable, -1)], high=above)
        return variable

    def define(self, terms: Terms, low: int = _LOW, high: int = _HIGH) -> BoundedRow:
        """`low` <= `terms` <= `high`, always."""
        return self.cp.add_linear_constraint(weigh(terms), low, high)

    def row(self, terms: Terms, low: int = _LOW, high: int = _HIGH) -> None:
        """`low` <= `terms` <= `high`, where the instance that this belongs to is to hold."""
        instance = self._instance
        if instance is not None and self.among is not None and instance not in self.among:
            return
        row = self.define(terms, low, high)
        literals = [] if self._where is None else [self._where]
        if instance is not None and self.guarded:
            literals.append(self._literal(instance))
        if literals:
            row.only_enforce_if(literals)

    def _literal(self, instance: Instance) -> IntVar:
        """What says that the instance holds."""
        if instance not in self.guards:
            self.guards[instance] = self.variable(1)
        return self.guards[instance]

    def pack(self, host: int, row: Row) -> None:
        """What stands on `host` takes no more than `row` allows."""
        needs = [(self.x[index][host], need) for index, need in row.demand.items()]
        divisor = gcd(*row.demand.values())
        terms = [(variable, need // divisor) for variable, need in needs]
        capacity = row.capacity // divisor
        if self.widest(terms) <= capacity:
            return
        unit = self.unit(terms)
        with self.guard(host=host, resource=row.resource):
            self.row([(variable, -(-need // unit)) for variable, need in terms], high=capacity // unit)

    def widest(self, terms: Terms) -> int:
        """The most that `terms` can come to."""
        return sum(self.most[variable.index] * factor for variable, factor in terms)

    def unit(self, terms: Terms) -> int:
        """What to divide the factors of `terms` by, so that their sum fits into 64 bits."""
        widest = self.widest(terms)
        if widest <= _WIDE:
            return 1
        self.coarse = True
        return -(-widest // _FINE)


def weigh(terms: Terms) -> LinearExpr:
    """`terms` as the solver writes them."""
    return LinearExpr.weighted_sum([variable for variable, _ in terms], [factor for _, factor in terms])
