"""Images on real engines: from a registry, to a neighbour, and where there is no room for them."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from placelang_runtime.drivers import DriverError, Fetched
from placelang_runtime.drivers.docker import DockerDriver
from tests.engines import BOX, Engine, require_engines, running_engine
from tests.images.registries import Registry, running_registry
from tests.runtime.benches import DockerBench, given

ON = "trap exit TERM; while :; do sleep 0.05; done"


@pytest.fixture
def registry(engine: Engine, tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path, engine.outside) as running:
        yield running


def _pushed(engine: Engine, registry: Registry) -> tuple[str, str]:
    """An image that is in the registry and not on the engine: its name, and its name with its digest."""
    name, client = f"{registry.host}/shop/till", engine.client
    client.tag(BOX, name, "1")
    client.push(name, "1")
    (digest,) = client.inspect_image(f"{name}:1")["RepoDigests"]
    for image in (f"{name}:1", digest):
        DockerDriver("gbg-1", engine.address).remove_image(image)
    return f"{name}:1", digest


def _ignore(_fetched: Fetched) -> None: ...


def test_an_image_is_fetched_by_name_and_by_digest(engine: Engine, registry: Registry) -> None:
    driver = DockerDriver("gbg-1", engine.address)
    for image in _pushed(engine, registry):
        assert not driver.has_image(image)
        driver.fetch_image(image, _ignore)
        driver.fetch_image(image, _ignore)
        assert driver.has_image(image)
        driver.remove_image(image)
        assert not driver.has_image(image)


def test_how_much_was_fetched_is_told(other_engine: Engine, tmp_path: Path) -> None:
    driver = DockerDriver("gbg-2", other_engine.address)
    with running_registry(tmp_path, other_engine.outside) as registry:
        name, client = f"{registry.host}/shop/large", other_engine.client
        client.import_image_from_data(_layer(3 << 20), name, "1")
        client.push(name, "1")
        client.remove_image(f"{name}:1")
        told: list[Fetched] = []
        driver.fetch_image(f"{name}:1", told.append)
        driver.remove_image(f"{name}:1")
    assert all(one.done <= one.total for one in told)
    assert told[-1].done == told[-1].total > 3 << 20


def test_an_image_with_a_digest_is_the_same_at_a_neighbour(
    engine: Engine, other_engine: Engine, registry: Registry, tmp_path: Path
) -> None:
    here, there = (DockerDriver("gbg-1", of.address) for of in (engine, other_engine))
    _, image = _pushed(engine, registry)
    here.fetch_image(image, _ignore)
    here.save_image(image, tmp_path / "image.tar")
    there.load_image(tmp_path / "image.tar")
    assert there.has_image(image)
    bench = DockerBench(other_engine, there)
    there.start(id_ := there.create(bench.spec(ON, image=image), given()))
    there.save_image(image, tmp_path / "again.tar")
    there.remove(id_)
    for driver in (here, there):
        driver.remove_image(image)
        assert not driver.has_image(image)


def test_what_a_registry_does_not_have_is_told(engine: Engine, registry: Registry) -> None:
    driver = DockerDriver("gbg-1", engine.address)
    image, digest = _pushed(engine, registry)
    for missing in (f"{image}0", f"{registry.host}/none:1", f"{digest[:-8]}00000000"):
        with pytest.raises(DriverError) as told:
            driver.fetch_image(missing, _ignore)
        assert told.value.kind == "no-image", told.value


def test_a_registry_that_does_not_answer_is_told(engine: Engine) -> None:
    with pytest.raises(DriverError, match="check that the registry runs") as told:
        DockerDriver("gbg-1", engine.address).fetch_image(f"{engine.outside}:1/till:1", _ignore)
    assert told.value.kind == "failed"


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    require_engines()
    with running_engine(size="24m") as engine:
        engine.load()
        driver = DockerDriver("gbg-1", engine.address)
        large = tmp_path / "large.tar"
        large.write_bytes(_image(64 << 20))
        with pytest.raises(DriverError, match="free some of its disk") as told:
            driver.load_image(large)
        assert told.value.kind == "disk-full"
        assert driver.has_image(BOX)
        bench = DockerBench(engine, driver)
        driver.start(driver.create(bench.spec(ON), given()))


def _layer(size: int) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("noise")
        entry.size = size
        tar.addfile(entry, io.BytesIO(os.urandom(size)))
    return packed.getvalue()


def _image(size: int) -> bytes:
    """An image as engines save it."""
    import hashlib
    import json

    layer = _layer(size)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        }
    ).encode()
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["large:1"], "Layers": ["l.tar"]}]).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in (("c.json", config), ("l.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
