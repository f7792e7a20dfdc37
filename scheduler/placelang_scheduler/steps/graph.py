"""`edges`: from steps one after the other to a graph of which every order is safe.

Each unit of a pool that a step takes comes from what was free, or from a step that gave it back: that one comes first.
Steps that a constraint looks at follow each other as they do in the sequence, as far as it could tell the difference.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Different, Same
from placelang_scheduler.placement import EXEMPT
from placelang_scheduler.steps.moves import Act, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.problem import Variants
    from placelang_scheduler.steps.pools import Pool
    from placelang_scheduler.steps.situation import Situation

Edge = tuple[int, int]


def edges(
    situation: Situation, ahead: Mapping[int, tuple[int, ...]], starts: Sequence[int]
) -> tuple[Edge, ...]:
    """Pairs of steps, by number, of which the first comes before the second. `starts` are where pieces begin that have
    nothing to do with each other."""
    found = {
        *_own(situation.steps),
        *_ahead(situation.steps, ahead),
        *_flows(situation),
        *_serving(situation),
        *_chains(situation),
    }
    return _reduced(found, starts)


def _own(steps: Sequence[Step]) -> Iterator[Edge]:
    """The steps of one move, one after the other."""
    last: dict[int, int] = {}
    for number, step in enumerate(steps):
        if step.move in last:
            yield last[step.move], number
        last[step.move] = number


def _ahead(steps: Sequence[Step], ahead: Mapping[int, tuple[int, ...]]) -> Iterator[Edge]:
    at = {(step.move, step.act): number for number, step in enumerate(steps) if not step.spare}
    for number, step in enumerate(steps):
        for other in ahead.get(step.move, ()):
            first = at.get((other, step.act))
            if first is not None and first < number:
                yield first, number


def _flows(situation: Situation) -> Iterator[Edge]:
    left: dict[Pool, list[tuple[int, int]]] = {}
    for number, step in enumerate(situation.steps):
        for pool, amount in situation.pools.looked_at(situation.copy(step)):
            tokens = left.setdefault(pool, [(-1, situation.pools.free[pool])])
            if step.act is Act.STOP:
                tokens.append((number, amount))
            else:
                yield from _draw(tokens, amount, number)


def _draw(tokens: list[tuple[int, int]], amount: int, number: int) -> Iterator[Edge]:
    """Take `amount` of what there is, the earliest first."""
    while amount > 0 and tokens:
        giver, there = tokens[0]
        taken = min(there, amount)
        amount -= taken
        if taken == there:
            tokens.pop(0)
        else:
            tokens[0] = (giver, there - taken)
        if giver >= 0 and taken:
            yield giver, number


def _serving(situation: Situation) -> Iterator[Edge]:
    """Of one workload, so many may be stopped early at a time: the next one waits until another runs again."""
    left: dict[Variants, list[tuple[int, int]]] = {}
    early: set[int] = set()
    for number, step in enumerate(situation.steps):
        workload = situation.moves[step.move].workload
        if workload is None:
            continue
        if step.early is not None:
            tokens = left.setdefault(
                situation.problem.counted(workload), [(-1, situation.may_stop(workload))]
            )
            yield from _draw(tokens, 1, number)
            early.add(step.move)
        elif step.act is Act.START and step.move in early:
            left[situation.problem.counted(workload)].append((number, 1))


def _chains(situation: Situation) -> Iterator[Edge]:
    by_workload: dict[int, list[int]] = defaultdict(list)
    for number, step in enumerate(situation.steps):
        workload = situation.workload(step)
        if workload in situation.watched:
            by_workload[workload].append(number)
    looked_at: dict[tuple[str, tuple[int, ...]], Constraint] = {
        (c.id, c.names()): c for found in situation.watched.values() for c in found
    }
    early = {step.move for step in situation.steps if step.early is not None}
    for constraint in looked_at.values():
        numbers = sorted({n for w in constraint.names() for n in by_workload.get(w, ())})
        if isinstance(constraint, Same | Different):
            yield from _between(situation, constraint, numbers, early)
        else:
            yield from pairwise(numbers)


Seen = dict[tuple[bool, Act], dict[str | None, list[int]]]
"""Steps so far, of partners or of those whom they are partners to, starts or stops, by the value where."""


def _between(
    situation: Situation, constraint: Same | Different, numbers: Sequence[int], early: Collection[int]
) -> Iterator[Edge]:
    """Per value: what `same` rests on starts before and stops after; what is `different` leaves before the other
    comes."""
    partners = set(constraint.partners)
    seen: Seen = {(side, act): defaultdict(list) for side in (True, False) for act in Act}
    for number in numbers:
        step = situation.steps[number]
        of_partner = situation.workload(step) in partners
        touched = list(_touched(situation, constraint, step, early if of_partner else ()))
        for value, act in touched:
            for found, at in _rests_on(constraint, seen, act, value, of_partner=of_partner):
                near = found.values() if at is None else [found.get(key, []) for key in at]
                yield from ((before, number) for befores in near for before in befores if before != number)
        for value, act in touched:
            seen[of_partner, act][value].append(number)


def _touched(
    situation: Situation, constraint: Same | Different, step: Step, early: Collection[int]
) -> Iterator[tuple[str | None, Act]]:
    """The values of which a step changes how many stand there. `same` counts a partner that stopped `early` where it
    stood until it starts anew."""
    hosts, key = situation.problem.hosts, constraint.key
    source = situation.moves[step.move].source
    if isinstance(constraint, Same) and step.move in early and source is not None:
        if step.act is Act.STOP:
            return
        yield hosts[source.host].domains.get(key), Act.STOP
    value = hosts[step.host].domains.get(key)
    if value != EXEMPT:
        yield value, step.act


def _rests_on(
    constraint: Same | Different, seen: Seen, act: Act, value: str | None, *, of_partner: bool
) -> Iterator[tuple[Mapping[str | None, list[int]], tuple[str | None, ...] | None]]:
    """Which earlier steps must come first, and at which values (None: at any). A partner whose value is unknown may be
    anywhere."""
    if isinstance(constraint, Different):
        if act is Act.START and of_partner:
            yield seen[False, Act.STOP], None if value is None else (value,)
        elif act is Act.START:
            yield seen[True, Act.STOP], (value, None)
    elif not of_partner and act is Act.START:
        yield seen[True, Act.START], (value,)
    elif of_partner and act is Act.STOP:
        yield seen[False, Act.STOP], (value,)
        yield seen[True, Act.START], (value,)


def _reduced(found: set[Edge], starts: Sequence[int]) -> tuple[Edge, ...]:
    """Without those that follow from others. `starts` are the first steps of the pieces, which follow each other; what
    leads from one piece to another stays."""
    ahead: dict[int, list[int]] = defaultdict(list)
    for first, then in found:
        ahead[then].append(first)
    reach: dict[int, int] = {}
    kept: list[Edge] = []
    for then in sorted(ahead):
        base = starts[bisect_right(starts, then) - 1]
        known = 0
        for first in sorted(ahead[then], reverse=True):
            if first < base or not known >> (first - base) & 1:
                kept.append((first, then))
            if first >= base:
                known |= reach.get(first, 0) | 1 << (first - base)
        reach[then] = known
    return tuple(sorted(kept))
