"""A rollout over sites: wave by wave, as hosts report, and never ahead of that, whatever they report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.rollouts.course import Course, CourseSite, CourseWave
from placelang.rollouts.decide import Decision, Said, SiteSeen, Standing, Told, decide, look
from placelang_runtime.journal import Word
from placelang_runtime.report import Stage

PLAN = "sha256:" + "0" * 64
HOUR = 3_600_000


def wave(name: str, *sites: str, healthy: int = 0, approved: bool = False, hosts: int = 1) -> CourseWave:
    return CourseWave(
        name=name,
        healthy_ms=healthy,
        approved=approved,
        sites=tuple(
            CourseSite(name=site, hosts=tuple(f"{site}-{n}" for n in range(1, hosts + 1))) for site in sites
        ),
    )


def course(*waves: CourseWave, most: int | None = None, back: bool = True) -> Course:
    return Course(
        app="shop", plan=PLAN, sequence=12, sites_at_once=most, rolls_back=back, waves=waves, never=()
    )


CANARY = course(wave("canary", "gbg", healthy=HOUR, approved=True), wave("rest", "mmo", "sthlm"))


@dataclass
class Fleet:
    """Hosts that hear what they are told, when they are asked to, and report."""

    of: Course
    standing: Standing = field(default_factory=Standing)
    told: dict[str, Told] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    last: Decision = field(default_factory=lambda: Decision(Standing()))

    def decide(self) -> dict[str, Word]:
        self.last = decide(self.of, self.standing, self.told, self.said)
        self.standing = self.last.standing
        for site, word in self.last.words.items():
            number = self.told[site].number + 1 if site in self.told else 1
            self.told[site] = Told(word, number, True)
        return dict(self.last.words)

    def report(self, site: str, stage: Stage, well_ms: int = 0, *, host: int = 1) -> None:
        number = self.told[site].number if site in self.told else 0
        self.said[f"{site}-{host}"] = Said(PLAN, 12, stage, "", well_ms, number, 0)

    def stages(self) -> dict[str, str]:
        return {one.name: one.stage for one in look(self.of, self.standing, self.told, self.said)}


def begun(of: Course = CANARY) -> Fleet:
    fleet = Fleet(of)
    fleet.decide()
    return fleet


def test_the_first_wave_begins_and_the_others_stay_closed() -> None:
    fleet = Fleet(CANARY)
    assert fleet.decide() == {"gbg": "begin"}
    assert fleet.decide() == {}
    assert fleet.stages() == {"gbg": "unheard", "mmo": "closed", "sthlm": "closed"}


def test_a_wave_opens_once_the_one_before_was_healthy_for_as_long_as_was_said_and_was_approved() -> None:
    fleet = begun()
    fleet.report("gbg", "through", HOUR - 1)
    assert fleet.decide() == {}
    assert fleet.last.waits == "gbg to be healthy for 1h"
    fleet.report("gbg", "through", HOUR)
    assert fleet.decide() == {}
    assert fleet.last.waits.startswith("wave canary is through: `placelang rollout approve shop`")
    fleet.standing = replace(fleet.standing, approved=1)
    assert fleet.decide() == {"mmo": "begin", "sthlm": "begin"}
    for site in ("mmo", "sthlm"):
        fleet.report(site, "through")
    assert fleet.decide() == {}
    assert fleet.standing.state == "done"


def test_what_a_host_said_before_it_heard_the_last_word_counts_for_nothing() -> None:
    fleet = Fleet(CANARY)
    fleet.report("gbg", "through", HOUR)
    fleet.decide()
    assert fleet.stages()["gbg"] == "unheard"
    said = fleet.said["gbg-1"]
    for other in (replace(said, sequence=11), replace(said, plan=None), replace(said, release=7)):
        fleet.said["gbg-1"] = other
        assert fleet.stages()["gbg"] == "unheard"


def test_a_site_is_through_once_all_of_its_hosts_are() -> None:
    fleet = begun(course(wave("all", "gbg", hosts=2)))
    fleet.report("gbg", "through", HOUR)
    assert fleet.stages() == {"gbg": "unheard"}
    fleet.report("gbg", "through", HOUR // 2, host=2)
    (seen,) = look(fleet.of, fleet.standing, fleet.told, fleet.said)
    assert (seen.stage, seen.well_ms) == ("through", HOUR // 2)


def test_a_canary_that_fails_takes_all_sites_back_and_without_that_clause_stops_them() -> None:
    fleet = begun(replace_course(CANARY, most=None))
    fleet.report("gbg", "failed")
    assert fleet.decide() == {"gbg": "abort"}
    assert (fleet.standing.state, fleet.standing.why) == ("back", "gbg failed: ")
    stays = begun(course(wave("all", "gbg", "mmo"), back=False))
    stays.report("gbg", "failed")
    assert stays.decide() == {"gbg": "pause", "mmo": "pause"}
    assert stays.standing.state == "failed"


def test_a_site_of_an_earlier_wave_that_fails_later_takes_those_of_later_waves_back() -> None:
    fleet = begun(course(wave("canary", "gbg"), wave("rest", "mmo")))
    fleet.report("gbg", "through")
    assert fleet.decide() == {"mmo": "begin"}
    fleet.report("gbg", "failed")
    assert fleet.decide() == {"gbg": "abort", "mmo": "abort"}


def test_so_many_sites_change_at_once_and_the_next_begins_as_one_is_through() -> None:
    fleet = Fleet(course(wave("all", "a", "b", "c"), most=2))
    assert fleet.decide() == {"a": "begin", "b": "begin"}
    fleet.report("b", "through")
    assert fleet.decide() == {"c": "begin"}


def test_a_pause_reaches_all_that_began_and_going_on_does_too() -> None:
    fleet = begun(course(wave("all", "a", "b", "c"), most=2))
    fleet.report("a", "through")
    fleet.standing = replace(fleet.standing, state="paused")
    assert fleet.decide() == {"a": "pause", "b": "pause"}
    fleet.standing = replace(fleet.standing, state="going")
    assert fleet.decide() == {"a": "begin", "b": "begin"}


def test_nobody_waits_for_a_site_that_is_away_and_it_may_begin_all_the_same() -> None:
    fleet = begun(course(wave("canary", "gbg", "train"), wave("rest", "mmo")))
    fleet.report("gbg", "through")
    assert fleet.decide() == {}
    fleet.standing = replace(fleet.standing, without=frozenset({"train"}))
    assert fleet.decide() == {"mmo": "begin"}
    assert fleet.told["train"].word == "begin"


def test_a_wave_without_sites_and_a_site_without_replicas_hold_nothing_up() -> None:
    empty = CourseWave(name="none", healthy_ms=HOUR, approved=False, sites=())
    bare = CourseWave(name="bare", healthy_ms=HOUR, approved=False, sites=(CourseSite(name="gbg", hosts=()),))
    fleet = begun(course(empty, bare, wave("rest", "mmo")))
    assert fleet.told.keys() == {"gbg"}
    assert fleet.decide() == {"mmo": "begin"}


def replace_course(of: Course, *, most: int | None) -> Course:
    return of.model_copy(update={"sites_at_once": most})


COURSES = st.builds(
    lambda sizes, most, back, healthy, approved: course(
        *(
            wave(
                f"w{number}",
                *(f"s{number}{index}" for index in range(size)),
                healthy=healthy,
                approved=approved,
            )
            for number, size in enumerate(sizes)
        ),
        most=most,
        back=back,
    ),
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
    st.sampled_from([None, 1, 2]),
    st.booleans(),
    st.sampled_from([0, 2]),
    st.booleans(),
)
ACTS = st.lists(
    st.tuples(st.sampled_from(["report", "approve", "pause", "go on", "abort"]), st.integers(0, 99)),
    max_size=40,
)
STAGES: tuple[Stage, ...] = ("waits", "changes", "through", "through", "through", "failed")


@settings(max_examples=300, deadline=None)
@given(of=COURSES, acts=ACTS)
def test_no_wave_begins_ahead_of_the_one_before_whatever_is_reported(
    of: Course, acts: list[tuple[str, int]]
) -> None:
    fleet, ever = Fleet(of), set[str]()
    for act, number in (("approve", 0), *acts):
        _act(fleet, act, number)
        before = fleet.standing
        seen = {one.name: one for one in look(of, before, fleet.told, fleet.said)}
        words = fleet.decide()
        begins = {site for site, word in words.items() if word == "begin"} - ever
        _holds(of, before, fleet.standing, seen, begins)
        ever |= begins
        assert fleet.decide() == {}, "the same again is nothing new"


def _act(fleet: Fleet, act: str, number: int) -> None:
    standing, sites = fleet.standing, [site.name for site in fleet.of.sites]
    match act:
        case "report" if sites:
            fleet.report(sites[number % len(sites)], STAGES[number % len(STAGES)], number % 4)
        case "approve" if standing.state == "going" and number % 2:
            fleet.standing = replace(standing, approved=standing.open)
        case "pause" if standing.state == "going":
            fleet.standing = replace(standing, state="paused")
        case "go on" if standing.state in {"paused", "failed"}:
            fleet.standing = replace(standing, state="going", why="")
        case "abort":
            fleet.standing = replace(standing, state="back")


def _holds(
    of: Course, before: Standing, after: Standing, seen: dict[str, SiteSeen], begins: set[str]
) -> None:
    """What was seen lets these sites begin that never did before."""
    assert after.open >= before.open
    for number, later in enumerate(of.waves, 1):
        if begins & {site.name for site in later.sites}:
            assert after.state in {"going", "done"}
            assert number <= after.open
    for number, opened in enumerate(of.waves[: after.open - 1], 1):
        if number >= before.open:
            for site in opened.sites:
                assert seen[site.name].stage == "through"
                assert (seen[site.name].well_ms or 0) >= opened.healthy_ms
            assert not opened.approved or after.approved >= number
    if of.sites_at_once is not None and begins:
        changing = {site for site, one in seen.items() if one.stage not in {"through", "closed"}}
        assert len(changing | begins) <= of.sites_at_once
