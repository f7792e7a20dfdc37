"""Landscapes of soft costs, made at random: what runs on unlike hosts, unevenly and with rules that hold."""

from __future__ import annotations

from random import Random

from placelang_scheduler import (
    AtLeast,
    AtMost,
    Constraint,
    Different,
    Group,
    Hinge,
    Host,
    Overlap,
    Placed,
    Problem,
    Same,
    Toll,
    Workload,
)


def landscape(seed: int, hosts: int, items: int, *, tied: bool = True) -> Problem:
    """A feasible assignment that nobody has balanced: `tied` makes moves take two places, and rules hold."""
    r = Random(seed)
    places = [r.randrange(hosts) for _ in range(items)]
    needs = [{"cpu": r.randint(1, 40), "memory": r.randint(1, 60)} for _ in range(items)]
    used = [
        {
            name: sum(n[name] for n, at in zip(needs, places, strict=True) if at == h)
            for name in ("cpu", "memory")
        }
        for h in range(hosts)
    ]
    capacity = [{name: amount + r.randint(20, 120) for name, amount in one.items()} for one in used]
    machines = tuple(
        Host(f"h{h}", capacity[h], {"host": f"h{h}", "zone": f"z{h % 3}", "hall": f"y{h % 2}"})
        for h in range(hosts)
    )
    workloads = tuple(
        Workload(f"w{i}", 0, needs[i], tuple(range(hosts)), current={places[i]: 1}, move_cost=r.randint(1, 9))
        for i in range(items)
    )
    safe = tuple(
        Hinge(10, ((name, 1),), tuple(int(one[name] * r.uniform(0.5, 0.8)) for one in capacity))
        for name in ("cpu", "memory")
    )
    even = Hinge(3, (("memory", 1), ("cpu", -1)), tuple(one["memory"] - one["cpu"] for one in capacity))
    ways = tuple(tuple(0 if a == b else r.randint(1, 5) for b in range(hosts)) for a in range(hosts))
    sets = tuple(tuple(range(first, min(first + 4, items))) for first in range(0, items, 4))
    rules = tuple(_rules(r, places, sets)) if tied else ()
    return Problem(
        machines, (Group("all"),), workloads, rules, (Placed(), Toll((*safe, even), 2, ways, sets, 7))
    )


def _rules(r: Random, places: list[int], sets: tuple[tuple[int, ...], ...]) -> list[Constraint]:
    """Rules over sets that hold where all runs now."""
    found: list[Constraint] = [Overlap("both", tuple(range(len(places))), "memory")]
    for number, (one, other) in enumerate(zip(sets, (*sets[1:], sets[0]), strict=True)):
        zones, near = ({places[i] % 3 for i in group} for group in (one, other))
        halls, beside = ({places[i] % 2 for i in group} for group in (one, other))
        if len({places[i] for i in one}) == len(one):
            found.append(AtMost(f"apart {number}", one, "host", 1))
        if len(zones) > 1:
            found.append(AtLeast(f"spread {number}", one, "zone", 2))
        if halls <= beside and len(sets) > 1:
            found.append(Same(f"near {number}", one, other, "hall"))
        if zones.isdisjoint(near) and r.random() < 0.5:
            found.append(Different(f"far {number}", one, other, "zone"))
    return found
