"""What several ask of a job and of a site: how fast it moves what it moves, and which zone a clock stands in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from placelang.lower import Lowered
from placelang.program import Job
from placelang_runtime.recurrence import read_zone

_BITS = 8
_SECONDS = 60


def moved_by(job: Job) -> int:
    """The bytes that a run moves over the uplink."""
    return sum(int(transfer.amount) for transfer in job.transfers)


def rate_of(job: Job) -> int:
    """What a run takes of the uplink, in bit/s: it moves evenly."""
    return -(-moved_by(job) * _BITS // (job.minutes * _SECONDS))


def zone_of(lowered: Lowered, site: int) -> ZoneInfo | None:
    """The time zone of a site, None where nobody can read it."""
    return read_zone(str(lowered.world.sites.facts["timezone"].value(site) or ""))
