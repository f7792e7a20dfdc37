"""`hand`: devices that are held alone, from classes to those who ask for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Ask:
    """`wanted` devices of `classes` for the demand `position` of workload `index`; `taken` of each."""

    index: int
    position: int
    classes: tuple[str, ...]
    wanted: int
    taken: dict[str, int] = field(default_factory=dict)


def hand(asks: Sequence[Ask], free: dict[str, int]) -> bool:
    """Give each ask what it wants of what is `free`; False if that does not suffice.

    Those with the fewest classes choose first; who finds too little has others give way.
    """
    order = sorted(asks, key=lambda ask: (len(ask.classes), ask.index, ask.position))
    for ask in order:
        missing = ask.wanted
        while missing:
            taken = _take(ask, missing, order, free)
            if not taken:
                return False
            missing -= taken
    return True


def _take(first: Ask, wanted: int, asks: Sequence[Ask], free: dict[str, int]) -> int:
    """Give `first` up to `wanted` more devices along the shortest chain of asks that give way."""
    reached: dict[str, tuple[Ask, str | None]] = {}
    queue: list[tuple[Ask, str | None]] = [(first, None)]
    for asker, given in queue:
        for device in asker.classes:
            if device in reached:
                continue
            reached[device] = (asker, given)
            if free[device]:
                return _shift(device, wanted, reached, free)
            queue.extend((other, device) for other in asks if other.taken.get(device))
    return 0


def _shift(
    device: str, wanted: int, reached: Mapping[str, tuple[Ask, str | None]], free: dict[str, int]
) -> int:
    chain = []
    amount = min(wanted, free[device])
    step: str | None = device
    while step is not None:
        asker, given = reached[step]
        chain.append((asker, step, given))
        if given is not None:
            amount = min(amount, asker.taken[given])
        step = given
    free[device] -= amount
    for asker, gained, given in chain:
        asker.taken[gained] = asker.taken.get(gained, 0) + amount
        if given is not None:
            asker.taken[given] -= amount
    return amount
