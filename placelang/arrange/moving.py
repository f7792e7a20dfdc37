"""What has to start, stop, move or be replaced: the parts of a plan against those of the plan that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placelang.arrange.naming import Placed
from placelang.diagnostics import Span
from placelang.evaluate import truth
from placelang.expressions import Fact
from placelang.lower import Lowered
from placelang.lower.needs import PORT, containers_of
from placelang.lower.running import copies_of, things_of
from placelang.types import BOOL
from placelang_runtime.operations import Model
from placelang_runtime.part import Container, Replica, Service, SitePart
from placelang_scheduler import LIMIT
from placelang_scheduler.steps import Copy, Move

GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Standing:
    """A replica as a part has it: `models` are those that it serves."""

    replica: Replica
    service: Service
    models: tuple[Model, ...]
    site: str


@dataclass(frozen=True, slots=True)
class Moving:
    """A replica that starts, stops, moves or is replaced, by its name; `lost`: its host does not answer, and it must
    not run twice."""

    name: str
    move: Move
    lost: bool = False


def standing_in(parts: Sequence[SitePart]) -> dict[str, Standing]:
    """Every replica of the parts, by name."""
    found = {}
    for part in parts:
        models = {model.name: model for model in part.models}
        for group in part.groups:
            for service in group.services:
                served = tuple(models[name] for name in service.serves if name in models)
                for replica in service.replicas:
                    found[replica.name] = Standing(replica, service, served, part.site)
    return found


def find_moves(
    lowered: Lowered,
    placed: tuple[Placed, ...],
    before: Mapping[str, Standing],
    after: Mapping[str, Standing],
) -> tuple[Moving, ...]:
    """All moves, by name."""
    rows, down = lowered.world.hosts.rows, _down(lowered)
    units = {r.replica.name: r.unit for r in lowered.running}
    same: dict[tuple[int, int], bool] = {}
    found = []
    for p in placed:
        was, now = before.get(p.name), after[p.name]
        if (
            was is None
            or was.replica.host != now.replica.host
            or not (_alike(was, now, same) or swaps(was, now))
        ):
            demand = {**lowered.problem.workloads[p.unit].demand, **_gpus(now.replica)}
            target = Copy(p.host, p.unit, demand, _held(now.replica))
            source = (
                None if was is None else _copy(was, rows.get(was.replica.host, -1), units.get(p.name, p.unit))
            )
            found.append(_moving(lowered, p, source, target, down))
    for name, was in before.items():
        if name not in after:
            source = _copy(was, rows.get(was.replica.host, -1), units.get(name))
            if source is not None and source.host not in down:
                found.append(Moving(name, Move(source, None)))
    return tuple(sorted(found, key=lambda m: m.name))


def _moving(lowered: Lowered, p: Placed, source: Copy | None, target: Copy, down: frozenset[int]) -> Moving:
    """What stood on a host that is down runs no more, as far as one knows; where it must not run twice, that is not
    enough."""
    service = lowered.units[p.unit].service
    lost = source is not None and source.host in down
    if lost and service.single is None:
        return Moving(p.name, Move(None, target))
    keeps = any(volume.keep for container in containers_of(service) for volume in container.volumes)
    return Moving(p.name, Move(source, target, alone=service.single is not None or keeps), lost=lost)


def _down(lowered: Lowered) -> frozenset[int]:
    """The hosts that are known to be down."""
    column = truth(Fact(BOOL, Span("", 0, 0), "host", "up"), lowered.world, "host")
    return frozenset(column.false.nonzero()[0].tolist())


def _copy(was: Standing, host: int, unit: int | None) -> Copy | None:
    """A replica as it runs, with what its own version takes."""
    if host < 0:
        return None
    demand: dict[str, int] = {}
    containers: tuple[Container, ...] = (was.service, *was.service.sidecars)
    for container in containers:
        own = was.replica.needs if container is was.service else None
        for resource, amount in (container.needs if own is None else own).items():
            demand[resource] = demand.get(resource, 0) + amount
        demand |= {f"{PORT}{port.host}": 1 for port in container.ports}
    return Copy(host, unit, demand | _gpus(was.replica), _held(was.replica))


def _held(replica: Replica) -> frozenset[str]:
    """The devices that nobody else may hold."""
    things = things_of(replica)
    return frozenset(thing.name for thing in things if thing.kind != GPU and thing.way == "alone")


def _gpus(replica: Replica) -> dict[str, int]:
    """What is taken of each GPU: all of it, or a share. No more is ever taken of one than before or after."""
    found: dict[str, int] = {}
    for copy in copies_of(replica):
        found |= dict.fromkeys((f"{GPU} {name}" for name in copy.gpus), LIMIT)
        for share in copy.shares:
            found[f"{GPU} {share.gpu}"] = found.get(f"{GPU} {share.gpu}", 0) + share.memory
    return found


def _alike(was: Standing, now: Standing, same: dict[tuple[int, int], bool]) -> bool:
    """Whether what runs is what is to run: a container made anew would be the same. `same` has what is known of what
    all replicas of two services have in common."""
    key = (id(was.service), id(now.service))
    found = same.get(key)
    if found is None:
        found = same[key] = _serves_alike(was, now)
    return (
        found
        and _inside(was.replica) == _inside(now.replica)
        and (was.replica.variants, was.replica.needs) == (now.replica.variants, now.replica.needs)
    )


def _serves_alike(was: Standing, now: Standing) -> bool:
    return _stand_alike(was, now) and _models(was) == _models(now)


def swaps(was: Standing | None, now: Standing) -> bool:
    """Whether a model server goes on where it is, with other models: they take the place of the old ones as it runs."""
    return (
        was is not None
        and bool(now.service.serves)
        and was.replica.host == now.replica.host
        and all(one.service.serves and not one.service.command for one in (was, now))
        and now.replica.image is None
        and was.replica.needs == now.replica.needs
        and _inside(was.replica) == _inside(now.replica)
        and _stand_alike(was, now)
        and (was.replica.variants, _models(was)) != (now.replica.variants, _models(now))
    )


def _models(standing: Standing) -> tuple[object, ...]:
    return tuple(_loaded(model) for model in standing.models)


def _stand_alike(was: Standing, now: Standing) -> bool:
    return _runs(was.service) == _runs(now.service) and [
        (s.name, *_runs(s)) for s in was.service.sidecars
    ] == [(s.name, *_runs(s)) for s in now.service.sidecars]


def _inside(replica: Replica) -> tuple[object, ...]:
    return tuple((c.image, c.env, c.gpus, c.shares, c.devices) for c in copies_of(replica))


def _runs(container: Container) -> tuple[object, ...]:
    return (
        container.command,
        container.ports,
        container.volumes,
        container.health,
        container.restart,
        container.secrets,
        container.addresses,
        container.needs,
        container.privileges,
    )


def _loaded(model: Model) -> tuple[object, ...]:
    files = model.file, model.digest, model.beside
    return model.name, model.version, *files, model.drawn, model.variant, model.worse, model.providers
