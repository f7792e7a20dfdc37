"""The one thread that decides on a host: what the journal and the engine say is looked at, and what is missing is done.

A turn gives every organ its own, answers what was asked, and looks at what runs if anything may be other than it was.
What is carried out looks up time and again: a request, or an organ that decided otherwise, ends it after what was
begun, and then it goes on with what is to be done now. What fails is tried again, later and later, and what an
engine does not answer as well: a host goes on like that for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Final

from placelang_runtime.agent.hands import Interrupted
from placelang_runtime.agent.inbox import Inbox, Letter
from placelang_runtime.agent.organ import Clock, Organ
from placelang_runtime.agent.view import View
from placelang_runtime.apply import faults
from placelang_runtime.apply.accept import believed_by, check_hosts
from placelang_runtime.apply.carry_out import Result, carry_out, plan_work
from placelang_runtime.apply.hands import Hands
from placelang_runtime.apply.requests import Request, make_change, part_for
from placelang_runtime.apply.scene import Event, Provider, Scene
from placelang_runtime.apply.target import NOTHING, Target, Wanted, good_specs
from placelang_runtime.apply.told import Told, told_of
from placelang_runtime.apply.work import Key, blocked
from placelang_runtime.containers import ContainerSpec, replicas_on
from placelang_runtime.drivers import Driver
from placelang_runtime.host_config import HostConfig
from placelang_runtime.jobs import advance
from placelang_runtime.journal import Accepted, Happening, Hold
from placelang_runtime.part import SitePart
from placelang_runtime.state import State

LOOK: Final = 60.0
"""Seconds after which the engine is looked at though it told of nothing."""
JOBS: Final = 10.0
"""Seconds after which it is looked at which runs of jobs are due."""
NOBODY: Final[Wanted] = {}
PAUSES: Final = (5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
"""Seconds until what failed is tried again."""


@dataclass(slots=True)
class Agent:
    """A host with its engine. `provider` makes what a host adds for a part; `tell` hears of whatever happens; `view` is
    what other threads may know; `allowed` is whether a container may be started right now."""

    config: HostConfig
    state: State
    drivers: Mapping[str, Driver]
    hands: Hands
    clock: Clock
    provider: Callable[[SitePart], Provider]
    inbox: Inbox = field(default_factory=Inbox)
    organs: tuple[Organ, ...] = ()
    tell: Callable[[Happening], None] = lambda _happening: None
    allowed: Callable[[ContainerSpec], bool] = lambda spec: not spec.leased
    view: View = field(default_factory=View)
    _part: tuple[int, SitePart] | None = None
    _scene_last: Scene | None = None
    _target: Target = NOTHING
    _look_at: float = 0.0
    _jobs_at: float = 0.0
    _try_at: float = 0.0
    _tries: int = 0
    _settled: bool = False
    _stirred: bool = True
    _failed: frozenset[Key] = frozenset()
    _busy: bool = False

    def wanted(self, host: str) -> Wanted:
        """What shall run on a host, as it was last found out."""
        self._keep_target()
        return self._target.wanted.get(host, NOBODY)

    def _keep_target(self) -> None:
        if self._scene_last is not None and self._scene_last.target is not NOTHING:
            self._target = self._scene_last.target

    def happen(self, kind: str, of: str, text: str) -> None:
        """Note that something happened, and tell whoever listens."""
        happening = self.state.journal.happen(kind, of, text)
        self.view.happened = happening.id
        self.tell(happening)

    def live(self) -> None:
        """Take turns until the inbox says that it is over."""
        while not self.inbox.ending:
            with suppress(Interrupted):
                self.inbox.wait(self.turn() - self.clock.boottime())

    def turn(self) -> float:
        """Do whatever there is to do; the moment of the next turn, unless something happens before."""
        self.view.beat(self.clock.boottime())
        self._stirred |= self._tick()
        while (letter := self.inbox.take()) is not None:
            self._answer(letter)
        now = self.clock.boottime()
        stirred = self.inbox.stirred() or self._stirred
        if stirred or now >= self._next:
            self._stirred = False
            self._reconcile(now)
        if stirred or now >= self._jobs_at:
            self._see_to_jobs(now)
        dues = [organ.due(now) for organ in self.organs]
        return min([self._next, self._jobs_at, *(due for due in dues if due is not None)])

    @property
    def _next(self) -> float:
        return self._look_at if self._settled else min(self._look_at, self._try_at)

    def attend(self) -> None:
        """Look up from work: organs have their turns, and what is carried out ends where something else comes first."""
        self.view.beat(self.clock.boottime())
        changed = self._tick()
        self._stirred |= changed
        if changed or self.inbox.ending or (self.inbox.waiting and not self._busy):
            raise Interrupted

    def _tick(self) -> bool:
        now = self.clock.boottime()
        changed = False
        for organ in self.organs:
            due = organ.due(now)
            if due is not None and due <= now:
                changed |= organ.tick(now)
        return changed

    # by itself

    def _reconcile(self, now: float) -> None:
        """Have everything run as it shall, if anything does not."""
        accepted = self.state.journal.accepted()
        self._look_at = now + LOOK
        if accepted is None:
            self._try_at = self._look_at
            self.view.device_rules = {}
            return
        try:
            part = self._read(accepted)
            retry = not self._settled and now >= self._try_at
            if retry:
                self._let_go(part)
            elif not self._missing(accepted, part):
                return
            self._conclude(carry_out(self._scene(accepted, part, self._note), "agent"), now)
        except Interrupted:
            self._stirred = True
            raise
        except (*faults.INPUT, *faults.WORLD, OSError) as error:
            self._trouble({self.config.host: faults.described(error)}, now)

    def _see_to_jobs(self, now: float) -> None:
        """Have runs of jobs begin that are due, and hear of those that ended."""
        self._jobs_at = now + JOBS
        accepted = self.state.journal.accepted()
        if accepted is None:
            return
        try:
            scene = self._scene(accepted, self._read(accepted), self._note)
            for told in advance(scene, self.config.host, self.clock.wall()):
                self.happen(
                    f"job-{told.what}", told.job, f"{told.round}: {told.why}" if told.why else told.round
                )
        except Interrupted:
            self._stirred = True
            raise
        except (*faults.INPUT, *faults.WORLD, OSError) as error:
            self._trouble({self.config.host: faults.described(error)}, now)

    def part(self) -> SitePart | None:
        """The part that is carried out, None before there is one."""
        return None if self._part is None else self._part[1]

    def _read(self, accepted: Accepted) -> SitePart:
        if self._part is None or self._part[0] != accepted.id:
            part = SitePart.model_validate_json(accepted.document)
            check_hosts(part, self.drivers)
            self._part = accepted.id, part
            self.view.accepted(accepted, part)
        return self._part[1]

    def _missing(self, accepted: Accepted, part: SitePart) -> bool:
        """Whether there is anything to do that did not fail just now, and waits for nobody else."""
        work = plan_work(self._scene(accepted, part))
        dead = {task.key for task in work.tasks if task.kind in {"wait", "held"}} | self._failed
        dead |= {task.key for task, _ in blocked(work, sorted(dead))}
        missing = any(task.key not in dead for task in work.tasks)
        if not (missing or self._failed):
            self.view.rested(waiting=any(task.kind == "wait" for task in work.tasks))
        return missing

    def _let_go(self, part: SitePart) -> None:
        """Try again what failed where that loses nothing: nothing else ran before, or it ran just like that."""
        journal = self.state.journal
        again = [hold for hold in journal.holds().values() if hold.by == "failure" and self._same(part, hold)]
        if again:
            journal.let_go(*again)

    def _same(self, part: SitePart, hold: Hold) -> bool:
        if hold.good is None:
            return True
        wanted = {one.name: one.untried for one in replicas_on(part, hold.host) if one.group == hold.group}
        good = good_specs(self.state.journal, hold.host, hold.group, hold.good)
        return wanted == {one.name: one for one in good}

    def _conclude(self, result: Result, now: float) -> None:
        """Note what came of it, and when to look again."""
        self._failed = frozenset(failure.task.key for failure in result.failures)
        for hold in result.held:
            where = "stopped: it never ran well before" if hold.good is None else "back to what ran before"
            self.happen("held", hold.group, f"{where}, since {hold.why}")
        if result.unreachable:
            self._trouble(result.unreachable, now)
            return
        if self.view.unreachable:
            self.happen("engine", self.config.host, "the engine answers again")
        self._settled = not result.failures
        self._plan_retry(now)
        self.view.concluded(result, settled=self._settled)

    def _trouble(self, whys: Mapping[str, str], now: float) -> None:
        for host, why in whys.items():
            if self.view.unreachable != why:
                self.happen("trouble", host, why)
            self.view.unreachable = why
        self._settled = False
        self._plan_retry(now)

    def _plan_retry(self, now: float) -> None:
        if self._settled:
            self._tries, self._try_at = 0, 0.0
            return
        self._try_at = now + PAUSES[min(self._tries, len(PAUSES) - 1)]
        self._tries += 1

    # for others

    def _answer(self, letter: Letter) -> None:
        """Do what was asked, and say what came of it."""

        def report(event: Event) -> None:
            self._note(event)
            letter.answers.put({"event": asdict(event)})

        self._busy = True
        try:
            told = self._carry_out(letter, report)
            letter.answers.put({"told": told.model_dump(mode="json", by_alias=True)})
        except (*faults.INPUT, *faults.WORLD, OSError) as error:
            code = 1 if isinstance(error, faults.INPUT) else 6
            letter.answers.put({"error": {"code": code, "message": faults.described(error)}})
        except Interrupted:
            message = "the agent ends: it goes on with this when it is started again"
            letter.answers.put({"error": {"code": 6, "message": message}})
        finally:
            self._busy = False

    def _carry_out(self, letter: Letter, report: Callable[[Event], None]) -> Told:
        request, journal = letter.request, self.state.journal
        before = journal.accepted()
        if letter.remote and before is not None and self._holds_already(letter, before):
            part = self._read(before)
            return told_of(Result(0, (), (), (), {}), part.site)
        accepted, part = part_for(request, self.config, self.state, tuple(self.drivers))
        if before is None or before.id != accepted.id:
            number = "" if accepted.sequence is None else f", sequence {accepted.sequence}"
            self.happen("accepted", part.site, f"part {accepted.digest[:19]}{number}")
        if request.command == "apply":
            for host in request.done:
                journal.note_elsewhere(accepted.id, host)
        self._read(accepted)
        self._settled, self._try_at, self._tries = False, 0.0, 0
        while True:
            scene = self._scene(accepted, part, report)
            scene.elsewhere, scene.called = frozenset(request.done), request.sites_done
            try:
                result = make_change(scene, request)
                break
            except Interrupted:
                if self.inbox.ending:
                    raise
                if request.command == "rollback":  # once is what was asked
                    request = Request(command="apply")
        self._conclude(result, self.clock.boottime())
        return told_of(result, part.site)

    def _holds_already(self, letter: Letter, before: Accepted) -> bool:
        """Whether somebody elsewhere brings what holds: nothing of that is news."""
        believed = believed_by(self.config, self.state.folder, letter.request.plan or b"", unsigned=False)
        return (believed.digest, believed.sequence) == (before.digest, before.sequence)

    # what both have to do with

    def _scene(
        self, accepted: Accepted, part: SitePart, report: Callable[[Event], None] = lambda _event: None
    ) -> Scene:
        self._keep_target()  # a scene that only sees to jobs finds none of its own
        self._scene_last = scene = Scene(
            part=part,
            accepted=accepted,
            drivers=self.drivers,
            journal=self.state.journal,
            hands=self.hands,
            folder=self.state.folder,
            provider=self.provider(part),
            allowed=self.allowed,
            report=report,
        )
        return scene

    def _note(self, event: Event) -> None:
        match (event.kind, event.task):
            case ("done", "start"):
                self.happen("started", event.of, "")
            case ("done", "stop"):
                self.happen("stopped", event.of, "")
            case ("failed", _):
                self.happen("failed", event.of, f"{event.task}: {event.message}")
