"""How the agent takes part in its site: it tells the lookout what its host wants, and notes what the lookout knows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from placelang_runtime.agent.view import View as AgentView
from placelang_runtime.apply.outlook import find_outlook
from placelang_runtime.apply.target import find_target
from placelang_runtime.containers import ContainerSpec
from placelang_runtime.journal import Accepted, Journal
from placelang_runtime.part import SitePart
from placelang_runtime.site import deadline
from placelang_runtime.site.deadline import lease_folder, read_allowed, short_name
from placelang_runtime.site.lookout import Charge, Lookout
from placelang_runtime.site.losses import is_covered
from placelang_runtime.site.members import leased
from placelang_runtime.site.session import View, Word
from placelang_runtime.trust.keys import PrivateKey

OFTEN: Final = 1.0
"""Seconds until what the host says of itself is looked at again."""


@dataclass(slots=True)
class SiteOrgan:
    """An organ of the agent. `tell` notes what happened; `agent` is what the agent knows of itself."""

    lookout: Lookout
    journal: Journal
    agent: AgentView
    tell: Callable[[str, str, str], object]
    _part: tuple[int, SitePart] | None = None
    _seen: View | None = None
    _next: float = 0.0
    _trouble: str = ""
    _rolled: tuple[tuple[int, int], tuple[tuple[str, ...], tuple[str, ...]]] = ((0, 0), ((), ()))
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self.lookout.live, name="lookout", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self.lookout.end()
        self._thread.join(5)

    def allowed(self, spec: ContainerSpec) -> bool:
        """Whether a container may be started right now."""
        return not spec.leased or self.lookout.allows(spec.replica)

    def due(self, now: float) -> float | None:
        return now if self.lookout.view is not self._seen else self._next

    def tick(self, now: float) -> bool:
        """Note what is known of the site; whether something else shall run for that."""
        self._next = now + OFTEN
        self._seen = view = self.lookout.view
        accepted = self.journal.accepted()
        if accepted is None:
            return False
        part = self._read(accepted)
        if self.lookout.trouble != self._trouble and (trouble := self.lookout.trouble):
            self.tell("site", self.lookout.me, trouble)
        self._trouble = self.lookout.trouble
        changed = self._note_lost(part, view)
        changed |= self._note_leases(part, view)
        changed |= self._note_others(part, accepted, view)
        self._charge(part, accepted)
        return changed

    def _read(self, accepted: Accepted) -> SitePart:
        if self._part is None or self._part[0] != accepted.id:
            self._part = accepted.id, SitePart.model_validate_json(accepted.document)
        return self._part[1]

    def _note_lost(self, part: SitePart, view: View | None) -> bool:
        if view is None and part.members:
            return False
        lost = frozenset[str]() if view is None else view.lost
        before = self.journal.lost()
        for host in sorted(lost - before):
            known = "" if is_covered(part, lost) else "nobody knows what to do without all that are lost"
            self.tell("lost", host, known)
        for host in sorted(before - lost):
            self.tell("back", host, "")
        return self.journal.note_lost(lost)

    def _note_leases(self, part: SitePart, view: View | None) -> bool:
        if view is None:
            allowed = read_allowed(self.lookout.memory)
            held = {r for r in _ever_here(part, self.lookout.me) if self._short(r) in allowed.replicas}
            until = allowed.until
        else:
            held, until = set(view.granted), view.until
        held = held if deadline.now() < until else set()
        before = self.journal.leases()
        for replica in sorted(held - before):
            self.tell("lease", replica, "had")
        for replica in sorted(before - held):
            self.tell("lease", replica, "ended")
        return self.journal.note_leases(held)

    def _short(self, replica: str) -> str:
        return short_name(self.lookout.me, replica)

    def _note_others(self, part: SitePart, accepted: Accepted, view: View | None) -> bool:
        """What others have done of the same part is done."""
        nodes = part.steps.nodes if part.steps is not None else ()
        done, finished = self.journal.steps(accepted.id), set(self.journal.finished(accepted.id))
        changed = self._note_rolled(accepted, view)
        for host, word in view.words.items() if view is not None else ():
            if host == self.lookout.me or word.part != accepted.digest:
                continue
            for number in word.steps:
                if number < len(nodes) and nodes[number].host == host and done.get(number) != "done":
                    self.journal.step(accepted.id, number, "done")
                    changed = True
            if word.ready:
                finished.add(host)
        return self.journal.note_finished(accepted.id, finished) or changed

    def _note_rolled(self, accepted: Accepted, view: View | None) -> bool:
        """How far rollouts are on others that have the same part; of those that say nothing, what they said last."""
        if view is None:
            return False
        said = {
            host: word
            for host, word in view.words.items()
            if host != self.lookout.me and word.part == accepted.digest
        }
        before = self.journal.proved_elsewhere(accepted.id), self.journal.stopped_elsewhere(accepted.id)
        proved, stopped = ({one for one in known if one[0] not in said} for known in before)
        proved |= {(host, name) for host, word in said.items() for name in word.proved}
        stopped |= {(host, app) for host, word in said.items() for app in word.stopped}
        return self.journal.note_elsewhere_rolled(accepted.id, proved, stopped)

    def _charge(self, part: SitePart, accepted: Accepted) -> None:
        me = self.lookout.me
        if not part.members:
            self.lookout.keep(None)
            return
        wants = find_target(part, self.journal, [me]).leased(me) if leased(part) else frozenset()
        ready = self.agent.settled and not self.agent.waiting and self.agent.digest == accepted.digest
        done = (n for n, state in self.journal.steps(accepted.id).items() if state == "done")
        awaited = () if ready else _awaited(part, me, done)
        word = Word(accepted.digest, ready, awaited, *self._rollouts(part, accepted))
        self.lookout.keep(Charge(part.site, part.members, wants, _ever_here(part, me), word))

    def _rollouts(self, part: SitePart, accepted: Accepted) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What proved itself here and the apps that were stopped, found out anew once anything was noted."""
        if self._rolled[0] != (accepted.id, self.journal.writes):
            outlook = find_outlook(part, self.journal, [self.lookout.me])
            proved = () if outlook is None else outlook.proved_here
            stopped = tuple(self.journal.stopped_rollouts(accepted.id))
            self._rolled = (accepted.id, self.journal.writes), (proved, stopped)
        return self._rolled[1]


def _awaited(part: SitePart, me: str, done: Iterable[int]) -> tuple[int, ...]:
    """Of the steps that are done, those that other hosts wait for."""
    if part.steps is None:
        return ()
    nodes = part.steps.nodes
    asked = {a for a, b in part.steps.edges if nodes[a].host == me and nodes[b].host != me}
    return tuple(sorted(asked & {*done}))


def _ever_here(part: SitePart, me: str) -> frozenset[str]:
    """Replicas that may come to run on this host by lease."""
    services = leased(part)
    planned = (
        replica.name
        for group in part.groups
        for service in group.services
        if service.name in services
        for replica in service.replicas
        if replica.host == me
    )
    starts = (
        start.replica.name
        for one in part.contingencies
        for start in one.starts
        if start.service in services and start.replica.host == me
    )
    return frozenset((*planned, *starts))


def lookout_for(me: str, key: PrivateKey, state: Path, memory: Path, stir: Callable[[], None]) -> Lookout:
    """The lookout of a host that keeps its state and its secrets in these folders."""
    return Lookout(me, key, state / "site", lease_folder(memory), stir)
