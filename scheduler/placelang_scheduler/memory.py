"""`Memory`: answers for components, kept from one solve to the next.

    memory = Memory()
    solve(problem, memory=memory)
    solve(replanned, memory=memory)  # only components of a form, seed and budget that were not there before

A plan is the same with a memory and without one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placelang_scheduler.task import Found, Task


class Memory:
    """At most `most` answers, the latest."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._found: dict[object, Found] = {}

    def __len__(self) -> int:
        return len(self._found)

    def recall(self, task: Task) -> Found | None:
        """The answer to a task, if there is one."""
        key = _key(task)
        known = self._found.pop(key, None) if key is not None else None
        if known is not None:
            self._found[key] = known
        return known

    def learn(self, task: Task, answer: Found) -> None:
        """Keep an answer, unless the clock had a part in it."""
        key = _key(task)
        if key is None or answer.timed_out:
            return
        self._found[key] = answer
        while len(self._found) > self._most:
            del self._found[next(iter(self._found))]


def _key(task: Task) -> object:
    """All that the answer depends on; None for what is not worth asking."""
    if task.rows is None or task.before is not None:
        return None
    return replace(task, seconds=None)
