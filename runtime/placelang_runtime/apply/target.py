"""What shall run: the accepted part, but for what people and failures decided against it.

A group that is held runs as it last ran well, or not at all. What a rollout has not come to yet runs as before. Nothing
runs on a host that is drained, and the others take over as the contingency of its loss says, if the part has one; the
same where hosts are lost. What is `single` runs where its host has the lease.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from placelang_runtime.apply.outlook import find_outlook
from placelang_runtime.apply.specs import read_specs, write_specs
from placelang_runtime.containers import ReplicaSpec, replicas_on, started, visits_on
from placelang_runtime.journal import Journal
from placelang_runtime.part import Contingency, SitePart
from placelang_runtime.rollout.mixture import Mixture, mix
from placelang_runtime.site.losses import covering

Wanted = Mapping[str, ReplicaSpec]
"""Replicas by name."""


@dataclass(frozen=True, slots=True)
class Target:
    """What shall run on each host, what stands there for a while on the way, and which groups are `held`, why, by host
    and name. `places` are the hosts on which the replicas of the site shall stand in the end, also of those that are
    not carried out here. What is `asleep` is wanted once its hours open, and not now; what is `unleased`, once its host
    has the lease for it. The containers that `jobs` names by digest are those of runs of jobs, and nobody's business
    here, nor are replicas that are `left` to run as they do, by host and name. Those that are `waiting` run as before,
    until their rollout comes to them."""

    wanted: Mapping[str, Wanted]
    visits: Mapping[str, Wanted]
    held: Mapping[tuple[str, str], str]
    places: Mapping[str, str]
    asleep: Mapping[str, Wanted] = field(default_factory=dict)
    unleased: Mapping[str, Wanted] = field(default_factory=dict)
    jobs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left: frozenset[tuple[str, str]] = frozenset()
    waiting: frozenset[str] = frozenset()

    def sleeps(self, host: str, replica: str) -> bool:
        """Whether a replica of the host does not run, as its hours are closed."""
        return replica in self.asleep.get(host, ())

    def leased(self, host: str) -> frozenset[str]:
        """The replicas for which a host wants the lease, or has it."""
        return frozenset(name for name, spec in self.wanted[host].items() if spec.own.leased) | frozenset(
            self.unleased[host]
        )


NOTHING: Final = Target({}, {}, {}, {})


def find_target(
    part: SitePart, journal: Journal, hosts: Iterable[str], sleeping: Collection[str] = ()
) -> Target:
    """What shall run on these hosts while the hours of the services that are `sleeping` are closed (`hours.asleep` says
    which). Raises PlanError for a part that does not say what it wants."""
    holds, drained = journal.holds(), journal.drained()
    wanted: dict[str, Wanted] = {}
    visits: dict[str, Wanted] = {}
    asleep: dict[str, Wanted] = {}
    contingency = covering(part, drained | journal.lost())
    mixture, waiting = _with_rollouts(part, journal, hosts)
    for host, replicas in mixture.wanted.items():
        wanted[host] = _after_loss(part, contingency, host, replicas) if contingency is not None else replicas
        if host in drained:
            wanted[host] = {}
        asleep[host] = {name: spec for name, spec in wanted[host].items() if spec.service in sleeping}
        wanted[host] = {name: spec for name, spec in wanted[host].items() if name not in asleep[host]}
        visits[host] = {
            spec.name: spec
            for spec in visits_on(part, host)
            if (host, spec.group) not in holds
            and host not in drained
            and spec.service not in sleeping
            and spec.name not in waiting
        }
    held = {key: hold.why for key, hold in holds.items() if key[0] in wanted}
    places = _places(part, contingency, drained)
    jobs = {host: _of_jobs(part, host, journal) for host in wanted}
    unleased = _without_lease(wanted, journal.leases())
    wanted = {
        host: {n: s for n, s in found.items() if n not in unleased[host]} for host, found in wanted.items()
    }
    return Target(wanted, visits, held, places, asleep, unleased, jobs, mixture.left, waiting)


def _with_rollouts(part: SitePart, journal: Journal, hosts: Iterable[str]) -> tuple[Mixture, frozenset[str]]:
    """What runs on each host but for losses and hours, and which replicas wait for their rollout."""
    planned = {host: _planned(part, journal, host) for host in hosts}
    outlook = find_outlook(part, journal, planned)
    if outlook is None:
        return Mixture(planned, frozenset()), frozenset()
    waiting = frozenset(change.replica for change in outlook.changes) - outlook.open
    return mix(planned, outlook.changes, outlook.open), waiting


def _planned(part: SitePart, journal: Journal, host: str) -> Wanted:
    """What the part and the holds say."""
    holds = {group: hold for (at, group), hold in journal.holds().items() if at == host}
    replicas = {spec.name: spec for spec in replicas_on(part, host) if spec.group not in holds}
    for group, hold in holds.items():
        if hold.good is not None:
            replicas |= {spec.name: spec for spec in good_specs(journal, host, group, hold.good)}
    return replicas


def snapshot(journal: Journal, hosts: Iterable[str]) -> dict[str, str]:
    """How hosts run by the part that holds, as the journal keeps it; what comes next begins from there."""
    accepted = journal.accepted()
    if accepted is None:
        return {}
    mixture, _ = _with_rollouts(SitePart.model_validate_json(accepted.document), journal, hosts)
    return {host: write_specs(replicas.values()) for host, replicas in mixture.wanted.items()}


def _of_jobs(part: SitePart, host: str, journal: Journal) -> frozenset[str]:
    """The specs of containers of runs that go on, and of the last run of each job, which is kept for its logs."""
    if host in journal.drained():
        return frozenset()
    jobs = {job.name for job in part.jobs} - {group for at, group in journal.holds() if at == host}
    attempts = journal.attempts(host)
    last = {attempt.job: attempt.spec for attempt in attempts}
    going = [(attempt.job, attempt.spec) for attempt in attempts if attempt.ended is None]
    return frozenset(spec for job, spec in (*last.items(), *going) if job in jobs)


def _without_lease(wanted: Mapping[str, Wanted], leases: frozenset[str]) -> Mapping[str, Wanted]:
    return {
        host: {name: spec for name, spec in found.items() if spec.own.leased and name not in leases}
        for host, found in wanted.items()
    }


def _places(part: SitePart, contingency: Contingency | None, drained: frozenset[str]) -> Mapping[str, str]:
    places = {r.name: r.host for group in part.groups for s in group.services for r in s.replicas}
    if contingency is not None:
        places |= {start.replica.name: start.replica.host for start in contingency.starts}
        for name in contingency.stops:
            places.pop(name, None)
    return {name: host for name, host in places.items() if host not in drained}


def _after_loss(part: SitePart, contingency: Contingency, host: str, replicas: Wanted) -> Wanted:
    gone = {*contingency.stops, *(start.replica.name for start in contingency.starts if start.leaves == host)}
    starts = [start for start in contingency.starts if start.replica.host == host]
    return {name: spec for name, spec in replicas.items() if name not in gone} | {
        start.replica.name: started(part, start.replica, start.service) for start in starts
    }


def good_specs(journal: Journal, host: str, group: str, number: int) -> tuple[ReplicaSpec, ...]:
    """How a group ran well on a host."""
    texts = [good.replicas for good in journal.good(host, group) if good.id == number]
    return read_specs(texts[0]) if texts else ()
