"""The built-in facts of every noun: name, type and meaning, in the one place that checking and documentation read."""

from __future__ import annotations

from dataclasses import dataclass

from placelang.types import (
    BANDWIDTH,
    BOOL,
    BYTES,
    DURATION,
    NUMBER,
    PERCENT,
    POWER,
    STRING,
    STRINGS,
    VERSION,
    Type,
)


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact that things of `noun` have. `of` names what it takes in parentheses, as `latency("gbg")` does."""

    noun: str
    name: str
    type: Type
    meaning: str
    of: str | None = None


def _table(noun: str, *rows: tuple[str, Type, str]) -> dict[str, FactSpec]:
    return {name: FactSpec(noun, name, kind, meaning) for name, kind, meaning in rows}


FACTS: dict[str, dict[str, FactSpec]] = {
    "site": _table(
        "site",
        ("name", STRING, "the site's unique name"),
        ("country", STRING, "ISO 3166-1 alpha-2 code of the country it stands in"),
        ("region", STRING, "the operator's region, or the EU for example"),
        ("kind", STRING, "what the site is: store, train, factory, ..."),
        ("tags", STRINGS, "free tags"),
        ("timezone", STRING, "IANA zone in which its windows are read"),
        ("uplink.bandwidth", BANDWIDTH, "what the uplink carries"),
        ("uplink.kind", STRING, "how it is connected: fibre, lte, satellite, ..."),
    )
    | {"latency": FactSpec("site", "latency", DURATION, "round trip to another site", of="site")},
    "host": _table(
        "host",
        ("name", STRING, "the host's unique name"),
        ("arch", STRING, "machine architecture as OCI names it: amd64, arm64, ..."),
        ("os", STRING, "operating system as OCI names it: linux, ..."),
        ("kernel", VERSION, "release of the kernel"),
        ("cpu.cores", NUMBER, "cores that services may use; what `needs cpu` consumes"),
        ("cpu.model", STRING, "the processor's name"),
        ("cpu.flags", STRINGS, "instruction set extensions"),
        ("memory", BYTES, "memory that services may use; what `needs memory` consumes"),
        ("disk", BYTES, "disk that services may use; what `needs disk` consumes"),
        ("bandwidth", BANDWIDTH, "the host's own network; what `needs bandwidth` consumes"),
        ("tags", STRINGS, "free tags"),
        ("zone", STRING, "the part of the site that fails together"),
        ("rack", STRING, "the rack or cabinet in the site"),
        ("power", POWER, "what it draws when in use"),
        ("cost", NUMBER, "what its use costs, in any one currency"),
        ("runtime", STRING, "container engine, or none"),
        ("up", BOOL, "whether it was heard of within its time to live"),
    ),
    "gpu": _table(
        "gpu",
        ("vendor", STRING, "nvidia, intel, amd, ..."),
        ("model", STRING, "the vendor's name for it"),
        ("memory", BYTES, "its memory; the host's where it is unified"),
        ("compute", VERSION, "compute capability"),
        ("driver", VERSION, "version of the driver"),
        ("unified", BOOL, "whether its memory is the host's"),
    ),
    "device": _table(
        "device",
        ("name", STRING, "the device's name on its host"),
        ("kind", STRING, "the `device` declaration that it matches"),
        ("vendor", STRING, "who made it"),
        ("model", STRING, "what the vendor calls it"),
        ("serial", STRING, "its serial number"),
        ("path", STRING, "where the host has it, such as /dev/video0"),
    ),
    "service": _table(
        "service",
        ("name", STRING, "the service's name in its app"),
        ("app", STRING, "the app it belongs to"),
        ("file", STRING, "the file that declares it"),
        ("tags", STRINGS, "the tags its author gave it"),
        ("image", STRING, "the image it runs"),
        ("priority", NUMBER, "its priority, 0 to 1000"),
    ),
}

PLURALS = {"sites": "site", "hosts": "host", "gpus": "gpu", "devices": "device", "services": "service"}
"""Nouns are plural where they filter or are counted, singular as a prefix or a key."""

ENCLOSING = {
    "gpu": ("host", "site"),
    "device": ("host", "site"),
    "host": ("site",),
    "site": (),
    "service": (),
}
"""Which nouns a thing stands in, nearest first: their facts are reached by prefix."""

AMOUNTS = {"cpu": "cpu.cores", "memory": "memory", "disk": "disk", "bandwidth": "bandwidth"}
"""The built-in resources of `needs`, each with the host fact that it consumes."""

KEYS = ("host", "site", "zone", "rack")
"""Topology keys besides facts and labels of text type; `zone` and `rack` are those of one site."""


# --- what is measured of what runs -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """What the rules of a `monitor` compare, measured at the site over the last minute unless its meaning says
    otherwise.

    `of` is what it may take in parentheses, as `drift(input)` does; one with `many` values at a time becomes one value
    by a function such as `p95`. `service`: a service has it too, not only a model.
    """

    name: str
    type: Type
    meaning: str
    of: tuple[str, ...] = ()
    many: bool = False
    service: bool = False


METRICS = {
    spec.name: spec
    for spec in (
        MetricSpec("latency", DURATION, "time per request; of a service, per health check", many=True, service=True),
        MetricSpec("errors", PERCENT, "requests that failed; of a service, health checks", service=True),
        MetricSpec("throughput", NUMBER, "requests per second"),
        MetricSpec("drift", NUMBER, "how far inputs or outputs are from the baseline, 0 to 1", of=("input", "output")),
        MetricSpec("confidence", NUMBER, "how sure the model is of its answers, 0 to 1", many=True),
        MetricSpec("accuracy", PERCENT, "answers that feedback found right, over the last day"),
        MetricSpec("restarts", NUMBER, "restarts of containers within the last hour", service=True),
        MetricSpec("health", PERCENT, "replicas that are healthy", service=True),
        MetricSpec("cpu", NUMBER, "cores in use, of the busiest replica", service=True),
        MetricSpec("memory", BYTES, "memory in use, of the largest replica", service=True),
        MetricSpec("disk", BYTES, "what the volumes of the largest replica hold", service=True),
    )
}  # fmt: skip

STATISTICS = {
    "p50": "half of the values are at most this",
    "p95": "95 of 100 values are at most this",
    "p99": "99 of 100 values are at most this",
    "mean": "the mean of the values",
}
"""What makes one value of many."""

PROFILE = {
    name: FactSpec("host", f"model.{name}", kind, meaning, of="model")
    for name, kind, meaning in (
        ("p50", DURATION, "time per request that half of them take at most"),
        ("p95", DURATION, "time per request that 95 of 100 take at most"),
        ("p99", DURATION, "time per request that 99 of 100 take at most"),
        ("mean", DURATION, "mean time per request"),
        ("throughput", NUMBER, "requests per second at full load"),
        ("memory", BYTES, "memory in use at full load"),
    )
}
"""What is measured of a model on a host, by its name after `host.model(NAME)`."""
