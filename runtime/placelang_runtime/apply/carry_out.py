"""A part, carried out on the engines of some of its hosts.

Enter a scene; leave what came of it. Whatever happens in between, a scene of the same journal can be carried out
again, and then only what is missing is done; where nothing is missing, nothing is. A group that fails goes back to how
it last ran well, on all hosts that are carried out here, and what does not depend on it goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from placelang_runtime.apply.images import tidy
from placelang_runtime.apply.loop import Failure, Loop
from placelang_runtime.apply.models import models_to_keep
from placelang_runtime.apply.proving import due_looks
from placelang_runtime.apply.releasing import has_proved, outlook_of, proceed, stop_rollouts, what_waits
from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.specs import read_specs, write_specs
from placelang_runtime.apply.target import find_target
from placelang_runtime.apply.work import Seen, Task, Work, find_work
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.hours import asleep
from placelang_runtime.journal import Hold, Journal
from placelang_runtime.journal.records import Outcome
from placelang_runtime.rollout.gates import Gate


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: how many things were done to engines, what failed, which groups went back to how they ran
    before (or ended, where they had never run well), what waits for other hosts, which hosts did not answer, and
    what does not change yet, as its rollout or a window says."""

    deeds: int
    failures: tuple[Failure, ...]
    held: tuple[Hold, ...]
    waiting: tuple[Task, ...]
    unreachable: dict[str, str]
    gates: tuple[Gate, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.unreachable:
            return "interrupted"
        return "partial" if self.failures or self.waiting or self.gates else "done"


def carry_out(scene: Scene, command: str) -> Result:
    """Do what is missing, as a run of the journal. Raises PlanError, DriverError, JournalError, and KeyboardInterrupt
    once what was begun has ended and is noted."""
    journal = scene.journal
    last = journal.unfinished()
    if last is not None:
        journal.end_run(last.id, "interrupted", "cut off")
    run = journal.begin_run(command, scene.accepted.id)
    try:
        with journal.together():
            result = _carry_out(scene, run)
    except KeyboardInterrupt:
        journal.end_run(run, "interrupted", "interrupted")
        raise
    journal.end_run(run, result.outcome, _summary(result))
    return result


def _carry_out(scene: Scene, run: int) -> Result:
    held: dict[tuple[str, str], Hold] = {}
    look_around(scene)
    for host, copies in scene.copies.items():
        scene.provider.settle(host, tuple(copies.values()))

    def again(failures: tuple[Failure, ...]) -> Work:
        for hold in _holds(scene, failures):
            held[hold.host, hold.group] = hold
        return plan_work(scene)

    proceed(scene)
    while True:
        loop = Loop(scene, run, plan_work(scene))
        left = loop.carry_out(again)
        if loop.failed or loop.unreachable or not has_proved(scene, look_around(scene)):
            break
        proceed(scene)
    gates = what_waits(scene)
    failures = tuple(loop.failed.values())
    if not loop.unreachable:
        outlook = outlook_of(scene)
        unsettled = outlook.unsettled if outlook is not None else frozenset()
        _note_good(
            scene, {task.group for task in (*left, *(failure.task for failure in failures))} | unsettled
        )
        tidying = Loop(scene, run, tidy(scene))
        tidying.carry_out(lambda _failures: tidying.work)
        failures += tuple(tidying.failed.values())
        loop.unreachable |= tidying.unreachable
        scene.provider.keep_models(models_to_keep(scene))
        _forget_specs(scene)
        whole = not (failures or left or gates or loop.unreachable)
        if whole and not (scene.journal.drained() or scene.target.held):
            _note_steps(scene)
    return Result(
        deeds=len(scene.journal.deeds(run)),
        failures=failures,
        held=tuple(held.values()),
        waiting=tuple(task for task in left if task.kind == "wait"),
        unreachable=loop.unreachable,
        gates=gates,
    )


def plan_work(scene: Scene) -> Work:
    """What is to be done now."""
    sleeping = asleep(scene.part, scene.now().wall)
    scene.target = find_target(scene.part, scene.journal, scene.drivers, sleeping)
    work = find_work(scene.part, scene.target, look_around(scene))
    outlook = outlook_of(scene)
    looks = due_looks(outlook, scene.now()) if outlook is not None else ()
    starting = {(task.host, task.of) for task in work.tasks if task.kind == "start"}
    fresh = tuple(task for task in looks if (task.host, task.of) not in starting)
    return Work((*work.tasks, *fresh), {**work.after, **{task.key: frozenset() for task in fresh}})


def look_around(scene: Scene) -> Seen:
    """What is known of the hosts. Raises DriverError."""
    journal = scene.journal
    for host, driver in scene.drivers.items():
        scene.copies[host] = {copy.id: copy for copy in driver.copies()}
    return Seen(
        copies={host: tuple(copies.values()) for host, copies in scene.copies.items()},
        healthy={
            (host, name): digest for host in scene.drivers for name, digest in journal.healthy(host).items()
        },
        specs=_known_specs(journal),
        steps=frozenset(n for n, state in journal.steps(scene.accepted.id).items() if state == "done"),
        elsewhere=scene.elsewhere
        | (frozenset() if journal.drained() else journal.elsewhere(scene.accepted.id)),
        finished=frozenset() if journal.drained() else journal.finished(scene.accepted.id),
        lost=journal.lost(),
        called=scene.called,
    )


def _holds(scene: Scene, failures: Iterable[Failure]) -> list[Hold]:
    """Hold the groups that failed at how they last ran well."""
    whys: dict[str, str] = {}
    for failure in failures:
        if failure.task.group:
            about = failure.by or failure.task
            whys.setdefault(failure.task.group, f"{about.of or about.group}: {failure.why}")
    whys = stop_rollouts(scene, whys)
    fresh = []
    for host in scene.drivers:
        standing, wanted = scene.journal.standing(host), scene.target.wanted[host].values()
        groups = {spec.group for spec in wanted} | standing.keys()
        for group in sorted(groups & whys.keys()):
            if (host, group) not in scene.target.held:
                good = standing.get(group)
                fresh.append(Hold(host, group, None if good is None else good.id, whys[group]))
    if fresh:
        scene.journal.hold(*fresh)
    return fresh


def _note_good(scene: Scene, unsettled: set[str]) -> None:
    """Note how groups run well now, but for those of which something is not done."""
    journal, holds = scene.journal, scene.journal.holds()
    healthy = {host: journal.healthy(host) for host in scene.drivers}
    running: dict[str, dict[str, list[ReplicaSpec]]] = {}
    for host in scene.drivers:
        for group in journal.standing(host):
            running.setdefault(group, {}).setdefault(host, [])
        for spec in scene.target.wanted[host].values():
            running.setdefault(spec.group, {}).setdefault(host, []).append(spec)
        for spec in _proved(scene, host, healthy[host]):
            running.setdefault(spec.group, {}).setdefault(host, []).append(spec)
    for group, hosts in sorted(running.items()):
        well = all(
            healthy[h].get(s.name) == s.mark
            for h, specs in hosts.items()
            for s in specs
            if not scene.target.sleeps(h, s.name)
        )
        if group in unsettled or not well or journal.drained():
            continue
        held = {host: holds[host, group].good for host in hosts if (host, group) in holds}
        new = {host: write_specs(specs) for host, specs in hosts.items() if held.get(host) is None}
        journal.note_good(group, scene.accepted.id, new)
        for host, good in held.items():
            if good is not None and journal.standing(host)[group].id != good:
                journal.stand(host, group, good)


def _proved(scene: Scene, host: str, healthy: Mapping[str, str]) -> Iterator[ReplicaSpec]:
    """What is asleep, as it ran well when it was awake last: as it is wanted or, where that never ran, as before."""
    standing = scene.journal.standing(host)
    for spec in scene.target.asleep[host].values():
        if healthy.get(spec.name) == spec.mark:
            yield spec
        elif spec.group in standing:
            before = read_specs(standing[spec.group].replicas)
            yield from (one for one in before if one.name == spec.name)


def _forget_specs(scene: Scene) -> None:
    """Keep what is known of containers that are there, or shall be, and of hosts that are not carried out here."""
    keep = {copy.labels.spec for copies in scene.copies.values() for copy in copies.values()}
    keep.update(
        digest for specs in scene.target.wanted.values() for one in specs.values() for digest in one.digests
    )
    known = _known_specs(scene.journal)
    scene.journal.keep_specs(
        digest for digest in known if digest in keep or known[digest].host not in scene.drivers
    )


def _known_specs(journal: Journal) -> dict[str, ReplicaSpec]:
    return {digest: ReplicaSpec.model_validate_json(text) for digest, text in journal.specs().items()}


def _note_steps(scene: Scene) -> None:
    """All steps of the part are done, also those that came to nothing."""
    nodes = scene.part.steps.nodes if scene.part.steps is not None else ()
    done = scene.journal.steps(scene.accepted.id)
    for number in range(len(nodes)):
        if done.get(number) != "done":
            scene.journal.step(scene.accepted.id, number, "done")


def _summary(result: Result) -> str:
    whys = [f"{failure.task.of}: {failure.why}" for failure in result.failures if failure.by is None]
    whys += [f"{host}: {why}" for host, why in sorted(result.unreachable.items())]
    return "" if not whys else whys[0] + (f" (and {len(whys) - 1} more)" if whys[1:] else "")
