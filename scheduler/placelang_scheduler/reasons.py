"""Why a group is left out: the kinds of `Reason`, and what each says by its fields."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds. Those up to `CONFLICT` hold of the group by itself, in an empty fleet; they are always proved."""

    NO_CANDIDATES = "no candidates"
    """`workload` has no host to stand on: `need` replicas at least, `have` 0."""
    TOO_LARGE = "too large"
    """One replica of `workload` needs `need` of `resource` (or devices of that kind); `hosts` have `have` at most."""
    EXCLUDED = "excluded"
    """`constraint` keeps `workload` from `hosts`."""
    TOO_FEW = "too few"
    """`workload` needs `need` replicas, all `hosts` that it may stand on hold `have` together; `constraint`, where it
    is not None, is one that lets a host hold no more."""
    CAPACITY = "capacity"
    """The group needs `need` of `resource`, all `hosts` that it may stand on have `have` together."""
    CONFLICT = "conflict"
    """`constraint`, or what `hosts` have of `resource` (`have` in all, of which `need` is needed in all), is one of
    those that cannot all hold; leaving out any one of them, the others could, as far as that could be decided."""
    REQUIRES = "requires"
    """It requires `group`, which is left out."""
    CROWDED = "crowded out"
    """`group`, of the same or a higher priority or required by one, takes the room: without it this one would fit."""
    DISPLACED = "displaced"
    """As `CROWDED`, and this group runs now."""
    SHORTAGE = "shortage"
    """Beside what is placed: `workload` (a replica of it) or, where that is None, the group needs `need` of
    `resource`; of the `hosts` that it may stand on, the one with the most (or all together) has `have` left."""
    LOSS = "loss"
    """`constraint` is broken where `hosts` are lost: `workload` (or, where that is None, all that is guaranteed) then
    needs `need` of `resource`, of which what is left has `have`; without a resource, these count replicas. Stands by
    itself where the loss breaks it even in an empty fleet, else beside what takes the room."""
    OUTWEIGHED = "outweighed"
    """It would fit, but a level before `placed` is better without it."""
    UNDECIDED = "undecided"
    """The budget ended before it was known whether the group fits."""
