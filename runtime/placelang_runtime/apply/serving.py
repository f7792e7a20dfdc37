"""What models serve, as the journal has it: noted once a replica was found healthy with them, or has ended."""

from __future__ import annotations

from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.work import Task
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.journal import Cause, Serving
from placelang_runtime.serve.manifest import FIRST_VERSION

EVENT = "serves"
"""What the event of a change is called, which goes upstream."""


def note_serving(scene: Scene, task: Task, spec: ReplicaSpec | None) -> None:
    """Note what a replica serves from now on, None for nothing, and why."""
    served = () if spec is None else spec.own.serves
    rows = [(one.name, one.version or FIRST_VERSION, one.variant, one.digest) for one in served]
    cause, why = _why(scene, task)
    for one in scene.journal.note_serving(task.host, task.of, rows, cause, why):
        scene.journal.happen(EVENT, one.model, f"{one.replica} on {one.host}: {said(one)}, by {cause}: {why}")


def said(one: Serving) -> str:
    """What is served: `3 int8`."""
    return "none" if one.version is None else " ".join(filter(None, (one.version, one.variant)))


def _why(scene: Scene, task: Task) -> tuple[Cause, str]:
    hold = scene.journal.holds().get((task.host, task.group))
    if hold is not None:
        return hold.by, hold.why.removeprefix("a rule: ")  # who it was is told already
    if task.host in scene.journal.drained():
        return "person", "the host was drained"
    accepted = scene.accepted
    number = f"sequence {accepted.sequence}, " if accepted.sequence is not None else ""
    return "plan", f"{number}{accepted.digest[:19]}"
