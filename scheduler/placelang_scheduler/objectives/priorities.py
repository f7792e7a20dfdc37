"""Levels by priority class: the highest priority comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from placelang_scheduler.problem import Problem

T = TypeVar("T")


def by_priority(
    problem: Problem, things: Iterable[T], group_of: Callable[[T], int]
) -> list[tuple[int, tuple[T, ...]]]:
    """`things` by the priority of their group, highest first."""
    found: dict[int, list[T]] = {}
    for thing in things:
        found.setdefault(problem.groups[group_of(thing)].priority, []).append(thing)
    return [(priority, tuple(found[priority])) for priority in sorted(found, reverse=True)]
