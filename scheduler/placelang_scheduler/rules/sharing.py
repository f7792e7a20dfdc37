"""Shares and shared devices in a model: which devices are opened for them, and what lies on each.

An opened device is not held alone. Equal shares of all workloads are counted together; which replica has which of them
makes no difference.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING

from placelang_scheduler.rules.filters import accepted, alone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import DeviceClass, DeviceDemand

Share = tuple[tuple[str, ...], int]
"""The classes that serve a share, and its size."""
Laid = dict[Share, dict[str, "IntVar"]]
"""How many shares of each kind lie on each device."""


def share_of(kind: str) -> str:
    """What is short where devices of `kind` have too little to lend."""
    return f"{kind} share"


def post(model: Model, part: Part) -> None:
    """All hosts on which something is shared."""
    if any(not d.alone for index in part.workloads for d in part.problem.workloads[index].devices):
        for host in part.hosts:
            post_host(model, host, [index for index in part.workloads if host in part.room[index]])


def post_host(model: Model, host: int, workloads: Sequence[int]) -> Laid:
    """The rows of one host, over the counts of `workloads` there; and what lies where, for whoever is to read it."""
    problem = model.problem
    demands = [(index, demand) for index in workloads for demand in problem.workloads[index].devices]
    if all(demand.alone for _, demand in demands):
        return {}
    devices = {device.id: device for device in problem.hosts[host].devices}
    served = {name for _, d in demands if not d.alone for name in accepted(problem, d, host)}
    opened = {name: model.variable(devices[name].count) for name in devices if name in served}
    laid = _lay(model, host, [pair for pair in demands if pair[1].share])
    for name, is_open in opened.items():
        _lend(model, host, devices[name], is_open, laid)
    for index, demand in demands:
        if demand.shared:
            _unlock(model, host, index, demand, opened)
    for union in alone(problem, host, demands):
        inside = [(opened[name], 1) for name in sorted(union.classes) if name in opened]
        if inside:
            terms = [(model.x[index][host], count) for index, count in union.demand.items()]
            with model.guard(host=host, resource=union.kind):
                model.row([*terms, *inside], high=sum(devices[name].count for name in union.classes))
    _draw(model, host, workloads, laid)
    _order(model, host, demands, laid)
    return laid


def _lay(model: Model, host: int, demands: Sequence[tuple[int, DeviceDemand]]) -> Laid:
    """As many shares lie on devices as replicas have."""
    lends = {device.id: device.lends for device in model.problem.hosts[host].devices}
    wanted: dict[tuple[str, Share], Terms] = {}
    for index, demand in demands:
        share = (accepted(model.problem, demand, host), demand.share)
        wanted.setdefault((demand.kind, share), []).append((model.x[index][host], demand.count))
    laid: Laid = {}
    for (kind, (classes, size)), terms in wanted.items():
        number = model.widest(terms)
        found = {name: model.variable(min(lends[name] // size, number)) for name in classes}
        laid[classes, size] = found
        with model.guard(host=host, resource=share_of(kind)):
            negated = [(variable, -count) for variable, count in terms]
            model.row([*negated, *((variable, 1) for variable in found.values())], low=0)
    return laid


def _lend(model: Model, host: int, device: DeviceClass, is_open: IntVar, laid: Laid) -> None:
    """What lies on a device is at most what it lends, and nothing where it is not opened."""
    terms = [(found[device.id], size) for (_, size), found in laid.items() if device.id in found]
    if terms:
        divisor = gcd(device.lends, *(size for _, size in terms))
        small = [(variable, size // divisor) for variable, size in terms]
        unit = model.unit(small)
        rounded = [(variable, -(-size // unit)) for variable, size in small]
        with model.guard(host=host, resource=share_of(device.kind)):
            model.row([*rounded, (is_open, -(device.lends // divisor // unit))], high=0)


def _unlock(model: Model, host: int, index: int, demand: DeviceDemand, opened: Mapping[str, IntVar]) -> None:
    """Where a replica stands, as many devices are opened as it is to hold."""
    count = model.x[index][host]
    stands = model.variable(1)
    model.define([(count, 1), (stands, -model.most[count.index])], high=0)
    inside = [(opened[name], 1) for name in accepted(model.problem, demand, host)]
    with model.guard(host=host, resource=demand.kind):
        model.row([*inside, (stands, -demand.count)], low=0)


def _draw(model: Model, host: int, workloads: Sequence[int], laid: Laid) -> None:
    """Where shares may or may not draw on a resource of the host, what they and the demands take of it fits. What is
    sure to be drawn is in the rows of `capacity`."""
    shape = model.problem.hosts[host]
    source = {device.id: device.draws for device in shape.devices}
    mixed = {
        source[name] for found in laid.values() if len({source[name] for name in found}) > 1 for name in found
    }
    for resource in sorted(name for name in mixed if name is not None):
        terms = [
            (model.x[index][host], need)
            for index in workloads
            if (need := model.problem.workloads[index].demand.get(resource, 0))
        ]
        terms += [
            (variable, size)
            for (_, size), found in laid.items()
            for name, variable in found.items()
            if source[name] == resource
        ]
        divisor = gcd(*(need for _, need in terms))
        small = [(variable, need // divisor) for variable, need in terms]
        unit = model.unit(small)
        capacity = shape.capacity.get(resource, 0) // divisor
        with model.guard(host=host, resource=resource):
            model.row([(variable, -(-need // unit)) for variable, need in small], high=capacity // unit)


def _order(model: Model, host: int, demands: Sequence[tuple[int, DeviceDemand]], laid: Laid) -> None:
    """Of devices that nobody can tell apart, the first has the most on it."""
    filters = {accepted(model.problem, demand, host) for _, demand in demands}
    alike: dict[tuple[object, ...], list[str]] = {}
    for device in model.problem.hosts[host].devices:
        served = tuple(device.id in classes for classes in sorted(filters))
        alike.setdefault((device.kind, device.lends, device.draws, served), []).append(device.id)
    for name, other in (pair for names in alike.values() for pair in pairwise(names)):
        more = [(found[name], size) for (_, size), found in laid.items() if name in found]
        less = [(found[other], -size) for (_, size), found in laid.items() if other in found]
        divisor = gcd(*(size for _, size in more))
        if more and model.widest(more) // divisor < 2**40:
            model.define([(v, size // divisor) for v, size in (*more, *less)], low=0)
