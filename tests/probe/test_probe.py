"""What a probe finds: on trees made by hand, under the real libudev, and on the machine that this runs on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from placelang.inventory.probed import as_document, inventory_of
from placelang_runtime import probe as probing
from placelang_runtime.host_facts import HostFacts
from placelang_runtime.probe import probe
from placelang_runtime.probe.found import Found
from placelang_runtime.probe.gpus import gpus
from placelang_runtime.probe.machine import STEP, disk, memory, processor
from tests.cli.console import ROOTS

AT = "2026-03-02T05:45:00Z"
CAMERA = Path(__file__).with_name("devices") / "camera.umockdev"


def tree(root: Path, **files: str) -> Path:
    """A root with these files; `__` stands for a slash, `_colon_` for a colon."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_colon_", ":")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def card(root: Path, place: str, **files: str) -> None:
    for name, text in files.items():
        path = root / "sys/bus/pci/devices" / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "sys/class").mkdir(parents=True, exist_ok=True)


def test_a_gpu_is_seen_though_its_memory_is_not_known(tmp_path: Path) -> None:
    card(tmp_path, "0000:00:02.0", **{"vendor": "0x8086\n", "class": "0x030000\n"})
    card(
        tmp_path,
        "0000:03:00.0",
        **{"vendor": "0x1002\n", "class": "0x030000\n", "mem_info_vram_total": "8573157376\n"},
    )
    card(tmp_path, "0000:04:00.0", **{"vendor": "0x10de\n", "class": "0x030200\n"})
    card(tmp_path, "0000:05:00.0", **{"vendor": "0x1af4\n", "class": "0x030000\n"})
    card(tmp_path, "0000:06:00.0", **{"vendor": "0x8086\n", "class": "0x020000\n"})
    found = gpus(tmp_path)
    assert [(gpu.vendor, gpu.memory, gpu.unified) for gpu in found.lists["gpus"]] == [
        ("intel", None, True),
        ("amd", 8573157376.0, None),
        ("nvidia", None, None),
    ]
    assert "management library" in found.unknown["gpu.memory"]


class OneCard:
    """NVIDIA's management library, as it is where there is one card."""

    class NVMLError(Exception): ...

    class NVMLError_NotSupported(NVMLError): ...  # noqa: N801, N818 - its name

    nvmlInit = nvmlShutdown = staticmethod(lambda: None)  # noqa: N815
    nvmlSystemGetDriverVersion = staticmethod(lambda: b"550.54.14")  # noqa: N815
    nvmlDeviceGetCount = staticmethod(lambda: 1)  # noqa: N815
    nvmlDeviceGetHandleByIndex = staticmethod(lambda index: index)  # noqa: N815
    nvmlDeviceGetCudaComputeCapability = staticmethod(lambda _: (8, 6))  # noqa: N815
    nvmlDeviceGetMemoryInfo = staticmethod(lambda _: SimpleNamespace(total=8 << 30))  # noqa: N815
    nvmlDeviceGetName = staticmethod(lambda _: b"RTX A2000")  # noqa: N815
    nvmlDeviceGetUUID = staticmethod(lambda _: "GPU-8d2c4f1e")  # noqa: N815


def test_a_gpu_is_known_by_what_its_driver_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", OneCard)
    tree(tmp_path, proc__meminfo="MemTotal: 1024 kB\n", proc__cpuinfo="")
    (tmp_path / "sys/class").mkdir(parents=True)
    found = probe(host="a", site=None, observed=AT, root=tmp_path)
    assert found.gpus is not None
    assert [(gpu.uuid, gpu.model, gpu.compute) for gpu in found.gpus] == [
        ("GPU-8d2c4f1e", "RTX A2000", "8.6")
    ]
    inventory, faults = inventory_of(found, "a")
    assert (inventory is not None, faults) == (True, ())


def test_the_gpu_of_a_jetson_is_seen_and_shares_memory(tmp_path: Path) -> None:
    (tmp_path / "sys/class").mkdir(parents=True)
    tree(
        tmp_path,
        **{
            "proc__device-tree__compatible": "nvidia,p3768\0nvidia,tegra234\0",
            "proc__device-tree__model": "Orin NX\0",
        },
    )
    (gpu,) = gpus(tmp_path).lists["gpus"]
    assert (gpu.vendor, gpu.model, gpu.unified, gpu.memory) == ("nvidia", "Orin NX", True, None)


def test_where_the_kernel_shows_nothing_gpus_are_unknown_and_not_none(tmp_path: Path) -> None:
    tree(tmp_path, proc__meminfo="MemTotal: 1024 kB\n", proc__cpuinfo="")
    found = probe(host="a", site=None, observed=AT, root=tmp_path)
    assert found.gpus is None
    assert "gpus" in {unknown.fact for unknown in found.unknown}


def test_control_groups_limit_what_services_may_use(tmp_path: Path) -> None:
    tree(
        tmp_path,
        proc__meminfo="MemTotal:       16777216 kB\n",
        proc__cpuinfo="model name\t: Intel N100\nflags\t\t: avx2 fpu\n",
        **{"sys__fs__cgroup__memory.max": "4294967296\n", "sys__fs__cgroup__cpu.max": "50000 100000\n"},
    )
    assert memory(tmp_path).facts == {"memory": 4294967296.0}
    assert processor(tmp_path).facts == {
        "cpu.cores": 0.5,
        "cpu.model": "Intel N100",
        "cpu.flags": ("avx2", "fpu"),
    }


def test_what_hangs_is_unknown_with_the_reason_and_the_rest_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hangs() -> Found:
        never.wait()
        return Found()

    monkeypatch.setattr(probing.engine, "engine", hangs)
    found = probe(host="a", site=None, observed=AT, seconds=1.0)
    never.set()
    assert {unknown.fact: unknown.reason for unknown in found.unknown}["runtime"] == "it took longer than 1 s"
    assert found.facts["os"] == "linux"


def test_what_is_forbidden_is_unknown_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(root: Path) -> Found:
        raise PermissionError(13, "Permission denied", str(root / "proc/meminfo"))

    monkeypatch.setattr(probing.machine, "memory", forbidden)
    found = probe(host="a", site=None, observed=AT)
    assert {one.fact: one.reason for one in found.unknown}["memory"] == "not allowed to read /proc/meminfo"


def test_this_machine_is_what_its_system_says() -> None:
    found = probe(host="here", site="gbg", observed=AT)
    assert found.facts["kernel"] == platform.release()
    cores = found.facts["cpu.cores"]
    assert isinstance(cores, float)
    assert 0 < cores <= len(os.sched_getaffinity(0))
    inventory, faults = inventory_of(found, "probe")
    assert inventory is not None, faults
    assert inventory.hosts.names == ("here",)
    assert HostFacts.model_validate_json(found.model_dump_json()) == found


def test_what_is_unknown_is_left_out_of_the_inventory() -> None:
    found = HostFacts(
        host="a", site=None, observed=AT, facts={}, labels={}, gpus=None, devices=(), unknown=()
    )
    (site,) = as_document(found)["sites"]
    assert site == {
        "name": "unassigned",
        "hosts": [{"name": "a", "observed": AT, "source": "probe", "devices": []}],
    }


@pytest.mark.skipif(shutil.which("umockdev-run") is None, reason="umockdev is not installed")
def test_devices_are_found_under_the_real_libudev(tmp_path: Path) -> None:
    kinds = {
        "camera": [
            'SUBSYSTEM=="video4linux", ATTRS{idVendor}=="046d", ENV{ID_V4L_CAPABILITIES}=="*:capture:*"'
        ],
        "scanner": ['SUBSYSTEM=="usb", ATTR{idVendor}=="05e0"'],
        "printer": ['SUBSYSTEM=="usb", ATTR{idVendor}=="04b8"'],
    }
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"format": "placelang/device-kinds/1", "kinds": kinds}))
    command = ["umockdev-run", "--device", str(CAMERA), "--", sys.executable, "-m", "placelang"]
    ended = subprocess.run(
        [*command, "inventory", "probe", "--host", "gbg-1", "--rules", str(rules), "--json"],
        env=os.environ | {"PYTHONPATH": ROOTS},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = json.loads(ended.stdout)
    assert found["devices"] == [
        {
            "kind": "camera",
            "name": "camera-video0",
            "vendor": "Logitech, Inc.",
            "model": "HD_Pro_Webcam_C920",
            "serial": "A1B2C3",
            "path": "/dev/video0",
        },
        {
            "kind": "scanner",
            "name": "scanner-1-3",
            "vendor": None,
            "model": "Scanner",
            "serial": None,
            "path": "/dev/bus/usb/001/005",
        },
    ]


def test_a_few_bytes_on_its_disk_make_no_other_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([3 * STEP // 4096, 3 * STEP // 4096 + 7, 3 * STEP // 4096 - 1])
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=next(free), f_frsize=4096))
    assert [disk(tmp_path).facts["disk"] / STEP for _ in range(3)] == [3, 3, 2]
