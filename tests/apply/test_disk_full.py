"""A disk that is full in the middle of it: told, what ran goes on, and it is gone on with once there is room."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from placelang_runtime.apply import Threads
from placelang_runtime.drivers.docker import DockerDriver
from tests.apply.stores import Store
from tests.apply.test_commands import CONFIG, Host
from tests.apply.test_on_engine import HOST, INVENTORY, SHOP, WAITS
from tests.cli.console import Console
from tests.engines import Engine, box, require_engines, running_engine
from tests.images.registries import Registry, running_registry

MIB = 1 << 20
LARGE = 40 * MIB


def sized(folder: Path, size: int) -> None:
    """Have the disk of a folder be so large."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True, timeout=20)


def used(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def push_large(engine: Engine, registry: Registry) -> str:
    """An image in the registry that takes 40 MiB on a disk, and is not on the engine."""
    packed = io.BytesIO(box())
    with tarfile.open(fileobj=packed, mode="a") as tar:
        entry = tarfile.TarInfo("large")
        entry.size = LARGE
        tar.addfile(entry, io.BytesIO(os.urandom(LARGE)))
    name = f"{registry.host}/box"
    said = engine.client.import_image_from_data(packed.getvalue(), name, "2", ["ENV PATH=/bin", WAITS])
    assert "error" not in str(said), said
    assert "error" not in engine.client.push(name, "2")
    engine.client.remove_image(f"{name}:2")
    return f"{name}:2"


def test_an_image_that_has_no_room_changes_nothing_until_it_has(tmp_path: Path) -> None:
    require_engines()
    with running_engine(size="256m") as engine, running_registry(tmp_path, engine.outside) as registry:
        data = engine.folder / "data"
        engine.load("box:1", WAITS)
        large = push_large(engine, registry)
        with Threads() as hands:
            there = Store(tmp_path, SHOP, INVENTORY)
            there.hands = hands
            there.drivers = {"gbg-1": DockerDriver("gbg-1", engine.address)}  # type: ignore[dict-item]
            assert there.apply(there.plan(), HOST).outcome == "done"
            before = there.running()
            ids = {one["Id"] for one in engine.client.containers()}
            sized(data, used(data) + 16 * MIB)
            second = there.plan(text=SHOP.replace("box:${version}", large))
            result = there.apply(second, HOST)
            [failure] = [one for one in result.failures if one.by is None]
            assert "no space left on device" in failure.why
            assert failure.why.endswith("free some of its disk")
            assert there.running() == before
            assert {one["Id"] for one in engine.client.containers()} == ids
            sized(data, 256 * MIB)
            assert there.apply(second, HOST).outcome == "done"
            assert there.running() == {"gbg-1": ["shop.till@gbg/1 box:1", "shop.web@gbg/1 box:2"]}
            assert there.apply(second, HOST).deeds == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A state folder with a small disk of its own."""
    require_engines()
    (tmp_path / "state").mkdir(mode=0o700)
    options = ("-t", "tmpfs", "-o", "size=2m,mode=0700")
    subprocess.run(["mount", *options, "tmpfs", str(tmp_path / "state")], check=True, timeout=20)
    yield tmp_path / "state"
    subprocess.run(["umount", "--lazy", str(tmp_path / "state")], check=True, timeout=20)


def fill(disk: Path) -> Path:
    """Leave nothing of it."""
    file = disk / "filling"
    with file.open("wb", buffering=0) as filling, pytest.raises(OSError, match="No space left"):  # noqa: PT012 - it is the write that fails
        while True:
            filling.write(bytes(4096))
    return file


def test_a_journal_that_has_no_room_is_told_and_gone_on_with(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("placelang_runtime.health.SETTLED", 0.0)
    host = Host(Console(tmp_path, capsys, monkeypatch), monkeypatch)
    assert 'state = "state"' in CONFIG
    host.plan()
    host.run("apply", "plan.json")
    before = [driver.copies() for driver in host.drivers.values()]
    host.plan(web="2")
    filling = fill(disk)
    told = host.run("apply", "plan.json", code=Exit.WORLD).err
    assert "its disk is full: free some of it" in told
    assert [driver.copies() for driver in host.drivers.values()] == before
    filling.unlink()
    host.run("apply", "plan.json")
    assert "nothing to do" in host.run("apply", "plan.json").out
