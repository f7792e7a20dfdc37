from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from placelang.diagnostics import Source
from placelang.inventory import (
    Record,
    inventory_digest,
    inventory_labels,
    json_schema,
    load_inventory,
    parse_time,
    read_inventory,
    show_time,
    yaml_nodes,
)
from placelang.types import BOOL, NUMBER, STRING, STRINGS, Type, Version
from tests.inventory.documents import inventory, one_host

STORED = Path(__file__).with_name("stored")
DAY = 86_400_000


def values(record: Record[object]) -> dict[int, object]:
    return dict(zip(record.rows, record.values, strict=True))


def test_yaml_reads_the_same_without_its_compiled_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_nodes, "_LOADER", yaml.SafeLoader)
    found, faults = load_inventory(STORED / "format-1.yaml")
    assert found is not None, faults
    assert inventory_digest(found) == (STORED / "format-1.digest").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", ["format-1.yaml", "format-1.json"])
def test_a_file_of_format_1_is_read_as_it_was_when_the_format_was_made(name: str) -> None:
    found, faults = load_inventory(STORED / name)
    assert found is not None
    assert not faults
    assert inventory_digest(found) == (STORED / "format-1.digest").read_text(encoding="utf-8").strip()


def test_quantities_are_in_base_units() -> None:
    hosts = one_host(
        cpu={"cores": "3500m"}, memory="16GiB", bandwidth="100Mbps", power="15W", disk="1.5kB"
    ).hosts
    assert {name: record.values for name, record in hosts.facts.items() if record.rows} == {
        "cpu.cores": (3.5,),
        "memory": (16 * 2**30,),
        "bandwidth": (100e6,),
        "power": (15_000,),
        "disk": (1500,),
    }


def test_absent_and_null_are_unknown_and_an_empty_list_is_known() -> None:
    found = inventory(
        {
            "sites": [
                {"name": "a", "tags": [], "hosts": []},
                {"name": "b", "tags": None, "hosts": None, "uplink": None, "country": {"value": None}},
                {"name": "c"},
            ]
        }
    )
    assert values(found.sites.facts["tags"]) == {0: ()}
    assert values(found.sites.sets["hosts"]) == {0: True}
    assert not found.sites.facts["country"].rows


def test_sites_and_hosts_stand_by_name_and_their_parts_by_host() -> None:
    found = inventory(
        {
            "sites": [
                {
                    "name": "z",
                    "hosts": [
                        {"name": "c", "gpus": [{"model": "1"}, {"model": "2"}]},
                        {"name": "a", "devices": [{"name": "y"}, {}, {"name": "x"}]},
                    ],
                },
                {"name": "m", "hosts": [{"name": "b", "gpus": [{"model": "3"}]}]},
            ]
        }
    )
    assert found.sites.names == ("m", "z")
    assert (found.hosts.names, found.hosts.parents) == (("a", "b", "c"), (1, 0, 1))
    assert (found.gpus.names, found.gpus.parents) == (("b/gpu0", "c/gpu0", "c/gpu1"), (1, 2, 2))
    assert values(found.gpus.facts["model"]) == {0: "3", 1: "1", 2: "2"}
    assert found.devices.names == ("a/device1", "a/x", "a/y")


def test_what_a_fact_says_of_its_time_and_source_goes_before_what_is_said_around_it() -> None:
    at = [f"2026-01-0{day}T00:00:00Z" for day in range(1, 6)]
    found = inventory(
        {
            "observed": at[0],
            "source": "survey",
            "sites": [
                {
                    "name": "s",
                    "country": "SE",
                    "hosts": [
                        {
                            "name": "h",
                            "observed": at[1],
                            "source": "probe",
                            "memory": "1GiB",
                            "disk": {"value": "1GiB", "observed": at[2], "source": "hand"},
                            "gpus": {"value": [{"model": "x"}], "observed": at[3]},
                            "devices": [{"name": "d", "observed": at[4]}],
                        }
                    ],
                }
            ],
        }
    )
    first = parse_time(at[0])
    assert first is not None
    records = [
        found.sites.facts["country"],
        found.hosts.facts["memory"],
        found.hosts.facts["disk"],
        found.gpus.facts["model"],
        found.devices.facts["name"],
    ]
    assert [record.observed for record in records] == [(first + day * DAY,) for day in range(5)]
    assert [record.sources[0] for record in records] == ["survey", "probe", "hand", "probe", "probe"]
    assert found.newest == first + 4 * DAY


@pytest.mark.parametrize(
    ("file", "site", "fact", "days"),
    [
        ({}, {}, {}, None),
        ({"default": "5d"}, {}, {}, 5),
        ({"default": "5d", "memory": "4d"}, {}, {}, 4),
        ({"memory": "4d", "host.memory": "3d"}, {}, {}, 3),
        ({"memory": "4d"}, {"default": "2d"}, {}, 4),
        ({"memory": "4d"}, {"memory": "2d"}, {}, 2),
        ({"memory": "4d"}, {"memory": "2d"}, {"ttl": "1d"}, 1),
        ({"gpu.memory": "4d"}, {}, {}, None),
    ],
)
def test_the_most_particular_time_to_live_holds(
    file: dict[str, str], site: dict[str, str], fact: dict[str, str], days: int | None
) -> None:
    host = {"name": "h", "memory": {"value": "1GiB", **fact}}
    found = inventory(
        {
            "observed": "1970-01-01T00:00:00Z",
            "ttl": file,
            "sites": [{"name": "s", "ttl": site, "hosts": [host]}],
        }
    )
    assert found.hosts.facts["memory"].expires == (None if days is None else days * DAY,)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("08:00", "08:00"),
        ("0x10", "0x10"),
        ("2026-03-02", "2026-03-02"),
        ("1_000", "1_000"),
        ("12e03", 12000.0),
        ("-.5", -0.5),
        ("010", 10),
        ("'1'", "1"),
        ("True", True),
        ("12345678901234567890", 12345678901234567890.0),
    ],
)
def test_yaml_is_read_by_the_core_schema_of_1_2(written: str, value: object) -> None:
    text = f"format: placelang/inventory/1\nsites: [{{name: s, labels: {{x: {written}, y: ~, z: }}}}]\n"
    found, _ = read_inventory(Source("case", text))
    assert found is not None
    assert {name: values(record) for name, record in found.sites.labels.items()} == {"x": {0: value}}
    assert type(found.sites.labels["x"].values[0]) is type(value)


def test_aliases_stand_for_what_they_name() -> None:
    text = """\
format: placelang/inventory/1
sites:
  - name: a
    hosts:
      - {name: a-1, cpu: &small {cores: 4, model: N100}, tags: &tags [x]}
      - {name: a-2, cpu: *small, tags: *tags}
"""
    found, faults = read_inventory(Source("case.yaml", text))
    assert found is not None, faults
    assert found.hosts.facts["cpu.model"].values == ("N100", "N100")
    assert found.hosts.facts["tags"].values == (("x",), ("x",))


def test_the_digest_is_over_facts_and_not_over_layout() -> None:
    def digest(*hosts: dict[str, object]) -> str:
        return inventory_digest(inventory({"sites": [{"name": "s", "hosts": list(hosts)}]}))

    first = digest({"name": "a", "memory": "16GiB", "disk": None}, {"name": "b"})
    assert digest({"name": "b"}, {"memory": {"value": "16384MiB"}, "name": "a"}) == first
    assert digest({"name": "a", "memory": "16GiB"}, {"name": "c"}) != first
    assert digest({"name": "a", "memory": "15GiB"}, {"name": "b"}) != first
    assert digest({"name": "a", "memory": {"value": "16GiB", "source": "x"}}, {"name": "b"}) != first


def test_labels_are_offered_with_the_type_that_their_values_have() -> None:
    hosts = [
        {
            "name": "a",
            "labels": {"flag": True, "count": 3, "name": "x", "tags": ["x"], "mixed": 3, "sizes": [1]},
        },
        {"name": "b", "labels": {"flag": False, "count": 3.5, "mixed": "x", "none": None, "sizes": [2.5]}},
    ]
    assert inventory_labels(inventory({"sites": [{"name": "s", "hosts": hosts}]}))["host"] == {
        "count": NUMBER,
        "flag": BOOL,
        "mixed": STRING,
        "name": STRING,
        "sizes": Type("list", NUMBER),
        "tags": STRINGS,
    }


def test_versions_are_versions() -> None:
    assert one_host(kernel="6.8.0").hosts.facts["kernel"].values == (Version.of("6.8"),)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2026-03-02T05:45:00.25+01:00", "2026-03-02T04:45:00.250Z"),
        ("2026-03-02T05:45Z", "2026-03-02T05:45:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_moments(text: str, shown: str) -> None:
    at = parse_time(text)
    assert at is not None
    assert show_time(at) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-02",
        "2026-03-02T05:45:00",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-W10-1",
    ],
)
def test_what_is_no_moment_is_no_time(text: str) -> None:
    assert parse_time(text) is None


def test_the_schema_says_what_every_fact_means() -> None:
    properties = json_schema()["$defs"]["Host"]["properties"]
    assert {"memory", "cpu", "gpus", "devices", "labels", "resources", "observed"} <= properties.keys()
    assert properties["memory"]["description"] == "memory that services may use; what `needs memory` consumes"
