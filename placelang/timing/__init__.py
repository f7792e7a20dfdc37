"""Jobs in time: from the jobs of a program and the replicas of a plan to a timetable on what these leave free.

The timetable is the scheduler's; here is what is asked of it, why rounds are left out, and how the plan carries it.
"""

from placelang.timing.free import Standing
from placelang.timing.plan import Effort, Timed, check_jobs, plan_jobs, with_jobs

__all__ = ["Effort", "Standing", "Timed", "check_jobs", "plan_jobs", "with_jobs"]
