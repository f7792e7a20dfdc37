"""From a site's part to containers that run: see `carry_out`.

`target` says what shall run, `work` what is to be done for that, in which order; both look at nothing but what they are
given. `loop` decides what begins, `doing` how each thing is done; they alone ask engines, by way of `hands`.
"""

from placelang_runtime.apply.carry_out import Result, carry_out
from placelang_runtime.apply.hands import Hands, Thought, Threads
from placelang_runtime.apply.loop import Failure
from placelang_runtime.apply.scene import Bare, Event, Provider, Scene
from placelang_runtime.apply.work import Task

__all__ = [
    "Bare",
    "Event",
    "Failure",
    "Hands",
    "Provider",
    "Result",
    "Scene",
    "Task",
    "Thought",
    "Threads",
    "carry_out",
]
