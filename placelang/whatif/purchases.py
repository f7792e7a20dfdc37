"""`Bench`: whether a number of hosts of each kind is enough, found by planning with them.

Enters a part of a fleet with what runs there. Leaves, for a purchase, which groups are still left out, and whether that
is proved. Nothing is derived from one purchase for another: more hosts need not help, as what is spread has more values
to be spread over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from placelang.inventory import Inventory
from placelang.lower import Lowered
from placelang.lower.keys import HOST
from placelang.whatif.catalogue import Added, new_names, with_hosts
from placelang.whatif.kinds import Kind as KindOfHost
from placelang.whatif.losses import Scene
from placelang_scheduler import Kind, Placed, Proof, Solution, solve

_BY_ITSELF = frozenset({Kind.NO_CANDIDATES, Kind.TOO_LARGE, Kind.EXCLUDED, Kind.TOO_FEW, Kind.CAPACITY})
"""Reasons that hold of a group by itself, in an empty fleet."""

Purchase = tuple[int, ...]
"""How many hosts of each option."""


@dataclass(frozen=True, slots=True)
class Option:
    """A host of a kind at a site."""

    kind: KindOfHost
    site: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a purchase comes to: `missing` groups are left out, of those that there are without it, and `extra` of those
    that are there for the new hosts alone; `unfit`: one of the latter runs once per host, and the new host can never
    hold it. `proved`: no fewer can be."""

    missing: frozenset[str]
    extra: frozenset[str]
    unfit: bool
    proved: bool


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """`taken` are the names of all hosts of the fleet. `present` are the groups that the scene has without any
    purchase, `wanted` those of them that are to be placed."""

    scene: Scene
    catalogue: Inventory
    options: tuple[Option, ...]
    taken: frozenset[str]
    present: frozenset[str]
    wanted: frozenset[str]
    _trials: dict[Purchase, Trial] = field(default_factory=dict, repr=False)

    @property
    def tried(self) -> int:
        """How many purchases have been tried."""
        return len(self._trials)

    def price(self, purchase: Purchase) -> int:
        """What a purchase costs."""
        return sum(count * option.kind.price for count, option in zip(purchase, self.options, strict=True))

    def try_(self, purchase: Purchase) -> Trial:
        """Plan with a purchase; each is planned once."""
        if purchase not in self._trials:
            lowered, absent, solution = self.plan(purchase)
            names = [group.id for group in lowered.problem.groups]
            left = [one for one in solution.left_out if one.group not in absent]
            missing = frozenset(names[one.group] for one in left)
            own = {unit.group for unit in lowered.units if unit.service.replicas.per == HOST}
            unfit = any(
                one.group in own
                and names[one.group] not in self.present
                and any(reason.kind in _BY_ITSELF for reason in one.reasons)
                for one in left
            )
            proved = all(one.proof is Proof.PROVED for one in left)
            self._trials[purchase] = Trial(missing & self.wanted, missing - self.present, unfit, proved)
        return self._trials[purchase]

    def plan(self, purchase: Purchase) -> tuple[Lowered, frozenset[int], Solution]:
        """The problem with the new hosts, the groups of it that stand elsewhere, and its solution."""
        known = with_hosts(self.scene.inventory, self.added(purchase), self.catalogue)
        scene = replace(self.scene, inventory=known)
        lowered, absent = scene.lowered()
        problem = replace(lowered.problem, objectives=(Placed(),))
        lowered = replace(lowered, problem=problem)
        return lowered, absent, solve(problem, seed=scene.seed, budget=scene.budget, memory=scene.memory)

    def added(self, purchase: Purchase) -> list[Added]:
        """The new hosts by name."""
        return name_hosts(dict(zip(self.options, purchase, strict=True)), self.taken)


def name_hosts(bought: Mapping[Option, int], taken: frozenset[str]) -> list[Added]:
    """New hosts with names that no host has."""
    found, names = [], set(taken)
    for option, count in bought.items():
        if count:
            fresh = new_names(option.kind.name, count, frozenset(names))
            names.update(fresh)
            found.append(Added(option.kind.name, option.site, fresh))
    return found


def nothing(options: Sequence[Option]) -> Purchase:
    """The purchase of no host."""
    return (0,) * len(options)
