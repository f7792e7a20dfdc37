"""Sessions and claims in a real quorum store; only the clocks are the tests' own."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from placelang_runtime.part import Member
from placelang_runtime.site.certificates import certificate, roots
from placelang_runtime.site.deadline import LEASE
from placelang_runtime.site.members import CLIENTS
from placelang_runtime.site.session import CLAIMS, HOSTS, LOST, PATIENCE, SILENCE, Session, Word
from placelang_runtime.site.store import Change, Expected, Seen, Store, StoreError, trusting
from placelang_runtime.trust.keys import new_private
from tests.site.voters import Voters

HOST_NAMES = frozenset({"gbg-1", "gbg-2", "gbg-3"})
TILL = "shop.till/1"


@dataclass
class Site:
    """Sessions of hosts, on clocks that only a test moves."""

    voters: Voters
    times: dict[str, float] = field(default_factory=dict)
    stores: list[Store] = field(default_factory=list)

    def session(self, host: str, instance: str = "") -> Session:
        self.times.setdefault(host, 1000.0)
        store = self.voters.store(host)
        self.stores.append(store)
        return Session(store, host, HOST_NAMES, lambda: self.times[host], instance or f"of {host}")

    def pass_time(self, seconds: float, *sessions: Session) -> None:
        """On all clocks, while these sessions are renewed."""
        step = SILENCE / 2
        while seconds > 0:
            for host in self.times:
                self.times[host] += min(step, seconds)
            seconds -= step
            for session in sessions:
                session.beat(Word(), idle=lambda: True)


@pytest.fixture
def site(voters: Voters) -> Iterator[Site]:
    made = Site(voters)
    yield made
    store = voters.store("gbg-1")
    for name in store.commit().records:
        store.commit([], [Change(name, None)])
    for one in (*made.stores, store):
        one.close()


def begun(site: Site, host: str) -> Session:
    session = site.session(host)
    assert session.beat(Word(), idle=lambda: True)
    return session


def test_what_is_claimed_is_granted_to_one_host_until_its_lease_ends(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    assert one.claim(TILL)
    two.beat(Word(), idle=lambda: True)
    assert not two.claim(TILL)
    assert one.view().granted == {TILL}
    assert two.view().granted == frozenset()
    site.times["gbg-1"] += LEASE
    assert one.view().granted == frozenset()


def test_two_hosts_that_claim_the_same_at_once_do_not_both_get_it(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    assert [one.claim(TILL), two.claim(TILL)] == [True, False]


def test_a_claim_is_taken_over_only_after_the_session_was_unchanged_for_longer_than_a_lease(
    site: Site,
) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    one.claim(TILL)
    two.beat(Word(), idle=lambda: True)
    site.pass_time(LEASE, two)
    assert two.expire() == frozenset()
    assert not two.claim(TILL)
    site.pass_time(PATIENCE - LEASE + 0.01, two)
    assert two.expire() == {"gbg-1"}
    assert two.claim(TILL)
    assert two.view().lost == {"gbg-1"}
    assert two.view().granted == {TILL}


def test_a_host_that_was_frozen_learns_that_its_session_is_gone_before_it_has_a_new_one(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    one.claim(TILL)
    two.beat(Word(), idle=lambda: True)
    site.pass_time(PATIENCE + 1, two)
    two.expire()
    two.claim(TILL)
    assert not one.beat(Word(), idle=lambda: True)
    assert one.view().granted == frozenset()
    assert not one.beat(Word(), idle=lambda: False), "something of the earlier session runs still"
    assert one.beat(Word(), idle=lambda: True)
    assert not one.claim(TILL)
    assert one.view().granted == frozenset()


def test_a_session_that_is_renewed_once_in_time_is_not_taken_away(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    two.beat(Word(), idle=lambda: True)
    site.pass_time(PATIENCE, two)
    one.beat(Word(), idle=lambda: True)
    assert two.expire() == frozenset()
    assert two.view().lost == frozenset()


def test_nobody_is_lost_right_after_the_store_was_away(site: Site) -> None:
    begun(site, "gbg-1")
    two = begun(site, "gbg-2")
    for host in site.times:
        site.times[host] += PATIENCE + SILENCE
    two.beat(Word(), idle=lambda: True)
    assert two.expire() == frozenset()


def test_a_clock_that_stood_still_makes_nobody_lost_too_early(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    one.claim(TILL)
    site.times["gbg-1"] += 3 * LEASE
    two.beat(Word(), idle=lambda: True)
    assert two.expire() == frozenset()
    assert not two.claim(TILL)


def test_a_host_that_is_well_again_is_lost_no_more(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    two.beat(Word(), idle=lambda: True)
    site.pass_time(PATIENCE + 1, two)
    two.expire()
    one.beat(Word(), idle=lambda: True)
    one.beat(Word(), idle=lambda: True)
    assert one.view().lost == {"gbg-1"}
    one.beat(Word("sha256:x", ready=True, steps=(0, 2)), idle=lambda: True)
    one.recover()
    two.beat(Word(), idle=lambda: True)
    assert two.view().lost == frozenset()
    assert two.view().words["gbg-1"] == Word("sha256:x", ready=True, steps=(0, 2))


def test_what_was_released_may_be_claimed_at_once(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    one.claim(TILL)
    one.release(TILL)
    assert one.view().granted == frozenset()
    two.beat(Word(), idle=lambda: True)
    assert two.claim(TILL)


def test_of_two_agents_with_one_identity_one_has_the_session(site: Site) -> None:
    one, clone = begun(site, "gbg-1"), site.session("gbg-1", "a clone")
    one.claim(TILL)
    assert not clone.beat(Word(), idle=lambda: True)
    assert not clone.claim(TILL)
    assert clone.view().granted == frozenset()
    assert one.beat(Word(), idle=lambda: True)
    assert one.view().granted == {TILL}


def test_a_session_whose_first_answer_was_lost_is_its_own(site: Site) -> None:
    one = site.session("gbg-1")
    asked = one.store

    class Deaf:
        def commit(self, expected: list[Expected], changes: list[Change]) -> Seen:
            asked.commit(expected, changes)
            raise StoreError("the answer was lost")

    one.store = Deaf()  # type: ignore[assignment]
    with pytest.raises(StoreError):
        one.beat(Word(), idle=lambda: True)
    one.store = asked
    one.beat(Word(), idle=lambda: True)
    assert one.beat(Word(), idle=lambda: True)
    assert one.claim(TILL)
    assert one.view().granted == {TILL}


def test_a_store_of_ones_own_keeps_the_session_for_the_next_self(site: Site) -> None:
    one, after = begun(site, "gbg-1"), site.session("gbg-1", "after a restart")
    assert not after.beat(Word(), idle=lambda: True)
    after.adopt()
    assert after.beat(Word(ready=True), idle=lambda: True)
    assert after.created == one.created


def test_a_record_of_an_earlier_session_that_is_written_again_grants_nothing(site: Site) -> None:
    one, two = begun(site, "gbg-1"), begun(site, "gbg-2")
    one.claim(TILL)
    old = one.records
    two.beat(Word(), idle=lambda: True)
    site.pass_time(PATIENCE + 1, two)
    two.expire()
    two.claim(TILL)
    replayed = [Change(name, record.value) for name, record in old.items() if name == HOSTS + "gbg-1"]
    two.store.commit([], replayed)
    two.beat(Word(), idle=lambda: True)
    assert two.view().granted == {TILL}
    assert not one.beat(Word(), idle=lambda: True)
    assert one.view().granted == frozenset()


@pytest.mark.parametrize("value", [b"", b"[]", b"\xff", b'{"host": 1, "session": "x"}', b"[" * 5000])
def test_a_record_that_says_nothing_grants_nothing_and_breaks_nothing(site: Site, value: bytes) -> None:
    one = begun(site, "gbg-1")
    changes = [Change(CLAIMS + TILL, value), Change(HOSTS + "gbg-2", value), Change(LOST + "nobody", value)]
    one.store.commit([], [*changes, Change("else", value)])
    one.beat(Word(), idle=lambda: True)
    assert one.view().granted == frozenset()
    assert one.view().lost == frozenset()
    assert one.view().words["gbg-2"] == Word()
    assert one.strange == 1
    assert one.claim(TILL)


def test_one_voter_may_be_away(site: Site) -> None:
    one = begun(site, "gbg-1")
    site.voters.stop("gbg-1")
    try:
        for _ in range(20):
            try:
                renewed = one.beat(Word(), idle=lambda: True)
            except StoreError:
                continue
            assert renewed
            break
        else:
            pytest.fail("no majority answered")
    finally:
        site.voters.start("gbg-1")
        site.voters.wait()


@pytest.mark.parametrize("named", ["gbg-2", "gbg-9"])
def test_a_key_that_the_part_does_not_name_is_not_spoken_with(site: Site, tmp_path: Path, named: str) -> None:
    me = site.voters.members[1]
    with closing(site.voters.store(me.name)) as known:
        known.commit()
    forged = Member(name=named, key=me.key, address=me.address)
    made, secret = certificate(forged, new_private(tmp_path / "stranger.key"))
    (tmp_path / "made").write_text(made, encoding="ascii")
    (tmp_path / "secret").write_text(secret, encoding="ascii")
    context = trusting(roots(site.voters.members), str(tmp_path / "made"), str(tmp_path / "secret"))
    store = Store("placelang/gbg/", [(me.address, CLIENTS)], context, 2.0)
    with pytest.raises(StoreError) as caught:
        store.commit()
    assert isinstance(caught.value.__cause__, ssl.SSLError | ConnectionResetError)


def test_a_store_whose_key_the_part_does_not_name_is_not_believed(site: Site, tmp_path: Path) -> None:
    others = [
        Member(name=m.name, key=str(new_private(tmp_path / m.name).public), address=m.address)
        for m in site.voters.members
    ]
    own = site.voters.folder / "gbg-1"
    context = trusting(roots(others), str(own / "certificate.pem"), str(own / "tls.key"))
    store = Store("placelang/gbg/", [(others[0].address, CLIENTS)], context, 2.0)
    with pytest.raises(StoreError) as caught:
        store.commit()
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


def test_nobody_is_answered_without_tls(site: Site) -> None:
    with closing(HTTPConnection(site.voters.members[1].address, CLIENTS, timeout=2)) as connection:
        connection.request("POST", "/v3/kv/txn", json.dumps({}))
        with pytest.raises((HTTPException, OSError)):
            connection.getresponse()
