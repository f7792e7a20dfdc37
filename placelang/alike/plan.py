"""`plan_alike`: the plan of a fleet from that of a few of its sites.

Enter a program, its world and the plan that runs; leaves the plan, or None where sites matter to each other or none is
like another. Which few are planned is found step by step: sites are alike until something is looked at in which they
differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from placelang.alike.ahead import Ahead, Helpers, beside
from placelang.alike.apart import sites_apart, strings
from placelang.alike.batch import Kin
from placelang.alike.likeness import Classes, classes, differing, hosts_by_site, unlike_any
from placelang.alike.names import StrayError, classes_in, has_mark, made_up
from placelang.alike.running import Row, few_running, rows_of, running_at, strays
from placelang.alike.told import Here, Planned, mentioned, sums_up, tell
from placelang.alike.watched import Looked, few_of, own_name
from placelang.columns import Texts
from placelang.lower import lower
from placelang.program import Program
from placelang.world import World
from placelang_runtime.plan import Plan

_ROUNDS = 8
"""Sites are planned again at most so often, as more is looked at or more has to be told of one."""
_SAMPLE = 50
"""Sites that are looked at first."""
_JOINTS = re.compile(r'["@/]')


Plans = Callable[[World, Plan | None, Mapping[bytes, int]], Planned]
"""Of what is planned beside, the components by digest with their size."""


def plan_alike(
    program: Program, world: World, current: Plan | None, plan: Plans, helpers: Helpers | None = None
) -> Plan | None:
    """The plan, made by `plan` of a few sites; None where that has to see them all. Of many that are unlike, `helpers`
    plan those that need no search."""
    if len(world.sites) < 2 or not sites_apart(program, world):  # noqa: PLR2004 - one site is like no other
        return None
    fleet = _Fleet.of(program, world, current)
    if fleet is None:
        return None
    looked = fleet.looked_at_first(program)
    ahead = Ahead(helpers, program, world, current, fleet.hosts, fleet.rows)
    for _ in range(_ROUNDS):
        found = classes(world, fleet.hosts, looked, fleet.running, fleet.alone)
        kins = ahead.plan(found, fleet.alone, looked)
        if len(found) == len(world.sites) and not kins:
            return None
        here = [number for number in range(len(found)) if number not in kins] or [0]
        kins.pop(here[0], None)
        few, runs = fleet.few(found, here, looked)
        strange = _strays(runs)
        if not strange:
            made = plan(few, runs, beside(kins))
            if sums_up(made, ahead.wanted, len(world.sites)):
                return None
            if kins and not ahead.fit(made.plan):
                return plan_alike(program, world, current, plan)
            strange = mentioned(made.plan)
            if not strange and not differing(world, found, fleet.hosts, looked):
                return fleet.told(found, Here(here, made), kins)
        fleet.alone.update(site for number in strange for site in found[number])
    return None


@dataclass(frozen=True, slots=True)
class _Fleet:
    """All sites: their `hosts`, what is `running` there by templates in `rows`, and those that are planned `alone`."""

    world: World
    current: Plan | None
    hosts: list[list[int]]
    rows: Sequence[Row]
    running: Mapping[int, object]
    alone: set[int]

    @classmethod
    def of(cls, program: Program, world: World, current: Plan | None) -> _Fleet | None:
        """None where something has the letter that made-up names have."""
        spoken = _spoken(program, world)
        rows = rows_of(current) if current is not None else ()
        if any(map(has_mark, (*spoken, *world.sites.names, *world.hosts.names))) or any(
            has_mark(piece) for template in {template for template, _ in rows} for piece in template.pieces
        ):
            return None
        hosts = hosts_by_site(world)
        alone = unlike_any(world, hosts, spoken if current is not None else frozenset())
        running, strange = running_at(world, hosts, rows)
        return cls(world, current, hosts, rows, running, alone | strange)

    def looked_at_first(self, program: Program) -> set[Looked]:
        """What is looked at of a few sites as their problem is made."""
        looked: set[Looked] = set()
        found = classes(self.world, self.hosts, looked, {}, self.alone)
        firsts = [sites[0] for sites in found if sites[0] not in self.alone][:_SAMPLE]
        lower(program, few_of(self.world, np.array(firsts, dtype=np.intp), {}, looked))
        return looked

    def few(self, found: Classes, numbers: Sequence[int], looked: set[Looked]) -> tuple[World, Plan | None]:
        """The first site of some classes, those that stand for others under made-up names, and what runs there. What is
        looked at is added to `looked`."""
        chosen = [(n, found[n]) for n in numbers]
        names = {s[0]: made_up(n, len(self.hosts[s[0]])) for n, s in chosen if len(s) > 1}
        firsts = [sites[0] for _, sites in chosen]
        few = few_of(self.world, np.array(firsts, dtype=np.intp), names, looked)
        if self.current is None:
            return few, None
        return few, few_running(self.world, self.current, self.rows, set(firsts), names)

    def told(self, found: Classes, here: Here, kins: Mapping[int, Kin]) -> Plan | None:
        """The plan of all sites, if that of no site speaks of another."""
        try:
            return tell(self.world, self.hosts, here, found, kins)
        except StrayError:
            return None


def _strays(runs: Plan | None) -> set[int]:
    """The classes of which a site runs what is not its own."""
    return {
        number
        for part in (runs.parts if runs is not None else ())
        for number in classes_in(part.site)
        if strays(part)
    }


def _spoken(program: Program, world: World) -> frozenset[str]:
    """Every text but names of sites and hosts that a plan may speak of, and what these are made of."""
    found = {
        *strings(program),
        *(own_name(world, table, row) for table in (world.gpus, world.devices) for row in range(len(table))),
    }
    for table in (world.sites, world.hosts, world.gpus, world.devices):
        for name, column in table.facts.items():
            if isinstance(column, Texts) and name != "name":
                found.update(map(str, column.vocabulary))
    return frozenset(found | {piece for text in found for piece in _JOINTS.split(text)})
