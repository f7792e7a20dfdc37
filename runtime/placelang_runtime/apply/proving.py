"""What began in a rollout, and whether it is well: for as long as the rollout asks, without a break."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from placelang_runtime.apply.outlook import Outlook, next_look_at
from placelang_runtime.apply.work import Seen, Task
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.drivers import Copy
from placelang_runtime.journal import Begun, Journal
from placelang_runtime.rollout.clock import Moment


def prove(outlook: Outlook, journal: Journal, seen: Seen, now: Moment, sleeping: Collection[str]) -> bool:
    """Note of what began since when it is well, and what has been so for long enough; whether anything has."""
    proved = []
    for change in outlook.proving:
        begun, spec = outlook.begun[change.replica], change.after
        if spec is None:
            there = [c for c in seen.copies.get(change.host, ()) if c.labels.replica == change.replica]
            proved += [] if there else [change.replica]
        elif change.service in sleeping:
            proved.append(change.replica)
        elif seen.well(change.host, spec):
            marks = marks_of(spec, seen.copies[change.host])
            if begun.since is None or begun.boot != now.boot or not same_start(begun.marks, marks):
                begun = Begun(change.app, False, now.boot, now.elapsed, now.elapsed, marks)
                journal.watch_change(outlook.accepted, change.replica, begun)
            if (begun.looked or 0) - (begun.since or 0) >= outlook.patience(change.app):
                proved.append(change.replica)
    if proved:
        journal.prove_changes(outlook.accepted, proved)
    return bool(proved)


def take_over(outlook: Outlook, journal: Journal, copies: Mapping[str, Collection[Copy]]) -> None:
    """What runs already as the part has it, though nobody knows how it came about, has nothing to change."""
    apps = {}
    for change in outlook.changes:
        spec = change.after
        if change.before is None and spec is not None and change.replica not in outlook.records.begun:
            there = {copy.labels.spec for copy in copies.get(change.host, ()) if copy.state == "running"}
            if there.issuperset(spec.digests):
                apps[change.replica] = change.app
    if apps:
        journal.begin_changes(outlook.accepted, apps, proved=True)


def looked_at(journal: Journal, accepted: int, replica: str, marks: str, now: Moment) -> None:
    """Note that a replica that changed is still well; what started anew meanwhile has yet to be so for long enough."""
    begun = journal.changes_begun(accepted)[replica]
    if begun.boot != now.boot or not same_start(begun.marks, marks):
        begun = replace(begun, boot=now.boot, since=now.elapsed)
    journal.watch_change(accepted, replica, replace(begun, looked=now.elapsed, marks=marks))


def marks_of(spec: ReplicaSpec, copies: Iterable[Copy]) -> str:
    """What tells these containers from others, and how often each ended by itself."""
    mine = {c.labels.spec: [c.started_at, c.restarts] for c in copies if c.labels.spec in spec.digests}
    return json.dumps(mine, sort_keys=True)


def same_start(before: str | None, now: str) -> bool:
    """Whether they run since the same moment, or started again by themselves."""
    old, new = json.loads(before or "{}"), json.loads(now)
    return old.keys() == new.keys() and all(
        old[one][0] == new[one][0] or old[one][1] != new[one][1] for one in old
    )


def crashes(before: str | None, now: str) -> int:
    """How often they ended by themselves since."""
    old, new = json.loads(before or "{}"), json.loads(now)
    return sum(max(0, new[one][1] - old[one][1]) for one in old if one in new)


def due_looks(outlook: Outlook, now: Moment) -> tuple[Task, ...]:
    """What has to be looked at now, to see whether it is well still."""
    tasks = []
    for change in outlook.proving:
        begun, spec = outlook.begun[change.replica], change.after
        if spec is None or begun.since is None:
            continue
        if begun.boot != now.boot or now.elapsed >= next_look_at(outlook, change, begun):
            tasks.append(Task("prove", change.host, change.replica, spec.group, spec.service, spec=spec))
    return tuple(tasks)
