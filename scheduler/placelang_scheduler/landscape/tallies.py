"""`tallied`: hard constraints over keys as tallies, with the rules over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from placelang_scheduler.constraints import AtLeast, AtMost, Different, Same
from placelang_scheduler.landscape.columns import AT_LEAST, AT_MOST, DIFFERENT, SAME, SERVED, Amounts, Indices
from placelang_scheduler.placement import EXEMPT

if TYPE_CHECKING:
    from placelang_scheduler.problem import Problem

_Rule = tuple[int, int, int]
_Key = tuple[tuple[int, ...], str]


@dataclass(frozen=True, slots=True)
class Tallies:
    """As in columns; and the keys that bind each workload, and on which hosts each key is `known`."""

    tally_first: NDArray[np.int64]
    tallies: Indices
    tally_key: Indices
    base: NDArray[np.int64]
    value: Indices
    rule_first: NDArray[np.int64]
    rule_kind: Indices
    rule_other: Indices
    rule_number: Amounts
    bound: tuple[tuple[str, ...], ...]
    known: dict[str, NDArray[np.bool_]]


def tallied(problem: Problem, owner: Indices) -> Tallies:
    """The tallies of a problem."""
    keys: dict[str, int] = {}
    tallies: dict[_Key, int] = {}
    rules: list[list[_Rule]] = []
    bound: list[dict[str, None]] = [{} for _ in problem.workloads]

    def tally(workloads: tuple[int, ...], key: str) -> int:
        keys.setdefault(key, len(keys))
        number = tallies.setdefault((workloads, key), len(tallies))
        if number == len(rules):
            rules.append([])
        return number

    for one in problem.constraints:
        if not isinstance(one, AtMost | AtLeast | Same | Different):
            continue
        for index in one.workloads:
            bound[index][one.key] = None
        own = tally(one.workloads, one.key)
        match one:
            case AtMost():
                rules[own].append((AT_MOST, 0, one.count))
            case AtLeast():
                rules[own].append((AT_LEAST, 0, one.count))
            case Same():
                other = tally(one.partners, one.key)
                rules[own].append((SAME, other, 0))
                rules[other].append((SERVED, own, 0))
            case Different():
                other = tally(one.partners, one.key)
                rules[own].append((DIFFERENT, other, 0))
                rules[other].append((DIFFERENT, own, 0))
    value, widths, known = _values(problem, keys)
    key_of = [keys[key] for _, key in tallies]
    flat = [rule for own in rules for rule in own]
    kinds, others, numbers = (np.array([rule[at] for rule in flat], np.int64) for at in range(3))
    first, members = _members(owner, len(problem.workloads), tallies)
    return Tallies(
        first,
        members,
        np.array(key_of, np.int32),
        _starts([widths[key] for key in key_of]),
        value,
        _starts([len(own) for own in rules]),
        kinds.astype(np.int32),
        others.astype(np.int32),
        numbers,
        tuple(tuple(one) for one in bound),
        known,
    )


def _members(owner: Indices, workloads: int, tallies: dict[_Key, int]) -> tuple[NDArray[np.int64], Indices]:
    """The tallies of each item."""
    of: list[list[int]] = [[] for _ in range(workloads)]
    for (members, _), number in tallies.items():
        for index in members:
            of[index].append(number)
    each = [of[index] for index in owner.tolist()]
    return _starts([len(one) for one in each]), np.array([tally for one in each for tally in one], np.int32)


def _values(
    problem: Problem, keys: dict[str, int]
) -> tuple[Indices, list[int], dict[str, NDArray[np.bool_]]]:
    """The values of keys as numbers by host, how many there are of each key, and where it has one."""
    table = np.full((max(1, len(keys)), len(problem.hosts)), -1, np.int32)
    widths, known = [], {}
    for key, row in keys.items():
        numbers: dict[str, int] = {}
        for host, shape in enumerate(problem.hosts):
            value = shape.domains.get(key, EXEMPT)
            if value != EXEMPT:
                table[row, host] = numbers.setdefault(value, len(numbers))
        widths.append(len(numbers))
        known[key] = np.array([key in shape.domains for shape in problem.hosts], np.bool_)
    return table, widths, known


def _starts(lengths: list[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
