"""`Step`: replicas moved at once, as local search tries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.state import State

Step = tuple[tuple[int, int, int, int], ...]
"""Replicas to move at once: workload, from host, to host, and the workload that each is then a replica of: the same, or
a variant."""


def relocations(state: State, workload: int) -> Iterator[Step]:
    """Every move of one replica of `workload`, as it is or as a variant, then every exchange with one of another."""
    room = state.part.room
    for source in list(state.counts[workload]):
        for into in state.variants[workload]:
            for target in room[into]:
                if (into, target) != (workload, source) and (into != workload or state.fits(into, target)):
                    yield ((workload, source, target, into),)
        for other, found in state.counts.items():
            if other != workload and source in room[other]:
                for target in list(found):
                    if target != source and target in room[workload]:
                        yield ((workload, source, target, workload), (other, target, source, other))
