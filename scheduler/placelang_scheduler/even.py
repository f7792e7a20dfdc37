"""`even`: bring the highest fill of a part down, a few hosts at a time.

Enters a model of one draft in which all levels before balance are held; leaves the placement with the lowest fill that
was found, if it is below the draft's. The next percent is the target: in each round a host above it and a few others,
which together have room for what is above, are opened, all else stands, and the solver takes the least sum of what is
above, or another placement with as much. That finds what one search over all hosts does not in a hundred times as long.
"""

from __future__ import annotations

from math import gcd
from random import Random
from typing import TYPE_CHECKING

from placelang_scheduler.model import weigh
from placelang_scheduler.search import glance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ortools.sat.python.cp_model import Constraint as BoundedRow
    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.drafts import Draft
    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.balance import Fill

FEWEST = 6
"""Hosts up to which a search over all of them is as good."""
_OPEN = 3
_DRAWS = 20
"""Hosts of a round, and draws of them until they have room."""
_PATIENCE = 150
"""Rounds without a gain."""
_SLICE = 0.02
_ROUND = 0.01
"""Units that the solver gets in a round, and what a round costs beside them."""


def even(model: Model, one: Draft, at: int, fill: Fill, budget: Budget) -> Sequence[int] | None:
    """The values of the model's variables in the best placement found, None where none is better than the draft."""
    search = Evening(model, one, fill, budget)
    for target in range(one.values[at] - 1, one.bounds[at] - 1, -1):
        if not search.down_to(target):
            break
    search.release()
    return search.best


class Evening:
    """Counts that are fixed in a model, but for the hosts of a round; amounts are in units of what can differ."""

    def __init__(self, model: Model, one: Draft, fill: Fill, budget: Budget) -> None:
        self.model = model
        self.part = one.part
        self.fill = fill
        self.budget = budget
        self.random = Random(f"{budget.seed}/{one.part.size}")  # noqa: S311 - a search, no secret
        self.best: Sequence[int] | None = None
        self.counts = {
            host: [(index, model.x[index][host]) for index in one.part.workloads if host in model.x[index]]
            for host in one.part.hosts
        }
        self.now = {
            count.index: one.state.on(index).get(host, 0)
            for host, counts in self.counts.items()
            for index, count in counts
        }
        self.hosts = [host for host in one.part.hosts if host in fill.capacity]
        self.needs = {
            host: [
                (index, count, fill.need(index, host))
                for index, count in self.counts[host]
                if index in fill.needs
            ]
            for host in self.hosts
        }
        self.unit = gcd(*(need for needs in self.needs.values() for *_, need in needs)) or 1
        self.above: Terms = []
        self.limits: Mapping[int, int] = {}
        self.rows = {host: self._post(host) for host in self.hosts}
        for host in self.counts:
            self._fix(host)

    def _post(self, host: int) -> list[tuple[BoundedRow, Terms]]:
        """What stands on the host at any time, less what of it is above the limit."""
        scaled = [(index, count, need // self.unit) for index, count, need in self.needs[host]]
        above = self.model.variable(self.model.widest([(count, need) for _, count, need in scaled]))
        self.above.append((above, 1))
        found = []
        for moment in self.fill.moments:
            inside = set(moment)
            terms = [(count, need) for index, count, need in scaled if need and index in inside]
            found.append((self.model.define([*terms, (above, -1)]), terms))
        return found

    def down_to(self, target: int) -> bool:
        """Whether a placement was found in which no host is fuller than `target` percent."""
        self.limits = {
            host: amount // self.unit for host, amount in self.fill.tops(self.part, target).items()
        }
        for host, rows in self.rows.items():
            for row, _ in rows:
                row.proto.linear.domain[1] = self.limits[host]
        self.model.cp.minimize(weigh(self.above))
        left = {host: self.limits[host] - self._load(host) for host in self.hosts}
        values: Sequence[int] | None = None
        failures = 0
        while any(amount < 0 for amount in left.values()):
            if failures == _PATIENCE or self.budget.spent:
                return False
            over = sum(min(0, amount) for amount in left.values())
            values = self.opened(left) or values
            failures = failures + 1 if sum(min(0, amount) for amount in left.values()) == over else 0
        self.best = values or self.best
        return True

    def opened(self, left: dict[int, int]) -> Sequence[int] | None:
        """Open some hosts, and take what is found; `left` has what each may take until it holds what it may."""
        chosen = self._choose(left)
        for host in chosen:
            self._open(host)
        with self.budget.share(min(1.0, _SLICE / self.budget.units)) as share:
            values = glance(self.model.cp, share, self.random.getrandbits(16)).values
        self.budget.units -= _ROUND
        total = sum(min(0, amount) for amount in left.values())
        if values is not None and -sum(values[above.index] for above, _ in self.above) >= total:
            for host in chosen:
                self.now |= {count.index: values[count.index] for _, count in self.counts[host]}
                left[host] = self.limits[host] - self._load(host)
        else:
            values = None
        for host in chosen:
            self._fix(host)
        return values

    def _choose(self, left: Mapping[int, int]) -> list[int]:
        """A host that holds too much, and others, which together need not."""
        full = self.random.choice([host for host, amount in left.items() if amount < 0])
        others = [host for host in self.hosts if host != full]
        chosen: list[int] = []
        for _ in range(_DRAWS):
            chosen = [full, *self.random.sample(others, min(_OPEN, len(self.hosts)) - 1)]
            if sum(left[host] for host in chosen) >= 0:
                break
        return chosen

    def _load(self, host: int) -> int:
        """The most that stands on a host at any time."""
        return max(sum(need * self.now[count.index] for count, need in terms) for _, terms in self.rows[host])

    def _open(self, host: int) -> None:
        for _, count in self.counts[host]:
            self._bind(count, 0, self.model.most[count.index])

    def _fix(self, host: int) -> None:
        for _, count in self.counts[host]:
            self._bind(count, self.now[count.index], self.now[count.index])

    def _bind(self, count: IntVar, low: int, high: int) -> None:
        domain = count.proto.domain
        domain[0], domain[1] = low, high

    def release(self) -> None:
        """All counts are free again."""
        for host in self.counts:
            self._open(host)
