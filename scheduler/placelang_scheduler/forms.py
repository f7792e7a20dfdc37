"""`Form`: a component as anyone would write it who knows neither its names nor where it stands in the problem.

Hosts, groups and workloads are counted from 0, ids are their numbers, values of keys their numbers in order of
appearance, amounts only those that something here asks for; hosts are in an order of their own, by what they have and
what may stand on them. So components that differ in nothing else have equal forms, and an answer for one is an answer
for all: `rows` hold all of the component, and are compared in full.

Forms are derived from the fields of the dataclasses. Where a field is not known here and not at its default, or a
constraint is not one of the scheduler's own, `shape` raises `UnshapedError`: the component is then solved as it stands.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from placelang_scheduler.constraints import Survive
from placelang_scheduler.objectives import CATALOGUE, Toll
from placelang_scheduler.order import arrange_hosts
from placelang_scheduler.placement import EXEMPT
from placelang_scheduler.problem import DeviceClass, DeviceDemand, Group, Host, Problem, Variants, Workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Scope
    from placelang_scheduler.placement import Loss

Row = tuple[Any, ...]
Names = dict[str, dict[str, str]]
Rows = tuple[
    tuple[str, ...], tuple[str, ...], tuple[Row, ...], tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]
]
"""Keys, resources, then the rows of hosts, groups, workloads and constraints."""

_KNOWN: dict[type, frozenset[str]] = {
    Problem: frozenset({"hosts", "groups", "workloads", "constraints", "objectives"}),
    Host: frozenset({"id", "capacity", "domains", "devices", "cost", "power"}),
    DeviceClass: frozenset({"id", "kind", "count", "lends", "draws"}),
    DeviceDemand: frozenset({"kind", "count", "accepts", "shared", "share"}),
    Group: frozenset({"id", "priority", "requires"}),
    Workload: frozenset(
        {
            "id",
            "group",
            "demand",
            "candidates",
            "minimum",
            "maximum",
            "devices",
            "current",
            "move_cost",
            "stay",
            "hours",
            "variants",
            "holds",  # matters only to who holds what, which is found out where all have their names
        }
    ),
}
_PLAIN = frozenset(
    {"key", "skew", "count", "weight", "keyword", "resource", "bandwidth", "steps", "sizes", "uses"}
)
_WORKLOADS = frozenset({"workloads", "partners", "others"})
_HOSTS = frozenset({"accepted", "free", "losses"})
_TRANSLATED = _HOSTS | {"workload", "values", "reach", "doubtful", "links", "capacity"}
"""What the fields of constraints are: `values`, `reach`, `doubtful` and `capacity` speak of values of the key."""


_OBJECTIVES = frozenset(CATALOGUE) - {Toll}
"""Those that speak of no host by its number."""


class UnshapedError(Exception):
    """There is something that forms do not know."""


@dataclass(frozen=True, slots=True)
class Form:
    """The `rows` of a component, and which of the problem's hosts, groups and workloads they speak of, in order."""

    rows: Rows
    hosts: tuple[int, ...]
    groups: tuple[int, ...]
    workloads: tuple[int, ...]


class Shaper:
    """Makes forms of components of one problem. Raises `UnshapedError` where it knows too little of the problem."""

    def __init__(self, problem: Problem) -> None:
        if any(type(objective) not in _OBJECTIVES for objective in problem.objectives):
            raise UnshapedError
        _check(problem)
        self.problem = problem
        self._balanced = {
            objective.resource for objective in problem.objectives if hasattr(objective, "resource")
        }
        self._frozen: dict[int, Row] = {}

    def shape(self, scope: Scope, order: Sequence[int] | None = None) -> Form:
        """The form of a component, its hosts in an `order` that may be given."""
        problem = self.problem
        workloads = [problem.workloads[index] for index in scope.workloads]
        keys, resources = self._uses(scope.hosts, workloads, scope.constraints)
        own = self._own_rows(scope.hosts, resources)
        ordered = tuple(order) if order else arrange_hosts(scope, keys, own)
        at = {host: position for position, host in enumerate(ordered)}
        group_at = {group: position for position, group in enumerate(scope.groups)}
        workload_at = {index: position for position, index in enumerate(scope.workloads)}
        names = {key: self._names(key, ordered) for key in keys}
        hosts = tuple(
            (*own[host], *(names[key].get(problem.hosts[host].domains.get(key)) for key in keys))  # type: ignore[arg-type]
            for host in ordered
        )
        groups = tuple(
            (
                problem.groups[group].priority,
                tuple(group_at[other] for other in problem.groups[group].requires),
            )
            for group in scope.groups
        )
        rows = (
            keys,
            resources,
            hosts,
            groups,
            tuple(self._workload(workload, group_at, workload_at, at) for workload in workloads),
            tuple(self._constraint(one, workload_at, at, names) for one in scope.constraints),
        )
        return Form(rows, ordered, scope.groups, scope.workloads)

    def _uses(
        self, hosts: Sequence[int], workloads: Sequence[Workload], constraints: Sequence[Constraint]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The keys and resources that anything asks for."""
        keys = {key_of(one) for one in constraints} - {""}
        resources = {one.resource for one in constraints if hasattr(one, "resource")} | self._balanced
        for workload in workloads:
            resources.update(workload.demand)
        resources |= {
            device.draws for host in hosts for device in self.problem.hosts[host].devices if device.draws
        }
        return tuple(sorted(keys)), tuple(sorted(resources))

    def _own_rows(self, hosts: Sequence[int], resources: tuple[str, ...]) -> dict[int, Row]:
        """What each host has."""
        found: dict[int, Row] = {}
        for index in hosts:
            host = self.problem.hosts[index]
            amounts = host.capacity
            has = [amounts.get(resource, 0) for resource in resources]
            devices = tuple((one.kind, one.count, one.lends, one.draws or "") for one in host.devices)
            for device in host.devices:
                _check(device)
            found[index] = (*has, host.cost, host.power, devices, _more(host))
        return found

    def _names(self, key: str, ordered: Sequence[int]) -> dict[str, str]:
        """New names for the values of a key, in order of appearance."""
        hosts = self.problem.hosts
        found = {EXEMPT: EXEMPT}
        for host in ordered:
            value = hosts[host].domains.get(key)
            if value is not None and value not in found:
                found[value] = _number(len(found) - 1)
        return found

    def _workload(
        self,
        workload: Workload,
        group_at: Mapping[int, int],
        workload_at: Mapping[int, int],
        at: Mapping[int, int],
    ) -> Row:
        current, variants = workload.current, workload.variants
        return (
            group_at[workload.group],
            self._amounts(workload.demand),
            tuple(sorted([at[host] for host in workload.candidates])),
            workload.minimum,
            workload.maximum,
            tuple(self._demand(demand, at) for demand in workload.devices),
            tuple(sorted([(at[host], count) for host, count in current.items()])) if current else (),
            workload.move_cost,
            tuple(sorted([at[host] for host in workload.stay])),
            workload.hours,
            variants and (_renumbered(variants.workloads, workload_at), variants.minimum, variants.maximum),
            _more(workload),
        )

    def _amounts(self, amounts: Mapping[str, int]) -> Row:
        """Amounts in order; services of one kind share the mapping."""
        found = self._frozen.get(id(amounts))
        if found is None:
            found = self._frozen[id(amounts)] = tuple(sorted(amounts.items()))
        return found

    def _demand(self, demand: DeviceDemand, at: Mapping[int, int]) -> Row:
        _check(demand)
        wanted = demand.accepts
        accepts = (
            wanted
            if wanted is None
            else frozenset(
                (at[host], _number(position))
                for host in at
                for position, device in enumerate(self.problem.hosts[host].devices)
                if (host, device.id) in wanted
            )
        )
        return (demand.kind, demand.count, accepts, demand.shared, demand.share)

    def _constraint(
        self, constraint: Any, workload_at: Mapping[int, int], at: Mapping[int, int], names: Names
    ) -> Row:
        kind = type(constraint)
        own = names.get(key_of(constraint), {})
        row: list[Any] = [kind]
        for name in _fields_of(kind):  # type: ignore[arg-type] # a class is hashable
            value = getattr(constraint, name)
            if name in _PLAIN:
                row.append(value)
            elif name == "workload":
                row.append(workload_at[value])
            elif name in _WORKLOADS:
                row.append(_renumbered(value, workload_at))
            elif name in _HOSTS:
                row.append(_of_hosts(name, value, at))
            elif name == "values":
                row.append(_values(value, own))
            elif name == "links":
                row.append(tuple(self._constraint(link, workload_at, at, names) for link in value))
            elif name == "capacity":
                row.append(_renamed(value, own))
            else:
                row.append(
                    tuple(
                        sorted((own[one], _renamed(near, own)) for one, near in value.items() if one in own)
                    )
                )
        return tuple(row)


def _renumbered(workloads: Sequence[int], workload_at: Mapping[int, int]) -> tuple[int, ...]:
    return tuple([workload_at[index] for index in workloads])


def key_of(constraint: Any) -> str:
    """The key that a constraint speaks of, "" where there is none."""
    keys = {link.key for link in getattr(constraint, "links", ())} or {getattr(constraint, "key", "")}
    if len(keys) > 1:
        raise UnshapedError
    return str(*keys)


def _of_hosts(name: str, value: Any, at: Mapping[int, int]) -> Any:
    if name == "accepted":
        return frozenset([at[host] for host in at if host in value])
    if name == "free":
        return tuple(sorted([(at[host], value[host]) for host in at if host in value]))
    return tuple(sorted(_losses(value, at)))


def _losses(losses: Iterable[Loss], at: Mapping[int, int]) -> dict[Loss, Loss]:
    """The losses that hit hosts of here, by these."""
    found: dict[Loss, Loss] = {}
    for loss in losses:
        here = tuple(sorted(at[host] for host in loss if host in at))
        if here and found.setdefault(here, loss) != loss:
            raise UnshapedError
    return found


def losses_in(form: Form, scope: Scope) -> dict[Loss, Loss]:
    """The losses that constraints of `scope` name, by those that the form has of them."""
    at = {host: position for position, host in enumerate(form.hosts)}
    named = (loss for one in scope.constraints if isinstance(one, Survive) for loss in one.losses)
    return _losses(dict.fromkeys(named), at)


def _renamed(amounts: Mapping[str, int], names: Mapping[str, str]) -> Row:
    return tuple(sorted((names[value], amount) for value, amount in amounts.items() if value in names))


def _values(values: tuple[str, ...] | None, names: dict[str, str]) -> tuple[str, ...] | None:
    if values is None:
        return None
    for value in values:
        names.setdefault(value, _number(len(names) - 1))
    return tuple(sorted(names[value] for value in values))


def _number(position: int) -> str:
    """A position as a name that sorts like it."""
    return f"{position:06d}"


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    """The fields of a kind of constraint but its id."""
    names = tuple(one.name for one in fields(kind) if one.name != "id")
    known = _PLAIN | _WORKLOADS | _TRANSLATED
    if not kind.__module__.startswith("placelang_scheduler.") or not known.issuperset(names):
        raise UnshapedError
    return names


@cache
def _strange(kind: type) -> tuple[tuple[str, object], ...]:
    """Fields that forms do not know, each with its default."""
    return tuple(
        (one.name, one.default_factory() if one.default_factory is not MISSING else one.default)
        for one in fields(kind)
        if one.name not in _KNOWN[kind]
    )


def _check(thing: Any) -> None:
    if _more(thing):
        raise UnshapedError


def _more(thing: Any) -> Row:
    """What a thing has beyond what forms know: whether something is so, which names nothing else."""
    found = []
    for name, default in _strange(type(thing)):  # type: ignore[arg-type] # the same
        value = getattr(thing, name)
        if value != default:
            if not isinstance(value, bool):
                raise UnshapedError
            found.append((name, value))
    return tuple(found)


def digest_of(rows: Rows) -> bytes:
    """A digest of rows, the same in every process."""
    keys, resources, hosts, groups, workloads, constraints = rows
    demands = tuple(workload[_DEVICES] for workload in workloads)
    sets = (_in_order(demands) if any(demands) else (), _in_order(constraints))
    plain = (keys, resources, hosts, groups, [(*w[:_DEVICES], *w[_DEVICES + 1 :]) for w in workloads])
    return blake2b(repr((plain, sets)).encode(), digest_size=16).digest()


_DEVICES = 5
"""Where a workload's row has what it wants of devices."""


def _in_order(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_in_order(one) for one in value])
    return ("set", *sorted(map(_in_order, value))) if isinstance(value, frozenset) else value


def problem_of(rows: Rows, objectives: Sequence[Any]) -> Problem:
    """The problem that a form writes."""
    keys, resources, hosts, groups, workloads, constraints = rows
    return Problem(
        tuple(_host(number, row, keys, resources) for number, row in enumerate(hosts)),
        tuple(Group(_number(n), priority, requires) for n, (priority, requires) in enumerate(groups)),
        tuple(_read_workload(number, row) for number, row in enumerate(workloads)),
        tuple(_read_constraint(number, row) for number, row in enumerate(constraints)),
        tuple(objectives),
    )


def _host(number: int, row: Row, keys: Sequence[str], resources: Sequence[str]) -> Host:
    amounts, (cost, power, devices, more), values = (
        row[: len(resources)],
        row[len(resources) : len(resources) + 4],
        row[len(resources) + 4 :],
    )
    return Host(
        _number(number),
        dict(zip(resources, amounts, strict=True)),
        {key: value for key, value in zip(keys, values, strict=True) if value is not None},
        tuple(
            DeviceClass(_number(at), kind, count, lends, source or None)
            for at, (kind, count, lends, source) in enumerate(devices)
        ),
        cost,
        power,
        **dict(more),
    )


def _read_workload(number: int, row: Row) -> Workload:
    group, demand, candidates, minimum, maximum, devices, current, move_cost, stay, hours, variants, more = (
        row
    )
    return Workload(
        _number(number),
        group,
        dict(demand),
        candidates,
        minimum,
        maximum,
        tuple(DeviceDemand(*one) for one in devices),
        dict(current),
        move_cost,
        stay,
        hours,
        variants=variants and Variants(*variants),
        **dict(more),
    )


def _read_constraint(number: int, row: Row) -> Any:
    kind, *values = row
    found = dict(zip(_fields_of(kind), values, strict=True))
    for name in found.keys() & {"free", "capacity"}:
        found[name] = dict(found[name])
    for name in found.keys() & {"reach", "doubtful"}:
        found[name] = {value: dict(near) for value, near in found[name]}
    if "links" in found:
        found["links"] = tuple(_read_constraint(at, link) for at, link in enumerate(found["links"]))
    return kind(id=_number(number), **found)
