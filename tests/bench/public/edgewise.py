"""Applications of services, functions and things on nodes from cloud to thing (EdgeWise) through `Problem`.

python tests/bench/public/edgewise.py FOLDER [INFRASTRUCTURE…]

The folder has `speakToMe.pl` and infrastructures such as `infr64_s1.pl.gz`, as facts of Prolog. What nodes charge, and
what kinds of components ask of a node beside, stand in the rules of EdgeWise and not in its facts: below, in its words.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from placelang_scheduler import LIMIT, Group, Hinge, Host, Link, Placed, Problem, Toll, Workload, solve

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT = 10**7
"""Of what costs are counted in, in one of EdgeWise's."""
SOFTWARE = {
    "ubuntu": {"cloud": 5.524, "edge": 1.987, "thing": 0.26},
    "python": {"cloud": 4.608, "edge": 1.768, "thing": 0.192},
    "gcc": {"cloud": 19.347, "edge": 15.558, "thing": 1.544},
    "mySQL": {"cloud": 3.2, "edge": 1.8, "thing": 0.2},
}
HARDWARE = {
    "arm64": {"cloud": 3.226, "edge": 1.616, "thing": 0.154},
    "x86": {"cloud": 7.104, "edge": 2.928, "thing": 0.232},
}
PROCESSING = {"cloud": 0.004, "edge": 0.0006, "thing": 0.0008}
REQUEST = {"cloud": 0.000016, "edge": 0.0000018, "thing": 0.000002}


@dataclass(frozen=True)
class Node:
    software: set[str]
    arch: str
    hardware: int
    security: set[str]
    things: list[str]


@dataclass(frozen=True)
class Component:
    """A service or, where it has a `load`, a function: requests a month times how long one takes."""

    kind: str
    software: list[str]
    arch: str
    hardware: int
    requests: int = 0
    load: int = 0

    def price(self, tier: str) -> int:
        """What a node of a tier charges for it in a month."""
        if self.load:
            cost = self.hardware * self.load / 1000 * PROCESSING[tier] + self.requests * REQUEST[tier]
        else:
            cost = sum(SOFTWARE[one][tier] for one in self.software)
            cost += self.hardware * HARDWARE[self.arch][tier]
        return round(cost * UNIT)


@dataclass(frozen=True)
class Flow:
    source: str
    target: str
    security: set[str]
    bandwidth: float
    latency: int


class Facts:
    """What the files say."""

    def __init__(self, *texts: str) -> None:
        self.of: dict[str, list[Any]] = defaultdict(list)
        for name, *rest in (fact for text in texts for fact in _facts(text)):
            self.of[name].append(rest)
        self.nodes = {
            name: Node(set(software), arch, hardware, set(security), things)
            for name, software, (arch, hardware), security, things in self.of["node"]
        }
        self.links: dict[tuple[str, str], tuple[int, float]] = {
            (a, b): (latency, bandwidth) for a, b, latency, bandwidth in self.of["link"] if a != b
        }
        self.tier = dict(self.of["nodeType"])
        self.provider = dict(self.of["provider"])
        ((self.spare_bandwidth,),), ((self.spare_hardware,),) = self.of["bwTh"], self.of["hwTh"]
        self.flows = [
            Flow(source, target, set(security), size * rate, latency)
            for source, target, _, security, size, rate, latency in self.of["dataFlow"]
        ]
        self.things = {thing: name for name, node in self.nodes.items() for thing in node.things}

    @cached_property
    def components(self) -> dict[str, Component]:
        kinds: dict[str, tuple[list[str], str, int]] = {
            name: (software, *hardware) for name, software, hardware in self.of["service"]
        }
        found = {name: Component(kind, *kinds[kind]) for name, kind in self.of["serviceInstance"]}
        forms: dict[str, tuple[list[str], str, int]] = {
            name: ([software], *hardware) for name, software, hardware in self.of["function"]
        }
        for name, kind, (requests, lasts) in self.of["functionInstance"]:
            found[name] = Component(kind, *forms[kind], requests, requests * lasts)
        return found

    def average(self, name: str, end: int) -> float:
        """The bandwidth of a node's links, on average; `end` is 1 for those that lead to it."""
        widths = [width for ends, (_, width) in self.links.items() if ends[end] == name]
        return sum(widths) / len(widths)

    @cached_property
    def special(self) -> dict[str, set[str]]:
        """The nodes that a kind of component accepts, where it does not accept any."""
        width = {name: (self.average(name, 1), self.average(name, 0)) for name in self.nodes}
        safe = {
            name
            for name, node in self.nodes.items()
            if "backup" in node.security or {"enc_storage", "obfuscated_storage"} <= node.security
        }
        return {
            "storage": {name for name, (into, out) in width.items() if into >= 100 and out >= 150},
            "database": {
                name
                for name in safe
                if self.provider[name] != "aws"
                and {"access_logs", "authentication"} <= self.nodes[name].security
                and width[name][0] >= 150
            },
        }


def _facts(text: str) -> list[Any]:
    """Facts as lists that begin with their name: brackets and words are made those of JSON."""
    lines = re.sub(r"%.*", "", text).split(".\n")
    quoted = re.sub(r"[A-Za-z_]\w*", r'"\g<0>"', "],[".join(line.strip() for line in lines if line.strip()))
    listed = re.sub(r'"(\w+)"\(', r'"\1",(', quoted).translate(str.maketrans("()", "[]"))
    return [[name, *rest] for name, rest in json.loads(f"[[{listed.removesuffix('.')}]]")]


def problem_of(facts: Facts) -> Problem:
    """A workload for each component, a link for each flow between two; what a node of each tier charges is a resource
    that all have, of which a hinge counts what is taken of nodes of that tier.

    What flows share of a link is left out, so that an answer is a lower bound, and the best if it keeps to that.
    """
    names = list(facts.nodes)
    hosts = tuple(
        Host(
            name,
            {"hardware": max(0, node.hardware - facts.spare_hardware)} | dict.fromkeys(PROCESSING, LIMIT),
            {"host": name},
        )
        for name, node in facts.nodes.items()
    )
    where = {name: [node for node in names if _may(facts, name, node)] for name in facts.components}
    workloads = tuple(
        Workload(
            name,
            0,
            {"hardware": one.hardware} | {tier: one.price(tier) for tier in PROCESSING},
            tuple(index for index, node in enumerate(names) if node in where[name]),
        )
        for name, one in facts.components.items()
    )
    number = {name: index for index, name in enumerate(facts.components)}
    links = tuple(
        Link(
            f"flow {index}",
            (number[flow.source],),
            (number[flow.target],),
            "host",
            {
                a: {
                    b: facts.links[a, b][0]
                    for b in where[flow.target]
                    if a != b and _carries(facts, flow, a, b)
                }
                for a in where[flow.source]
            },
        )
        for index, flow in enumerate(facts.flows)
        if flow.source in number and flow.target in number
    )
    bills = Toll(tuple(Hinge(1, ((tier, 1),), tuple(0 if facts.tier[name] == tier else None for name in names))
                       for tier in PROCESSING))  # fmt: skip
    return Problem(hosts, (Group("all"),), workloads, links, (Placed(), bills))


def _may(facts: Facts, name: str, node: str) -> bool:
    """Whether a node has what a component asks of it alone, and reaches the things it speaks with."""
    one, at = facts.components[name], facts.nodes[node]
    return (
        at.software.issuperset(one.software)
        and at.arch == one.arch
        and node in facts.special.get(one.kind, facts.nodes)
        and all(flow.security <= at.security for flow in facts.flows if name in {flow.source, flow.target})
        and all(_carries(facts, flow, node, facts.things[flow.target])
                for flow in facts.flows if flow.source == name and flow.target in facts.things)
        and all(_carries(facts, flow, facts.things[flow.source], node)
                for flow in facts.flows if flow.target == name and flow.source in facts.things)
    )  # fmt: skip


def _carries(facts: Facts, flow: Flow, a: str, b: str) -> bool:
    """Whether the link from one node to another is fast and wide enough for a flow alone."""
    if a == b:
        return True
    latency, width = facts.links[a, b]
    return latency <= flow.latency and flow.bandwidth + facts.spare_bandwidth <= width


def cost(  # noqa: C901 - as the rules have it
    facts: Facts, at: Mapping[str, str]
) -> int:
    """What a placement costs, counted from the facts alone; raises where it breaks a rule."""
    used: dict[str, int] = defaultdict(int)
    carried: dict[tuple[str, str], float] = defaultdict(float)
    for name, node in at.items():
        one, has = facts.components[name], facts.nodes[node]
        used[node] += one.hardware
        if has.arch != one.arch or not set(one.software) <= has.software:
            raise AssertionError(f"{name} cannot run on {node}")
        if node not in facts.special.get(one.kind, {node}):
            raise AssertionError(f"{node} is not for {one.kind}")
    for node, taken in used.items():
        if taken + facts.spare_hardware > facts.nodes[node].hardware:
            raise AssertionError(f"{node} has not enough hardware")
    stands = facts.things | dict(at)
    for flow in facts.flows:
        a, b = stands[flow.source], stands[flow.target]
        if not flow.security <= facts.nodes[a].security & facts.nodes[b].security:
            raise AssertionError(f"{flow.source} to {flow.target} is not secure")
        if a != b:
            carried[a, b] += flow.bandwidth
            if facts.links[a, b][0] > flow.latency:
                raise AssertionError(f"{flow.source} to {flow.target} takes too long")
    for ends, amount in carried.items():
        if amount + facts.spare_bandwidth > facts.links[ends][1]:
            raise AssertionError(f"{ends} carries too much")
    return sum(facts.components[name].price(facts.tier[node]) for name, node in at.items())


def measure(application: str, path: Path) -> None:
    walls, busy = [], []
    for _ in range(5):
        wall, cpu = perf_counter(), process_time()
        facts = Facts(application, gzip.decompress(path.read_bytes()).decode())
        solution = solve(problem_of(facts))
        walls.append(perf_counter() - wall)
        busy.append(process_time() - cpu)
    nodes = list(facts.nodes)
    at = {
        name: nodes[next(iter(found))]
        for name, found in zip(facts.components, solution.placements, strict=True)
    }
    level = solution.levels[-1]
    found = cost(facts, at)
    if found != level.value:
        raise AssertionError(f"the facts come to {found}, the scheduler to {level.value}")
    proved = "proved optimal" if level.proved else f"at least {level.bound / UNIT:.4f}"
    print(
        f"{path.name}: {len(at)} components on {len(nodes)} nodes, cost {found / UNIT:.4f}, {proved}; "
        f"with reading {median(busy):.2f} s of a processor, {median(walls):.2f} s waited, median of {len(busy)}"
    )


def main(folder: Path, names: list[str]) -> None:
    if not folder.is_dir():
        print(f"{folder} is not there: nothing is measured")
        return
    solve(Problem((Host("h", {"r": 1}),), (Group("g"),), (Workload("w", 0, {"r": 1}, (0,)),)))
    application = (folder / "speakToMe.pl").read_text()
    for name in names:
        measure(application, folder / f"{name}.pl.gz")


if __name__ == "__main__":
    main(Path((sys.argv[1:] or ["edgewise"])[0]), sys.argv[2:] or ["infr16_s1", "infr64_s1"])
