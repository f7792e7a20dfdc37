"""How far the rollouts of the part that holds are, and what of them begins now.

`find_outlook` looks at the journal alone, so that whoever asks - `status`, `apply`, an agent - sees the same. `begin`
writes down what begins, by what time it is; `proving` does so for what has shown that it is well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from placelang_runtime.apply.specs import read_specs
from placelang_runtime.containers import ReplicaSpec, replicas_on
from placelang_runtime.journal import Begun, Journal
from placelang_runtime.operations import SiteRollout
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.allowance import rests_until
from placelang_runtime.rollout.changes import Change, find_changes
from placelang_runtime.rollout.clock import Moment
from placelang_runtime.rollout.gates import Decision, Gate, Records, decide
from placelang_runtime.rollout.turns import Turn, find_turns

SELDOM: Final = 10_000
"""While it is to stay well, what changed is looked at after so many ms, or later where that takes long."""
LOOKS: Final = 20
"""So often, if it takes long."""
FAILED: Final = "it failed on another host of the site"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the part with the number `accepted` changes, in `turns`, and what is known of that. `hosts` are those that
    are carried out here."""

    part: SitePart
    accepted: int
    turns: tuple[Turn, ...]
    begun: Mapping[str, Begun]
    records: Records
    hosts: frozenset[str]

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for turn in self.turns for change in turn.changes)

    @property
    def open(self) -> frozenset[str]:
        """The replicas that run as the part has it, or are to."""
        return decide(self.part, self.turns, self.records, self.hosts, None).open

    @property
    def proving(self) -> tuple[Change, ...]:
        """What has begun here, and has yet to prove itself."""
        known = self.records
        return tuple(
            change
            for change in self.changes
            if change.host in self.hosts and change.replica in known.begun - known.proved
        )

    @property
    def proved_here(self) -> tuple[str, ...]:
        """What changed here and has proved itself."""
        known = self.records.proved
        return tuple(c.replica for c in self.changes if c.host in self.hosts and c.replica in known)

    @property
    def unsettled(self) -> frozenset[str]:
        """The groups of which not everything has changed and proved itself."""
        known = self.records.proved | (self.open - self.records.begun)
        apps = {change.app for change in self.changes if change.replica not in known}
        return frozenset(change.spec.group for change in self.changes if change.app in apps)

    def rollout(self, app: str) -> SiteRollout | None:
        return next((rollout for rollout in self.part.rollouts if rollout.app == app), None)

    def patience(self, app: str) -> int:
        """How many ms it has to be well for."""
        rollout = self.rollout(app)
        return 0 if rollout is None else rollout.proceed_ms or 0


def find_outlook(
    part: SitePart, journal: Journal, hosts: Iterable[str], done: Collection[str] = ()
) -> Outlook | None:
    """How far it is, None where the part lets everything change at once. Hosts that are `done` have done their
    share."""
    accepted = journal.accepted()
    here = frozenset(hosts)
    if accepted is None or not (part.rollouts or part.windows or part.transfers):
        return None
    held = frozenset(key for key in journal.holds() if key[0] in here)
    present = {host.name for host in part.hosts} - journal.lost()
    after = [spec for host in part.hosts for spec in replicas_on(part, host.name)]
    changes = find_changes(
        [
            spec
            for spec in _before(journal, accepted.id, present, here)
            if (spec.host, spec.group) not in held
        ],
        [spec for spec in after if (spec.host, spec.group) not in held],
        present,
    )
    words = journal.words(accepted.id)
    released = {app: word for app, (_, word) in journal.releases(accepted.id).items()}
    failed = {app for host, app in journal.stopped_elsewhere(accepted.id) if host not in here}
    back = {app for said in (words, released) for app, word in said.items() if word == "abort"}
    back |= {rollout.app for rollout in part.rollouts if rollout.rolls_back} & failed
    begun = journal.changes_begun(accepted.id)
    going = {name: one for name, one in begun.items() if one.app not in back}
    proved = frozenset(name for name, one in going.items() if one.proved)
    others = journal.proved_elsewhere(accepted.id)
    away = frozenset(c.replica for c in changes if c.host not in here and (c.host, c.replica) in others)
    records = Records(
        begun=frozenset(going) | away,
        proved=proved | away,
        done=(frozenset(done) | journal.elsewhere(accepted.id)) - here,
        gone=journal.drained() | journal.lost(),
        stopped=dict.fromkeys(failed, FAILED) | journal.stopped_rollouts(accepted.id),
        words=words,
        released=released,
        fetches=_fetches(part, journal, changes, here),
    )
    return Outlook(part, accepted.id, find_turns(changes, part.steps), going, records, here)


def _before(
    journal: Journal, accepted: int, present: Iterable[str], here: frozenset[str]
) -> list[ReplicaSpec]:
    """How it ran before: elsewhere as the part before had it, here as is noted or, if nothing is, as it ran well."""
    document = journal.accepted_before(accepted)
    found: list[ReplicaSpec] = []
    if document is not None:
        part = SitePart.model_validate_json(document)
        hosts = {*present, *(host.name for host in part.hosts)} - here
        found += [spec for host in sorted(hosts) for spec in replicas_on(part, host)]
    noted = journal.ran_before(accepted)
    for host in sorted(here):
        if host in noted:
            found += read_specs(noted[host])
        else:
            found += [spec for good in journal.standing(host).values() for spec in read_specs(good.replicas)]
    return found


def _fetches(
    part: SitePart, journal: Journal, changes: Iterable[Change], here: frozenset[str]
) -> frozenset[str]:
    """The replicas of which an image was neither brought here nor run before."""
    if not part.transfers:
        return frozenset()
    known = {image for host in here for image in journal.images(host)}
    known.update(image for change in changes if change.before is not None for image in change.before.images)
    return frozenset(
        c.replica for c in changes if c.after is not None and not known.issuperset(c.after.images)
    )


def decide_now(outlook: Outlook, journal: Journal, now: Moment) -> Decision:
    """What may begin now, and what waits."""
    wall = now.wall
    carried = journal.transfers(int(wall.timestamp() * 1000)) if outlook.part.transfers else ()
    records = outlook.records.resting(rests_until(outlook.part.transfers, carried, wall))
    return decide(outlook.part, outlook.turns, records, outlook.hosts, wall)


def begin(outlook: Outlook, journal: Journal, now: Moment, *, at_once: bool = False) -> Decision:
    """Note what begins now: what may or, where all is to change at once, everything."""
    if at_once:
        apps = {change.replica: change.app for change in outlook.changes if change.host in outlook.hosts}
        journal.begin_changes(outlook.accepted, apps, proved=True)
        return Decision(tuple(sorted(apps)), (), frozenset(apps))
    decision = decide_now(outlook, journal, now)
    apps = {change.replica: change.app for change in outlook.changes if change.replica in decision.begins}
    if apps:
        journal.begin_changes(outlook.accepted, apps)
    return decision


def next_look_at(outlook: Outlook, change: Change, begun: Begun) -> int:
    """When what has been well so far is looked at again, by the clock of this boot."""
    patience = outlook.patience(change.app)
    looked, end = begun.looked or 0, (begun.since or 0) + patience
    pause = max(SELDOM, patience // LOOKS)
    return min(looked + pause, end) if looked < end else looked


def due_at(outlook: Outlook, now: Moment) -> int | None:
    """When something has to be looked at next, by the clock of this boot; None where nothing has."""
    dues = [
        next_look_at(outlook, change, begun) if begun.boot == now.boot else 0
        for change in outlook.proving
        if (begun := outlook.begun[change.replica]).since is not None
    ]
    return min(dues, default=None)


def waiting_for(outlook: Outlook, journal: Journal, now: Moment) -> tuple[Gate, ...]:
    """What has yet to prove itself, and what does not change yet."""
    return (*_health_gates(outlook, now), *decide_now(outlook, journal, now).gates)


def _health_gates(outlook: Outlook, now: Moment) -> tuple[Gate, ...]:
    """What has begun and has yet to prove itself, as what is waited for."""
    gates = []
    for change in outlook.proving:
        begun = outlook.begun[change.replica]
        patience = outlook.patience(change.app)
        if begun.since is None or begun.boot != now.boot:
            why, until = "not known to be healthy yet", None
        else:
            why = f"is to be healthy for {_lasting(patience)} first"
            until = now.wall + timedelta(milliseconds=max(0, begun.since + patience - now.elapsed))
        gates.append(Gate(change.app, change.host, change.replica, "health", why, until))
    return tuple(gates)


def _lasting(ms: int) -> str:
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if ms >= size and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"
