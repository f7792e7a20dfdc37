"""Pools of which it is known that all fits, made from a seed: `planted(hosts, replicas, seed)`.

Hosts of several sizes in ten zones, some with labels; workloads of one to two hundred replicas, some of which need a
label, spread over zones or keep apart. They are laid on the hosts first, and then hosts get what they hold and a little
more, so that they are about `full` of it.
"""

from __future__ import annotations

from random import Random

from placelang_scheduler import AtMost, Constraint, Group, Host, Placed, Problem, Spread, Workload

LABELS = {"gpu": 0.1, "ssd": 0.3, "arm": 0.2}
ZONES = 10
SHAPES = ((2, 2), (4, 1), (1, 4), (3, 3), (8, 2), (2, 8), (6, 12), (1, 1))
PRIORITIES = (0, 50, 100)


class Floor:
    """Hosts with their zones, how large they are to be, and what is used of them so far."""

    def __init__(self, r: Random, hosts: int) -> None:
        self.zone = [host % ZONES for host in range(hosts)]
        self.room = [r.choice((1, 2, 2, 4)) * 32 for _ in range(hosts)]
        self.used = [[0, 0] for _ in range(hosts)]

    def lay(self, r: Random, where: tuple[int, ...], need: tuple[int, int], number: int, rule: str) -> None:
        """Lay replicas on hosts that are the least used for their size, of some drawn at random."""
        mine: set[int] = set()
        in_zone = dict.fromkeys((self.zone[host] for host in where), 0)
        for _ in range(number):
            host = self._draw(r, where, rule, mine, in_zone)
            mine.add(host)
            in_zone[self.zone[host]] += 1
            for at in range(2):
                self.used[host][at] += need[at]

    def _draw(
        self, r: Random, where: tuple[int, ...], rule: str, mine: set[int], in_zone: dict[int, int]
    ) -> int:
        least = min(in_zone.values())
        for _ in range(1000):
            drawn = [where[r.randrange(len(where))] for _ in range(3)]
            if rule == "apart":
                drawn = [host for host in drawn if host not in mine]
            elif rule == "spread":
                drawn = [host for host in drawn if in_zone[self.zone[host]] == least]
            if drawn:
                return min(drawn, key=lambda host: max(self.used[host]) / self.room[host])
        raise AssertionError("no host was drawn that takes a replica")


def planted(
    hosts: int, replicas: int, seed: int, full: float = 0.95, priorities: tuple[int, ...] = PRIORITIES
) -> Problem:
    """A problem in which every replica has a place."""
    r = Random(seed)
    labels = [{label for label, share in LABELS.items() if r.random() < share} for _ in range(hosts)]
    where: dict[str | None, tuple[int, ...]] = {None: tuple(range(hosts))}
    where |= {label: tuple(h for h in range(hosts) if label in labels[h]) for label in LABELS}
    floor = Floor(r, hosts)
    workloads: list[Workload] = []
    constraints: list[Constraint] = []
    left = replicas
    while left:
        index = len(workloads)
        on = where[r.choice((None, None, None, None, None, "gpu", "ssd", "arm"))]
        number = min(r.choice((1, 5, 20, 50, 50, 100, 200)), left, len(on) // 2)
        cpu, memory = (max(1, round(4 * need * r.uniform(0.5, 2))) for need in r.choice(SHAPES))
        rule = r.choice(("", "", "", "", "spread", "spread", "apart"))
        floor.lay(r, on, (cpu, memory), number, rule)
        if rule == "spread":
            constraints.append(Spread(f"spread {index}", (index,), "zone", 1))
        elif rule == "apart":
            constraints.append(AtMost(f"apart {index}", (index,), "host", 1))
        demand = {"cpu": 100 * cpu, "memory": 64 * memory}
        workloads.append(Workload(f"w{index}", index, demand, on, 0, number))
        left -= number
    groups = tuple(Group(f"g{index}", r.choice(priorities)) for index in range(len(workloads)))
    found = tuple(_host(index, used, floor.zone[index], full) for index, used in enumerate(floor.used))
    return Problem(found, groups, tuple(workloads), tuple(constraints), (Placed(),))


def _host(index: int, used: list[int], zone: int, full: float) -> Host:
    cpu, memory = (max(1, round(amount / full)) for amount in used)
    return Host(
        f"h{index}", {"cpu": 100 * cpu, "memory": 64 * memory}, {"zone": f"z{zone}", "host": f"h{index}"}
    )
