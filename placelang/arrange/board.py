"""`Board`: the steps of all sites while they are written down; then each site gets its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from placelang_runtime.part import Replica, SitePart
from placelang_runtime.steps import Precedence, Schedule, SiteStep, Step, StepKind, StepNote, Steps

NoteKind = Literal["stops-first", "spare", "breach"]


@dataclass(slots=True)
class Board:
    """`nodes` in an order that is safe, each with its site; `edges` between them, the first before the second."""

    nodes: list[tuple[str, Step]] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    notes: list[tuple[int, NoteKind, str]] = field(default_factory=list)

    def add(self, site: str, kind: StepKind, of: str, host: str | None, seconds: int) -> int:
        """A step after all that are there, and its number."""
        self.nodes.append((site, Step(kind=kind, of=of, host=host, seconds=seconds)))
        return len(self.nodes) - 1

    def edge(self, first: int, then: int) -> None:
        """One step waits for another."""
        self.edges.append((first, then))

    def note(self, number: int, kind: NoteKind, text: str) -> None:
        """What is to be known of a step."""
        self.notes.append((number, kind, text))

    def share_out(
        self, parts: tuple[SitePart, ...], visits: Mapping[str, tuple[Replica, ...]]
    ) -> tuple[tuple[SitePart, ...], Schedule]:
        """Every part with its steps, and all of them summed up."""
        if not self.nodes:
            return parts, Schedule(steps=0, seconds=0)
        sites = _Sites(self)
        done = tuple(
            part.model_copy(update={"steps": sites.of(part.site), "visits": visits.get(part.site, ())})
            if part.site in sites.nodes
            else part
            for part in parts
        )
        return done, Schedule(
            steps=len(self.nodes), seconds=_longest(self.nodes, self.edges), between=tuple(sites.between)
        )


class _Sites:
    """What of a board belongs to which site, by its own numbers."""

    def __init__(self, board: Board) -> None:
        self.nodes: dict[str, list[Step]] = defaultdict(list)
        self._edges: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._notes: dict[str, list[StepNote]] = defaultdict(list)
        self._awaits: dict[str, set[int]] = defaultdict(set)
        self.between: list[Precedence] = []
        own = []
        for site, step in board.nodes:
            own.append(len(self.nodes[site]))
            self.nodes[site].append(step)
        for first, then in sorted(board.edges):
            (here, _), (there, _) = board.nodes[first], board.nodes[then]
            if here == there:
                self._edges[here].append((own[first], own[then]))
            else:
                self._awaits[there].add(own[then])
                ends = SiteStep(site=here, step=own[first]), SiteStep(site=there, step=own[then])
                self.between.append(Precedence(first=ends[0], then=ends[1]))
        for number, kind, text in board.notes:
            site = board.nodes[number][0]
            self._notes[site].append(StepNote(step=own[number], kind=kind, text=text))

    def of(self, site: str) -> Steps:
        """The steps of a site."""
        nodes, edges = self.nodes[site], self._edges.get(site, [])
        return Steps(
            nodes=tuple(nodes),
            edges=tuple(edges),
            awaits=tuple(sorted(self._awaits.get(site, ()))),
            notes=tuple(self._notes.get(site, ())),
            seconds=_longest([(site, node) for node in nodes], edges),
        )


def _longest(nodes: list[tuple[str, Step]], edges: list[tuple[int, int]]) -> int:
    """When the last step is done, if each begins as soon as it may."""
    ahead: dict[int, list[int]] = defaultdict(list)
    for first, then in edges:
        ahead[then].append(first)
    ends: list[int] = []
    for number, (_, step) in enumerate(nodes):
        ends.append(step.seconds + max((ends[first] for first in ahead.get(number, ())), default=0))
    return max(ends, default=0)
