"""On which nodes Nomad may put a group, by what its documentation says of each rule, without any code of ours.

https://developer.hashicorp.com/nomad/docs/job-specification/constraint
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

SETS, SIZE = 200, 6
VALUES: dict[str, tuple[str, ...]] = {
    "attr.driver.docker.version": ("20.10", "20.10.7", "27.1.0", "28.0.0", "19.3", "27.1.0-rc1", "odd"),
    "attr.nomad.version": ("1.6.0", "1.6.0-beta", "1.5.9", "1.7.0-dev", "2.0.0", "1.6"),
    "attr.unique.hostname": ("edge-1", "gate-7", "office"),
    "meta.lenses": ("wide,night", "night, wide", "wide", "widest,night"),
    "meta.rack": ("r1", "r2", ""),
    "meta.floor": ("1", "2", "3", "12", "2.5", "007"),
}


def eligible(job: Mapping[str, Any], group: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    tasks = group["Tasks"]
    rules = [rule for level in (job, group, *tasks) for rule in level.get("Constraints") or []]
    pool = job.get("NodePool") or "default"
    return (
        node["Status"] == "ready"
        and node["SchedulingEligibility"] == "eligible"
        and any(fnmatchcase(node["Datacenter"], name) for name in job["Datacenters"])
        and pool in ("all", node["NodePool"])
        and all(node["Attributes"].get(f"driver.{task['Driver']}") == "1" for task in tasks)
        and all(met(rule, node) for rule in rules)
        and fits(group, node)
    )


def value_of(target: str, node: Mapping[str, Any]) -> str | None:
    name = target.removeprefix("${").removesuffix("}")
    group, _, inner = name.partition(".")
    if group in ("attr", "meta"):
        held: Mapping[str, str] = node["Attributes" if group == "attr" else "Meta"]
        return held.get(inner)
    keys = {"node.class": "NodeClass", "node.datacenter": "Datacenter", "node.unique.name": "Name"}
    return str(node[keys[name]])


def met(rule: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    operator, right = rule.get("Operand") or "=", str(rule.get("RTarget") or "")
    if operator in ("distinct_hosts", "distinct_property"):
        return True
    left = value_of(rule["LTarget"], node)
    match operator:
        case "!=":
            return left != right
        case "is_set":
            return left is not None
        case "is_not_set":
            return left is None
    return left is not None and compared(left, operator, right)


def compared(left: str, operator: str, right: str) -> bool:
    match operator:
        case "=":
            return left == right
        case "regexp":
            return bool(re.search(right, left))
        case "set_contains":
            return set(split(right)) <= set(split(left))
        case "set_contains_any":
            return bool(set(split(right)) & set(split(left)))
        case "version":
            return bool(re.fullmatch(r"[0-9.]+", left)) and all(in_range(left, one) for one in split(right))
        case "semver":
            strict = re.fullmatch(r"\d+\.\d+\.\d+(-.+)?", left)
            return bool(strict) and all(in_range(left, one) for one in split(right))
    return ordered(float(left), operator, float(right))


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def in_range(version: str, condition: str) -> bool:
    operator, wanted = re.findall(r"^(>=|<=|~>|!=|=|>|<)?\s*(.*)$", condition)[0]
    if operator == "~>":
        kept = wanted.split(".")[:-1]
        here = version.split(".") + ["0"] * 3
        return key(version) >= key(wanted) and here[: len(kept)] == kept
    if operator in ("", "="):
        return key(version) == key(wanted)
    return ordered(key(version), operator, key(wanted))


def key(version: str) -> tuple[Any, ...]:
    core, dash, _ = version.partition("-")
    numbers = [int(part) for part in core.split(".")]
    return (*numbers, *[0] * (3 - len(numbers)), 0 if dash else 1)


def ordered(left: Any, operator: str, right: Any) -> bool:
    ways: dict[str, bool] = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return ways[operator] if operator in ways else bool(left != right)


def fits(group: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    has, kept = node["NodeResources"], node["ReservedResources"]
    resources = [task.get("Resources") or {} for task in group["Tasks"]]
    mhz = sum(0 if one.get("Cores") else one.get("CPU", 100) for one in resources)
    memory = sum(one.get("MemoryMB", 300) for one in resources)
    disk = (group.get("EphemeralDisk") or {}).get("SizeMB", 300)
    return (
        mhz <= has["Cpu"]["CpuShares"] - kept["Cpu"]["CpuShares"]
        and sum(one.get("Cores") or 0 for one in resources) <= int(node["Attributes"]["cpu.numcores"])
        and memory <= has["Memory"]["MemoryMB"] - kept["Memory"]["MemoryMB"]
        and disk <= has["Disk"]["DiskMB"]
        and all(offered(one, has["Devices"]) for asked in resources for one in asked.get("Devices") or [])
    )


def offered(asked: Mapping[str, Any], devices: Sequence[Mapping[str, Any]]) -> bool:
    vendor, _, kind = asked["Name"].rpartition("/")
    least = [int(rule["RTarget"].split()[0]) * 1024 for rule in asked.get("Constraints") or []]
    return any(
        device["Type"] == kind
        and vendor in ("", device["Vendor"])
        and len(device["Instances"]) >= asked.get("Count", 1)
        and all(device["Attributes"]["memory"]["Int"] >= size for size in least)
        for device in devices
    )


CENTRES = ("lund", "malmo-1", "malmo-2", "kiel")
DRIVERS = ("docker", "exec", "raw_exec")


def nodes(seed: int, centres: Sequence[str] = CENTRES) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [node(rng, f"s{at // SIZE}-{at % SIZE}", centres) for at in range(SETS * SIZE)]


def node(rng: random.Random, name: str, centres: Sequence[str]) -> dict[str, Any]:
    held = {key: rng.choice(values) for key, values in VALUES.items() if rng.random() < 0.9}
    attributes = {key.removeprefix("attr."): value for key, value in held.items() if key.startswith("attr.")}
    attributes |= {
        "kernel.name": rng.choice(["linux"] * 4 + ["windows"]),
        "cpu.arch": rng.choice(["amd64", "arm64"]),
    }
    attributes |= {f"driver.{driver}": "1" for driver in DRIVERS if rng.random() < 0.85}
    memory = {"memory": {"Int": rng.choice([4096, 8192, 24576]), "Unit": "MiB"}}
    gpu = {
        "Type": "gpu",
        "Vendor": "nvidia",
        "Name": "T4",
        "Attributes": memory,
        "Instances": [{"Healthy": True}],
    }
    return {
        "ID": f"id-{name}",
        "Name": name,
        "Datacenter": rng.choice(centres),
        "NodeClass": rng.choice(["", "small", "large"]),
        "NodePool": rng.choice(["gates", "gates", "default"]),
        "Status": rng.choice(["ready"] * 9 + ["down"]),
        "SchedulingEligibility": rng.choice(["eligible"] * 9 + ["ineligible"]),
        "Attributes": attributes | {"cpu.numcores": rng.choice(["1", "2", "8"])},
        "Meta": {key.removeprefix("meta."): value for key, value in held.items() if key.startswith("meta.")},
        "NodeResources": {
            "Cpu": {"CpuShares": rng.choice([600, 700, 8000, 8000])},
            "Memory": {"MemoryMB": rng.choice([320, 2048, 8192])},
            "Disk": {"DiskMB": rng.choice([400, 500, 9000])},
            "Devices": [gpu] if rng.random() < 0.85 else [],
        },
        "ReservedResources": {"Cpu": {"CpuShares": 0}, "Memory": {"MemoryMB": rng.choice([0, 128])}},
    }
