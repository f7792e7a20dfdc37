"""Images and models pass from member to member of a site, to nobody else, and only as the plan has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from placelang_runtime.apply import Result, carry_out
from placelang_runtime.containers import Served, replicas_on
from placelang_runtime.doors import Door
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.host_config import HostConfig
from placelang_runtime.neighbours.answer import Found
from placelang_runtime.neighbours.offer import Shelf, offer
from placelang_runtime.neighbours.organ import Offering
from placelang_runtime.neighbours.paths import path_of, path_of_file
from placelang_runtime.neighbours.under_way import under_way
from placelang_runtime.part import Member, SitePart
from placelang_runtime.provision.models import fetch_model, say_source, stored
from placelang_runtime.provision.provider import HostProvider
from placelang_runtime.trust.host_key import host_key
from tests.apply.stores import Store

DIGEST = "sha256:" + "5" * 64
TILL = f"registry.example.com/till@{DIGEST}"
SHOP = f"""
app eyes {{
  model score {{
    file    "score.onnx"
    version "1"
  }}
  service scorer {{
    serves   score
    replicas 2 per site
    at most  1 per host
    needs    memory 1GiB
    port     8000
  }}
}}

app shop {{
  service till {{
    image    "{TILL}"
    replicas 2 per site
    at most  1 per host
    needs    memory 1GiB
  }}
}}
"""
MODEL = b"weights" * 100_000
Members = Callable[[str], Member]


class Pair:
    """Two hosts of one site with a state folder each, and a third one that is not of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder, SHOP)
        members = tuple(self.member(name, number) for number, name in enumerate(("gbg-1", "gbg-2"), 1))
        part = self.store.plan()
        (folder / "score.onnx").write_bytes(MODEL)
        files = {"digest": f"sha256:{sha256(MODEL).hexdigest()}", "bytes": len(MODEL)}
        models = tuple(one.model_copy(update=files) for one in part.models)
        more = {"members": members, "image_ids": {TILL: (DIGEST,)}, "models": models}
        self.part = part.model_copy(update=more)

    def member(self, name: str, number: int) -> Member:
        pid = os.getpid()  # an address of the loopback network that no other test has
        address = f"127.{1 + (pid >> 8) % 250}.{pid % 251}.{number}"
        return Member(name=name, key=str(host_key(self.folder / name).public), address=address)

    def opened(self, number: int = 1) -> Door:
        name = f"gbg-{number}"
        shelf = Shelf(self.folder / name, self.store.drivers[name], lambda: self.part)
        door = offer(shelf, self.part.members[number - 1], self.part.members)
        door.open()
        return door

    def provider(self, name: str = "gbg-2", part: SitePart | None = None) -> HostProvider:
        config = HostConfig(
            self.folder / "host.toml",
            name,
            state=self.folder / name,
            registries=("registry.example.com",),
            memory=self.folder / "memory",
        )
        drivers = self.store.drivers
        own = {name: drivers[name]} if name in drivers else {"gbg-2": drivers["gbg-2"]}
        return HostProvider(part or self.part, config, own)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


@pytest.fixture
def door(pair: Pair) -> Iterator[Door]:
    door = pair.opened()
    yield door
    door.close()


def test_an_agent_opens_the_door_that_the_part_names_and_no_other(pair: Pair) -> None:
    driver, journal = pair.store.drivers["gbg-1"], pair.store.journal
    driver.images.add(TILL)
    offering = Offering(pair.folder / "gbg-1", journal, driver)
    assert offering.due(5.0) == 5.0
    assert not offering.tick(5.0)
    assert images(pair) == ["fetch-image"]
    pair.store.drivers["gbg-2"].images.clear()
    journal.accept("gbg", "sha256:1", pair.part.model_dump_json().encode())
    offering.tick(20.0)
    got = pair.folder / "got.tar"
    assert pair.provider().from_neighbour("gbg-2", TILL, got) == "sent"
    alone = pair.part.model_copy(update={"members": ()})
    journal.accept("gbg", "sha256:2", alone.model_dump_json().encode())
    offering.tick(40.0)
    assert pair.provider().from_neighbour("gbg-2", TILL, got) == "none"
    offering.close()


def apply(pair: Pair) -> Result:
    """Of the second host, by itself."""
    scene = pair.store.scene(pair.part, ["gbg-2"], elsewhere=["gbg-1"], provider=pair.provider())
    return carry_out(scene, "apply")


def images(pair: Pair) -> list[str]:
    """How the second host came by images, if it is carried out by itself."""
    apply(pair)
    return [deed.partition(" ")[0] for deed in pair.store.deeds() if "image" in deed]


@pytest.mark.usefixtures("door")
def test_what_a_member_has_another_one_need_not_fetch(pair: Pair) -> None:
    pair.store.drivers["gbg-1"].images.add(TILL)
    assert images(pair) == ["load-image"]
    assert not list((pair.folder).glob("*.tar"))
    assert not list((pair.folder / "gbg-1").glob("given-*"))


@pytest.mark.usefixtures("door")
def test_what_no_member_has_comes_from_its_registry(pair: Pair) -> None:
    assert images(pair) == ["fetch-image"]


def test_a_member_that_is_away_is_no_matter(pair: Pair) -> None:
    assert images(pair) == ["fetch-image"]


@pytest.mark.usefixtures("door")
def test_what_is_not_the_image_of_the_plan_never_reaches_the_engine(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.store.drivers["gbg-1"].images.add(TILL)

    def other(_driver: MemoryDriver, _image: str, to: Path) -> None:
        to.write_text('{"image": "evil:1"}', encoding="utf-8")

    monkeypatch.setattr(MemoryDriver, "save_image", other)
    assert images(pair) == ["fetch-image"]
    assert "evil:1" not in pair.store.drivers["gbg-2"].images


@pytest.mark.usefixtures("door")
def test_nobody_but_members_is_given_anything(pair: Pair) -> None:
    pair.store.drivers["gbg-1"].images.add(TILL)
    stranger = pair.member("gbg-2", 2).model_copy(update={"key": str(host_key(pair.folder / "x").public)})
    part = pair.part.model_copy(update={"members": (pair.part.members[0], stranger)})
    assert pair.provider("x", part).from_neighbour("gbg-2", TILL, pair.folder / "got.tar") == "none"
    assert pair.provider().from_neighbour("gbg-2", TILL, pair.folder / "got.tar") == "sent"


@pytest.mark.usefixtures("door")
def test_nobody_else_is_taken_for_a_member(pair: Pair) -> None:
    pair.store.drivers["gbg-1"].images.add(TILL)
    known = pair.part.members[0].model_copy(update={"key": str(host_key(pair.folder / "y").public)})
    part = pair.part.model_copy(update={"members": (known, pair.part.members[1])})
    assert pair.provider(part=part).from_neighbour("gbg-2", TILL, pair.folder / "got.tar") == "none"


@pytest.mark.usefixtures("door")
def test_only_images_of_the_plan_are_given(pair: Pair) -> None:
    other = TILL.replace("5", "6")
    pair.store.drivers["gbg-1"].images.add(other)
    assert pair.provider().from_neighbour("gbg-2", other, pair.folder / "got.tar") == "none"
    assert pair.provider().from_neighbour("gbg-2", "till:1", pair.folder / "got.tar") == "none"


def model(pair: Pair) -> Served:
    [found] = {one for spec in replicas_on(pair.part, "gbg-2") for one in spec.models}
    return found


@pytest.mark.usefixtures("door")
def test_a_model_that_a_member_has_another_one_need_not_fetch(pair: Pair) -> None:
    say_source(pair.folder / "gbg-1", str(pair.folder))
    fetch_model(pair.folder / "gbg-1", model(pair))
    assert apply(pair).failures == ()
    assert (stored(pair.folder / "gbg-2", model(pair)) / "score.onnx").read_bytes() == MODEL


@pytest.mark.usefixtures("door")
def test_files_that_are_not_the_model_of_the_plan_are_not_kept(pair: Pair) -> None:
    say_source(pair.folder / "gbg-1", str(pair.folder))
    there = fetch_model(pair.folder / "gbg-1", model(pair)) / "score.onnx"
    for other in (MODEL[:-1] + b"!", MODEL + b"!", MODEL[:-1]):
        there.write_bytes(other)
        assert pair.provider().model_from_neighbour("gbg-2", model(pair)) == "none"
    [failure] = {one.why for one in apply(pair).failures}
    assert failure == "nobody said where score.onnx comes from: apply with --models"
    assert not list((pair.folder / "gbg-2").rglob("score.onnx"))


@pytest.mark.usefixtures("door")
def test_what_a_member_fetches_others_wait_for(pair: Pair) -> None:
    said = dict.fromkeys(("image", "model"), "")
    with under_way(pair.folder / "gbg-1", path_of(TILL) or "") as begin:
        said["image"] = pair.provider().from_neighbour("gbg-2", TILL, pair.folder / "got.tar")
        begin()
        assert pair.provider().from_neighbour("gbg-2", TILL, pair.folder / "got.tar") == said["image"]
    with under_way(pair.folder / "gbg-1", path_of_file(model(pair).digest) or "") as begin:
        begin()
        said["model"] = pair.provider().model_from_neighbour("gbg-2", model(pair))
    assert said == {"image": "later", "model": "later"}
    assert pair.provider().from_neighbour("gbg-2", TILL, pair.folder / "got.tar") == "none"


def test_of_members_that_ask_each_other_the_first_fetches(pair: Pair) -> None:
    door, file = pair.opened(2), pair.folder / "got.tar"
    with under_way(pair.folder / "gbg-2", path_of(TILL) or "") as begin:
        assert pair.provider("gbg-1").from_neighbour("gbg-1", TILL, file) == "none"
        begin()
        assert pair.provider("gbg-1").from_neighbour("gbg-1", TILL, file) == "later"
    door.close()


@pytest.mark.usefixtures("door")
def test_whoever_waited_takes_it_from_the_member_that_fetched_it(pair: Pair) -> None:
    asked = 0
    provider = pair.provider()
    scene = pair.store.scene(pair.part, ["gbg-2"], elsewhere=["gbg-1"], provider=provider)
    with under_way(pair.folder / "gbg-1", path_of(TILL) or ""):
        first = type(provider).from_neighbour

        def ask(self: HostProvider, host: str, image: str, to: Path) -> Found:
            nonlocal asked
            asked += 1
            if asked == 3:
                pair.store.drivers["gbg-1"].images.add(TILL)
            return first(self, host, image, to)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HostProvider, "from_neighbour", ask)
            carry_out(scene, "apply")
    assert [deed.partition(" ")[0] for deed in pair.store.deeds() if "image" in deed] == ["load-image"]
    assert asked == 3
