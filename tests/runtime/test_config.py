"""What an engine is asked for, whatever a plan says: never more than the plan allows and the host gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, settings
from hypothesis import given as with_any
from hypothesis import strategies as st

from placelang_runtime.drivers import DriverError, Given
from placelang_runtime.drivers.docker.config import container_config
from placelang_runtime.part import Device, GpuShare, Port, Privileges, Volume
from tests.runtime.benches import PLAN, spec_of

ALLOWED = {"/var/log": Path("/mnt/log"), "/srv": Path("/srv")}
TEXT = st.text(max_size=8) | st.sampled_from(
    ["/", "/etc", "/proc", "/run/docker.sock", "/var/log", "..", "/a/../b"]
)
PRIVILEGES = st.builds(
    Privileges,
    user=st.none() | st.integers(0, 70_000),
    writable_root=st.booleans(),
    capabilities=st.lists(
        st.sampled_from(["NET_ADMIN", "SYS_TIME", "BPF", "ALL", "CAP_ALL", "all"]), max_size=2
    ).map(tuple),
    host_network=st.booleans(),
    privileged=st.booleans(),
)
SOURCES = st.none() | st.sampled_from([*ALLOWED]) | TEXT
VOLUMES = st.builds(
    Volume, path=st.just("/data") | TEXT, source=SOURCES, keep=st.booleans(), readonly=st.booleans()
)
DEVICES = st.builds(
    Device,
    kind=st.just("scanner"),
    name=st.just("gbg-1/scan"),
    path=st.just("/dev/null")
    | st.none()
    | TEXT
    | st.sampled_from(["/dev/null", "/dev/mem", "/dev/kmsg", "/dev/fd/0", "/dev"]),
    shared=st.booleans(),
)
PORTS = st.builds(Port, host=st.integers(1, 65_535), container=st.integers(1, 65_535))
SPECS = st.fixed_dictionaries(
    {
        "privileges": PRIVILEGES,
        "volumes": st.lists(VOLUMES, max_size=3).map(tuple),
        "devices": st.lists(DEVICES, max_size=2).map(tuple),
        "ports": st.lists(PORTS, max_size=3).map(tuple),
        "gpus": st.lists(st.sampled_from(["gbg-1/gpu0", "gbg-1/left"]), max_size=2).map(tuple),
        "needs": st.dictionaries(
            st.sampled_from(["cpu", "memory", "disk", "seats"]), st.integers(0, 1 << 40)
        ),
        "env": st.dictionaries(TEXT.filter(bool), TEXT, max_size=3),
    }
)


@pytest.mark.parametrize(
    ("cdi", "asked"),
    [
        (False, [{"Driver": "nvidia", "DeviceIDs": ["GPU-8d2c", "1"], "Capabilities": [["gpu"]]}]),
        (True, [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=GPU-8d2c", "nvidia.com/gpu=1"]}]),
    ],
)
def test_gpus_are_asked_for_by_what_their_driver_calls_them(cdi: bool, asked: list[object]) -> None:
    share = GpuShare(gpu="gbg-1/left", memory=1 << 30)
    spec = spec_of(image="till:1", command=(), gpus=("gbg-1/left", "gbg-1/gpu1"), shares=(share,))
    given = Given(PLAN, gpus={"gbg-1/left": "GPU-8d2c"})
    config = container_config(spec, given, joins=None, cdi=cdi)
    assert config["HostConfig"]["DeviceRequests"] == asked
    assert config["HostConfig"]["Devices"] == []


def test_what_holds_no_gpu_asks_for_none() -> None:
    config = container_config(spec_of(image="till:1", command=()), Given(PLAN), joins=None, cdi=True)
    assert config["HostConfig"]["DeviceRequests"] == []


@settings(derandomize=True, max_examples=200, deadline=None)
@with_any(said=SPECS)
def test_a_container_is_never_given_more_than_the_plan_allows(said: dict[str, Any]) -> None:
    spec = spec_of(image="till:1", command=(), **said)
    try:
        config = container_config(spec, Given(PLAN, paths=ALLOWED), joins=None, cdi=False)
    except DriverError:
        event("refused")
        return
    host, allowed = config["HostConfig"], spec.privileges
    assert host.get("Privileged", False) == allowed.privileged
    assert host["ReadonlyRootfs"] == (not allowed.writable_root)
    assert (host["NetworkMode"] == "host") == allowed.host_network
    if not allowed.privileged:
        assert "ALL" not in allowed.capabilities
        assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], list(allowed.capabilities))
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] > 0
    assert "Binds" not in host
    binds = {mount["Source"] for mount in host["Mounts"] if mount["Type"] == "bind"}
    assert binds <= {str(path) for path in ALLOWED.values()}
    assert all(mount["Source"].startswith("pl-") for mount in host["Mounts"] if mount["Type"] == "volume")
    nodes = {device["PathOnHost"] for device in host["Devices"]}
    assert nodes <= {device.path for device in spec.devices}
    assert all(Path(node).is_char_device() and node != "/dev/mem" for node in nodes)
    assert ("Memory" in host) == ("memory" in spec.needs)
    assert ("NanoCpus" in host) == ("cpu" in spec.needs)
