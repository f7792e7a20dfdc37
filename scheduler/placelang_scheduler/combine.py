"""`combined`: repairs of several changes, where no single one does.

Small conflicts: every repair has to have a change that touches each core, and each trial that fails gives a core of
what it leaves, so that few of the pairs and triples are ever tried. The first size at which one works is the smallest,
if every trial before was decided. Beyond that all changes are made at once, and taken back one by one as long as what
is left works: the best that was found.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, pairwise
from typing import TYPE_CHECKING

from placelang_scheduler.changes import Change, Remedy, Repair
from placelang_scheduler.constraints import AtLeast, AtMost, Best, Different, Hosts, Keep, Same, Spread
from placelang_scheduler.repairs import mildest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.repairs import Trial
    from placelang_scheduler.solution import Core, Instance

SIZES = (2, 3)
TRIALS = 40
"""Sets of changes that are tried of all sizes together."""
CORES = 8
"""Cores that are looked for: each takes as long as several trials."""
FOUND = 3
"""Repairs of one size that are told."""
MOST = 6
"""Changes of a repair that anybody would read."""
_COUNTING = (Hosts, Spread, AtMost, AtLeast, Same, Different, Keep, Best)
"""Constraints to which it makes no difference what a replica needs."""


def combined(trial: Trial, every: Sequence[Change]) -> tuple[Repair, ...]:
    """Repairs of two changes or more, of `every` one of which none does it alone."""
    most = (*every, *(change for change in every if change.remedy is Remedy.HOST))
    if not trial.works(most):
        return ()
    search = _Search(trial, every)
    for size in SIZES:
        decided = not trial.undecided
        found = tuple(search.of_size(size))
        if found:
            return tuple(Repair(mildest(trial, changes), smallest=decided) for changes in found)
        if search.left <= 0:
            break
    left = _taken_back(trial, most)
    exhausted = search.left > 0 and not trial.undecided
    return (
        (Repair(mildest(trial, left), smallest=exhausted and len(left) == SIZES[-1] + 1),)
        if len(left) <= MOST
        else ()
    )


class _Search:
    """Which changes each repair has one of, and how many trials are left."""

    def __init__(self, trial: Trial, every: Sequence[Change]) -> None:
        self.trial = trial
        self.every = every
        self.left = TRIALS
        self.hit: list[frozenset[Change]] = []
        self._learn(())

    def of_size(self, size: int) -> Iterator[tuple[Change, ...]]:
        """Sets of changes that work, the likeliest first; none that has a change to spare, as no smaller set works."""
        told = 0
        for changes in combinations_with_replacement(self.every, size):
            if told == FOUND or self.left <= 0:
                return
            if _sensible(changes) and all(not needed.isdisjoint(changes) for needed in self.hit):
                self.left -= 1
                if self.trial.works(changes):
                    told += 1
                    yield changes
                else:
                    self._learn(changes)

    def _learn(self, changes: tuple[Change, ...]) -> None:
        """A repair that has none but these needs another: one that touches what still excludes the group."""
        core = self.trial.core(changes) if len(self.hit) < CORES else None
        if core is not None:
            touching = frozenset(change for change in self.every if self._touches(change, core, changes))
            self.hit.append(touching)

    def _touches(self, change: Change, core: Core, made: tuple[Change, ...]) -> bool:
        """Whether the change could break the core; one that was made did not, but of a host there may be two."""
        if change in made and change.remedy is not Remedy.HOST:
            return False
        if change.remedy is Remedy.WITHOUT:
            return any(self._is_of(member, change) for member in core.members)
        if change.remedy is Remedy.LESS:
            return any(self._weighs(member) for member in core.members)
        return True

    def _is_of(self, member: Instance, change: Change) -> bool:
        known = {constraint.id: constraint for constraint in self.trial.problem.constraints}
        links = getattr(known.get(str(member.constraint)), "links", ())
        return change.constraint in {member.constraint, *(link.id for link in links)}

    def _weighs(self, member: Instance) -> bool:
        known = {constraint.id: constraint for constraint in self.trial.problem.constraints}
        if member.constraint is not None:
            return not isinstance(known.get(member.constraint), _COUNTING)
        return member.group is None


def _sensible(changes: tuple[Change, ...]) -> bool:
    """Only hosts can be added twice."""
    return all(one != other or one.remedy is Remedy.HOST for one, other in pairwise(changes))


def _taken_back(trial: Trial, every: Sequence[Change]) -> tuple[Change, ...]:
    """Fewer changes that work, none of which can be spared: the least likely to be wanted are taken back first."""
    kept = tuple(every)
    for number in reversed(range(len(every))):
        fewer = (*kept[:number], *kept[number + 1 :])
        if trial.works(fewer):
            kept = fewer
    return kept
