"""Hosts of one site, each with an agent of its own: they take turns by what they hear of each other."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from placelang_runtime.agent.view import View as AgentView
from placelang_runtime.apply import Result, carry_out
from placelang_runtime.journal import Journal, open_journal
from placelang_runtime.operations import TransferLimit
from placelang_runtime.part import Member, SitePart
from placelang_runtime.rollout.gates import Records
from placelang_runtime.site.lookout import Charge, Lookout
from placelang_runtime.site.organ import SiteOrgan
from placelang_runtime.site.session import View, Word, read_word
from placelang_runtime.site.store import Record
from tests.apply.stores import HOSTS, failing
from tests.rollout.fleets import rollout, update
from tests.rollout.test_carried_out import SHOP, Rolled
from tests.rollout.test_gates import ALL, MONDAY, decided, whys

KEY = "ed25519:RCmTBlAEqh5MSPTdAVgZTAI0m8xmTNluQA6iaZGKjVE="


class Pair:
    """Two hosts with a journal each, and what they say to each other when they are asked to."""

    def __init__(self, folder: Path) -> None:
        self.store = Rolled(folder, SHOP.replace("    proceed when healthy for 10min\n", ""))
        self.store.journal.close()
        self.journals: dict[str, Journal] = {}
        self.words: dict[str, Word] = {}
        for host in HOSTS:
            (folder / host).mkdir()
            self.journals[host] = open_journal(folder / host, count(1).__next__)[0]
        self.part = self.planned("1")
        for host in HOSTS:
            self.go(host, at_once=True)
        self.talk()
        for host in HOSTS:
            self.go(host)

    def planned(self, version: str) -> SitePart:
        part = self.store.plan(web=version)
        members = tuple(Member(name=host, key=KEY, address=f"10.0.0.{n}") for n, host in enumerate(HOSTS, 1))
        self.part = part.model_copy(update={"members": members})
        return self.part

    def go(self, host: str, *, at_once: bool = False) -> Result:
        """Have a host carry out what it may."""
        self.store.journal = self.journals[host]
        scene = self.store.scene(self.part, [host])
        scene.at_once = at_once
        return carry_out(scene, "agent")

    def talk(self, *silent: str) -> None:
        """Have hosts hear what the others say, but for those that nobody hears."""
        for host in HOSTS:
            if host not in silent:
                self.words[host] = self.organ(host, {})
        for host in HOSTS:
            heard = {name: word for name, word in self.words.items() if name not in silent}
            self.organ(host, heard)

    def organ(self, host: str, words: dict[str, Word]) -> Word:
        """What a host notes of words, and says then."""
        lookout = Told(host)
        lookout.view = View(frozenset(), words, frozenset(), 0.0)
        SiteOrgan(lookout, self.journals[host], AgentView(), lambda *_: None).tick(0.0)
        charge = lookout.charged
        assert charge is not None
        return charge.word

    def versions(self) -> list[str]:
        found = []
        for number, host in enumerate(HOSTS):
            self.store.journal = self.journals[host]
            found.append(self.store.versions()[number])
        return found


class Told(Lookout):
    """One that looks at nobody, and keeps what it is charged with."""

    def __init__(self, host: str) -> None:
        super().__init__(host, None, Path(), Path(), lambda: None)  # type: ignore[arg-type]
        self.charged: Charge | None = None

    def keep(self, charge: Charge | None) -> None:
        self.charged = charge


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_the_second_host_begins_once_it_hears_that_the_first_is_through(pair: Pair) -> None:
    pair.planned("2")
    assert [gate.why for gate in pair.go("gbg-2").gates] == ["gbg-1 first"]
    pair.go("gbg-1")
    pair.talk("gbg-1")
    pair.go("gbg-2")
    assert sorted(pair.versions()) == ["web:1", "web:2"]
    pair.talk()
    assert not pair.go("gbg-2").gates
    assert pair.versions() == ["web:2", "web:2"]


def test_what_fails_on_one_host_takes_the_other_back_until_it_is_tried_again(pair: Pair) -> None:
    pair.planned("2")
    pair.go("gbg-2")
    pair.go("gbg-1")
    pair.talk()
    pair.store.drivers["gbg-2"].on = failing("web:2", "fetch")
    assert pair.go("gbg-2").held
    pair.talk()
    pair.go("gbg-1")
    assert pair.versions() == ["web:1", "web:1"]
    pair.talk("gbg-2")
    pair.go("gbg-1")
    assert pair.versions() == ["web:1", "web:1"], "silence takes nothing back"
    pair.store.drivers["gbg-2"].on = lambda _action, _of: None
    for host in HOSTS:
        pair.journals[host].release()
    pair.talk()
    for _ in range(2):
        for host in HOSTS:
            pair.go(host)
        pair.talk()
    assert pair.versions() == ["web:2", "web:2"]


def test_what_a_host_says_of_another_part_or_of_others_hosts_counts_for_nothing(pair: Pair) -> None:
    pair.planned("2")
    pair.go("gbg-1")
    pair.talk()
    right = pair.words["gbg-1"]
    assert len(right.proved) == 1
    pair.planned("3")
    assert pair.go("gbg-2").gates
    pair.organ("gbg-2", {"gbg-1": right})
    assert pair.go("gbg-2").gates, "it is about another part"


def test_words_are_read_as_they_are_written_and_what_is_none_says_nothing() -> None:
    text = json.dumps({"part": "p", "ready": True, "steps": [1], "proved": ["a", 1], "stopped": "shop"})
    assert read_word(Record(text.encode(), 1, 1)) == Word("p", True, (1,), ("a",), ())


def test_once_the_uplink_carried_what_it_may_only_what_needs_no_image_begins() -> None:
    limited = update(
        rollouts=(rollout(hosts_at_once=None),), transfers=(TransferLimit(policy="calm", bytes_per_day=5),)
    )
    until = MONDAY.replace(hour=20)
    records = Records(allowance=until, fetches=frozenset(ALL[:2]))
    decision = decided(*limited, records)
    assert decision.begins == (ALL[2],)
    assert whys(decision) == dict.fromkeys(ALL[:2], "the uplink carried today what it may")
    assert {gate.until for gate in decision.gates} == {until}
