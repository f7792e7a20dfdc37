"""What of a rollout begins now, and what waits, by hand-made parts and by random ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.operations import Closed
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.changes import Change, find_changes
from placelang_runtime.rollout.gates import Decision, Records, decide
from placelang_runtime.rollout.mixture import mix
from placelang_runtime.rollout.turns import Turn, find_turns
from placelang_runtime.rollout.windows import binds
from placelang_runtime.steps import Step, Steps
from tests.rollout.fleets import HOSTS, all_of, changes, rollout, site, steps, update, window
from tests.runtime.parts import service

SUNDAY = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)  # 02:30 in Gothenburg
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALL = [f"shop.till@gbg/{n}" for n in (1, 2, 3)]


def decided(
    before: SitePart,
    after: SitePart,
    records: Records | None = None,
    here: tuple[str, ...] = HOSTS,
    now: datetime = MONDAY,
) -> Decision:
    turns = find_turns(changes(before, after), after.steps)
    return decide(after, turns, records or Records(), here, now)


def whys(decision: Decision) -> dict[str, str]:
    return {gate.replica: gate.why for gate in decision.gates}


def test_without_rollout_and_window_everything_is_open_and_nothing_needs_noting() -> None:
    decision = decided(*update())
    assert (decision.begins, decision.gates, sorted(decision.open)) == ((), (), ALL)


def test_one_host_begins_and_the_others_wait_for_it() -> None:
    decision = decided(*update(rollouts=(rollout(),)))
    assert decision.begins == (ALL[0],)
    assert whys(decision) == {ALL[1]: "gbg-1 first", ALL[2]: "gbg-1, gbg-2 first"}


def test_the_next_host_begins_once_the_one_before_has_proved_itself_and_not_earlier() -> None:
    parts = update(rollouts=(rollout(),))
    assert decided(*parts, Records(begun=frozenset(ALL[:1]))).begins == ()
    assert decided(*parts, Records(frozenset(ALL[:1]), frozenset(ALL[:1]))).begins == (ALL[1],)


def test_a_host_that_decides_alone_waits_until_it_hears_that_those_before_it_are_done() -> None:
    parts = update(rollouts=(rollout(),))
    assert decided(*parts, here=("gbg-2",)).begins == ()
    assert decided(*parts, Records(done=frozenset({"gbg-1"})), here=("gbg-2",)).begins == (ALL[1],)
    assert decided(*parts, Records(gone=frozenset({"gbg-1"})), here=("gbg-2",)).begins == (ALL[1],)


def test_a_window_that_is_closed_is_waited_for_and_says_when_it_opens() -> None:
    parts = update(windows=(window(),))
    (gate, *_) = decided(*parts).gates
    assert (gate.kind, gate.until) == ("window", datetime(2026, 3, 8, 1, tzinfo=UTC))
    assert decided(*parts, now=SUNDAY).begins == tuple(ALL)


def test_a_window_on_days_that_are_closed_stays_closed() -> None:
    parts = update(windows=(window(closed=Closed(first="2026-03-01", last="2026-03-08")),))
    assert {gate.until for gate in decided(*parts, now=SUNDAY).gates} == {
        datetime(2026, 3, 15, 1, tzinfo=UTC)
    }


def test_a_window_that_nobody_can_read_is_told_and_never_opens() -> None:
    decision = decided(*update(windows=(window(zone=None),)))
    assert {gate.until for gate in decision.gates} == {None}
    assert "nobody knows when that opens" in decision.gates[0].why


def test_a_window_holds_back_only_the_hosts_and_services_that_it_binds() -> None:
    parts = update(windows=(window(hosts=("gbg-2",)), window(services=("shop.web",))))
    assert set(whys(decided(*parts))) == {ALL[1]}


def test_a_repair_waits_for_no_window_and_no_host() -> None:
    before = site(service("shop.till", "gbg-1", "gbg-2"))
    after = site(service("shop.till", "gbg-3", "gbg-2"), hosts=("gbg-2", "gbg-3"), windows=(window(),))
    decision = decided(before, after)
    assert (decision.gates, sorted(decision.open)) == ((), [ALL[0]])


def test_a_site_of_a_later_wave_waits_for_word_and_begins_with_it() -> None:
    parts = update(rollouts=(rollout(number=2, wave="rest"),))
    assert "comes after other sites" in decided(*parts).gates[0].why
    assert decided(*parts, Records(words={"shop": "begin"})).begins == (ALL[0],)
    assert decided(*parts, Records(words={"shop": "pause"})).begins == ()


def test_what_a_step_comes_before_begins_first_whatever_the_hosts_are_called() -> None:
    order = steps(("start", ALL[2], "gbg-3"), ("start", ALL[0], "gbg-1"), edges=((0, 1),))
    parts = update(rollouts=(rollout(),), steps=order)
    assert [decided(*parts).begins, *whys(decided(*parts))] == [(ALL[1],), *[ALL[2], ALL[0]]]


def test_what_waits_for_each_other_in_a_circle_changes_together() -> None:
    before = site(service("shop.till", "gbg-1", "gbg-2"))
    after = site(
        service("shop.till", "gbg-2", "gbg-1"),
        rollouts=(rollout(),),
        steps=steps(
            ("start", ALL[0], "gbg-3"),
            ("start", ALL[1], "gbg-1"),
            ("start", ALL[0], "gbg-2"),
            edges=((0, 1), (1, 2)),
        ),
    )
    assert sorted(decided(before, after).begins) == ALL[:2]


def test_a_replica_that_moves_stays_where_it_was_until_its_new_host_begins() -> None:
    before, after = site(service("shop.till", "gbg-1")), site(service("shop.till", "gbg-2"))
    (change,) = changes(before, after)
    wanted = {"gbg-1": {}, "gbg-2": {change.replica: change.spec}}
    waiting, moved = mix(wanted, [change], ()), mix(wanted, [change], {change.replica})
    assert [sorted(waiting.wanted[host]) for host in HOSTS[:2]] == [[ALL[0]], []]
    assert [sorted(moved.wanted[host]) for host in HOSTS[:2]] == [[], [ALL[0]]]


@st.composite
def fleets(draw: st.DrawFn) -> tuple[SitePart, SitePart]:
    """Up to two apps on up to four hosts, updated and moved about, with steps in some order."""
    hosts = tuple(f"gbg-{n}" for n in range(1, draw(st.integers(1, 4)) + 1))
    names = draw(st.lists(st.sampled_from(["shop.till", "shop.web", "logs.ship"]), min_size=1, unique=True))
    chosen = st.lists(st.sampled_from(hosts), min_size=1, max_size=4)
    before = site(*(service(name, *draw(chosen), image="a:1") for name in names), hosts=hosts)
    versions = st.sampled_from(["a:1", "a:2"])
    services = [service(name, *draw(chosen), image=draw(versions)) for name in names]
    windows = draw(
        st.lists(
            st.builds(
                window,
                hosts=st.sampled_from([None, hosts[:1]]),
                services=st.sampled_from([None, ("shop.till",)]),
            ),
            max_size=2,
        )
    )
    limits = st.builds(rollout, hosts_at_once=st.sampled_from([None, 1, 2]))
    after = site(*services, hosts=hosts, windows=tuple(windows), rollouts=(draw(limits),))
    changed = [Step(kind="start", of=c.replica, host=c.host, seconds=1) for c in changes(before, after)]
    nodes = draw(st.permutations(changed))
    pairs = [(one, two) for two in range(len(nodes)) for one in range(two)]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True)) if pairs else []
    return before, after.model_copy(update={"steps": Steps(nodes=tuple(nodes), edges=tuple(sorted(edges)))})


def busy(turns: tuple[Turn, ...], begun: set[str], proved: set[str]) -> set[str]:
    return {
        change.host
        for turn in turns
        for change in turn.changes
        if change.app == "shop" and change.replica in begun - proved
    }


@settings(max_examples=150, deadline=None, derandomize=True)
@given(fleets(), st.data())
def test_whatever_happens_no_more_hosts_change_than_may_none_outside_its_window_and_all_do_in_the_end(
    fleet: tuple[SitePart, SitePart], data: st.DataObject
) -> None:
    before, after = fleet
    turns = find_turns(changes(before, after), after.steps)
    limit = after.rollouts[0].hosts_at_once or len(HOSTS) + 1
    most = max([limit, *(len(turn.hosts) for turn in turns)])
    begun, proved, now = set[str](), set[str](), MONDAY
    for step in range(60):
        found = decide(after, turns, Records(frozenset(begun), frozenset(proved)), (*HOSTS, "gbg-4"), now)
        begun |= found.open
        assert len(busy(turns, begun, proved)) <= most
        assert all(turn.after <= begun for turn in turns if {c.replica for c in turn.changes} <= begun)
        assert not [name for name in found.begins if shut(after, turns, name, now)]
        assert {gate.replica for gate in found.gates}.isdisjoint(begun)
        if not found.gates:
            break
        if step < 12:
            proved |= data.draw(st.sets(st.sampled_from(sorted(begun)))) if begun else begun
            now += timedelta(hours=data.draw(st.sampled_from([1, 7, 24])))
        else:
            proved |= begun
            now = SUNDAY
    assert begun == {change.replica for turn in turns for change in turn.changes}


def shut(after: SitePart, turns: tuple[Turn, ...], name: str, now: datetime) -> bool:
    """Whether a window that binds the replica is closed, by its clock: they open at 02:00 for two hours."""
    change = next(c for turn in turns for c in turn.changes if c.replica == name)
    clock = now + timedelta(hours=1)  # winter in Gothenburg
    bound = [w for w in after.windows if binds(w, change.host, change.service)]
    return bool(bound) and not (clock.weekday() == 6 and clock.hour in {2, 3})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(fleets(), st.data())
def test_hosts_that_each_decide_alone_never_do_more_than_one_that_decides_for_all(
    fleet: tuple[SitePart, SitePart], data: st.DataObject
) -> None:
    """Each knows what it did itself, and of others at most which are done, late and in any order."""
    before, after = fleet
    after = after.model_copy(update={"windows": ()})
    turns = find_turns(changes(before, after), after.steps)
    hosts = sorted({change.host for turn in turns for change in turn.changes})
    limit = after.rollouts[0].hosts_at_once or len(HOSTS) + 1
    most = max([limit, *(len(turn.hosts) for turn in turns)])
    begun, proved = set[str](), set[str]()
    own = {host: {c.replica for t in turns for c in t.changes if c.host == host} for host in hosts}
    for _ in range(20):
        if not hosts:
            return
        host = data.draw(st.sampled_from(hosts))
        done = frozenset(other for other in hosts if own[other] <= proved and data.draw(st.booleans()))
        mine = Records(frozenset(begun & own[host]), frozenset(proved & own[host]), done)
        begun |= decide(after, turns, mine, (host,), MONDAY).open & own[host]
        assert len(busy(turns, begun, proved)) <= most
        proved |= begun & own[data.draw(st.sampled_from(hosts))]


def test_a_change_tells_a_repair_from_an_update() -> None:
    old, new = (
        site(service("shop.till", "gbg-1", image="a:1")),
        site(service("shop.till", "gbg-2", image="a:2")),
    )
    moved = site(service("shop.till", "gbg-2", image="a:1"))
    assert [c.repair for c in find_changes(all_of(old), all_of(moved), {"gbg-2"})] == [True]
    assert [c.repair for c in find_changes(all_of(old), all_of(new), {"gbg-2"})] == [False]
    assert [c.repair for c in find_changes(all_of(old), all_of(moved), {"gbg-1", "gbg-2"})] == [False]
    assert isinstance(find_changes(all_of(old), (), {"gbg-1"})[0], Change)
