"""What drivers call GPUs goes with the plan, from the inventory to the container, where anything is to have one."""

from __future__ import annotations

from pathlib import Path

from placelang.verify import verify
from placelang_runtime.containers import replicas_on
from placelang_runtime.host_config import HostConfig
from placelang_runtime.part import SitePart
from placelang_runtime.provision.provider import HostProvider
from tests.plan.fleets import Planned, fleet, host, planned, site

GPUS = "[{vendor: nvidia, memory: 8GiB, uuid: GPU-8d2c}, {vendor: nvidia, memory: 8GiB}]"
FLEET = fleet(site("gbg", host("g1", gpus=GPUS)), site("oslo", host("o1", gpus=GPUS.replace("8d2c", "77aa"))))


def part_of(needs: str) -> tuple[Planned, SitePart]:
    app = f'app a {{ service s {{ image "i:1"\n replicas 1 per site\n needs {needs} }} }}'
    found = planned(app, FLEET)
    assert verify(found.plan, found.program, found.inventory) == ()
    return found, found.plan.parts[0]


def test_a_container_gets_the_gpu_that_the_inventory_means(tmp_path: Path) -> None:
    found, part = part_of("memory 1GiB, gpu 2")
    assert part.gpu_ids == {"g1/gpu0": "GPU-8d2c"}
    assert found.plan.parts[1].gpu_ids == {"o1/gpu0": "GPU-77aa"}
    config = HostConfig(tmp_path / "host.toml", "g1", state=tmp_path, memory=tmp_path / "memory")
    (spec,) = replicas_on(part, "g1")
    assert set(spec.own.gpu_names) == {"g1/gpu0", "g1/gpu1"}
    assert HostProvider(part, config).given(spec.own, "sha256:0").gpus == {"g1/gpu0": "GPU-8d2c"}


def test_a_plan_without_gpus_says_nothing_of_them() -> None:
    _, part = part_of("memory 1GiB")
    assert part.gpu_ids == {}
    assert "gpu_ids" not in part.model_dump_json()
