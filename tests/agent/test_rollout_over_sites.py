"""A rollout over sites with an agent at one of them: it begins by a signed word, and goes back by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from placelang.hearing import hear
from placelang.store import Store, clock
from placelang_runtime.agent.releases import Releases
from placelang_runtime.apply.accept import accept
from placelang_runtime.report import Report, Rolled, Stage, seal_report
from placelang_runtime.state import open_state
from placelang_runtime.trust.host_key import host_key
from placelang_runtime.trust.keys import PrivateKey, new_private, read_private
from placelang_runtime.trust.release import KIND, Release, sign_release, under
from placelang_runtime.trust.sealed import seal
from tests.agent.hosts import Host, until
from tests.agent.test_doors import free_port
from tests.agent.test_upstream import URL, serving
from tests.cli.console import Result

SHOP = """
param web: string = "1"
app shop {
  service till {
    image    "registry.example.com/till:${web}"
    replicas 1 per site
    needs    memory 1GiB
  }
  rollout {
    wave canary: all sites where name == "mmo", approved
    wave rest: all sites, healthy for 1h
    otherwise roll back
  }
}
"""
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
  - name: mmo
    hosts:
      - {name: mmo-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""


@dataclass
class Fleet:
    """An agent at gbg that reports, and a host at mmo that says what it is told to say. What is signed for waves is
    signed with a key that may do nothing else."""

    host: Host
    key: PrivateKey
    waves: PrivateKey
    sequence: int = 0
    reports: int = 0

    def run(self, *arguments: str, code: int | None = 0) -> Result:
        return self.host.console.run(*arguments, "-i", URL, code=code)

    def plan(self, version: str) -> None:
        """Plan a version, sign it, and have its rollout begin."""
        self.sequence += 1
        console, number = self.host.console, str(self.sequence)
        plan = ("plan", "shop.place", "-i", "inventory.yaml", "--set", f"web={version}", "-o", "plan.json")
        console.run(*plan, code=0)
        signed = ("--key", "fleet.key", "--sequence", number, "-o", "parts")
        console.run("sign", "plan.json", "--release-key", str(self.waves.public), *signed, code=0)
        self.run("rollout", "start", "plan.json", "--sequence", number)
        self.control()

    def control(self) -> str:
        return self.run("rollout", "run", "--key", "waves.key", "--once").out

    def mmo(self, stage: Stage, why: str = "") -> str:
        """Have mmo say how far it is, under the last word that it was told; what follows."""
        self.reports += 1
        with Store(URL) as store:
            (course, _, _) = store.rollouts()["shop"]
            word = store.words_to(course)["mmo"]
            said = Rolled(app="shop", stage=stage, why=why, well_ms=0, release=word.number)
            report = Report(
                host="mmo-1",
                site="mmo",
                sequence=self.reports,
                sent=clock(),
                part=None,
                holds=self.sequence,
                settled=True,
                facts=None,
                happened=(),
                used=(),
                plan=course.plan,
                rollouts=(said,),
            )
            assert hear(store, seal_report(report, self.key), now=clock()).heard
        return self.control()

    def images(self) -> list[str]:
        """What runs at gbg."""
        said = self.host.run("status", "--json", code=None).out
        if not said:  # no part was accepted yet
            return []
        told = json.loads(said)
        return [
            str(row["image"]).rpartition("/")[2] for row in told["containers"] if row["state"] == "running"
        ]

    def comes_to_run(self, *images: str) -> None:
        until(lambda: self.images() == [*images])

    def stage(self, site: str) -> str:
        told = json.loads(self.run("rollout", "status", "shop", "--json", code=None).out)
        waves = told["rollouts"][0]["waves"]
        return str(next(one["stage"] for wave in waves for one in wave["sites"] if one["site"] == site))

    def comes_to(self, stage: Stage) -> None:
        """Wait until gbg is heard to be so far."""
        until(lambda: self.control() is not None and self.stage("gbg") == stage)


@pytest.fixture
def fleet(host: Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.setattr("placelang_runtime.agent.upstream.PAUSES", (0.1,))
    monkeypatch.setattr("placelang_runtime.agent.upstream.GATHER", 0.05)
    keys = {name: new_private(Path(f"{name}.key")) for name in ("fleet", "mmo", "waves")}
    port = free_port()
    host.configure(
        f'trusted_keys = ["{keys["fleet"].public}"]',
        f'report = "http://127.0.0.1:{port}"',
        "report_every = 1",
    )
    host.console.write("shop.place", SHOP)
    host.console.write("inventory.yaml", INVENTORY)
    with Store(URL, create=True) as store:
        store.enroll("mmo-1", keys["mmo"].public)
        store.enroll("gbg-1", host_key(host.config.state).public)
    with serving(port, Path("parts")):
        yield Fleet(host, keys["mmo"], keys["waves"])


def at_first(fleet: Fleet) -> None:
    """The first version runs everywhere."""
    fleet.plan("1")
    fleet.mmo("through")
    fleet.run("rollout", "approve", "shop")
    fleet.control()
    fleet.comes_to_run("till:1")
    fleet.comes_to("through")


def test_a_later_wave_begins_by_a_signed_word_once_the_canary_was_approved(fleet: Fleet) -> None:
    with fleet.host.agent():
        at_first(fleet)
        fleet.plan("2")
        why = fleet.run("rollout", "approve", "shop", code=Exit.INPUT).err
        assert "wave canary is not through yet: mmo is not known to change" in why
        until(lambda: fleet.host.told()[-1] == "rollout shop")
    with fleet.host.agent():
        assert "approve shop" not in fleet.mmo("changes")
        assert "approve shop" in fleet.mmo("through")
        assert fleet.images() == ["till:1"]
        fleet.run("rollout", "approve", "shop")
        fleet.control()
        fleet.comes_to_run("till:2")
        fleet.comes_to("through")
        told = fleet.run("rollout", "status", "shop", code=Exit.PARTIAL).out
        assert "waits: gbg to be healthy for 1h" in told
        assert "abort to 2 sites; taken back" in fleet.mmo("failed", "it ended")
        fleet.comes_to_run("till:1")
        fleet.comes_to("back")
        told = fleet.run("rollout", "status", "shop", code=Exit.CHECK).out
        assert told.startswith("shop: taken back: mmo failed: it ended")


def test_a_site_heeds_pauses_and_aborts_and_a_new_start_begins_with_the_canary(fleet: Fleet) -> None:
    with fleet.host.agent():
        at_first(fleet)
        fleet.plan("2")
        fleet.mmo("through")
        fleet.run("rollout", "pause", "shop")
        assert "pause to 1 site; paused" in fleet.control()
        for word in ("approve", "pause"):
            assert "paused" in fleet.run("rollout", word, "shop", code=Exit.INPUT).err
        fleet.run("rollout", "resume", "shop")
        fleet.control()
        fleet.mmo("through")
        fleet.run("rollout", "approve", "shop")
        fleet.control()
        fleet.comes_to_run("till:2")
        fleet.run("rollout", "abort", "shop")
        assert "abort to 2 sites" in fleet.control()
        fleet.comes_to_run("till:1")
        assert "rollout start" in fleet.run("rollout", "resume", "shop", code=Exit.INPUT).err
        fleet.run("rollout", "start", "plan.json", "--sequence", "2")
        assert "begin to 1 site" in fleet.control()
        assert fleet.images() == ["till:1"]


@dataclass
class Listener:
    """What a host under the part with a sequence makes of words."""

    releases: Releases
    right: Release
    happened: list[str]

    def word(self) -> object:
        return self.releases.state.journal.releases(1).get("shop")


@pytest.fixture
def listener(fleet: Fleet) -> Iterator[Listener]:
    fleet.plan("1")
    told: list[str] = []
    envelope = Path("parts/gbg.part.json").read_bytes()
    with open_state(fleet.host.config.state) as state:
        accept(fleet.host.config, state, envelope, ("gbg-1",), unsigned=False)
        of = under("gbg", envelope)
        right = Release(plan=of.plan, sequence=1, site="gbg", app="shop", number=5, word="begin")
        heard = Releases(fleet.host.config, state, lambda _kind, _of, text: told.append(text))
        yield Listener(heard, right, told)


def test_words_are_believed_once_from_keys_of_the_fleet_and_those_that_the_part_names(
    listener: Listener,
) -> None:
    words = []
    for number, name in enumerate(("waves", "fleet"), 5):
        right = listener.right.model_copy(
            update={"number": number, "word": "begin" if number > 5 else "abort"}
        )
        words.append(sign_release(right, [read_private(Path(f"{name}.key"))]))
        listener.releases.take(words[-1])
    assert listener.word() == (6, "begin")
    for replayed in words:
        listener.releases.take(replayed)
    assert listener.word() == (6, "begin")
    assert listener.happened == ["abort", "begin"]


def test_what_is_forged_is_refused_told_once_and_changes_nothing(listener: Listener) -> None:
    key, other = read_private(Path("waves.key")), new_private(Path("other.key"))
    for text, why in forged(listener.right, key, other):
        for _ in range(2):
            listener.releases.take(text)
        assert why in listener.happened[-1]
    assert listener.word() is None
    assert len(listener.happened) == len(forged(listener.right, key, other))


def forged(right: Release, key: PrivateKey, other: PrivateKey) -> list[tuple[bytes, str]]:
    def changed(**said: object) -> bytes:
        return sign_release(right.model_copy(update=said), [key])

    return [
        (sign_release(right, [other]), "none of the keys"),
        (changed(site="mmo"), "for site mmo"),
        (changed(sequence=2), "about sequence 2"),
        (changed(plan="sha256:" + "1" * 64), "of its own plan"),
        (changed().replace(b'"payload": "e', b'"payload": "f'), "is not over this content"),
        (changed()[:-20], "truncated"),
        (seal(b"{}", KIND, [key]), "no word that this version reads"),
        (seal(b"{}", "application/x", [key]), "instead of"),
        (b"x" * (1 << 17), "larger than"),
    ]
