"""What an expression is evaluated over: the rows of one noun's table, and how other tables relate to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placelang.columns import Mask, Rows
from placelang.world import World


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The things of `noun` in `rows` of its table, or all of them in order where `rows` is None."""

    world: World
    noun: str
    rows: Rows | None = None

    def __len__(self) -> int:
        return len(self.world.table(self.noun)) if self.rows is None else len(self.rows)

    def rows_of(self, noun: str) -> Rows | None:
        """For each thing in scope, the row of the `noun` that it stands in, or is; None for all in order."""
        if noun == self.noun:
            return self.rows
        ancestors = self.world.ancestors(self.noun, noun)
        return ancestors if self.rows is None else ancestors[self.rows]

    def members(self, noun: str) -> tuple[Scope, Rows, Mask]:
        """The things of `noun` that stand in those in scope: for each its position here; and for each position
        whether these are known to be all."""
        owners = self.world.ancestors(noun, self.noun)
        complete = self._complete(noun)
        if self.rows is None:
            return Scope(self.world, noun), owners, complete
        order = np.argsort(owners, kind="stable")
        starts = np.searchsorted(owners, self.rows, sorter=order)
        ends = np.searchsorted(owners, self.rows, side="right", sorter=order)
        counts = ends - starts
        positions = np.repeat(np.arange(len(self.rows), dtype=np.intp), counts)
        first = np.cumsum(counts) - counts
        inside = order[np.arange(counts.sum(), dtype=np.intp) - np.repeat(first - starts, counts)]
        return Scope(self.world, noun, inside), positions, complete[self.rows]

    def _complete(self, noun: str) -> Mask:
        world = self.world
        if noun == "host":
            return world.sites.complete["hosts"]
        each = world.hosts.complete[f"{noun}s"]
        if self.noun == "host":
            return each
        partial = np.bincount(world.hosts.parents[~each], minlength=len(world.sites)) > 0
        whole: Mask = world.sites.complete["hosts"] & ~partial
        return whole
