"""`find_cheapest`: the cheapest purchase with which everything that can be placed is placed.

Enters a `Bench`. First a purchase that is enough is looked for from above, a kind at a time; then all that are cheaper
are tried, cheapest first. If none of them is enough, the one that was found is the cheapest, and that is proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from placelang.whatif.purchases import Bench, Purchase, nothing
from placelang_scheduler.hours import peak

MOST_EACH = 24
"""Hosts of one kind at one site that are tried."""
MOST_TRIALS = 400
"""Purchases that are planned with, and how many are looked at besides, which arithmetic rules out."""
MOST_LOOKS = 50_000


@dataclass(frozen=True, slots=True)
class Found:
    """`purchase` is enough for all but `hopeless`, which no number of any kind was found to help; None if none is
    enough for the others together. No purchase that costs less than `bound` is enough. `helpless`: the purchase whose
    plan says why of the hopeless."""

    purchase: Purchase | None
    hopeless: frozenset[str]
    bound: int
    helpless: Purchase

    def proved(self, bench: Bench) -> bool:
        """Whether the purchase is the cheapest."""
        return self.purchase is not None and bench.price(self.purchase) <= self.bound


def find_cheapest(bench: Bench, most: int) -> Found:
    """The cheapest purchase; `most` hosts of a kind are more than anything here could use."""
    none, most = nothing(bench.options), min(most, MOST_EACH)
    usable = [n for n in range(len(none)) if not bench.try_(_with(none, n, 1)).unfit]
    everything = tuple(most if n in usable else 0 for n in range(len(none)))
    starts = (everything, *(_with(none, number, most) for number in usable))
    all_kinds = (most,) * len(none)
    hopeless = bench.try_(none).missing
    for start in (*starts, all_kinds):
        hopeless &= bench.try_(start).missing
    known = [found for start in starts if (found := _less(bench, start, hopeless)) is not None]
    best = min(known, key=lambda purchase: (bench.price(purchase), purchase), default=None)
    return _search(bench, Found(best, hopeless, 0, all_kinds), usable, most)


def _with(purchase: Purchase, number: int, count: int) -> Purchase:
    return (*purchase[:number], count, *purchase[number + 1 :])


def _enough(bench: Bench, purchase: Purchase, hopeless: frozenset[str]) -> bool:
    trial = bench.try_(purchase)
    return trial.missing <= hopeless and not trial.extra


def _less(bench: Bench, start: Purchase, hopeless: frozenset[str]) -> Purchase | None:
    """What is left of a purchase that is enough without the hosts that are not needed, dear ones first; None if it is
    not enough."""
    if not _enough(bench, start, hopeless):
        return None
    for number in sorted(range(len(start)), key=lambda n: (-bench.options[n].kind.price, n)):
        low, high = 0, start[number]
        while low < high:
            middle = (low + high) // 2
            if _enough(bench, _with(start, number, middle), hopeless):
                high = middle
            else:
                low = middle + 1
        start = _with(start, number, high)
    return start


def _search(bench: Bench, known: Found, usable: Sequence[int], most: int) -> Found:
    """All purchases in order of their price, up to that of the one that is known."""
    none = nothing(bench.options)
    short = _Short.of(bench, known)
    heap: list[tuple[int, int, Purchase]] = [(0, 0, none)]
    doubtful: int | None = None
    looks = 0
    while heap:
        price, hosts, purchase = heappop(heap)
        if known.purchase is not None and price >= bench.price(known.purchase):
            return replace(known, bound=price if doubtful is None else doubtful)
        looks += 1
        if looks > MOST_LOOKS or bench.tried > MOST_TRIALS:
            return replace(known, bound=price if doubtful is None else doubtful)
        if not short.rules_out(purchase):
            if _enough(bench, purchase, known.hopeless):
                return replace(known, purchase=purchase, bound=price if doubtful is None else doubtful)
            if not bench.try_(purchase).proved and doubtful is None:
                doubtful = price
        last = max((n for n, count in enumerate(purchase) if count), default=-1)
        for number in usable:
            if number >= last and purchase[number] < most:
                more = _with(purchase, number, purchase[number] + 1)
                heappush(heap, (bench.price(more), hosts + 1, more))
    return known


@dataclass(frozen=True, slots=True)
class _Short:
    """Of every resource that is needed, what all hosts together lack, and what one host of each option adds: whatever
    is bought, as much as that has to come."""

    lacking: Mapping[str, int]
    adds: tuple[Mapping[str, int], ...]

    @classmethod
    def of(cls, bench: Bench, known: Found) -> _Short:
        lowered, _, _ = bench.plan(known.helpless)
        problem = lowered.problem
        due = [
            index
            for index, workload in enumerate(problem.workloads)
            if problem.groups[workload.group].id in bench.wanted - known.hopeless
        ]
        needs: dict[str, dict[int, int]] = {}
        for one in problem.counts(due):
            if any(problem.workloads[index].candidates for index in one.workloads):
                for resource, amount in problem.least_demand(one).items():
                    needs.setdefault(resource, {})[one.workloads[0]] = amount * one.minimum
        new = {name: number for number, names in _names(bench, known.helpless) for name in names}
        own = [host for host in problem.hosts if host.id not in new]
        adds: list[Mapping[str, int]] = [{} for _ in bench.options]
        for host in problem.hosts:
            if host.id in new:
                adds[new[host.id]] = host.capacity
        return cls(
            {
                resource: peak(problem, found) - sum(host.capacity.get(resource, 0) for host in own)
                for resource, found in sorted(needs.items())
            },
            tuple(adds),
        )

    def rules_out(self, purchase: Purchase) -> bool:
        """Whether the purchase adds too little of something."""
        return any(
            short > sum(n * add.get(resource, 0) for n, add in zip(purchase, self.adds, strict=True) if n)
            for resource, short in self.lacking.items()
        )


def _names(bench: Bench, purchase: Purchase) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The names of the new hosts by the number of their option."""
    numbers = [number for number, count in enumerate(purchase) if count]
    for number, added in zip(numbers, bench.added(purchase), strict=True):
        yield number, added.names
