"""The one thread that decides: it begins whatever waits for nothing, several things at a time, and ends with what could
not be done.

Tasks are generators, see `asking`. What changes an engine is journalled before it is asked for and after it was
answered, here and nowhere else; all that is to be asked for at one moment is noted together. An engine that does not
answer is asked again for a while, and then left alone. Where tasks of a group fail, nothing new begins until all that
is under way for that group has ended; then `again` says what is to be done now, and what is under way for others goes
on.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from placelang_runtime.apply.asking import Ask, Do, Doing, Request, Rest
from placelang_runtime.apply.doing import TaskError, do
from placelang_runtime.apply.scene import Event, Scene
from placelang_runtime.apply.work import Key, Task, Work, blocked
from placelang_runtime.drivers import DriverError

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds until an engine that does not answer is asked again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed, and why; `tail` is what its container wrote last. One that could not begin since the task
    `by` failed before it has failed, too."""

    task: Task
    why: str
    tail: bytes = b""
    by: Task | None = None


Again = Callable[[tuple[Failure, ...]], Work]
"""From what failed to what is to be done instead."""


@dataclass(slots=True)
class _Flight:
    """A task under way: what it asked for, in vain so many times, and when to ask again. One that is `ending` asks for
    nothing more."""

    task: Task
    doing: Doing
    request: Request | None = None
    future: Future[object] | None = None
    deed: int | None = None
    due: float | None = None
    tries: int = 0
    ending: bool = False


@dataclass(slots=True)
class Loop:
    """How far the tasks of `work` are, which are done as `do` says. `unreachable` are the hosts that do not answer, and
    why."""

    scene: Scene
    run: int
    work: Work
    flights: dict[Key, _Flight] = field(default_factory=dict)
    done: set[Key] = field(default_factory=set)
    failed: dict[Key, Failure] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    do: Callable[[Scene, Task], Doing] = do

    def carry_out(self, again: Again) -> tuple[Task, ...]:
        """Do all that can be done; leave the tasks that wait for somebody else, or for an engine."""
        told: set[Key] = set()
        with self.scene.journal.together():
            return self._carry_out(again, told)

    def _carry_out(self, again: Again, told: set[Key]) -> tuple[Task, ...]:
        try:
            while True:
                self._fail_what_follows()
                fresh = [failure for key, failure in self.failed.items() if key not in told]
                if not fresh:
                    self._begin()
                elif not self._end_groups({failure.task.group for failure in fresh}):
                    self.work = again(tuple(fresh))
                    told |= self.failed.keys()
                    continue
                if self.flights:
                    self._wait()
                elif self.failed.keys() <= told:
                    break
        except KeyboardInterrupt:
            self._land()
            raise
        return tuple(t for t in self.work.tasks if t.key not in self.done and t.key not in self.failed)

    def _begin(self) -> None:
        for task in self.work.tasks:
            key = task.key
            if task.kind in {"wait", "held"} or task.host in self.unreachable:
                continue
            if key in self.done or key in self.failed or key in self.flights:
                continue
            if all(earlier in self.done for earlier in self.work.after[key]):
                self.scene.report(Event("begun", task.kind, task.host, task.of))
                self.flights[key] = flight = _Flight(task, self.do(self.scene, task))
                self._proceed(flight, next)

    def _fail_what_follows(self) -> None:
        """What comes after something that failed, or that is held, cannot be done either."""
        tasks = {task.key: task for task in self.work.tasks}
        dead = [key for key, task in tasks.items() if task.kind == "held" or key in self.failed]
        for task, key in blocked(self.work, dead) if dead else ():
            if task.kind not in {"wait", "held"} and task.key not in self.failed:
                cause = self.failed.get(key)
                why = tasks[key].of if cause is None else cause.why
                self.failed[task.key] = Failure(task, why, by=tasks[key])

    def _end_groups(self, groups: set[str]) -> bool:
        """Whether anything is still under way for these groups, which ends with what it is doing."""
        for key, flight in list(self.flights.items()):
            if flight.task.group in groups and flight.task.group:
                flight.ending = True
                if flight.future is None:
                    self._close(key)
        return any(flight.ending for flight in self.flights.values())

    # one flight

    def _proceed(self, flight: _Flight, step: Callable[[Doing], Request]) -> None:
        """Let a task say what it wants next, and ask for that."""
        task = flight.task
        try:
            self._ask(flight, step(flight.doing))
        except StopIteration:
            del self.flights[task.key]
            self.done.add(task.key)
            self.scene.report(Event("done", task.kind, task.host, task.of))
        except (DriverError, TaskError) as error:
            del self.flights[task.key]
            tail = error.tail if isinstance(error, TaskError) else b""
            self.failed[task.key] = Failure(task, str(error), tail)
            self.scene.report(Event("failed", task.kind, task.host, task.of, str(error)))

    def _ask(self, flight: _Flight, request: Request) -> None:
        flight.request, flight.due = request, None
        match request:
            case Rest(seconds):
                flight.due = self.scene.hands.now() + seconds
            case Do(host, kind, of):
                flight.deed = self.scene.journal.begin(self.run, host, kind, of)
            case Ask(_, act):
                flight.future = self.scene.hands.submit(act)

    def _wait(self) -> None:
        """Until something was answered or is due, and go on with that. What is to be changed is noted by then."""
        hands = self.scene.hands
        self.scene.journal.settle()
        for flight in self.flights.values():
            if flight.deed is not None and flight.future is None and isinstance(flight.request, Do):
                flight.future = hands.submit(flight.request.act)
        futures = [flight.future for flight in self.flights.values() if flight.future is not None]
        dues = [flight.due for flight in self.flights.values() if flight.due is not None]
        hands.wait(futures, max(0.0, min(dues) - hands.now()) if dues else None)
        for flight in list(self.flights.values()):
            if flight.future is not None and flight.future.done():
                self._hear(flight, flight.future)
            elif flight.due is not None and flight.due <= hands.now():
                if isinstance(flight.request, Rest) or flight.request is None:
                    self._proceed(flight, lambda doing: doing.send(None))
                else:
                    self._ask(flight, flight.request)

    def _hear(self, flight: _Flight, future: Future[object]) -> None:
        error = self._note_end(flight, future)
        if flight.ending:
            self._close(flight.task.key)
        elif error is None:
            flight.tries = 0
            self._proceed(flight, lambda doing: doing.send(future.result()))
        elif error.kind != "unreachable":
            self._proceed(flight, lambda doing: doing.throw(error))
        elif flight.tries < len(PAUSES):
            flight.due = self.scene.hands.now() + PAUSES[flight.tries]
            flight.tries += 1
        else:
            task = flight.task
            self.unreachable[task.host] = error.message
            self.scene.report(Event("failed", task.kind, task.host, task.of, error.message))
            self._close(task.key)

    def _note_end(self, flight: _Flight, future: Future[object]) -> DriverError | None:
        """What went wrong with what was asked for, noted if it was to change anything."""
        flight.future = None
        error = future.exception()
        if flight.deed is not None:
            self.scene.journal.end(flight.deed, None if error is None else str(error))
            flight.deed = None
            if error is None and isinstance(flight.request, Do):
                did = flight.request
                self.scene.report(Event("did", did.kind, did.host, did.of))
        if error is None or isinstance(error, DriverError):
            return error
        raise error

    def _close(self, key: Key) -> None:
        flight = self.flights.pop(key)
        if flight.deed is not None:
            self.scene.journal.end(flight.deed, "not begun")
        flight.doing.close()

    def _land(self) -> None:
        """Let what was begun come to its end, and note it."""
        for key, flight in list(self.flights.items()):
            if flight.future is not None:
                self.scene.hands.wait([flight.future], None)
                self._note_end(flight, flight.future)
            self._close(key)
