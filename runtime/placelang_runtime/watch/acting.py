"""What rules do, once they say so: noted first, in the journal, from which what shall run follows.

Nothing here needs a network. What a rule did, and why, is an event of the host, which is sent on when there is somebody
to send it to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from placelang_runtime.apply.specs import write_specs
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.journal import Hold, Journal
from placelang_runtime.watch.deciding import Word

RunJob = Callable[[str, str], str]
"""Have a job run once, now, for that reason; what came of it, in words."""
Happen = Callable[[str, str, str], object]
"""Note that something happened, and tell whoever listens: what kind of thing, of what, in words."""


@dataclass(frozen=True, slots=True)
class Means:
    """What rules of a host act with. `planned` is what the part that holds wants of it."""

    host: str
    journal: Journal
    planned: Mapping[str, ReplicaSpec]
    happen: Happen
    run_job: RunJob


def act(word: Word, means: Means) -> bool:
    """Do what a rule says; whether other things shall run now than before."""
    rule, target = word.rule.rule, word.rule.monitor.target
    why = f"{rule.text} ({word.values})"
    if not word.raised:
        means.happen("rule-over", target, why)
        return False
    match rule.action:
        case "alert":
            means.happen("alert", target, why)
            return False
        case "run":
            job = rule.job or ""
            means.happen("rule-run", target, f"{why}: {job} {means.run_job(job, why)}")
            return False
    holds = [hold for group in word.rule.groups if (hold := _hold(means, group, why)) is not None]
    if not holds:
        means.happen("rule-roll-back", target, f"{why}: it is held already, or never ran well otherwise here")
        return False
    means.journal.hold(*holds)
    went = ", ".join(hold.group for hold in holds)
    means.happen("rule-roll-back", target, f"{why}: {went} goes back to how it ran before")
    return True


def _hold(means: Means, group: str, why: str) -> Hold | None:
    """Hold the group at how it ran well before it ran as it is planned now."""
    journal, host = means.journal, means.host
    if (host, group) in journal.holds():
        return None
    present = write_specs(spec for spec in means.planned.values() if spec.group == group)
    before = next((good for good in journal.good(host, group) if good.replicas not in {present, ""}), None)
    return None if before is None else Hold(host, group, before.id, f"a rule: {why}", by="rule")
