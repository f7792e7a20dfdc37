from __future__ import annotations

import pytest

from placelang.errors import InputError
from placelang_runtime.part import HostFill
from placelang_runtime.plan import Outcome
from tests.plan.fleets import fleet, host, planned, replicas, services, site, where

PLACE = """
param version: string = "3.1"
param room: bytes = 1536MiB
label host.role: string = "worker"
device camera { udev 'SUBSYSTEM=="video4linux"' }

app shop {
  priority 70
  service till {
    image    "example.com/till:${version}"
    command  "till", "--port", "8080"
    replicas 1..2 per site
    needs    cpu 500m, memory (room), disk 1GiB
    hosts    where memory >= 4GiB
    at most 1 per host
    port     8080 to 80
    env      SITE = site.name, ROLE = host.role, CORES = host.cpu.cores, RAM = host.memory, VERSION = version
    volume   "/data" keep
    volume   "/host/dev" from "/dev" readonly
    health   http 80 "/ready" every 10s timeout 2s retries 3
    user     1000
    allow    capability NET_ADMIN
  }
  service camera {
    replicas 1 per site
    needs    device camera 2, gpu 1 where memory >= 4GiB
    after    till
    restart  on-failure
  }
}
app stats {
  service merge {
    image    "example.com/merge:1"
    replicas 2
    at most 1 per site
  }
}
"""
FACTS = fleet(
    site(
        "gbg",
        host(
            "gbg-1",
            gpus="[{memory: 2GiB}, {memory: 8GiB}]",
            devices="[{name: left, kind: camera, path: /dev/video0}, {name: right, kind: camera}, {kind: mouse}]",
        ),
        host("gbg-2", memory="2GiB"),
    ),
    site("mma", host("mma-1", labels="{role: gateway}")),
)
PLANNED = planned(PLACE, FACTS)
PLAN = PLANNED.plan


def test_replicas_are_called_after_service_unit_and_number() -> None:
    assert where(PLAN) == {
        "shop.till@gbg/1": "gbg-1",
        "shop.camera@gbg/1": "gbg-1",
        "stats.merge/1": "gbg-2",
        "stats.merge/2": "mma-1",
    } | {r.name: r.host for r in replicas(PLAN) if r.name.startswith("stats.merge")}


def test_replicas_in_all_stand_in_the_parts_of_the_sites_where_they_run() -> None:
    parts = {part.site: {s.name for g in part.groups for s in g.services} for part in PLAN.parts}
    assert parts == {"gbg": {"shop.camera", "shop.till", "stats.merge"}, "mma": {"stats.merge"}}


def test_a_part_says_all_that_the_container_needs() -> None:
    till = next(s for s in services(PLAN) if s.name == "shop.till")
    assert till.command == ("till", "--port", "8080")
    assert till.needs == {"cpu": 500, "disk": 2**30, "memory": 1536 * 2**20}
    assert [(p.host, p.container) for p in till.ports] == [(8080, 80)]
    assert [(v.path, v.source, v.keep, v.readonly) for v in till.volumes] == [
        ("/data", None, True, False),
        ("/host/dev", "/dev", False, True),
    ]
    assert till.health is not None
    assert (till.health.kind, till.health.port, till.health.path) == ("http", 80, "/ready")
    assert (till.health.every_ms, till.health.timeout_ms, till.health.retries) == (10_000, 2_000, 3)
    assert (till.privileges.user, till.privileges.capabilities) == (1000, ("NET_ADMIN",))


def test_image_and_environment_are_as_the_host_shall_see_them() -> None:
    (till,) = (r for r in replicas(PLAN) if r.name == "shop.till@gbg/1")
    assert till.image == "example.com/till:3.1"
    assert till.env == {"CORES": "4", "RAM": "8GiB", "ROLE": "worker", "SITE": "gbg", "VERSION": "3.1"}


def test_things_are_handed_out_by_name() -> None:
    (camera,) = (r for r in replicas(PLAN) if r.name == "shop.camera@gbg/1")
    assert camera.gpus == ("gbg-1/gpu1",)
    assert [(d.kind, d.name, d.path) for d in camera.devices] == [
        ("camera", "gbg-1/left", "/dev/video0"),
        ("camera", "gbg-1/right", None),
    ]


def test_a_part_says_how_full_its_hosts_are() -> None:
    assert PLAN.parts[0].hosts[0] == HostFill(
        name="gbg-1",
        used={"cpu": 500, "disk": 2**30, "memory": 1536 * 2**20},
        capacity={"cpu": 4000, "disk": 100 * 2**30, "memory": 8 * 2**30},
        reserved={},
    )


def test_the_header_says_what_the_plan_was_made_from_and_with() -> None:
    header = PLAN.header
    assert header.params == {"room": "1536MiB", "version": "3.1"}
    assert header.at == "2026-03-02T05:00:00Z"
    assert [f.path for f in header.inputs.sources] == ["fleet.place"]
    assert header.inputs.current is None
    assert header.changes is None
    assert header.outcome is Outcome.PARTIAL, "mma has no camera"
    assert {g for e in header.left_out for g in e.groups} == {"shop@mma"}


def test_everything_stands_in_its_order() -> None:
    assert [p.site for p in PLAN.parts] == ["gbg", "mma"]
    for part in PLAN.parts:
        assert [g.name for g in part.groups] == sorted(g.name for g in part.groups)
        assert [h.name for h in part.hosts] == sorted(h.name for h in part.hosts)
        for group in part.groups:
            assert [s.name for s in group.services] == sorted(s.name for s in group.services)


def test_replicas_stand_in_the_order_of_their_numbers() -> None:
    text = "app a { service s { replicas 12 } }"
    (service,) = services(planned(text, fleet(site("x", host("x1")))).plan)
    assert [r.name for r in service.replicas] == [f"a.s/{n}" for n in range(1, 13)]


def test_a_service_that_its_filters_leave_nowhere_is_not_silently_dropped() -> None:
    text = 'app a { service s { replicas 1 per site; sites where country == "XX" } }'
    plan = planned(text, fleet(site("x", host("x1"), country="SE"))).plan
    assert plan.header.outcome is Outcome.COMPLETE
    (funnel,) = plan.header.nowhere
    assert (funnel.service, funnel.hosts, funnel.remaining) == ("a.s", 1, 0)
    assert [(s.text, s.removed) for s in funnel.steps if s.removed] == [('sites where country == "XX"', 1)]


def test_a_preference_that_is_unknown_where_a_replica_stands_is_listed() -> None:
    text = "app a { service s { replicas 1 per site; prefer hosts where disk >= 1GiB } }"
    plan = planned(text, fleet(site("x", host("x1", disk=None)), site("y", host("y1")))).plan
    (missed,) = plan.header.unknown_preferences
    assert (missed.service, missed.count, missed.hosts) == ("a.s", 1, ("x1",))
    assert missed.clause.text == "prefer hosts where disk >= 1GiB"


def test_what_is_too_long_for_a_plan_is_a_fault_of_the_input() -> None:
    text = f'app a {{ service s {{ replicas 1; env LONG = "{"x" * 70_000}" }} }}'
    with pytest.raises(InputError, match="a plan cannot hold this") as caught:
        planned(text, fleet(site("x", host("x1"))))
    assert len(caught.value.diagnostics) == 1
