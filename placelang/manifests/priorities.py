"""Priority classes of Kubernetes as priorities from 0 to 1000, in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from placelang.importers.record import Record
from placelang.manifests.draft import Draft
from placelang.manifests.workloads import Workload
from placelang.manifests.written import comment

SYSTEM: Final = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
HIGHEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Priorities:
    """The value of each class, and the priority of each value. Without a class a workload has `default`."""

    classes: Mapping[str, int]
    default: int
    scaled: Mapping[int, int]

    @staticmethod
    def of(objects: Sequence[Record], draft: Draft) -> Priorities:
        """Those of the PriorityClasses among the objects, and of Kubernetes itself."""
        classes, default = dict(SYSTEM), 0
        for one in objects:
            if one.string("kind") == "PriorityClass":
                value = one.get("value")
                if isinstance(value, int) and not isinstance(value, bool):
                    classes[one.string("metadata", "name") or ""] = value
                    default = value if one.get("globalDefault") is True else default
        scaled = _scaled({*classes.values(), default, 0})
        own = [f"{name} {value} is {scaled[value]}" for name, value in classes.items() if name not in SYSTEM]
        if own:
            draft.heading.append(f"Priorities: none is {scaled[default]}, {', '.join(map(comment, own))}")
        return Priorities(classes, default, scaled)

    def say(self, workload: Workload) -> None:
        """The priority of the workload."""
        pod, block = workload.pod, workload.block
        name = pod.string("priorityClassName")
        stated = pod.get("priority")
        value = self.classes.get(name or "", None if name else self.default)
        if name and value is None:
            block.note("priorityClassName", f"priorityClassName: {name}, which these files do not hold")
            return
        if isinstance(stated, int) and not name:
            value = stated
        priority = self.scaled.get(value or 0, min(max(value or 0, 0), HIGHEST))
        if name:
            block.say("priorityClassName", f"priority {priority}")
        elif priority:
            block.clauses.append(f"priority {priority}")


def _scaled(values: set[int]) -> dict[int, int]:
    """Each value itself where all but those of the system are from 0 to 900, else evenly from 0 to 900, in order."""
    system = sorted(SYSTEM.values())
    own = sorted(value for value in values if value not in system)
    top = {value: HIGHEST - rank for rank, value in enumerate(reversed(system))}
    if all(0 <= value <= 900 for value in own):  # noqa: PLR2004 - as said above
        return {value: value for value in own} | top
    return {value: round(900 * rank / max(len(own) - 1, 1)) for rank, value in enumerate(own)} | top
