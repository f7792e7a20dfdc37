"""What a program holds when nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang.check import check
from placelang.containers import Volume
from placelang.expressions import And, Comparison, Constant, Default, Fact, Membership, Quantified, Template
from placelang.load import load
from placelang.program import (
    AmountNeed,
    AtLeast,
    AtMost,
    DeviceNeed,
    Different,
    GpuNeed,
    Key,
    Objective,
    Same,
    Spread,
)
from placelang.types import BANDWIDTH, BOOL, BYTES, NUMBER, STRING
from tests.check.texts import messages, modules, program, service

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.place")), ids=lambda path: path.name)
def test_every_example_is_without_fault(path: Path) -> None:
    found, faults = load([path])
    checked, diagnostics = check(found)
    assert not faults
    assert not diagnostics
    assert checked is not None


def test_declarations_are_in_order_of_their_names() -> None:
    found = program(
        "resource z: number\nresource a: bytes\nlabel site.z: bool\nlabel host.b: [string]\n"
        'label host.a: string in ["x"]\n'
        "device z { udev 'KERNEL==\"z\"' }\n"
        "device a { udev 'KERNEL==\"a\"'\n udev 'KERNEL==\"b\"' }\nlet site.y = z\nlet host.y = true\n"
        'param q = 1\nparam p = 2\napp z { service b { image "i" }\n service a { image "i" } }\napp a { param r = 3 }'
    )
    assert [r.name for r in found.resources] == ["a", "z"]
    assert [(n.noun, n.name) for n in found.labels] == [("host", "a"), ("host", "b"), ("site", "z")]
    assert [(d.name, d.rules) for d in found.devices] == [
        ("a", ('KERNEL=="a"', 'KERNEL=="b"')),
        ("z", ('KERNEL=="z"',)),
    ]
    assert [(d.noun, d.name) for d in found.derived] == [("host", "y"), ("site", "y")]
    assert list(found.params) == ["a.r", "p", "q"]
    assert [app.name for app in found.apps] == ["a", "z"]
    assert [s.name for s in found.apps[1].services] == ["z.b", "z.a"]


def test_a_label_keeps_all_that_its_declaration_says() -> None:
    (label,) = program('label host.area: string in ["a", "b"] = "b" from "example.com/area"').labels
    assert (label.noun, label.name, label.type) == ("host", "area", STRING)
    assert (label.choices, label.default, label.external) == (("a", "b"), "b", "example.com/area")


def test_a_derived_fact_stays_a_reference() -> None:
    found = program(
        "let host.big = fast and memory >= 8GiB\nlet host.fast = any(gpus where memory >= 4GiB)\n"
        'app a { service s { image "i"\n hosts where big } }'
    )
    big, fast = found.derived
    assert isinstance(big.value, And)
    assert big.value.operands[0] == Fact(BOOL, big.value.operands[0].span, "host", "fast")
    assert isinstance(fast.value, Quantified)
    assert (fast.value.function, fast.value.noun) == ("any", "gpu")
    (one,) = found.apps[0].services[0].filters
    assert isinstance(one.predicate, Fact)
    assert one.predicate.name == "big"


def test_a_derived_fact_of_an_app_has_the_app_in_its_name() -> None:
    found = program(
        'app a { let host.fast = cpu.cores >= 8\n service s { image "i"\n hosts where fast } }\n'
        'app b { let host.fast = cpu.cores >= 16\n service s { image "i"\n hosts where host.fast } }'
    )
    assert [d.name for d in found.derived] == ["a/fast", "b/fast"]
    names = [filter_.predicate.name for app in found.apps for filter_ in app.services[0].filters
             if isinstance(filter_.predicate, Fact)]  # fmt: skip
    assert names == ["a/fast", "b/fast"]


@pytest.mark.parametrize(
    ("clause", "low", "high", "per"),
    [
        ("", 1, 1, None),
        ("replicas 3", 3, 3, None),
        ("replicas 1..3", 1, 3, None),
        ("replicas 2 per site", 2, 2, Key("site", "name", "site")),
        ("replicas 1..2 per host", 1, 2, Key("host", "name", "host")),
        ("replicas 1 per zone", 1, 1, Key("host", "zone", "zone")),
        ("replicas 1 per rack", 1, 1, Key("host", "rack", "rack")),
        ("replicas (1 + 1) per site.country", 2, 2, Key("site", "country", "site.country")),
        ("replicas 1000000", 1_000_000, 1_000_000, None),
    ],
)
def test_replicas_in_every_form(clause: str, low: int, high: int, per: Key | None) -> None:
    found = service(clause).replicas
    assert (found.low, found.high, found.per) == (low, high, per)


def test_needs_are_in_base_units() -> None:
    found = service(
        "needs cpu 1500m, memory 2GiB, disk 1TB, bandwidth 20Mbps, slots 4, gpu 2 where memory >= 8GiB\n"
        'needs device camera, device camera 2 where vendor == "x"',
        before="resource slots: number\ndevice camera { udev 'KERNEL==\"x\"' }",
    ).needs
    amounts = [(n.resource, n.type, n.amount, n.fact) for n in found if isinstance(n, AmountNeed)]
    assert amounts == [
        ("cpu", NUMBER, 1.5, "cpu.cores"),
        ("memory", BYTES, 2.0 * 2**30, "memory"),
        ("disk", BYTES, 1e12, "disk"),
        ("bandwidth", BANDWIDTH, 20e6, "bandwidth"),
        ("slots", NUMBER, 4.0, None),
    ]
    (gpu,) = (n for n in found if isinstance(n, GpuNeed))
    assert gpu.count == 2
    assert isinstance(gpu.predicate, Comparison)
    one, two = (n for n in found if isinstance(n, DeviceNeed))
    assert (one.device, one.count, one.predicate) == ("camera", 1, None)
    assert two.count == 2
    assert isinstance(two.predicate, Comparison)


def test_filters_of_the_app_come_before_those_of_the_service() -> None:
    found = (
        program(
            'app a {\n sites where kind == "store"\n prefer hosts where up weight 3\n hosts where memory >= 1GiB\n'
            ' service s { image "i"\n hosts where (disk ?? 0GiB) >= 1GiB\n prefer sites where "x" in tags } }'
        )
        .apps[0]
        .services[0]
        .filters
    )
    assert [(f.noun, f.weight) for f in found] == [
        ("site", None), ("host", 3), ("host", None), ("host", None), ("site", 1),
    ]  # fmt: skip
    last = found[3].predicate
    assert isinstance(last, Comparison)
    assert isinstance(last.left, Default)
    assert isinstance(found[4].predicate, Membership)


def test_constraints_hard_and_preferred() -> None:
    found = (
        program(
            'app a {\n service s { image "i"\n replicas 6\n spread over zone skew 2\n at most 2 per host\n'
            "  at least 3 different site\n prefer same rack as t weight 7\n different site.region than b.u\n"
            '  prefer at most 1 per host.name }\n service t { image "i" } }\napp b { service u { image "i" } }'
        )
        .apps[0]
        .services[0]
        .constraints
    )
    host, zone = Key("host", "name", "host"), Key("host", "zone", "zone")
    assert [type(c) for c in found] == [Spread, AtMost, AtLeast, Same, Different, AtMost]
    spread, at_most, at_least, same, different, preferred = found
    assert isinstance(spread, Spread)
    assert (spread.key, spread.skew, spread.weight) == (zone, 2, None)
    assert isinstance(at_most, AtMost)
    assert (at_most.key, at_most.count) == (host, 2)
    assert isinstance(at_least, AtLeast)
    assert (at_least.key.text, at_least.count) == ("site", 3)
    assert isinstance(same, Same)
    assert (same.key.text, same.service, same.weight) == ("rack", "a.t", 7)
    assert isinstance(different, Different)
    assert (different.key, different.service) == (Key("site", "region", "site.region"), "b.u")
    assert isinstance(preferred, AtMost)
    assert (preferred.key, preferred.weight) == (Key("host", "name", "host.name"), 1)


def test_the_container_of_a_service() -> None:
    found = service(
        'command "run", "--fast"\ntags "a", "b"\ntags "a"\nport 8080\nport 8081 to 80\n'
        'volume "/data/" keep\nvolume "/dev" from "/host/dev" readonly\n'
        'health http 80 "/ready" every 30s timeout 2s retries 5\nrestart on-failure\nuser 1000\nwritable root\n'
        "allow capability NET_ADMIN\nallow capability CHOWN\nallow host network\nallow privileged\n"
        'env A = "x", B = site.name, C = "${host.arch}-${site.name}", D = host.memory ?? 0GiB'
    )
    assert isinstance(found.image, Constant)
    assert found.image.value == "i"
    assert found.command == ("run", "--fast")
    assert found.tags == ("a", "b")
    assert [(p.host, p.container) for p in found.ports] == [(8080, 8080), (8081, 80)]
    assert found.volumes[0] == Volume("/data", None, True, False, found.volumes[0].span)
    assert found.volumes[1] == Volume("/dev", "/host/dev", False, True, found.volumes[1].span)
    health = found.health
    assert health is not None
    assert (health.kind, health.port, health.path) == ("http", 80, "/ready")
    assert (health.every_ms, health.timeout_ms, health.retries) == (30_000, 2_000, 5)
    assert (found.restart, found.user, found.writable_root) == ("on-failure", 1000, True)
    assert (found.capabilities, found.host_network, found.privileged) == (("CHOWN", "NET_ADMIN"), True, True)
    assert [(e.name, type(e.value)) for e in found.env] == [
        ("A", Constant), ("B", Fact), ("C", Template), ("D", Default),
    ]  # fmt: skip


def test_what_a_container_does_where_nothing_is_said() -> None:
    found = service('health exec "check"')
    assert (found.restart, found.user, found.writable_root, found.privileged) == (
        "always",
        None,
        False,
        False,
    )
    assert found.health is not None
    assert (found.health.command, found.health.every_ms, found.health.timeout_ms) == (
        ("check",),
        10_000,
        5_000,
    )


def test_the_service_s_own_priority_wins_over_the_app_s() -> None:
    (app,) = program(
        'app a { priority 100\n service s { image "i" }\n service t { image "i"\n priority 0 } }'
    ).apps
    assert (app.priority, [s.priority for s in app.services]) == (100, [100, 0])


def test_after_names_services_in_full() -> None:
    found = (
        program(
            'app a { service s { image "i"\n after t\n after b.u\n after t }\n service t { image "i" } }\n'
            'app b { service u { image "i" } }'
        )
        .apps[0]
        .services[0]
        .after
    )
    assert [name for name, _ in found] == ["a.t", "b.u"]


def test_objectives() -> None:
    def levels(text: str) -> list[tuple[str, str | None, str | None]]:
        return [(o.name, o.resource, o.fact) for o in program(text).objectives]

    assert levels("optimize placed, balance cpu, balance slots, cost\nresource slots: number") == [
        ("placed", None, None),
        ("balance", "cpu", "cpu.cores"),
        ("balance", "slots", None),
        ("cost", None, None),
    ]
    assert program("").objectives[-1] == Objective("balance", "memory", "memory", None)


def test_spans_lead_to_the_clause_as_written() -> None:
    text = 'app a {\n  service s {\n    image "i"\n    prefer spread over zone weight 2\n  }\n}\n'
    (one,) = program(text).apps[0].services
    assert text[one.span.start : one.span.end] == "service s"
    (constraint,) = one.constraints
    assert text[constraint.span.start : constraint.span.end] == "prefer spread over zone weight 2"


def test_only_an_undeclared_label_that_is_named_becomes_part_of_the_program() -> None:
    labels = {"host": {"shelf": STRING, "spare": NUMBER}, "site": {"area": STRING}}
    text = 'app a { service s { image "i"\n hosts where shelf == "top" and host.shelf != site.area } }'
    found = program(text, labels=labels)
    assert [(spec.noun, spec.name, spec.type) for spec in found.labels] == [
        ("host", "shelf", STRING),
        ("site", "area", STRING),
    ]
    assert len(messages(text, labels=labels)) == 2


def test_a_fleet_with_a_fault_has_no_program() -> None:
    found, diagnostics = check(modules("app a { priority 5000 }"))
    assert found is None
    assert len(diagnostics) == 1
