"""Sessions in which shares of devices are lent: whatever comes and goes, no device is promised twice."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import (
    AtMost,
    DeviceClass,
    DeviceDemand,
    Different,
    Group,
    Host,
    Outcome,
    Problem,
    Solution,
    Workload,
    session,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang_scheduler.pool.online import Session

Stand = dict[int, dict[int, dict[str, int]]]


def some(seed: int) -> Problem:
    """Hosts with GPUs that lend unlike much, or nothing, and cameras; workloads that want one or the other."""
    r = Random(seed)
    hosts = tuple(Host(f"h{n}", {"memory": r.randint(3, 12)}, {"host": f"h{n}"}, _gpus(r)) for n in range(5))
    workloads = tuple(
        Workload(f"w{n}", 0, {"memory": r.randint(0, 2)}, tuple(range(5)), 0, 9, devices=_wishes(r))
        for n in range(7)
    )
    rules = (AtMost("few", (0, 1), "host", 2), Different("apart", (2,), (3,), "host"))
    return Problem(hosts, (Group("all"),), workloads, rules if r.random() < 0.5 else ())


def _gpus(r: Random) -> tuple[DeviceClass, ...]:
    lending = tuple(DeviceClass(f"g{n}", "gpu", 1, r.choice((4, 8, 8))) for n in range(r.randint(0, 3)))
    return (
        *lending,
        DeviceClass("plain", "gpu", r.randint(0, 1)),
        DeviceClass("c", "camera", r.randint(0, 2)),
    )


def _wishes(r: Random) -> tuple[DeviceDemand, ...]:
    kind = r.choice(("gpu", "gpu", "gpu", "camera", ""))
    if kind != "gpu":
        return (DeviceDemand("camera", 1),) if kind else ()
    names = r.choice((("g0", "g1", "g2", "plain"), ("g0", "plain")))
    accepts = None if r.random() < 0.6 else frozenset((h, name) for h in range(5) for name in names)
    return (DeviceDemand("gpu", r.choice((1, 1, 2)), accepts, share=r.choice((0, 1, 2, 3, 5))),)


def solution(one: Problem, now: Session) -> Solution:
    every = range(len(one.workloads))
    devices: dict[tuple[int, int], tuple[Mapping[str, int], ...]] = {}
    for index in every:
        for host, count in now.on(index).items():
            if any(demand.kind == "camera" for demand in one.workloads[index].devices):
                devices[index, host] = ({"c": count},)
            elif one.workloads[index].devices:
                devices[index, host] = (now.holds(index)[host],)
    return Solution(Outcome.SOLVED, tuple(now.on(index) for index in every), devices, (True,), (), ())


def stand(one: Problem, now: Session) -> Stand:
    """Who holds what, and on which host those are that hold nothing."""
    return {
        index: {host: {**now.holds(index)[host], "": count} for host, count in now.on(index).items()}
        for index in range(len(one.workloads))
    }


@pytest.mark.parametrize("seed", range(25))
def test_no_device_is_promised_twice_and_nobody_moves_unasked(seed: int) -> None:
    one, r = some(seed), Random(seed)
    now = session(one)
    for _ in range(40):
        before, index, kind = stand(one, now), r.randrange(7), r.random()
        if kind < 0.5:
            now.arrive(index, r.randint(1, 3))
            after = stand(one, now)
            assert {**before, index: {}} == {**after, index: {}}
        elif kind < 0.75:
            moves = r.randint(0, 2)
            changes = now.make_room(index, 2, moves=moves)
            others = [found for other, found in changes.items() if other != index]
            assert sum(-change for found in others for change in found.values() if change < 0) <= moves
            untouched = {w: found for w, found in stand(one, now).items() if w not in changes}
            assert untouched == {w: before[w] for w in untouched}
        elif kind < 0.97 and before[index]:
            now.depart(index, r.choice(list(before[index])))
        elif kind >= 0.98:
            now.lose(r.randrange(5))
        assert [wrong for wrong in verify(one, solution(one, now)) if wrong.rule != "levels"] == []


def _pool(gpus: int, *wishes: tuple[int, int], hosts: int = 1, holds: str = "") -> Problem:
    """Hosts with GPUs of 8, and for each of `wishes`, a workload with so much of one and at most so many replicas."""
    workloads = tuple(
        Workload(
            f"w{n}",
            0,
            {},
            tuple(range(hosts)),
            0,
            most,
            devices=(DeviceDemand("gpu", 1, share=share),),
            current={0: 1} if holds and not n else {},
            holds={0: ({holds: 1},)} if holds and not n else {},
        )
        for n, (share, most) in enumerate(wishes)
    )
    devices = tuple(DeviceClass(f"g{n}", "gpu", 1, 8) for n in range(gpus))
    return Problem(tuple(Host(f"h{n}", {}, {}, devices) for n in range(hosts)), (Group("all"),), workloads)


def test_a_share_goes_beside_another_and_leaves_a_whole_device() -> None:
    now = session(_pool(3, (4, 4), (0, 3)))
    now.arrive(0, 2)
    assert now.holds(0) == {0: {"g0": 2}}
    assert now.arrive(1, 3) == {0: 2}


def test_what_runs_keeps_the_device_that_it_holds() -> None:
    now = session(_pool(3, (4, 4), (8, 3), holds="g1"))
    assert now.holds(0) == {0: {"g1": 1}}
    now.arrive(0)
    assert now.holds(0) == {0: {"g1": 2}}


def test_room_is_made_by_a_move_where_shares_lie_apart() -> None:
    now = session(_pool(1, (3, 4), (5, 2), (8, 1), hosts=2))
    now.arrive(0, 1)
    now.arrive(1, 2)
    now.depart(1, next(iter(now.on(0))))
    assert now.arrive(2) == {}
    assert now.make_room(2, moves=0) == {}
    changes = now.make_room(2, moves=1)
    assert sorted(changes) == [0, 2]
    assert now.on(0) == now.on(1)
