"""`losses`: what is left out when one host of some sites is lost, host by host.

The sites are planned again without the host, by themselves, with what runs as it stands; so it is whatever a plan would
be that is compared, not a model of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

from placelang.arrange.subproblem import unseen
from placelang.expressions import Fact, Quantified
from placelang.inventory import Inventory
from placelang.lower import Lowered, lower
from placelang.lower.couplings import without_partners
from placelang.program import Program
from placelang.testing.things import with_record
from placelang.world import build_world
from placelang_runtime.plan import Plan
from placelang_scheduler import Constraint, Memory, Moves, Objective, Placed, Problem, Proof, Solution, solve


@dataclass(frozen=True, slots=True)
class Scene:
    """Some sites by themselves: their inventory, and their share of the plan that runs there. `placed` and `left_out`:
    the groups that the whole plan places, and those that it does not; `wide`: those that are counted over several
    sites. `at` is the moment of the plan, `memory` what was found of components that are alike.
    `local`: what is counted over several sites is no part of it, wherever it stands, nor what ties others to it."""

    program: Program
    inventory: Inventory
    plan: Plan
    placed: frozenset[str]
    left_out: frozenset[str]
    wide: frozenset[str]
    at: int | None
    seed: int
    budget: float
    memory: Memory
    local: bool = False

    def lowered(self) -> tuple[Lowered, frozenset[int]]:
        """The problem of the sites, and the groups of it that stand at other sites: those are no part of it."""
        world, _ = build_world(self.inventory, self.program, self.at)
        found = lower(self.program, world, self.plan)
        absent = _wide(found) if self.local else _elsewhere(found, self.placed)
        if not absent:
            return found, absent
        present = _only_present(found.problem, absent, loosely=self.local)
        return replace(found, problem=present), absent

    def problem(self, lost: int | None = None) -> tuple[Problem, frozenset[int]]:
        """As `lowered`, without the host in row `lost`, as far as it matters to who is left out."""
        known = self.inventory if lost is None else _without(self.inventory, lost)
        lowered, absent = replace(self, inventory=known).lowered()
        return replace(lowered.problem, objectives=_first(lowered.problem.objectives)), absent


@dataclass(frozen=True, slots=True)
class LostGroup:
    """A group that is left out when a host is lost."""

    name: str
    priority: int


@dataclass(frozen=True, slots=True)
class Lost:
    """What a loss comes to: `groups` are left out then, the most important first; `starts` replicas start on other
    hosts. `proved`: fewer groups could not be left out. `gone`: a group that is counted over several sites stands here
    and would not be wanted, if these were all sites that there are."""

    groups: tuple[LostGroup, ...]
    starts: int
    proved: bool
    gone: bool


def find_lost(scene: Scene, host: int) -> Lost:
    """Plan without the host in one row."""
    problem, absent = scene.problem(host)
    solution = _solved(scene, problem)
    shapes = problem.groups
    left = [
        one
        for one in solution.left_out
        if one.group not in absent and shapes[one.group].id not in scene.left_out
    ]
    starts = sum(
        max(0, count - workload.current.get(at, 0))
        for workload, found in zip(problem.workloads, solution.placements, strict=True)
        for at, count in found.items()
    )
    groups = in_order(LostGroup(shapes[one.group].id, shapes[one.group].priority) for one in left)
    wanted = {shape.id for shape in shapes}
    here = {group.name for part in scene.plan.parts for group in part.groups}
    gone = not (here & scene.wide) <= wanted
    return Lost(groups, starts, all(one.proof is Proof.PROVED for one in left), gone)


def _solved(scene: Scene, problem: Problem) -> Solution:
    """The solution; why a group is left out is only asked where nothing else proves that it is."""
    seed, budget, memory = scene.seed, scene.budget, scene.memory
    found = solve(problem, seed=seed, budget=budget, memory=memory, reasons=False)
    if all(one.proof is Proof.PROVED for one in found.left_out):
        return found
    return solve(problem, seed=seed, budget=budget, memory=memory)


def in_order(groups: Iterable[LostGroup]) -> tuple[LostGroup, ...]:
    """The most important first, then by name."""
    return tuple(sorted(groups, key=lambda group: (-group.priority, group.name)))


def _first(objectives: Sequence[Objective]) -> tuple[Objective, ...]:
    """What decides about who is left out, and that no more moves than must; how the rest stands then is no question."""
    placed = next((at for at, one in enumerate(objectives) if isinstance(one, Placed)), -1)
    before = tuple(objectives[: placed + 1])
    found = before or (Placed(),)
    return found if any(isinstance(one, Moves) for one in found) else (*found, Moves())


def _elsewhere(lowered: Lowered, placed: frozenset[str]) -> frozenset[int]:
    """The groups that are counted over several sites and stand at none of these."""
    problem = lowered.problem
    standing = {workload.group for workload in problem.workloads if workload.current}
    return frozenset(
        unit.group
        for unit in lowered.units
        if unit.site < 0 and unit.group not in standing and problem.groups[unit.group].id in placed
    )


def _wide(lowered: Lowered) -> frozenset[int]:
    """The groups that are counted over several sites."""
    return frozenset(unit.group for unit in lowered.units if unit.site < 0)


def _only_present(problem: Problem, absent: frozenset[int], *, loosely: bool) -> Problem:
    """The problem in which the groups `absent` can stand nowhere, and matter to nobody; `loosely`, a constraint that
    names one of them holds for nobody."""
    part_of = [int(workload.group in absent) for workload in problem.workloads]
    kept = [c for c in problem.constraints if not (loosely and any(part_of[index] for index in c.names()))]
    shares = ((share, constraint) for constraint in kept for share in _share(constraint, part_of))
    groups = [replace(g, requires=tuple(o for o in g.requires if o not in absent)) for g in problem.groups]
    return replace(
        problem,
        groups=tuple(groups),
        workloads=tuple(
            replace(workload, candidates=(), stay=()) if workload.group in absent else workload
            for workload in problem.workloads
        ),
        constraints=tuple(
            one for share, whole in shares for one in without_partners(share, unseen(problem, whole))
        ),
    )


def _share(constraint: Constraint, part_of: Sequence[int]) -> Iterator[Constraint]:
    found = constraint.divide(part_of).get(0)
    if found is not None:
        yield found


def _without(inventory: Inventory, host: int) -> Inventory:
    up = with_record(inventory.hosts.facts.get("up"), host, False, inventory.newest or 0)
    return replace(inventory, hosts=replace(inventory.hosts, facts={**inventory.hosts.facts, "up": up}))


def names_up(program: Program) -> bool:
    """Whether a clause asks whether hosts are up: then more depends on a loss than the problem shows."""
    return any(isinstance(e, Fact) and (e.noun, e.name) == ("host", "up") for e in _expressions(program))


def counts_hosts(program: Program) -> bool:
    """Whether a clause asks about all hosts of a site: then more depends on a new one than the problem shows."""
    return any(isinstance(e, Quantified) and e.noun == "host" for e in _expressions(program))


def _expressions(program: Program) -> Iterator[object]:
    """All that expressions are made of."""
    waiting: list[object] = [program.apps, program.policies, program.derived]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Sequence) and not isinstance(value, str):
            waiting += value
        elif is_dataclass(value):
            yield value
            waiting += [getattr(value, field.name) for field in fields(value)]
