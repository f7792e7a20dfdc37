"""Images by digest: as registries have them, in a lock, and in the plans that are made with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

import pytest
import requests

from placelang.diagnostics import Source
from placelang.images import parse_lock
from placelang.images.ids import Content, content_of
from placelang.images.registry import Registries, RegistryError, parts_of
from placelang_runtime.canonical import read_plan
from tests.cli.conftest import console
from tests.cli.console import Console
from tests.images.registries import CONFIG, MANIFEST, Answer, Registry, answering, running_registry
from tests.trust.parts import INVENTORY

__all__ = ["console"]

FILE = """
app shop {{
  service till {{
    image    "{host}/shop/till:1"
    replicas 1 per site
    sidecar logs {{ image "{host}/shop/logs-${{host.arch}}:2" }}
  }}
  job count {{
    image "{host}/shop/count"
    lasts 5min
    every 6h
  }}
}}
"""


CONFIGURATION = "sha256:" + hashlib.sha256(CONFIG.encode()).hexdigest()
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def shop(console: Console, registry: Registry) -> Mapping[str, str]:
    """A file and an inventory here; by image, its digest in the registry."""
    console.write("shop.place", FILE.format(host=registry.host))
    console.write("inventory.yaml", INVENTORY)
    images = (("shop/till", "1"), ("shop/logs-amd64", "2"), ("shop/count", "latest"))
    return {f"{name}:{tag}": registry.push(name, tag, f"{name}{tag}".encode()) for name, tag in images}


def test_a_plan_has_the_images_that_the_registry_had(
    console: Console, shop: Mapping[str, str], registry: Registry
) -> None:
    console.run("images", "lock", "shop.place", "-i", "inventory.yaml", code=0)
    text = (console.folder / "images.lock").read_text(encoding="utf-8")
    assert json.loads(text)["images"] == {
        f"{registry.host}/shop/till:1": f"{registry.host}/shop/till@{shop['shop/till:1']}",
        f"{registry.host}/shop/logs-amd64:2": f"{registry.host}/shop/logs-amd64@{shop['shop/logs-amd64:2']}",
        f"{registry.host}/shop/count": f"{registry.host}/shop/count@{shop['shop/count:latest']}",
    }
    ids = json.loads(text)["ids"]
    assert ids == {locked: [CONFIGURATION] for locked in json.loads(text)["images"].values()}
    made = ("plan", "shop.place", "-i", "inventory.yaml", "--images", "images.lock")
    console.run(*made, "-o", "plan.json", code=0)
    plan = read_plan(console.folder / "plan.json")
    assert plan.parts[0].image_ids == {image: tuple(found) for image, found in ids.items()}
    sizes = json.loads(text)["sizes"]
    assert sizes.keys() == ids.keys()
    assert all(sizes.values())
    assert (plan.parts[0].image_sizes, plan.header.uncounted) == (sizes, ())
    [service] = plan.parts[0].groups[0].services
    assert service.replicas[0].image == f"{registry.host}/shop/till@{shop['shop/till:1']}"
    assert (
        service.replicas[0].sidecars[0].image
        == f"{registry.host}/shop/logs-amd64@{shop['shop/logs-amd64:2']}"
    )
    assert {run.image for run in plan.parts[0].jobs[0].runs} == {
        f"{registry.host}/shop/count@{shop['shop/count:latest']}"
    }
    assert "images.lock" in [source.path for source in plan.header.inputs.sources]
    files = ("shop.place", "-i", "inventory.yaml")
    console.run("verify", "plan.json", *files, "--images", "images.lock", "--replay", code=0)
    console.run("verify", "plan.json", *files, code=5)


def test_a_new_image_under_an_old_name_is_a_new_lock_and_a_new_start(
    console: Console, shop: Mapping[str, str], registry: Registry
) -> None:
    lock = ("images", "lock", "shop.place", "-i", "inventory.yaml")
    plan = ("plan", "shop.place", "-i", "inventory.yaml", "--images", "images.lock", "-o", "plan.json")
    console.run(*lock, code=0)
    console.run(*plan, code=0)
    console.run(*plan, "--current", "plan.json", code=0)
    assert all(part.steps is None for part in read_plan(console.folder / "plan.json").parts)
    after = registry.push("shop/till", "1", b"another")
    assert after != shop["shop/till:1"]
    console.run(*lock, code=0)
    console.run(*plan, "--current", "plan.json", code=0)
    steps = read_plan(console.folder / "plan.json").parts[0].steps
    assert steps is not None
    assert f"{registry.host}/shop/till@{after}" in {
        step.of for step in steps.nodes if step.kind == "fetch-image"
    }


def test_an_index_is_known_by_the_images_of_all_its_platforms(registry: Registry) -> None:
    own = registry.push("shop/many", "amd64", b"layer")
    members = [
        {
            "mediaType": MANIFEST,
            "digest": own,
            "size": 1,
            "platform": {"os": "linux", "architecture": "amd64"},
        },
        {
            "mediaType": MANIFEST,
            "digest": own,
            "size": 1,
            "platform": {"os": "unknown", "architecture": "unknown"},
        },
    ]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": members}).encode()
    url = f"http://{registry.host}/v2/shop/many/manifests/1"
    requests.put(url, data=index, headers={"Content-Type": INDEX}, timeout=10).raise_for_status()
    locked = Registries().lock(f"{registry.host}/shop/many:1")
    assert locked.endswith(hashlib.sha256(index).hexdigest())
    assert content_of(Registries(), locked) == Content((CONFIGURATION,), len(b"layer"))


@pytest.mark.usefixtures("shop")
def test_an_image_that_is_not_in_the_lock_is_told(console: Console) -> None:
    console.write("images.lock", '{"format": "placelang/images/1", "images": {}}')
    made = console.run(
        "plan", "shop.place", "-i", "inventory.yaml", "--images", "images.lock", "-o", "p", code=1
    )
    assert "placelang images lock" in made.err
    assert "shop/till:1` is not in the lock" in made.err
    assert not (console.folder / "p").exists()


@pytest.mark.usefixtures("shop")
def test_an_image_that_depends_on_hosts_needs_them(console: Console) -> None:
    assert "give --inventory" in console.run("images", "lock", "shop.place", code=1).err


def test_all_images_that_a_registry_lacks_are_told_and_nothing_is_written(
    console: Console, registry: Registry
) -> None:
    service = 'service s{n} {{ image "{host}/gone/{n}:1" }}'
    console.write(
        "a.place", f"app a {{ {'; '.join(service.format(n=n, host=registry.host) for n in (1, 2))} }}"
    )
    told = console.run("images", "lock", "a.place", code=6).err
    assert told.count("has no such image") == 2
    assert not (console.folder / "images.lock").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": "placelang/images/2", "images": {}}',
        '{"format": "placelang/images/1"}',
        '{"format": "placelang/images/1", "images": []}',
        '{"format": "placelang/images/1", "images": {"a:1": "a:1"}}',
        '{"format": "placelang/images/1", "images": {"a:1": 1}}',
        '{"format": "placelang/images/1", "images": {}, "more": 1}',
        '{"format": "placelang/images/1", "images": {}, "ids": 1}',
        '{"format": "placelang/images/1", "images": {}, "ids": {"a": ["b"]}}',
        "[" * 9999,
    ],
)
def test_what_is_no_lock_is_refused(text: str) -> None:
    lock, faults = parse_lock(Source("images.lock", text))
    assert lock is None
    assert [fault.code.value for fault in faults] == ["unreadable"]


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("busybox", ("docker.io", "library/busybox", "latest")),
        ("localhost:5000/a/b:2", ("localhost:5000", "a/b", "2")),
        ("registry.example.com/shop/till", ("registry.example.com", "shop/till", "latest")),
    ],
)
def test_a_name_says_registry_name_and_tag(image: str, parts: tuple[str, str, str]) -> None:
    assert parts_of(image) == parts


@pytest.mark.parametrize(
    "image", ["", "A", "a//b", "a/../b:1", "x.y/a:1/../../v2", "a b", "x.y/a?x=1", "user@x.y/a:1"]
)
def test_no_name_of_an_image_makes_another_request(image: str) -> None:
    with pytest.raises(RegistryError):
        Registries().lock(image)


def test_a_token_is_fetched_from_where_the_registry_says() -> None:
    manifest = b'{"schemaVersion": 2}'
    asked = []

    def answer(path: str, headers: Mapping[str, str]) -> Answer:
        asked.append(path)
        if path.startswith("/token"):
            return 200, {}, b'{"token": "granted"}'
        if headers.get("Authorization") == "Bearer granted":
            return 200, {}, manifest
        return 401, {"WWW-Authenticate": f'Bearer realm="http://{headers["Host"]}/token",service="s"'}, b""

    with answering(answer) as registry:
        locked = Registries().lock(f"{registry.host}/a/b:1")
    assert locked == f"{registry.host}/a/b@sha256:{hashlib.sha256(manifest).hexdigest()}"
    assert "scope=repository%3Aa%2Fb%3Apull" in asked[1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {}, b""), "docker login"),
        ((401, {"WWW-Authenticate": 'Bearer realm="http://example.com/token"'}, b""), "docker login"),
        ((403, {}, b""), "docker login"),
        ((500, {}, b""), "answers 500"),
        ((200, {"Docker-Content-Digest": "sha256:0"}, b"x"), "sent something else"),
        ((200, {}, b"x" * (9 << 20)), "larger than"),
        ((302, {"Location": "/again"}, b""), "does not answer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_registry_does_wrong_is_told(answer: Answer, said: str) -> None:
    with answering(lambda _path, _headers: answer) as registry, pytest.raises(RegistryError, match=said):
        Registries().lock(f"{registry.host}/a/b:1")


def test_a_registry_that_is_not_there_is_told() -> None:
    with answering(lambda _path, _headers: (200, {}, b"")) as registry:
        pass
    with pytest.raises(RegistryError, match="does not answer"):
        Registries().lock(f"{registry.host}/a/b:1")
