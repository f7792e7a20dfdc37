"""`Timetable`: over what time runs of jobs are planned, how good that is, and which rounds are left out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from placelang_runtime.base import Document, Moment, Name, Text
from placelang_runtime.left_out import Clause


class LateRun(Document):
    """A round that has no run; `site` is None for a job that is counted in all, `opens` where there is no round."""

    site: Name | None
    round: Name | None
    opens: Moment | None


class Late(Document):
    """Rounds of a job that are left out for one reason. `proved`: there is no timetable with any of them, or none that
    has more runs of this priority or a higher one."""

    job: Name
    clause: Clause
    reason: Text
    proved: bool
    runs: tuple[LateRun, ...]


class RunLevel(Document):
    """Runs left out, by priority, then what the others fall short of wishes: the `value` reached, and the `bound` below
    which it cannot go."""

    name: Name
    value: Annotated[int, Field(ge=0)]
    bound: Annotated[int, Field(ge=0)]


class Timetable(Document):
    """Rounds that open from `since` until just before `until` are planned; both are None where the plan knows no
    time."""

    since: Moment | None
    until: Moment | None
    levels: tuple[RunLevel, ...]
    late: tuple[Late, ...]
