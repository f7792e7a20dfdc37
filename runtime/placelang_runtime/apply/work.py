"""What is to be done, and in which order: the steps of a plan that are not done yet, and whatever else differs.

Enter a part, what shall run, and what runs; leave tasks, each with the ones that it comes after. The plan's steps keep
the plan's order. What they do not mention - a container that died, a plan that was made without looking at what runs, a
group that goes back to what it was - is started and stopped in three layers: what has to give way stops, then
everything starts, then the rest stops. So tasks never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from placelang_runtime.apply.clashes import gives_way
from placelang_runtime.apply.target import Target
from placelang_runtime.canonical import PlanError
from placelang_runtime.containers import ContainerSpec, ReplicaSpec, Served
from placelang_runtime.drivers import Copy
from placelang_runtime.part import SitePart
from placelang_runtime.site.members import leased
from placelang_runtime.steps import Step

TaskKind = Literal[
    "fetch", "fetch-model", "start", "switch", "stop", "clean", "run", "end", "prove", "ready", "wait", "held"
]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do on a host, for a `group`; `step` is its number in the plan. `fetch`: have the image `of` there.
    `fetch-model`: have the files of `models` there, which are called `of`.
    `start`: have `spec` run, until it is healthy. `switch`: lead whoever reaches the replica `of` to it. `stop`: end
    and remove all copies of the replica `of`, but for containers that `keep` names by digest. `clean`: remove the
    image `of`, which nothing on the host needs. `run`, `end`: begin a run of a job, and note how one ended. `prove`:
    see whether `spec` is still well. `wait`: somebody else does it, as `of` says. `held`: nobody does it, as `of`
    says. The `key` tells it from any other task, also from those of another time."""

    kind: TaskKind
    host: str
    of: str
    group: str
    service: str = ""
    step: int | None = None
    spec: ReplicaSpec | None = None
    keep: tuple[str, ...] = ()
    models: tuple[Served, ...] = ()
    key: Key = field(init=False, compare=False)

    def __post_init__(self) -> None:
        digests = tuple(self.spec.mark.split("\n")) if self.spec is not None else self.keep
        digests += tuple(model.model_dump_json() for model in self.models)
        numbered = (str(self.step),) if self.kind in {"wait", "held"} else digests
        object.__setattr__(self, "key", (self.kind, self.host, self.of, *numbered))


@dataclass(frozen=True, slots=True)
class Work:
    """Tasks in an order that is safe, and for each the keys of those that it comes `after`."""

    tasks: tuple[Task, ...]
    after: Mapping[Key, frozenset[Key]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the hosts: `copies` by host, the digests with which replicas were last `healthy`, by host and
    name, the `specs` of containers by digest where they are known, which `steps` are done, and the hosts - `elsewhere`
    - that others answer for and that are known to have done their share; `called` is whether other sites have. Hosts
    have `finished` as they say themselves, or are `lost`, and then nobody knows what runs there."""

    copies: Mapping[str, Sequence[Copy]]
    healthy: Mapping[tuple[str, str], str]
    specs: Mapping[str, ReplicaSpec]
    steps: frozenset[int]
    elsewhere: frozenset[str]
    called: bool
    finished: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    def well(self, host: str, spec: ReplicaSpec) -> bool:
        """Whether the replica runs as it shall, and is known to have been healthy like that. A sidecar that started
        before the container whose network it shares has lost that."""
        running = {
            copy.labels.spec: copy
            for copy in self.copies[host]
            if copy.labels.replica == spec.name and (copy.state == "running" or _is_over(copy, spec))
        }
        if not running.keys() >= set(spec.digests):
            return False
        own, *sidecars = (running[digest] for digest in spec.digests)
        joined = all((sidecar.started_at or 0) >= (own.started_at or 0) for sidecar in sidecars)
        return joined and self.healthy.get((host, spec.name)) == spec.mark


def _is_over(copy: Copy, spec: ReplicaSpec) -> bool:
    """Whether it came to an end as it may."""
    container = next((c for c in spec.containers if c.digest == copy.labels.spec), None)
    return container is not None and is_over(copy, container)


def is_over(copy: Copy, container: ContainerSpec) -> bool:
    """Whether a container came to an end, and may."""
    return copy.state == "exited" and copy.exit_code == 0 and container.restart != "always"


@dataclass(slots=True)
class _Board:
    """Tasks while they are collected."""

    tasks: dict[Key, Task] = field(default_factory=dict)
    after: dict[Key, set[Key]] = field(default_factory=dict)

    def add(self, task: Task, after: Iterable[Key] = ()) -> Key:
        self.tasks.setdefault(task.key, task)
        self.after.setdefault(task.key, set()).update(after)
        return task.key


def find_work(part: SitePart, target: Target, seen: Seen) -> Work:
    """All that is to be done on the hosts of the target. Raises PlanError where its services wait for each other."""
    board = _Board()
    _take_steps(board, part, target, seen)
    _mend(board, part, target, seen)
    for task in list(board.tasks.values()):
        if task.spec is not None:
            _fetch_first(board, task, task.spec, target)
    ordered = _in_order(board)
    return Work(ordered, {key: frozenset(keys & board.tasks.keys()) for key, keys in board.after.items()})


def _fetch_first(board: _Board, start: Task, spec: ReplicaSpec, target: Target) -> None:
    """Have images and models before anything starts with them, and before anything stops to make room for that; what
    goes to bed does so anyway."""
    images = {board.add(Task("fetch", start.host, image, "")) for image in spec.images}
    images |= {board.add(fetch_model(start.host, model)) for model in spec.models}
    for earlier in board.after[start.key]:
        stop = board.tasks[earlier]
        if stop.kind == "stop" and not target.sleeps(stop.host, stop.of):
            board.after[earlier] |= images
    board.after[start.key] |= images


def fetch_model(host: str, model: Served, step: int | None = None) -> Task:
    """Having the files of a model on a host."""
    return Task("fetch-model", host, model.title, "", step=step, models=(model,))


def _take_steps(board: _Board, part: SitePart, target: Target, seen: Seen) -> None:
    """The plan's steps, each after those before it; one that is left out hands on what it is after."""
    if part.steps is None:
        return
    before: dict[int, set[Key]] = {number: set() for number in range(len(part.steps.nodes))}
    follows: dict[int, list[int]] = {}
    for first, then in part.steps.edges:
        follows.setdefault(first, []).append(then)
    owners = {r.name: (g.name, s.name) for g in part.groups for s in g.services for r in s.replicas}
    for copies in seen.copies.values():
        for copy in copies:
            owners.setdefault(copy.labels.replica, (copy.labels.group, copy.labels.service))
    for number, step in enumerate(part.steps.nodes):
        after = before[number]
        if number in part.steps.awaits and not seen.called and number not in seen.steps:
            after = after | {board.add(Task("wait", "", "other sites", ""))}
        task = (
            None
            if number in seen.steps
            else _task(part, number, step, owners.get(step.of, ("", "")), target, seen, board)
        )
        keys = after if task is None else {board.add(task, after)}
        for then in follows.get(number, ()):
            before[then] |= keys


def _task(  # noqa: PLR0917 - what a step is judged by
    part: SitePart, number: int, step: Step, owner: tuple[str, str], target: Target, seen: Seen, board: _Board
) -> Task | None:
    """What a step that is not done comes to here, None for nothing."""
    host = step.host
    if host is None or step.kind in {"clean", "fetch-image", "fetch-model"} or step.of in target.waiting:
        return None
    group, service = owner
    if host not in target.wanted:
        gone = host in seen.lost and service not in _singles(part)
        done = gone or host in seen.elsewhere | seen.finished
        return None if done else Task("wait", host, f"{step.kind} {step.of}", group, service, number)
    if (host, group) in target.held:
        return Task("held", host, target.held[host, group], group, service, number)
    final = target.wanted[host].get(step.of)
    spec = final or target.visits[host].get(step.of)
    match step.kind:
        case "start" if spec is not None and not seen.well(host, spec):
            return Task("start", host, step.of, group, service, number, spec)
        case "switch" if spec is not None:
            return Task("switch", host, step.of, group, service, number)
        case "stop":
            keep = final.digests if final is not None else ()
            visit = target.visits[host].get(step.of)
            coming = visit is not None and ("start", host, step.of, *visit.mark.split("\n")) in board.tasks
            if coming or _stale(seen, host, step.of, keep):
                return Task("stop", host, step.of, group, service, number, keep=keep)
    return None


def _stale(seen: Seen, host: str, replica: str, keep: Sequence[str]) -> list[Copy]:
    return [c for c in seen.copies[host] if c.labels.replica == replica and c.labels.spec not in keep]


def _mend(board: _Board, part: SitePart, target: Target, seen: Seen) -> None:
    """Whatever differs and no step is about, in layers."""
    pending = {(task.kind, task.host, task.of) for task in board.tasks.values()}
    starts = [task for task in board.tasks.values() if task.kind == "start"]
    for host, wanted in target.wanted.items():
        for spec in wanted.values():
            if ("start", host, spec.name) not in pending and not seen.well(host, spec):
                task = Task("start", host, spec.name, spec.group, spec.service, spec=spec)
                board.add(task)
                starts.append(task)
    singles = _singles(part)
    stops = [task for task in _superfluous(target, seen) if ("stop", task.host, task.of) not in pending]
    first, last = list[Task](), list[Task]()
    keeps_hours = {s.name for group in part.groups for s in group.services if s.active is not None}
    for stop in stops:
        board.add(stop)
        goes_to_bed = target.sleeps(stop.host, stop.of)
        before = [
            start
            for start in starts
            if _gives_way(stop, start, seen, singles)
            or (goes_to_bed and start.host == stop.host and start.service in keeps_hours)
        ]
        (first if before or stop.service in singles else last).append(stop)
        for start in before:
            board.after[start.key].add(stop.key)
    _put_in_layers(board, _orders(part), first, starts, last, target)
    _await_others(board, part, target, seen, singles, (*starts, *last))


def _singles(part: SitePart) -> frozenset[str]:
    """Services of which a copy starts once the other is known to be gone; where there is a lease, that is known."""
    return frozenset(s.name for group in part.groups for s in group.services if s.single) - leased(part)


def _superfluous(target: Target, seen: Seen) -> Iterator[Task]:
    """Copies that shall not be there, or not like that."""
    for host, wanted in target.wanted.items():
        jobs = target.jobs.get(host, frozenset())
        replicas = {copy.labels.replica for copy in seen.copies[host]}
        for replica in sorted(name for name in replicas if (host, name) not in target.left):
            keep = wanted[replica].digests if replica in wanted else ()
            stale = [copy for copy in _stale(seen, host, replica, keep) if copy.labels.spec not in jobs]
            if stale:
                labels = stale[0].labels
                yield Task("stop", host, replica, labels.group, labels.service, keep=keep)


def _gives_way(stop: Task, start: Task, seen: Seen, singles: Collection[str]) -> bool:
    """Whether what is to stop has to be gone before that can start."""
    if stop.of == start.of and stop.service in singles:
        return True
    if start.spec is None or start.host != stop.host:
        return False
    stale = _stale(seen, stop.host, stop.of, stop.keep)
    return any(gives_way(seen.specs.get(copy.labels.spec), copy, start.spec) for copy in stale)


def _orders(part: SitePart) -> Mapping[str, frozenset[str]]:
    """By service, the services that it is after."""
    return {s.name: frozenset(s.after) for group in part.groups for s in group.services if s.after}


def _put_in_layers(  # noqa: PLR0917 - three layers
    board: _Board,
    orders: Mapping[str, frozenset[str]],
    first: Sequence[Task],
    starts: Sequence[Task],
    last: Sequence[Task],
    target: Target,
) -> None:
    """Starts come in the order of their services, but for what goes back to how it ran: it ran before. Stops come in
    the order against that."""
    for start in starts:
        if start.step is None and (start.host, start.group) not in target.held:
            earlier = orders.get(start.service, ())
            board.after[start.key].update(other.key for other in starts if other.service in earlier)
    for layer in (first, last):
        for one in layer:
            later = [two for two in layer if one.service in orders.get(two.service, ())]
            board.after[one.key].update(two.key for two in later)
    for stop in last:
        board.after[stop.key].update(start.key for start in starts if start.of == stop.of)


def _await_others(  # noqa: PLR0917 - what a wait is judged by
    board: _Board,
    part: SitePart,
    target: Target,
    seen: Seen,
    singles: Collection[str],
    tasks: Iterable[Task],
) -> None:
    """What moves between a host that is carried out here and one that is not: a copy stops once the new one is known to
    run; of a service that is single, the new one starts once the old one is known to be gone."""
    sure = {*target.wanted, *seen.elsewhere}
    known = {*sure, *seen.finished, *seen.lost}
    homes = {r.name: r.host for group in part.groups for s in group.services for r in s.replicas}
    for task in tasks:
        here, kind = (target.places, "start") if task.kind == "stop" else (homes, "stop")
        other = here.get(task.of, task.host)
        waits = other not in known if task.kind == "stop" else task.service in singles and other not in sure
        if task.step is None and waits:
            board.after[task.key].add(board.add(Task("wait", other, f"{kind} {task.of}", task.group)))


def _in_order(board: _Board) -> tuple[Task, ...]:
    """The tasks, each after those that it comes after. Raises PlanError."""
    ordered: dict[Key, Task] = {}
    waiting = dict(board.tasks)
    while waiting:
        free = [key for key in waiting if not board.after[key] & waiting.keys()]
        if not free:
            raise PlanError("services of the plan start after each other in a circle")
        for key in free:
            ordered[key] = waiting.pop(key)
    return tuple(ordered.values())


def blocked(work: Work, dead: Iterable[Key]) -> Iterator[tuple[Task, Key]]:
    """Tasks that can never begin since they come after `dead` ones, at whatever remove, each with one of these."""
    gone = {key: key for key in dead}
    for task in work.tasks:
        cause = next((gone[key] for key in sorted(work.after[task.key]) if key in gone), None)
        if cause is not None and task.key not in gone:
            gone[task.key] = cause
            yield task, cause
