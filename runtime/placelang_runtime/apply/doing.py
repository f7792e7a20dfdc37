"""How each task is done, request by request.

A task is a generator that runs on the one thread that decides. It yields what is to be asked of an engine - `Do` for
what changes something, which is journalled before and after; `Ask` for what only looks; `Rest` to wait - and is sent
the answer. It looks before it acts, so that it can be begun anew wherever the one before was cut off.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

from placelang_runtime.apply.asking import Ask, Do, Doing, Request, Rest
from placelang_runtime.apply.fetching import fetch_image, fetch_model
from placelang_runtime.apply.proving import crashes, looked_at, marks_of
from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.serving import note_serving
from placelang_runtime.apply.trials import LOOK_AGAIN, trials_of
from placelang_runtime.apply.work import Task, is_over
from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers import Answer, Copy, Driver, DriverError, Labels
from placelang_runtime.health import Watch, after, look
from placelang_runtime.part import Health
from placelang_runtime.printable import printable

T = TypeVar("T")
LOG_LINES: Final = 20
MEANWHILE: Final = 0.2


class TaskError(Exception):
    """A task that cannot be done; `tail` is what its container wrote last, as bytes that nobody may trust."""

    def __init__(self, why: str, tail: bytes = b"") -> None:
        super().__init__(why)
        self.why: Final = why
        self.tail: Final = tail


def do(scene: Scene, task: Task) -> Doing:
    """How a task is done."""
    match task.kind:
        case "fetch" | "fetch-model":
            return _fetch(scene, task)
        case "start":
            return _start(scene, task)
        case "switch":
            return _switch(scene, task)
        case "stop":
            return _stop(scene, task)
        case "prove":
            return _prove(scene, task)
        case "ready":
            return _ready(scene, task)
        case _:
            return _clean(scene, task)


def _fetch(scene: Scene, task: Task) -> Doing:
    if task.kind == "fetch":
        yield from fetch_image(scene, task.host, task.of)
    for model in task.models:
        yield from fetch_model(scene, task.host, model)
    if task.step is not None:
        scene.journal.step(scene.accepted.id, task.step, "done")


def _ready(scene: Scene, task: Task) -> Doing:
    """Whether the host has what a replica would need there that only the host itself can have."""
    for container in task.spec.containers if task.spec is not None else ():
        try:
            yield Ask(task.host, partial(scene.provider.check, container))
        except DriverError as error:
            raise TaskError(f"it could not take over here: {error}") from error


def _start(scene: Scene, task: Task) -> Doing:
    """Create and start all containers of a replica, and wait until they are healthy."""
    spec, driver = task.spec, scene.drivers[task.host]
    if spec is None:
        raise TypeError("a start says what")
    scene.journal.note_specs(spec.digests, spec.model_dump_json())
    if spec.models and scene.journal.healthy(task.host).get(spec.name) != spec.mark:
        scene.journal.forget_healthy(
            task.host, spec.name
        )  # the same container is about to serve something else
    ids: dict[str, str] = {}
    for container in spec.containers:
        own = ids[spec.own.digest] if container.container else None
        ids[container.digest] = yield from _have_running(scene, driver, container, own)
    watches = {c.digest: Watch(c.health, since=scene.hands.now()) for c in spec.containers}
    yield from _until_healthy(scene, driver, spec.containers, ids, watches)
    yield from _tried(scene, driver, spec.own, ids[spec.own.digest])
    step = (scene.accepted.id, task.step) if task.step is not None else None
    scene.journal.note_healthy(task.host, spec.name, spec.mark, step)
    note_serving(scene, task, spec)
    yield from lead(scene)


def _tried(scene: Scene, driver: Driver, own: ContainerSpec, id_: str) -> Doing:
    """Wait until new versions of models have passed their trials, then have them serve alone."""
    for trial in trials_of(own):
        end = scene.hands.now() + trial.seconds
        while not (yield from _answers(driver, id_, trial.over)):
            if scene.hands.now() > end:
                raise TaskError(f"the trial of {trial.title} does not end")
            yield Rest(LOOK_AGAIN)
        if not (yield from _answers(driver, id_, trial.passed)):
            tail = yield from _tail(driver, id_)
            raise TaskError(f"{trial.title} did not pass its trial", tail)
    if any(trials_of(own)):
        scene.provider.promote(own)


def _answers(driver: Driver, id_: str, check: Health) -> Generator[Request, Any, bool]:
    copy: Copy = yield Ask(driver.host, partial(driver.copy, id_))
    if copy.state != "running":
        return False
    answer: Answer = yield Ask(driver.host, partial(driver.ask, copy, check))
    return answer.healthy


def _until_healthy(
    scene: Scene,
    driver: Driver,
    containers: Sequence[ContainerSpec],
    ids: Mapping[str, str],
    watches: dict[str, Watch],
) -> Doing:
    while waiting := [c for c in containers if watches[c.digest].verdict != "healthy"]:
        yield Rest(max(0.0, min(watches[c.digest].due for c in waiting) - scene.hands.now()))
        for container in waiting:
            digest_ = container.digest
            watches[digest_] = yield from _look(scene, driver, ids[digest_], container, watches[digest_])


def _prove(scene: Scene, task: Task) -> Doing:
    """See whether a replica that changed is still well; that it ended by itself meanwhile is not."""
    spec, driver = task.spec, scene.drivers[task.host]
    if spec is None:
        raise TypeError("what has to be well is a replica")
    copies: tuple[Copy, ...] = yield Ask(task.host, driver.copies)
    ids = {copy.labels.spec: copy.id for copy in copies if copy.labels.spec in spec.digests}
    marks, known = marks_of(spec, copies), scene.journal.changes_begun(scene.accepted.id)[spec.name]
    if ended := crashes(known.marks, marks):
        tail = yield from _tail(driver, ids.get(spec.own.digest, ""))
        raise TaskError(f"it ended by itself {ended} times before it had been well for long enough", tail)
    checked = [c for c in spec.containers if c.health is not None and c.digest in ids]
    now = scene.hands.now()
    watches = {c.digest: Watch(c.health, since=now, was_well=True) for c in checked}
    yield from _until_healthy(scene, driver, checked, ids, watches)
    looked_at(scene.journal, scene.accepted.id, spec.name, marks, scene.now())


def _tail(driver: Driver, id_: str) -> Generator[Request, Any, bytes]:
    tail = b""
    with suppress(DriverError):
        tail = yield Ask(driver.host, lambda: b"".join(driver.logs(id_, LOG_LINES)))
    return tail


def _have_running(
    scene: Scene, driver: Driver, container: ContainerSpec, own: str | None
) -> Generator[Request, Any, str]:
    of = container.replica + (f" {container.container}" if container.container else "")

    def create() -> str:
        return driver.create(container, scene.provider.given(container, scene.accepted.digest))

    id_: str = yield Do(driver.host, "create", of, create)
    if own is not None and (yield from _was_left(driver, id_, own)):
        yield Do(driver.host, "stop", of, lambda: driver.stop(id_))
    while not scene.allowed(container):
        yield Rest(MEANWHILE)
    yield Do(driver.host, "start", of, lambda: driver.start(id_))
    return id_


def _was_left(driver: Driver, sidecar: str, own: str) -> Generator[Request, Any, bool]:
    """Whether a sidecar is still in a network that ended when its service's container started again."""
    copy: Copy = yield Ask(driver.host, partial(driver.copy, sidecar))
    network: Copy = yield Ask(driver.host, partial(driver.copy, own))
    return copy.state == "running" and (copy.started_at or 0) < (network.started_at or 0)


def _look(
    scene: Scene, driver: Driver, id_: str, container: ContainerSpec, watch: Watch
) -> Generator[Request, Any, Watch]:

    def ask() -> tuple[Copy, Watch]:
        copy = driver.copy(id_)
        if is_over(copy, container):
            return copy, Watch(container.health, since=watch.since, was_well=True, verdict="healthy")
        try:
            return copy, look(watch, driver, copy, scene.hands.now())
        except DriverError as error:  # it ended between the two questions
            if error.kind == "unreachable":
                raise
            return copy, after(watch, copy, Answer(healthy=False, why=str(error)), scene.hands.now())

    seen: tuple[Copy, Watch] = yield Ask(driver.host, ask)
    copy, known = seen
    scene.copies[driver.host][id_] = copy
    if known.verdict == "unhealthy":
        tail = yield from _tail(driver, copy.id)
        raise TaskError(f"not healthy: {printable(known.why)}", tail)
    return known


def _switch(scene: Scene, task: Task) -> Doing:
    """Lead whoever reaches the replica to where it stands now, from every host."""
    yield from lead(scene, task.of)
    if task.step is not None:
        scene.journal.step(scene.accepted.id, task.step, "done")


def lead(scene: Scene, of: str = "") -> Doing:
    """Bring every host's endpoints up to date; it is told of as a deed only where it is about a replica."""
    reachable = in_use(scene)
    for name in scene.drivers:
        act = partial(scene.provider.lead, name, reachable)
        yield Do(name, "switch", of, act) if of else Ask(name, act)


def in_use(scene: Scene) -> Mapping[str, tuple[Copy, ...]]:
    """By host, the copies that replicas are reached at: those that were found healthy, where they shall run, if there
    are any, else those that were found healthy, else all."""
    healthy = {name: scene.journal.healthy(name) for name in scene.copies}
    best: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for name, there in scene.copies.items():
        for copy in there.values():
            replica, spec = copy.labels.replica, copy.labels.spec
            well = copy.state == "running" and spec in healthy[name].get(replica, "").split("\n")
            ranks[copy.id] = well + (well and replica in scene.target.wanted.get(name, ()))
            best[replica] = max(best.get(replica, 0), ranks[copy.id])
    return {
        name: tuple(copy for copy in there.values() if ranks[copy.id] == best[copy.labels.replica])
        for name, there in scene.copies.items()
    }


def _clean(scene: Scene, task: Task) -> Doing:
    """Take an image away that was brought here; what the engine will not let go stays."""
    try:
        yield Do(task.host, "remove-image", task.of, partial(scene.drivers[task.host].remove_image, task.of))
    except DriverError as error:
        if error.kind == "unreachable":
            raise
    scene.journal.forget_image(task.host, task.of)


def _stop(scene: Scene, task: Task) -> Doing:
    """Stop and remove copies, sidecars before the container whose network they share."""
    driver = scene.drivers[task.host]
    there = scene.copies[task.host].values()
    stale = [c for c in there if c.labels.replica == task.of and c.labels.spec not in task.keep]
    for copy in sorted(stale, key=lambda copy: (not copy.labels.container, copy.name)):
        yield from _remove(scene, driver, copy)
    if not task.keep and not scene.target.sleeps(task.host, task.of):
        scene.journal.forget_healthy(task.host, task.of)
        note_serving(scene, task, None)
    if task.step is not None:
        scene.journal.step(scene.accepted.id, task.step, "done")


def _remove(scene: Scene, driver: Driver, copy: Copy) -> Doing:
    labels: Labels = copy.labels
    of = labels.replica + (f" {labels.container}" if labels.container else "")
    for kind, act in (("stop", driver.stop), ("remove", driver.remove)):
        with _gone_already():
            yield Do(driver.host, kind, of, partial(act, copy.id))
    del scene.copies[driver.host][copy.id]
    yield Ask(driver.host, lambda: scene.provider.release(labels))


@contextmanager
def _gone_already() -> Iterator[None]:
    """What somebody else removed is removed."""
    try:
        yield
    except DriverError as error:
        if error.kind != "not-found":
            raise
