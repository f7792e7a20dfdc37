"""Health over time: from what was seen of a container, look by look, to whether it is healthy.

Nothing here waits or knows what time it is: the caller looks whenever `due` says so, by a clock of its own that only
goes forward. A container that is to start is looked at often at first and more and more rarely then; once it was
healthy, as often as its check says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from placelang_runtime.drivers.driver import Answer, Copy, Driver
from placelang_runtime.part import Health

SETTLED: Final = 3.0
"""Without a check, what has run for so many seconds is healthy."""
CRASHES: Final = 3
"""What ended so often by itself while it was watched is not."""
PATIENCE: Final = 30.0
"""Without a check, what does not run after so many seconds is not."""
SOONEST: Final = 0.1
IDLE: Final = 10.0
"""How often what has no check is looked at once it is healthy."""

Verdict = Literal["waiting", "healthy", "unhealthy"]


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of a container's health. Moments are in seconds by the caller's clock: `since` it is watched,
    `seen` it was looked at last, `running` it is known to run without a break. `was_well` is whether it has ever been
    healthy, `failures` are those since it was, `why` is what the last one was."""

    health: Health | None
    since: float
    seen: float | None = None
    started_at: float | None = None
    running: float | None = None
    restarts: int | None = None
    was_well: bool = False
    failures: int = 0
    why: str = ""
    verdict: Verdict = "waiting"

    @property
    def deadline(self) -> float:
        """When what has not been healthy by then counts as failed."""
        if self.health is None:
            return self.since + PATIENCE
        return self.since + (self.health.every_ms * self.health.retries + self.health.timeout_ms) / 1000

    @property
    def due(self) -> float:
        """When to look next."""
        if self.seen is None:
            return self.since
        every = IDLE if self.health is None else self.health.every_ms / 1000
        if self.was_well:
            return self.seen + every
        return min(
            self.seen + min(every, max(SOONEST, (self.seen - self.since) / 4)), max(self.deadline, self.seen)
        )


def look(watch: Watch, driver: Driver, copy: Copy, now: float) -> Watch:
    """Look once, which takes no longer than the check's timeout. Raises DriverError."""
    asked = watch.health is not None and copy.state == "running"
    answer = driver.ask(copy, watch.health) if asked and watch.health is not None else None
    return after(watch, copy, answer, now)


def after(watch: Watch, copy: Copy, answer: Answer | None, now: float) -> Watch:
    """What is known after a look; `answer` is None where there was nothing to ask."""
    known = replace(watch, seen=now, restarts=copy.restarts if watch.restarts is None else watch.restarts)
    if copy.state == "exited":
        return replace(known, verdict="unhealthy", why=f"it ended with exit code {copy.exit_code}")
    crashes = copy.restarts - (known.restarts or 0)
    if crashes >= CRASHES:
        return replace(known, verdict="unhealthy", why=f"it ended by itself {crashes} times{_code(copy)}")
    if copy.state != "running":
        return _failed(replace(known, running=None), f"it is {copy.state}{_code(copy)}", now)
    if known.running is None or copy.started_at != known.started_at:
        known = replace(known, running=now, started_at=copy.started_at)
    if answer is None:
        return _settled(known, now)
    return _well(known) if answer.healthy else _failed(known, answer.why, now)


def _settled(watch: Watch, now: float) -> Watch:
    if watch.running is not None and now - watch.running >= SETTLED:
        return _well(watch)
    return _failed(watch, f"it has not run for {SETTLED:g} s", now)


def _well(watch: Watch) -> Watch:
    return replace(watch, was_well=True, failures=0, why="", verdict="healthy")


def _failed(watch: Watch, why: str, now: float) -> Watch:
    failures = watch.failures + 1
    patient = watch.health.retries if watch.health is not None else CRASHES
    ill = failures >= patient if watch.was_well else now >= watch.deadline
    verdict: Verdict = "unhealthy" if ill else watch.verdict
    return replace(watch, failures=failures, why=why, verdict=verdict)


def _code(copy: Copy) -> str:
    return "" if copy.exit_code is None else f", with exit code {copy.exit_code}"
