"""`find_core`: what cannot all hold beside a group, as small as can be shown.

Enter a group and others that are to stay placed. Leaves a core, or None where all of them fit, or where that was not
decided within the budget. A core is shown by problems made of its members alone: nothing is believed of the first,
large model, in which each instance hangs on a literal. An undecided question counts as no clash, so that no member
goes missing for want of time; the core is then not called minimal.

A constraint is posted if it is a member, for the workloads that are looked at and all that it names, as their being
there may help; but for those few of which it is known that it never does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import AtMost, Different, Reserve, Stock, Survive
from placelang_scheduler.losses.left import affordable, plain
from placelang_scheduler.model import Model
from placelang_scheduler.overload import overload
from placelang_scheduler.parts import Scope, by_workload, compose
from placelang_scheduler.rules import candidates
from placelang_scheduler.search import search
from placelang_scheduler.solution import Core, Instance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.needs import Needs
    from placelang_scheduler.parts import Part, Room
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.search import Finding

BUILT = 20_000
"""Counts of a model that take about as long to build as one unit of search."""
_WHETHER = 0.2
"""Units for whether there is a clash at all."""
_WITHOUT = 0.1
"""Units for whether there is one without some of the members."""
_PATIENCE = 3
"""Questions in a row that were not decided, after which none is asked any more."""


def find_core(needs: Needs, group: int, others: Collection[int], budget: Budget) -> Core | None:
    """Of the constraints, of what hosts have, and of `others` being placed: what keeps `group` out."""
    case = _Case(needs, group, budget)
    members = overload(needs, group, others)
    if members and case.clashes(members):
        return _reduce(case, members, [(one,) for one in members])
    model = case.model(others, None, guarded=True)
    if model.coarse:
        return None
    asked = {Instance(group=other): model.admitted[other] for other in _weakest_first(needs, others)}
    asked |= model.guards
    literal = _literal_core(model, asked, budget, _WHETHER)
    if literal is None:
        return None
    if literal and case.clashes(literal):
        members = case.shrink(literal)
        return _reduce(case, members, [(one,) for one in members])
    members = tuple(asked)
    return _reduce(case, members, _halves(members)) if case.clashes(members) else None


def _reduce(
    case: _Case, members: tuple[Instance, ...], chunks: Sequence[tuple[Instance, ...]]
) -> Core | None:
    """Leave out those of `chunks`, or of what is in them, that the others clash without. None where nothing is left:
    the group has no place even so."""
    kept = members
    minimal, undecided = True, 0
    waiting = list(reversed(chunks))
    while waiting and undecided < _PATIENCE:
        chunk = waiting.pop()
        rest = tuple(one for one in kept if one not in chunk)
        clashes = case.clashes(rest, _WITHOUT)
        undecided = undecided + 1 if clashes is None else 0
        if clashes:
            kept = rest
        elif len(chunk) > 1:
            waiting += reversed(_halves(chunk))
        elif clashes is None:
            minimal = False
    return Core(kept, minimal and not waiting) if kept else None


def _halves(members: tuple[Instance, ...]) -> list[tuple[Instance, ...]]:
    half = len(members) // 2
    return [members[:half], members[half:]]


def _weakest_first(needs: Needs, others: Collection[int]) -> list[int]:
    """Groups as they should rather be left out of a core: the least important and smallest first."""
    size = {group: sum(one.minimum for one in needs.problem.counts(needs.members[group])) for group in others}
    return sorted(others, key=lambda group: (needs.problem.groups[group].priority, size[group], group))


@dataclass(frozen=True, slots=True)
class _Case:
    needs: Needs
    group: int
    budget: Budget

    def clashes(self, members: Sequence[Instance], units: float = _WHETHER) -> bool | None:
        """Whether the members exclude the group, in a problem of them alone; None if that is not decided."""
        if self.budget.spent:
            return None
        others = [one.group for one in members if one.group is not None]
        model = self.model(others, frozenset(members), guarded=False)
        for other in others:
            model.define([(model.admitted[other], 1)], low=1)
        finding = _ask(model, self.budget, units)
        if finding.values is not None:
            return False
        return True if finding.closed and not model.coarse else None

    def shrink(self, members: tuple[Instance, ...]) -> tuple[Instance, ...]:
        """Fewer members that clash, or the same: by the literals of one model of them."""
        others = [one.group for one in members if one.group is not None]
        model = self.model(others, frozenset(members), guarded=True)
        placed = {Instance(group=other): model.admitted[other] for other in others}
        known = placed | model.guards
        kept = {one: known[one] for one in members if one in known}
        undecided = 0
        for one in tuple(kept):
            if one in kept and undecided < _PATIENCE:
                fewer = {other: literal for other, literal in kept.items() if other != one}
                found = _literal_core(model, fewer, self.budget, _WITHOUT)
                undecided = undecided + 1 if found == () else 0
                kept = {other: kept[other] for other in found} if found else kept
        found = tuple(kept)
        return found if self.clashes(found) else members

    def model(self, others: Collection[int], among: frozenset[Instance] | None, *, guarded: bool) -> Model:
        """Of the group, `others` and all that may help them, where the group is placed."""
        part = _part(self.needs, (self.group, *others), among)
        if not affordable(part):
            part = plain(part)
        model = Model([part], guarded=guarded, among=among)
        self.budget.units -= part.size / BUILT
        model.define([(model.admitted[self.group], 1)], low=1)
        return model


def _literal_core(
    model: Model, asked: Mapping[Instance, IntVar], budget: Budget, units: float
) -> tuple[Instance, ...] | None:
    """Those of `asked` that clash; none where that is not decided, and None where they do not."""
    model.cp.clear_assumptions()
    model.cp.add_assumptions(list(asked.values()))
    finding = _ask(model, budget, units)
    if finding.values is not None:
        return None
    if not finding.closed:
        return ()
    return tuple(one for one, literal in asked.items() if literal.index in finding.core)


def _ask(model: Model, budget: Budget, units: float) -> Finding:
    with budget.share(min(1.0, units / max(budget.units, units))) as share:
        return search(model.cp, share, plain=True)


def _part(needs: Needs, groups: Sequence[int], among: Collection[Instance] | None) -> Part:
    """`groups` with all whom they require or who may help them to hold constraints of `among`, on all hosts where they
    may stand."""
    problem = needs.problem
    found = dict.fromkeys(groups)
    binding: dict[str, Constraint] = {}
    queue = list(found)
    for group in queue:
        wanted = list(problem.groups[group].requires)
        for index in needs.members[group]:
            for constraint in needs.limits.get(index, ()):
                if among is None or Instance(constraint=constraint.id) in among:
                    binding[constraint.id] = constraint
                    wanted += [problem.workloads[helper].group for helper in _helpers(constraint)]
        queue += [other for other in dict.fromkeys(wanted) if other not in found]
        found |= dict.fromkeys(wanted)
    workloads = tuple(sorted(index for group in found for index in needs.members[group]))
    room = {index: dict(_places(needs, index)) for index in workloads}
    if among is not None and all(one.group is not None or one.constraint in binding for one in among):
        room = _concerned(problem, room, binding.values())
        workloads = tuple(sorted(room))
    shares = tuple(by_workload(binding.values(), workloads))
    return compose(Scope(problem, tuple(sorted(found)), workloads, (), shares), room)


def _concerned(problem: Problem, room: Room, binding: Iterable[Constraint]) -> dict[int, dict[int, int]]:
    """The room of those that constraints name: where nothing else binds, others find theirs, if there is so much."""
    constraints = tuple(binding)
    named = {index for one in constraints for index in one.names()}
    if any(isinstance(one, Reserve | Survive) for one in constraints):
        named.update(room)
    return {
        index: dict(room[index])
        for one in problem.counts(room)
        if not named.isdisjoint(one.workloads)
        or sum(sum(room[variant].values()) for variant in one.workloads) < one.minimum
        for index in one.workloads
    }


def _helpers(constraint: Constraint) -> tuple[int, ...]:
    """Those whose being there may help others to hold the constraint."""
    return (
        () if isinstance(constraint, AtMost | Different | Reserve | Stock | Survive) else constraint.names()
    )


def _places(needs: Needs, index: int) -> Iterator[tuple[int, int]]:
    return ((host, most) for host, most in candidates.places(needs.problem.workloads[index]) if most)
