"""The shortest list of findings with which a group is placed beside all that is no less important.

What could open a host, or have it take more, is found host by host; lists are put together of that, the shortest first,
until one is enough. Only what is left of a list when nothing in it can be spared is told.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from placelang.arrange.advice.copy import Copy, copy_of, used
from placelang.arrange.advice.finding import LISTS, Finding
from placelang.arrange.advice.keys import Key, keys_of
from placelang.arrange.advice.near import Near
from placelang.arrange.advice.values import spelled, type_of
from placelang.facts import AMOUNTS
from placelang.lower import Lowered
from placelang.lower.amounts import SCALE

TRIALS = 48
"""Lists that are tried for a group; half as many where all that could be found out together is not enough."""
MOST_KEYS = 64
LONGER = (1.0, 1.125, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0)
"""How many times what is asked of an amount it may have to be, to be enough for all that stands there."""


def find_findings(
    near: Near, group: int, due: Collection[int], beside: Collection[int], seed: int, *, trials: int = TRIALS
) -> tuple[Finding, ...]:
    """The list for one group of all that is `due` with it; empty if none is found. `beside` are the groups that have
    anything to do with it."""
    sites = near.sites({*due, *beside}) or near.sites(due)
    if sites is None:
        return ()
    copy = copy_of(near, sites, seed)
    groups = near.lowered.problem.groups
    names = frozenset(groups[one].id for one in due)
    if copy.placing((), names) is not None:
        return ()  # what keeps it from being placed is not in the copy
    found = _shortest(copy, _keys(copy, {groups[group].id}), names, trials)
    if found is None or len(found) > 1:
        most = len(found) if found is not None else None
        others = names | {groups[one].id for one in beside}
        found = _shortest(copy, _keys(copy, others), names, trials, below=most) or found
    return _told(copy, found, names) if found is not None else ()


def _keys(copy: Copy, groups: Collection[str]) -> list[Key]:
    """What opens hosts to units of these groups, in the order of units and hosts."""
    lowered = copy.knowing(())
    found: dict[Key, None] = {}
    looked: set[tuple[str, int]] = set()
    for number, unit in enumerate(lowered.units):
        if lowered.problem.groups[unit.group].id in groups:
            form = unit.service.form
            false = [step.truth.false for step in lowered.steps[form].steps]
            for host in lowered.hosts(number).tolist():
                if (form, host) not in looked and not any(mask[host] for mask in false):
                    looked.add((form, host))
                    found.update(dict.fromkeys(keys_of(copy, form, [host])))
                if len(found) >= MOST_KEYS:
                    return list(found)
    return list(found)


def _shortest(
    copy: Copy, keys: Sequence[Key], due: frozenset[str], trials: int, below: int | None = None
) -> tuple[Finding, ...] | None:
    """The shortest union of keys that is enough, shorter than `below`; else, if any is, all that cannot be spared."""
    if not keys:
        return None
    every = merged(finding for key in keys for finding in _sorted(key))
    enough = copy.placing(every, due) is not None
    if not enough and not _differ(keys):
        return None
    most = len(every) + 1 if below is None else below
    for some in islice(_unions(keys, most), trials if enough else trials // 2):
        if copy.placing(some, due) is not None:
            return some
    return every if enough and below is None else None


def _differ(keys: Sequence[Key]) -> bool:
    """Whether what opens one host contradicts what opens another: all of it together then says little."""
    texts: dict[tuple[str, str, str], str] = {}
    told = (finding for key in keys for finding in key if finding.low is None and finding.fact not in LISTS)
    return any(texts.setdefault(finding.key, finding.text) != finding.text for finding in told)


def _unions(keys: Sequence[Key], below: int) -> Iterator[tuple[Finding, ...]]:
    """Unions of keys with fewer than `below` findings, the shortest first, then in the order of the keys."""
    heap: list[tuple[int, tuple[int, ...]]] = [(len(key), (n,)) for n, key in enumerate(keys)]
    heapq.heapify(heap)
    seen: set[tuple[Finding, ...]] = set()
    while heap:
        size, numbers = heapq.heappop(heap)
        if size >= below:
            return
        some = merged(finding for number in numbers for finding in _sorted(keys[number]))
        if some in seen or _differ([keys[number] for number in numbers]):
            continue
        seen.add(some)
        yield some
        about = {finding.key for finding in some}
        for number in range(len(keys)):
            more = about | {finding.key for finding in keys[number]}
            if len(more) > len(about):
                heapq.heappush(heap, (len(more), (*numbers, number)))


def _sorted(key: Key) -> list[Finding]:
    return sorted(key, key=lambda finding: (finding.key, finding.text))


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each fact once, in order: the larger of two amounts, the longer of two lists."""
    found: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        before = found.setdefault(finding.key, finding)
        if before == finding:
            continue
        if before.low is not None and finding.low is not None:
            conditions = dict.fromkeys((*before.conditions, *finding.conditions))
            low = max(before.low, finding.low)
            found[finding.key] = replace(before, conditions=tuple(conditions), low=low)
        elif len(finding.text) > len(before.text):
            found[finding.key] = finding
    return tuple(found[key] for key in sorted(found))


def _told(copy: Copy, findings: Sequence[Finding], due: frozenset[str]) -> tuple[Finding, ...]:
    """What cannot be spared of it, amounts as small as will do."""
    found = tuple(findings)
    for one in findings:
        fewer = tuple(other for other in found if other is not one)
        if copy.placing(fewer, due) is not None:
            found = fewer
    solution = copy.placing(found, due)
    if solution is None:
        return ()
    lowered = copy.knowing(found)
    taken = used(lowered, solution)
    for times in LONGER:
        small = tuple(_small(lowered, finding, taken, times) for finding in found)
        if copy.placing(small, due) is not None and copy.places(small, due):
            return small
    return ()


def _small(lowered: Lowered, finding: Finding, taken: Mapping[tuple[str, str], int], times: float) -> Finding:
    """An amount that is as large as it has to be for what is asked of it, and for what is taken of it, some times."""
    if finding.low is None:
        return finding
    kind = type_of(lowered.program, finding.noun, finding.fact)
    resource = next((r for r, fact in AMOUNTS.items() if fact == finding.fact), finding.fact)
    amount = taken.get((finding.thing, resource), 0) if finding.noun == "host" else 0
    least = max(finding.low, amount / SCALE.get(resource, 1)) * times
    choice = spelled(math.ceil(least * 1000) / 1000 if kind.name == "number" else math.ceil(least), kind)
    return replace(finding, text=choice.text, conditions=choice.conditions)
