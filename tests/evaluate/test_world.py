from __future__ import annotations

import pytest

from placelang.evaluate import undecided_facts
from placelang.inventory import parse_time
from placelang.world import Stale, build_world
from tests.evaluate.placed import fleet
from tests.inventory.documents import inventory

DAY = 86_400_000
HOSTS = """
sites:
  - name: gbg
    country: SE
    hosts:
      - {name: a, memory: 8GiB, gpus: [{memory: 8GiB}], devices: [{kind: camera}, {kind: lidar}]}
      - {name: b, memory: 4GiB, gpus: [{memory: 2GiB}, {}], devices: [{kind: camera}, {}]}
      - {name: c, gpus: [], devices: null}
      - {name: d, memory: null, gpus: {value: [{memory: 2GiB}], complete: false}, devices: []}
  - name: ode
    hosts: [{name: e, memory: 1GiB}]
"""


def test_unknown_is_neither_true_nor_false() -> None:
    assert fleet(HOSTS, "hosts where memory >= 4GiB").truths() == {
        "a": True,
        "b": True,
        "c": None,
        "d": None,
        "e": False,
    }
    assert fleet(HOSTS, "hosts where not (memory >= 4GiB)").truths()["c"] is None
    assert fleet(HOSTS, "hosts where memory == memory").truths()["c"] is None
    assert fleet(HOSTS, "hosts where (memory ?? 0B) >= 4GiB").truths()["c"] is False
    assert fleet(HOSTS, "hosts where known(memory)").truths()["c"] is False


def test_one_that_decides_outweighs_all_that_is_unknown() -> None:
    assert fleet(HOSTS, 'hosts where memory >= 4GiB and name == "a"').truths()["c"] is False
    assert fleet(HOSTS, 'hosts where memory >= 4GiB or name == "c"').truths()["c"] is True


def test_any_and_all_are_known_as_far_as_the_set_is() -> None:
    some = fleet(HOSTS, "hosts where any(gpus where memory >= 4GiB)").truths()
    assert some == {"a": True, "b": None, "c": False, "d": None, "e": None}
    every = fleet(HOSTS, "hosts where all(gpus where memory >= 4GiB)").truths()
    assert every == {"a": True, "b": False, "c": True, "d": False, "e": None}


@pytest.mark.parametrize(
    ("condition", "truths"),
    [
        ("count(gpus) >= 1", {"a": True, "b": True, "c": False, "d": True, "e": None}),
        ("count(gpus) <= 1", {"a": True, "b": False, "c": True, "d": None, "e": None}),
        ("count(gpus where memory >= 1GiB) == 2", {"a": False, "b": None, "c": False, "d": None, "e": None}),
        ("sum(memory, gpus) >= 2GiB", {"a": True, "b": True, "c": False, "d": True, "e": None}),
        ("sum(memory, gpus) >= 3GiB", {"a": True, "b": None, "c": False, "d": None, "e": None}),
        ("device.camera >= 1", {"a": True, "b": True, "c": None, "d": False, "e": None}),
        ("device.camera == 1", {"a": True, "b": None, "c": None, "d": False, "e": None}),
    ],
)
def test_counts_and_sums_are_ranges(condition: str, truths: dict[str, bool | None]) -> None:
    assert (
        fleet(HOSTS, f"hosts where {condition}", "device camera { udev 'KERNEL==\"x\"' }").truths() == truths
    )


def test_a_site_counts_what_its_hosts_have_as_far_as_all_of_them_are_known() -> None:
    sites = """
sites:
  - {name: a, hosts: [{name: a-1, gpus: [{}]}, {name: a-2, gpus: [{}]}]}
  - {name: b, hosts: [{name: b-1, gpus: [{}]}, {name: b-2}]}
  - {name: c, hosts: {value: [{name: c-1, gpus: [{}, {}, {}]}], complete: false}}
  - {name: d}
"""
    assert fleet(sites, "sites where count(gpus) == 2").truths() == {
        "a": True,
        "b": None,
        "c": False,
        "d": None,
    }
    assert fleet(sites, "sites where count(hosts) >= 1").truths() == {
        "a": True,
        "b": True,
        "c": True,
        "d": None,
    }


def test_facts_of_the_enclosing_things_are_theirs() -> None:
    assert fleet(HOSTS, 'hosts where site.country == "SE"').truths() == {
        **dict.fromkeys("abcd", True),
        "e": None,
    }
    assert fleet(HOSTS, "hosts where any(gpus where memory >= host.memory)").truths()["a"] is True


def test_a_default_closes_the_world_unless_the_label_is_stale_or_does_not_fit() -> None:
    sites = """
ttl: {closed: 1d}
observed: 2026-03-02T00:00:00Z
sites:
  - {name: absent}
  - {name: "null", labels: {closed: ~}}
  - {name: said, labels: {closed: true}}
  - {name: stale, labels: {closed: {value: true, observed: 2026-02-01T00:00:00Z}}}
  - {name: wrong, labels: {closed: "yes"}}
"""
    found = fleet(sites, "sites where closed", "label site.closed: bool = false")
    assert found.truths() == {"absent": False, "null": False, "said": True, "stale": None, "wrong": None}
    assert [warning.code for warning in found.warnings] == ["wrong-type"]


def test_a_built_in_fact_comes_before_the_label_that_stands_in_for_it() -> None:
    sites = """
sites:
  - {name: both, region: EU, labels: {x/region: US}}
  - {name: label, labels: {x/region: EU}}
  - {name: neither}
"""
    found = fleet(sites, 'sites where region == "EU"', 'label site.region: string from "x/region"')
    assert found.truths() == {"both": True, "label": True, "neither": None}


def test_a_label_goes_by_its_own_name_before_its_external_one() -> None:
    hosts = """
sites:
  - {name: s, hosts: [{name: a, labels: {x/floor: 1}}, {name: b, labels: {x/floor: 1, floor: 2}}, {name: c}]}
"""
    found = fleet(hosts, "hosts where floor == 1", 'label host.floor: number from "x/floor"')
    assert found.truths() == {"a": True, "b": False, "c": None}


def test_a_gpu_that_shares_the_memory_of_its_host_has_that_of_its_host() -> None:
    hosts = """
sites:
  - name: s
    hosts:
      - {name: a, memory: 8GiB, gpus: [{unified: true}]}
      - {name: b, memory: 8GiB, gpus: [{unified: true, memory: 1GiB}]}
      - {name: c, memory: 8GiB, gpus: [{unified: false}]}
      - {name: d, gpus: [{unified: true}]}
"""
    assert fleet(hosts, "hosts where any(gpus where memory >= 4GiB)").truths() == {
        "a": True,
        "b": False,
        "c": None,
        "d": None,
    }


def test_a_round_trip_is_as_long_either_way_and_nothing_to_the_site_itself() -> None:
    sites = """
sites:
  - {name: a, latency: {hub: 8ms}}
  - {name: b}
  - {name: c}
  - {name: hub, latency: {b: 30ms, a: 80ms}}
"""
    assert fleet(sites, 'sites where latency("hub") <= 20ms').truths() == {
        "a": True,
        "b": False,
        "c": None,
        "hub": True,
    }


def test_versions_compare_part_by_part_and_texts_by_pattern() -> None:
    hosts = """
sites:
  - name: s
    hosts: [{name: edge-1, kernel: "6.10"}, {name: edge-10, kernel: "6.8.0"}, {name: x-edge-1, kernel: ~}]
"""
    assert fleet(hosts, 'hosts where kernel >= "6.9"').truths() == {
        "edge-1": True,
        "edge-10": False,
        "x-edge-1": None,
    }
    assert fleet(hosts, 'hosts where kernel == "6.8"').truths()["edge-10"] is True
    assert list(fleet(hosts, "hosts where name ~ '^edge-[0-9]$'").truths().values()) == [True, False, False]


def test_texts_are_put_together_for_the_hosts_that_are_asked_for() -> None:
    found = fleet(HOSTS, 'env X = "${site.name}/${host.name}:${host.memory}"')
    assert found.text("e", "a", "e", "c") == ["ode/e:1GiB", "gbg/a:8GiB", "ode/e:1GiB", None]


def test_texts_that_double_each_other_end_as_unknown() -> None:
    lets = ['let host.t0 = "${name}${name}"']
    lets += [f'let host.t{n} = "${{t{n - 1}}}${{t{n - 1}}}"' for n in range(1, 60)]
    found = fleet(HOSTS, "env X = host.t59 ?? host.t3", "\n".join(lets))
    assert found.text("a") == ["a" * 16]


def test_derived_facts_may_build_on_each_other_in_long_chains() -> None:
    lets = ["let host.d0 = memory >= 4GiB"] + [f"let host.d{n} = not d{n - 1}" for n in range(1, 2_000)]
    assert fleet(HOSTS, "hosts where d1999", "\n".join(lets)).truths() == {
        "a": False,
        "b": False,
        "c": None,
        "d": None,
        "e": True,
    }


STALE = """
observed: 2026-03-02T00:00:00Z
ttl: {default: 7d, gpus: 1d, zone: 400d}
sites:
  - name: s
    country: {value: SE, observed: 2026-01-01T00:00:00Z}
    hosts:
      - name: a
        memory: {value: 8GiB, observed: 2026-02-23T00:00:00Z}
        disk: {value: 8GiB, observed: 2026-02-22T23:59:59Z}
        zone: {value: z, observed: 2026-01-01T00:00:00Z}
        gpus: {value: [{memory: 1GiB}], observed: 2026-02-28T00:00:00Z}
      - {name: b, gpus: [{memory: 1GiB}]}
"""


def test_what_is_past_its_time_to_live_is_unknown_and_listed_with_its_age() -> None:
    world = fleet(STALE).world
    assert world.at == parse_time("2026-03-02T00:00:00Z")
    assert world.stale == (
        Stale("site", 0, "s", "country", 60 * DAY),
        Stale("host", 0, "a", "disk", 7 * DAY + 1000),
        Stale("host", 0, "a", "gpus", 2 * DAY),
    )
    assert [world.hosts.facts[name].value(0) for name in ("memory", "disk", "zone")] == [8 * 2**30, None, "z"]


def test_the_members_of_a_stale_list_are_gone_and_more_may_be_there() -> None:
    found = fleet(STALE, "hosts where any(gpus where memory >= 1GiB)")
    assert found.world.gpus.names == ("b/gpu0",)
    assert found.truths() == {"a": None, "b": True}


def test_time_passes_by_the_moment_that_is_given() -> None:
    assert fleet(STALE, "hosts where any(gpus)", at="2026-03-04T00:00:00Z").truths() == {"a": None, "b": None}
    early = fleet(STALE, "hosts where known(disk)", at="2026-02-01T00:00:00Z")
    assert early.truths() == {"a": True, "b": False}
    assert [stale.fact for stale in early.world.stale] == ["country"]


def test_nothing_is_stale_where_nothing_says_when() -> None:
    world, _ = build_world(inventory({"ttl": {"default": "1s"}, "sites": [{"name": "s", "country": "SE"}]}))
    assert (world.at, world.stale) == (None, ())
    assert world.sites.facts["country"].value(0) == "SE"


def test_a_world_needs_no_program() -> None:
    devices = [{"kind": "camera"}, {"kind": "lidar"}]
    world, faults = build_world(
        inventory({"sites": [{"name": "s", "hosts": [{"name": "h", "devices": devices}]}]})
    )
    assert not faults
    assert world.hosts.facts["device.lidar"].value(0) == 1


def test_an_empty_fleet_has_no_rows() -> None:
    found = fleet(
        "sites: []", 'hosts where any(gpus where memory >= 1GiB) and site.country == "SE"\nenv X = host.name'
    )
    assert found.truths() == {}
    assert found.text() == []


@pytest.mark.parametrize(
    ("clause", "missing"),
    [
        ("memory >= 4GiB", ["memory of c: needed >= 4GiB"]),
        ("4GiB < memory", ["memory of c: needed > 4GiB"]),
        ("not (memory < 4GiB)", ["memory of c: needed >= 4GiB"]),
        ("memory >= 4GiB and memory < 8GiB", ["memory of c"]),
        ('arch in ["amd64"]', ['arch of c: needed in ["amd64"]']),
        ("up", ["up of c: needed true"]),
        ("not up", ["up of c: needed false"]),
        ('name == "c" or up', []),
        ('name == "a" or up and memory >= 1GiB', ["up of c: needed true", "memory of c: needed >= 1GiB"]),
        ("device.camera >= 1", ["devices of c"]),
        ("memory * 2 >= disk", ["memory of c", "disk of c"]),
        ("roomy", ["memory of c: needed >= 1GiB"]),
        ("site.uplink.kind ~ 'f'", ['site.uplink.kind of gbg: needed ~ "f"']),
    ],
)
def test_what_would_decide_a_host_is_named(clause: str, missing: list[str]) -> None:
    declarations = "device camera { udev 'KERNEL==\"x\"' }\nlet host.roomy = memory >= 1GiB"
    assert fleet(HOSTS, f"hosts where {clause}", declarations).missing("c") == missing


@pytest.mark.parametrize(
    ("clause", "host", "missing"),
    [
        ("any(gpus where memory >= 4GiB)", "b", ["gpu.memory of b/gpu1: needed >= 4GiB"]),
        ("any(gpus where memory >= 4GiB)", "d", ["gpus of d"]),
        ("any(gpus where memory >= 4GiB)", "a", []),
        ("all(gpus where memory >= 2GiB)", "b", ["gpu.memory of b/gpu1: needed >= 2GiB"]),
        ("count(gpus where memory >= 2GiB) == 2", "b", ["gpu.memory of b/gpu1"]),
        ("device.camera == 1", "b", ["device.kind of b/device1"]),
    ],
)
def test_what_would_decide_a_set_is_named(clause: str, host: str, missing: list[str]) -> None:
    assert (
        fleet(HOSTS, f"hosts where {clause}", "device camera { udev 'KERNEL==\"x\"' }").missing(host)
        == missing
    )


def test_a_missing_fact_that_was_known_has_its_age() -> None:
    found = fleet(STALE, "hosts where disk >= 1GiB")
    noun, predicate = found.predicates[0]
    assert [fact.age_ms for fact in undecided_facts(predicate, found.world, noun, 0)] == [7 * DAY + 1000]
