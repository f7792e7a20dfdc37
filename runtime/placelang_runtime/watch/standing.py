"""How a rule stands: for how long its condition has been true, and whether it has already acted.

A rule acts once its condition has been true for as long as it says, and then not again before the condition has been
false for as long, at least for `QUIET_MS`. Between two looks it counts as true where it was true at both, and false
where it was false at both; so time in which nobody knows, or nobody looked for more than `MOST_GAP_MS`, counts for
neither. A look that finds it false makes the waiting begin anew; one that finds it true, the quiet.

Durations go by a clock that no person sets and that counts from the boot of the host: what is left of a rule after a
reboot is what it had gathered before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

QUIET_MS: Final = 60_000
MOST_GAP_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found, `at` so many ms since the host's `boot`."""

    verdict: bool | None
    at: int
    boot: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`lasted_ms` counts while the rule waits, `quiet_ms` once it is `raised`: it has acted, and what it saw is not
    over."""

    raised: bool = False
    lasted_ms: int = 0
    quiet_ms: int = 0
    last: Look | None = None


FRESH: Final = Standing()


def after(standing: Standing, look: Look, lasting_ms: int) -> Standing:
    """How a rule stands after a look; where it becomes `raised`, it is to act."""
    passed = _counted(standing.last, look)
    known = replace(standing, last=look)
    if not standing.raised:
        if look.verdict is None:
            return known
        lasted = standing.lasted_ms + passed if look.verdict else 0
        if look.verdict and lasted >= lasting_ms:
            return Standing(raised=True, last=look)
        return replace(known, lasted_ms=lasted)
    if look.verdict is None:
        return known
    quiet = 0 if look.verdict else standing.quiet_ms + passed
    if not look.verdict and quiet >= max(lasting_ms, QUIET_MS):
        return Standing(last=look)
    return replace(known, quiet_ms=quiet)


def _counted(last: Look | None, look: Look) -> int:
    """So much of the time since the last look counts."""
    if last is None or last.boot != look.boot or last.verdict != look.verdict:
        return 0
    gap = look.at - last.at
    return gap if 0 < gap <= MOST_GAP_MS else 0
