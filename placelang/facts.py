"""The built-in facts of every noun: name, type, meaning and an example, in the one place that checking, completion and
documentation read."""

from __future__ import annotations

from placelang.frozen import dataclass
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
    """A fact that things of `noun` have. `of` names what it takes in parentheses, as `latency("gbg")` does. `example`
    is a condition over that noun; what a fleet declares has none."""

    noun: str
    name: str
    type: Type
    meaning: str
    of: str | None = None
    example: str = ""


def _table(noun: str, *rows: tuple[str, Type, str, str]) -> dict[str, FactSpec]:
    return {name: FactSpec(noun, name, kind, meaning, None, example) for name, kind, meaning, example in rows}


NOUNS = {
    "site": "a place where hosts stand",
    "host": "a machine that runs replicas",
    "gpu": "a GPU of a host",
    "device": "a device of a host, of a kind that is declared",
    "service": "a service of an app",
}

FACTS: dict[str, dict[str, FactSpec]] = {
    "site": _table(
        "site",
        ("name", STRING, "the site's unique name", 'name != "lab"'),
        ("country", STRING, "ISO 3166-1 alpha-2 code of the country it stands in", 'country in ["SE", "DK"]'),
        ("region", STRING, "the operator's region, or the EU for example", 'region == "EU"'),
        ("kind", STRING, "what the site is: store, train, factory, ...", 'kind == "store"'),
        ("tags", STRINGS, "free tags", '"canary" in tags'),
        ("timezone", STRING, "IANA zone in which its windows are read", "timezone ~ '^Europe/'"),
        ("uplink.bandwidth", BANDWIDTH, "what the uplink carries", "uplink.bandwidth >= 20Mbps"),
        ("uplink.kind", STRING, "how it is connected: fibre, lte, satellite, ...", 'uplink.kind != "lte"'),
        ("arbiter.key", STRING, "the public key of a voter beside its hosts", "known(arbiter.key)"),
        ("arbiter.address", STRING, "the IP address at which hosts reach that", "known(arbiter.address)"),
    )
    | {
        "latency": FactSpec(
            "site", "latency", DURATION, "round trip to another site", "site", 'latency("hub") <= 80ms'
        )
    },
    "host": _table(
        "host",
        ("name", STRING, "the host's unique name", "name ~ '^edge-[0-9]+$'"),
        ("arch", STRING, "machine architecture as OCI names it: amd64, arm64, ...", 'arch == "amd64"'),
        ("os", STRING, "operating system as OCI names it: linux, ...", 'os == "linux"'),
        ("kernel", VERSION, "release of the kernel", 'kernel >= "5.15"'),
        ("cpu.cores", NUMBER, "cores that services may use; what `needs cpu` consumes", "cpu.cores >= 4"),
        ("cpu.model", STRING, "the processor's name", "cpu.model ~ 'N[0-9]+'"),
        ("cpu.flags", STRINGS, "instruction set extensions", '"avx2" in cpu.flags'),
        ("memory", BYTES, "memory that services may use; what `needs memory` consumes", "memory >= 8GiB"),
        ("disk", BYTES, "disk that services may use; what `needs disk` consumes", "(disk ?? 0GB) >= 200GB"),
        ("bandwidth", BANDWIDTH, "its own network; what `needs bandwidth` consumes", "bandwidth >= 1Gbps"),
        ("tags", STRINGS, "free tags", '"spare" in tags'),
        ("zone", STRING, "the part of the site that fails together", 'zone == "press"'),
        ("rack", STRING, "the rack or cabinet in the site", "known(rack)"),
        ("power", POWER, "what it draws when in use", "power <= 15W"),
        ("cost", NUMBER, "what its use costs, in any one currency", "cost < 10"),
        ("member.key", STRING, "the public key of its agent", "known(member.key)"),
        (
            "member.address",
            STRING,
            "the IP address at which hosts of its site reach it",
            "known(member.address)",
        ),
        ("runtime", STRING, "container engine, or none", 'runtime == "docker"'),
        ("up", BOOL, "whether it was heard of within its time to live", "up ?? true"),
        (
            "draining",
            BOOL,
            "whether it is being emptied: nothing new comes, what can leave leaves",
            "draining ?? false",
        ),
    ),
    "gpu": _table(
        "gpu",
        ("vendor", STRING, "nvidia, intel, amd, ...", 'vendor == "nvidia"'),
        ("model", STRING, "the vendor's name for it", "model ~ 'A[0-9]+'"),
        ("memory", BYTES, "its memory; the host's where it is unified", "memory >= 4GiB"),
        ("compute", VERSION, "compute capability", 'compute >= "7.0"'),
        ("driver", VERSION, "version of the driver", 'driver >= "535.86.1"'),
        ("unified", BOOL, "whether its memory is the host's", "not unified"),
        ("uuid", STRING, "what its driver calls it on every boot", 'uuid == "GPU-8d2c4f1e"'),
    ),
    "device": _table(
        "device",
        ("name", STRING, "the device's name on its host", 'name == "front-door"'),
        ("kind", STRING, "the `device` declaration that it matches", 'kind == "camera"'),
        ("vendor", STRING, "who made it", 'vendor == "logitech"'),
        ("model", STRING, "what the vendor calls it", "model ~ 'C9[0-9]+'"),
        ("serial", STRING, "its serial number", 'serial in ["A1", "B2"]'),
        ("path", STRING, "where the host has it, such as /dev/video0", 'path == "/dev/video0"'),
    ),
    "service": _table(
        "service",
        ("name", STRING, "the service's name in its app", 'name == "detector"'),
        ("app", STRING, "the app it belongs to", 'app == "loss-prevention"'),
        ("file", STRING, "the file that declares it", "file ~ '^teams/'"),
        ("tags", STRINGS, "the tags its author gave it", '"pii" in tags'),
        ("image", STRING, "the image it runs", "not image ~ '^registry.example.com/'"),
        ("priority", NUMBER, "its priority, 0 to 1000", "priority < 100"),
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
    by a function such as `p95`. `service`: a service has it too, not only a model. `example` is the condition
    of a rule.
    """

    name: str
    type: Type
    meaning: str
    example: str
    of: tuple[str, ...] = ()
    many: bool = False
    service: bool = False


_MANY = ("latency", "confidence")
_OF_SERVICES = ("latency", "errors", "restarts", "health", "cpu", "memory", "disk")

METRIC = "metric"
"""The noun of metrics in expressions: of such a fact, `of` is the function applied, or what stands in parentheses."""

METRICS = {
    name: MetricSpec(
        name,
        kind,
        meaning,
        example,
        of=("input", "output") if name == "drift" else (),
        many=name in _MANY,
        service=name in _OF_SERVICES,
    )
    for name, kind, meaning, example in (
        ("latency", DURATION, "time per request; of a service, per health check", "p95(latency) > 80ms"),
        ("errors", PERCENT, "requests that failed; of a service, health checks", "errors > 2%"),
        ("throughput", NUMBER, "requests per second", "throughput < 5"),
        (
            "drift",
            NUMBER,
            "how far the last 1,000 inputs or outputs are from the baseline, 0 to 1",
            "drift(input) > 0.2",
        ),
        ("confidence", NUMBER, "how sure the model is of its answers, 0 to 1", "mean(confidence) < 0.6"),
        ("accuracy", PERCENT, "answers that feedback found right, over the last day", "accuracy < 90%"),
        ("restarts", NUMBER, "restarts of containers within the last hour", "restarts > 3"),
        ("health", PERCENT, "replicas that are healthy", "health < 50%"),
        ("cpu", NUMBER, "cores in use, of the busiest replica", "cpu > 3.5"),
        ("memory", BYTES, "memory in use, of the largest replica", "memory > 4GiB"),
        ("disk", BYTES, "what the volumes of the largest replica hold", "disk > 150GiB"),
    )
}

STATISTICS = {
    "p50": "half of the values are at most this",
    "p95": "95 of 100 values are at most this",
    "p99": "99 of 100 values are at most this",
    "mean": "the mean of the values",
}
"""What makes one value of many."""

PROFILE = {
    name: FactSpec("host", f"model.{name}", kind, meaning, "model", f"model(detector).{name} {limit}")
    for name, kind, meaning, limit in (
        ("p50", DURATION, "time per request that half of them take at most", "<= 20ms"),
        ("p95", DURATION, "time per request that 95 of 100 take at most", "<= 80ms"),
        ("p99", DURATION, "time per request that 99 of 100 take at most", "<= 150ms"),
        ("mean", DURATION, "mean time per request", "<= 30ms"),
        ("throughput", NUMBER, "requests per second at full load", ">= 5"),
        ("memory", BYTES, "memory in use at full load", "<= 2GiB"),
    )
}
"""What is measured of a model on a host, by its name after `host.model(NAME)`."""

MEASURED = "model."
"""How labels of hosts begin that are such facts: `model.plan.queue.p95`."""


def profile_name(model: str, what: str) -> str:
    """What the fact is called: `model("plan.queue").p95`."""
    return f'model("{model}").{what}'
