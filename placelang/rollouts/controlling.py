"""Who has rollouts go on: what hosts reported is looked at, and what follows is signed and written, in one transaction
each. Whoever is ended in between finds the state before it, and decides the same anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Final

from placelang.rollouts.course import Course
from placelang.rollouts.decide import Decision, Standing, State, Told, decide
from placelang.store import Store
from placelang_runtime.trust.keys import PrivateKey
from placelang_runtime.trust.release import Release, sign_release

POLL: Final = 0.5
"""Seconds after which the store is asked whether anything was written."""


class RolloutError(ValueError):
    """What was asked of a rollout cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was decided of an app."""

    app: str
    before: Standing
    waited: str
    decision: Decision

    @property
    def is_news(self) -> bool:
        new = self.decision
        return bool(new.words) or (self.before, self.waited) != (new.standing, new.waits)


def advance(store: Store, keys: Sequence[PrivateKey]) -> tuple[Step, ...]:
    """Have all rollouts go on as far as they may; what is new. Raises StoreError."""
    steps = []
    for app in store.rollouts():
        with store.told(), store.writing():
            course, standing, waited = store.rollouts()[app]
            told, said = store.words_to(course), store.said_of(app)
            new = decide(course, standing, told, said)
            for site, word in sorted(new.words.items()):
                number = told[site].number + 1 if site in told else 1
                told[site] = Told(word, number, current=True)
                store.keep_word(course, site, number, word, _signed(course, site, told[site], keys))
            waits = decide(course, new.standing, told, said).waits
            step = Step(app, standing, waited, replace(new, waits=waits))
            if step.is_news:
                store.keep_rollout(course, new.standing, waits)
                steps.append(step)
    return tuple(steps)


def _signed(course: Course, site: str, told: Told, keys: Sequence[PrivateKey]) -> bytes:
    release = Release(
        plan=course.plan,
        sequence=course.sequence,
        site=site,
        app=course.app,
        number=told.number,
        word=told.word,
    )
    return sign_release(release, keys)


def control(store: Store, keys: Sequence[PrivateKey], over: Event) -> Iterator[Step]:
    """Have rollouts go on until it is over. Raises StoreError."""
    version = None
    while True:
        now = store.written()
        if now != version:
            version = now
            yield from advance(store, keys)
        if over.wait(POLL):
            return


def start(store: Store, courses: Sequence[Course]) -> tuple[str, ...]:
    """Have these rollouts begin, in place of those of the same apps before; one that goes on already does. The apps
    that begin. Raises RolloutError and StoreError."""
    begun = []
    with store.told(), store.writing():
        known = store.rollouts()
        for course in courses:
            if course.app in known:
                before, standing, _ = known[course.app]
                if course.sequence < before.sequence:
                    message = (
                        f"{course.app} is at sequence {before.sequence} already: sign this with a higher one"
                    )
                    raise RolloutError(message)
                if course.sequence == before.sequence and course.plan != before.plan:
                    message = f"sequence {course.sequence} of {course.app} is another plan: sign this with a higher one"
                    raise RolloutError(message)
                if course == before and standing.state in {"going", "paused", "done"}:
                    continue
            store.keep_rollout(course, Standing())
            begun.append(course.app)
    return tuple(begun)


def pause(store: Store, app: str) -> None:
    """Have nothing more begin at any site; what has changed stays."""
    _change(store, app, {"going"}, lambda standing: replace(standing, state="paused"))


def resume(store: Store, app: str) -> None:
    """Go on after a pause, or try again what failed and did not go back."""
    _change(store, app, {"paused", "failed"}, lambda standing: replace(standing, state="going", why=""))


def abort(store: Store, app: str) -> None:
    """Have all sites go back to how they ran before, and stay there."""
    able: set[State] = {"going", "paused", "failed", "done"}
    _change(store, app, able, lambda standing: replace(standing, state="back", why="aborted"))


def approve(store: Store, app: str, without: Sequence[str] = ()) -> str:
    """Approve of the wave that is through, if it is, and open what comes next; wait no more for the sites that are
    named. The wave that was approved, empty if it needs nobody's approval. Raises RolloutError."""
    with store.told(), store.writing():
        course, standing = _known(store, app)
        strange = sorted({*without} - {site.name for site in course.sites})
        if strange:
            raise RolloutError(f"no wave of {app} takes {', '.join(strange[:3])}")
        if standing.state != "going":
            raise RolloutError(f"{app} does not go on: it is {STATES[standing.state]}")
        standing = replace(standing, without=standing.without | {*without})
        said = store.said_of(app)
        asked = replace(standing, approved=standing.open)
        decision = decide(course, asked, store.words_to(course), said)
        wave = course.waves[standing.open - 1] if course.waves else None
        needed = wave is not None and wave.approved and standing.approved < standing.open
        if wave is None or not needed:
            if not without:
                raise RolloutError(
                    f"nothing of {app} waits for approval now: {decision.waits or 'it is done'}"
                )
            store.keep_rollout(course, standing, decision.waits)
            return ""
        if decision.standing.open == standing.open and decision.standing.state != "done":
            raise RolloutError(f"wave {wave.name} is not through yet: {decision.waits}")
        store.keep_rollout(course, asked)
        return wave.name


STATES: Final = {
    "going": "going on",
    "paused": "paused",
    "failed": "stopped, as it failed",
    "back": "taken back",
    "done": "done",
}


def _change(store: Store, app: str, able: set[State], changed: Callable[[Standing], Standing]) -> None:
    with store.told(), store.writing():
        course, standing = _known(store, app)
        if standing.state not in able:
            again = ": `placelang rollout start` begins again" if standing.state == "back" else ""
            raise RolloutError(f"{app} is {STATES[standing.state]}{again}")
        store.keep_rollout(course, changed(standing))


def _known(store: Store, app: str) -> tuple[Course, Standing]:
    known = store.rollouts()
    if app not in known:
        names = ", ".join(sorted(known)[:20]) or "none"
        raise RolloutError(f"no rollout of {app} was started: those of {names} were")
    return known[app][:2]
