"""What follows for a rollout from what its hosts said last: which sites are told what, and whether it goes on.

Nothing but what is handed in is looked at. What follows holds whatever that is: no site of a wave is told to begin
before all of the wave before it that is waited for is through, has been well for as long as is asked, and was approved
where that is asked; no more sites than the course says are told to begin and not through; after the first failure
nobody is told to begin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from placelang.rollouts.course import Course, CourseSite
from placelang_runtime.journal import Word
from placelang_runtime.report import Stage

State = Literal["going", "paused", "failed", "back", "done"]
SiteStage = Literal["closed", "unheard", "waits", "changes", "through", "failed", "back"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a host reported of an app at a moment, in ms since 1970, under the part with a sequence."""

    plan: str | None
    sequence: int | None
    stage: Stage
    why: str
    well_ms: int
    release: int
    heard: int


@dataclass(frozen=True, slots=True)
class Told:
    """The last signed word to a site, with its number; under this course where it is `current`."""

    word: Word
    number: int
    current: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a rollout is: so many waves are `open`, and so many of the first ones `approved` by people. `why` says
    why it does not go on; nobody waits for the sites that are `without`."""

    state: State = "going"
    open: int = 1
    approved: int = 0
    why: str = ""
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """A site as its hosts report it. `well_ms` is for how long all of them have been well, None where none has anything
    to keep well, and `heard` when the one that was heard of first was."""

    name: str
    stage: SiteStage
    why: str = ""
    well_ms: int | None = None
    heard: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """How far it is from now on, what sites are told that they were not told before, and what it waits for."""

    standing: Standing
    words: Mapping[str, Word] = field(default_factory=dict)
    waits: str = ""


def decide(
    course: Course, standing: Standing, told: Mapping[str, Told], said: Mapping[str, Said]
) -> Decision:
    """What follows; once that is written down, the same again follows as nothing new."""
    seen = {one.name: one for one in look(course, standing, told, said)}
    standing = _after_failure(course, standing, seen)
    match standing.state:
        case "going":
            return _go_on(course, standing, told, seen)
        case "paused" | "failed":
            return Decision(standing, _words(course, standing, told, "pause"), standing.why or "paused")
        case "back":
            return Decision(standing, _words(course, standing, told, "abort"), standing.why)
        case "done":
            return Decision(standing)


def look(
    course: Course, standing: Standing, told: Mapping[str, Told], said: Mapping[str, Said]
) -> Iterator[SiteSeen]:
    """The sites of the course, wave by wave."""
    for number, wave in enumerate(course.waves, 1):
        for site in wave.sites:
            word = told.get(site.name)
            if number > standing.open or word is None or not word.current:
                yield SiteSeen(site.name, "closed")
            else:
                yield _seen(course, site, word, said)


def _seen(course: Course, site: CourseSite, word: Told, said: Mapping[str, Said]) -> SiteSeen:
    """What a host said counts once it has heard the last word, under the part that this is about."""
    known = [
        one
        for host in site.hosts
        if (one := said.get(host)) is not None
        and (one.plan, one.sequence, one.release) == (course.plan, course.sequence, word.number)
    ]
    heard = min((one.heard for one in known), default=None)
    for stage in ("failed", "back", "waits", "changes"):
        found = next((one for one in known if one.stage == stage), None)
        if found is not None:
            return SiteSeen(site.name, stage, found.why, 0, heard)
    if len(known) < len(site.hosts):
        missing = [host for host in site.hosts if host not in said or said[host] not in known]
        return SiteSeen(site.name, "unheard", f"nothing of this was heard of {_listed(missing)}", 0, heard)
    return SiteSeen(site.name, "through", "", min((one.well_ms for one in known), default=None), heard)


def _after_failure(course: Course, standing: Standing, seen: Mapping[str, SiteSeen]) -> Standing:
    failed = next((one for one in seen.values() if one.stage == "failed"), None)
    if failed is None or standing.state not in {"going", "paused"}:
        return standing
    state: State = "back" if course.rolls_back else "failed"
    return replace(standing, state=state, why=f"{failed.name} failed: {failed.why}")


def _go_on(
    course: Course, standing: Standing, told: Mapping[str, Told], seen: Mapping[str, SiteSeen]
) -> Decision:
    """Open waves for as long as the last one of them is through, and have their sites begin."""
    most = course.sites_at_once
    busy = {
        site.name
        for site in _opened(course, standing)
        if _last(told, site) in {"begin", "pause"} and seen[site.name].stage != "through"
    } - standing.without
    words: dict[str, Word] = {}
    while True:
        for site in _opened(course, standing):
            if _last(told, site) == "begin" or site.name in words:
                continue
            counted = site.name in standing.without or _last(told, site) == "pause"
            if counted or most is None or len(busy) < most:
                words[site.name] = "begin"
                busy |= {site.name} - standing.without
        waits = _waits_for(course, standing, seen)
        if waits:
            return Decision(standing, words, waits)
        if standing.open >= len(course.waves):
            return Decision(replace(standing, state="done"), words)
        standing = replace(standing, open=standing.open + 1)


def _last(told: Mapping[str, Told], site: CourseSite) -> Word | None:
    """The last word to a site under this course."""
    word = told.get(site.name)
    return word.word if word is not None and word.current else None


def _waits_for(course: Course, standing: Standing, seen: Mapping[str, SiteSeen]) -> str:
    """What the wave that was opened last still waits for, before another one opens; empty where for nothing."""
    if not course.waves:
        return ""
    wave = course.waves[standing.open - 1]
    sites = [seen[site.name] for site in wave.sites if site.name not in standing.without]
    short = [one for one in sites if one.stage != "through"]
    if short:
        why = f": {short[0].why}" if short[0].why else ""
        more = f", and {len(short) - 1} more" if short[1:] else ""
        return f"{short[0].name} {_STAGES[short[0].stage]}{why}{more}"
    early = [one for one in sites if one.well_ms is not None and one.well_ms < wave.healthy_ms]
    if early:
        return f"{_listed([one.name for one in early])} to be healthy for {lasting(wave.healthy_ms)}"
    if wave.approved and standing.approved < standing.open:
        return f"wave {wave.name} is through: `placelang rollout approve {course.app}` opens what comes next"
    return ""


def _words(course: Course, standing: Standing, told: Mapping[str, Told], word: Word) -> Mapping[str, Word]:
    """The word to all that began, unless it was the last one."""
    return {
        site.name: word
        for site in _opened(course, standing)
        if _last(told, site) is not None and _last(told, site) != word
    }


def _opened(course: Course, standing: Standing) -> Iterator[CourseSite]:
    for wave in course.waves[: standing.open]:
        yield from wave.sites


_STAGES: Mapping[SiteStage, str] = {
    "closed": "has yet to begin",
    "unheard": "is not known to change",
    "waits": "waits",
    "changes": "changes",
    "through": "is through",
    "failed": "failed",
    "back": "went back",
}


def lasting(ms: int) -> str:
    """`10min`, in the largest unit that is whole."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if ms >= size and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004
