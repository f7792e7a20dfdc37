"""Images pass from member to member of a site, to nobody else, and only as the plan has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from placelang_runtime.apply import carry_out
from placelang_runtime.doors import Door
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.host_config import HostConfig
from placelang_runtime.neighbours.offer import Shelf, offer
from placelang_runtime.neighbours.organ import Offering
from placelang_runtime.part import Member, SitePart
from placelang_runtime.provision.provider import HostProvider
from placelang_runtime.trust.host_key import host_key
from tests.apply.stores import Store

DIGEST = "sha256:" + "5" * 64
TILL = f"registry.example.com/till@{DIGEST}"
SHOP = f"""
app shop {{
  service till {{
    image    "{TILL}"
    replicas 2 per site
    at most  1 per host
    needs    memory 1GiB
  }}
}}
"""
Members = Callable[[str], Member]


class Pair:
    """Two hosts of one site with a state folder each, and a third one that is not of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder, SHOP)
        members = tuple(self.member(name, number) for number, name in enumerate(("gbg-1", "gbg-2"), 1))
        part = self.store.plan()
        self.part = part.model_copy(update={"members": members, "image_ids": {TILL: (DIGEST,)}})

    def member(self, name: str, number: int) -> Member:
        pid = os.getpid()  # an address of the loopback network that no other test has
        address = f"127.{1 + (pid >> 8) % 250}.{pid % 251}.{number}"
        return Member(name=name, key=str(host_key(self.folder / name).public), address=address)

    def opened(self, part: SitePart | None = None) -> Door:
        shelf = Shelf(self.folder / "gbg-1", self.store.drivers["gbg-1"], lambda: part or self.part)
        door = offer(shelf, self.part.members[0], self.part.members)
        door.open()
        return door

    def provider(self, name: str = "gbg-2", part: SitePart | None = None) -> HostProvider:
        config = HostConfig(
            self.folder / "host.toml",
            "gbg-2",
            state=self.folder / name,
            registries=("registry.example.com",),
            memory=self.folder / "memory",
        )
        return HostProvider(part or self.part, config, {"gbg-2": self.store.drivers["gbg-2"]})


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
    assert pair.provider().from_neighbour("gbg-2", TILL, got)
    alone = pair.part.model_copy(update={"members": ()})
    journal.accept("gbg", "sha256:2", alone.model_dump_json().encode())
    offering.tick(40.0)
    assert not pair.provider().from_neighbour("gbg-2", TILL, got)
    offering.close()


def images(pair: Pair) -> list[str]:
    """How the second host came by images, if it is carried out by itself."""
    carry_out(pair.store.scene(pair.part, ["gbg-2"], elsewhere=["gbg-1"], provider=pair.provider()), "apply")
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
    assert not pair.provider("x", part).from_neighbour("gbg-2", TILL, pair.folder / "got.tar")
    assert pair.provider().from_neighbour("gbg-2", TILL, pair.folder / "got.tar")


@pytest.mark.usefixtures("door")
def test_nobody_else_is_taken_for_a_member(pair: Pair) -> None:
    pair.store.drivers["gbg-1"].images.add(TILL)
    known = pair.part.members[0].model_copy(update={"key": str(host_key(pair.folder / "y").public)})
    part = pair.part.model_copy(update={"members": (known, pair.part.members[1])})
    assert not pair.provider(part=part).from_neighbour("gbg-2", TILL, pair.folder / "got.tar")


@pytest.mark.usefixtures("door")
def test_only_images_of_the_plan_are_given(pair: Pair) -> None:
    other = TILL.replace("5", "6")
    pair.store.drivers["gbg-1"].images.add(other)
    assert not pair.provider().from_neighbour("gbg-2", other, pair.folder / "got.tar")
    assert not pair.provider().from_neighbour("gbg-2", "till:1", pair.folder / "got.tar")
