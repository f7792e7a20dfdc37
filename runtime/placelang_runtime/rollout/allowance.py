"""How much the uplink of a site may still carry for rollouts and moves: so many bytes within any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from placelang_runtime.operations import TransferLimit

_DAY: Final = timedelta(days=1)


def rests_until(
    limits: Iterable[TransferLimit], carried: Sequence[tuple[int, int]], now: datetime
) -> datetime | None:
    """Until when the uplink rests, None where it may carry more. `carried` says when, in ms since 1970, it carried how
    many bytes."""
    ends = [_rests_until(limit.bytes_per_day, carried, now) for limit in limits]
    return max((end for end in ends if end is not None), default=None)


def _rests_until(limit: int, carried: Sequence[tuple[int, int]], now: datetime) -> datetime | None:
    recent = [(datetime.fromtimestamp(at / 1000, UTC) + _DAY, size) for at, size in carried]
    left = sorted((end, size) for end, size in recent if end > now)
    total = sum(size for _, size in left)
    if total < limit:
        return None
    for end, size in left:
        total -= size
        if total < limit:
            return end
    return now + _DAY  # nothing at all may be carried
