"""What of a rollout may begin now, and what the rest waits for.

Enter the turns, what has begun and what of that has proved itself, and the time; leave what begins and a gate for
each of the others. What follows holds whatever enters: of an app, no more hosts are `changing` at a time than it says,
but for a turn that is more by itself; nothing begins outside of its windows but repairs; what a turn comes after has
begun before it. Who decides for one host alone takes those of others that come before it to be at work until it hears
that they are done, so that hosts that know little of each other decide as one would for all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from placelang_runtime.journal import Word
from placelang_runtime.operations import ChangeWindow, SiteRollout
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.changes import Change
from placelang_runtime.rollout.turns import Turn
from placelang_runtime.rollout.windows import Shut, binds, find_shut, last_to_open

GateKind = Literal["stopped", "wave", "window", "limit", "order", "hosts", "health"]


@dataclass(frozen=True, slots=True)
class Records:
    """What is known of a rollout: which replicas have `begun`, which of these have `proved` themselves, hosts of which
    all is `done` as far as others say, hosts that are `gone` and wait for nobody, the apps that were `stopped` on the
    site, and why, the `words` that people gave here for an app, and those that were `released` from afar. `allowance`
    is until when the uplink has to rest, and `fetches` the replicas that would need it."""

    begun: frozenset[str] = frozenset()
    proved: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    stopped: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Word] = field(default_factory=dict)
    released: Mapping[str, Word] = field(default_factory=dict)
    allowance: datetime | None = None
    fetches: frozenset[str] = frozenset()

    def resting(self, until: datetime | None) -> Records:
        """The same while the uplink rests."""
        return replace(self, allowance=until)


@dataclass(frozen=True, slots=True)
class Gate:
    """Why a replica of an app does not change yet: `kind` for programs, `why` for people. `until` is when that ends by
    itself, None where it takes more than time."""

    app: str
    host: str
    replica: str
    kind: GateKind
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What begins now, by replica, and why the others do not; `open` is all that runs, or is to run, as the part has
    it: what begins now, what has begun, and what nothing ever holds back."""

    begins: tuple[str, ...]
    gates: tuple[Gate, ...]
    open: frozenset[str]


def decide(
    part: SitePart, turns: Sequence[Turn], records: Records, here: Collection[str], now: datetime | None
) -> Decision:
    """What begins on the hosts that are `here`; at no time, None, nothing does but what nothing holds back."""
    rollouts = {rollout.app: rollout for rollout in part.rollouts}
    shut = find_shut(part.windows, now) if now is not None else ()
    known = _Known(part, rollouts, records, shut, asked=now is not None)
    known.note_changing(turns)
    for turn in turns:
        if not {change.replica for change in turn.changes} <= records.begun:
            known.weigh(turn, here)
        known.pass_by(turn)
    return Decision(tuple(known.begins), tuple(known.gates), frozenset(known.open))


def is_bound(change: Change, part: SitePart, rollouts: Mapping[str, SiteRollout]) -> bool:
    """Whether anything could ever hold a change back."""
    return not change.repair and (
        change.app in rollouts
        or bool(part.transfers)
        or any(binds(window, change.host, change.service) for window in part.windows)
    )


@dataclass(slots=True)
class _Known:
    """What is known while turns are weighed in their order: `busy` are the hosts of each app that are changing, or
    come first."""

    part: SitePart
    rollouts: Mapping[str, SiteRollout]
    records: Records
    shut: tuple[Shut, ...]
    asked: bool
    begins: list[str] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    busy: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.open |= self.records.begun

    def note_changing(self, turns: Sequence[Turn]) -> None:
        """What has begun and has not proved itself is changing, whenever it began."""
        for turn in turns:
            for change in turn.changes:
                if change.replica in self.records.begun:
                    self._pass_by(change)

    def weigh(self, turn: Turn, here: Collection[str]) -> None:
        """Let a turn begin, or say what it waits for."""
        if not turn.hosts <= set(here):
            if turn.hosts.isdisjoint(here):
                self._trust(turn)
                return
            self._hold(turn, "hosts", f"changes together with {_listed(turn.hosts - set(here))}", None)
            return
        for change in turn.changes:
            if change.replica not in self.records.begun and (found := self._gate(turn, change)):
                self._hold(turn, *found)
                return
        for change in turn.changes:
            self.open.add(change.replica)
            if change.replica not in self.records.begun and is_bound(change, self.part, self.rollouts):
                self.begins.append(change.replica)

    def _trust(self, turn: Turn) -> None:
        """Of what others do, what is known to be done, or waits for nothing, is as good as begun."""
        for change in turn.changes:
            if change.host in self.records.done or not is_bound(change, self.part, self.rollouts):
                self.open.add(change.replica)

    def pass_by(self, turn: Turn) -> None:
        """What comes later comes after this."""
        for change in turn.changes:
            self._pass_by(change)

    def _pass_by(self, change: Change) -> None:
        done = change.replica in self.records.proved or change.host in self.records.done
        if not (done or change.repair or change.host in self.records.gone) and change.app in self.rollouts:
            self.busy.setdefault(change.app, set()).add(change.host)

    def _hold(self, turn: Turn, kind: GateKind, why: str, until: datetime | None) -> None:
        for change in turn.changes:
            if change.replica not in self.open:
                self.gates.append(Gate(change.app, change.host, change.replica, kind, why, until))

    def _gate(self, turn: Turn, change: Change) -> tuple[GateKind, str, datetime | None] | None:
        """What holds a change back."""
        missing = sorted(turn.after - self.open)
        if change.repair:
            return None
        if not self.asked and is_bound(change, self.part, self.rollouts):
            return "order", "has not begun", None
        rollout = self.rollouts.get(change.app)
        stopped = self.records.stopped.get(change.app)
        if stopped is not None:
            return "stopped", stopped, None
        words = self.records.words.get(change.app), self.records.released.get(change.app)
        if rollout is not None and (why := _waits_for_wave(rollout, *words)):
            return "wave", why, None
        shut = last_to_open(self.shut, change.host, change.service)
        if shut is not None:
            return "window", _window_text(shut.window, shut.opens), shut.opens
        if missing:
            return "order", f"comes after {_listed(missing)}", None
        busy = self.busy.get(change.app, set()) - turn.hosts
        most = rollout.hosts_at_once if rollout is not None else None
        if most is not None and busy and len(busy | turn.hosts) > most:
            return "hosts", f"{_listed(busy)} first", None
        if self.records.allowance is not None and change.replica in self.records.fetches:
            return "limit", "the uplink carried today what it may", self.records.allowance
        return None


def _waits_for_wave(rollout: SiteRollout, here: Word | None, afar: Word | None) -> str:
    """What a site waits for before an app begins to change there; empty where it does not. Of what is said here and
    from afar, the more careful counts."""
    begin, from_afar = f"`placelang agent rollout begin {rollout.app}`", "those who plan"
    if here == "abort":
        return f"aborted: {begin} begins again"
    if afar == "abort":
        return f"{from_afar} aborted it"
    if here == "pause":
        return f"paused: {begin} goes on"
    if afar == "pause":
        return f"{from_afar} paused it"
    if "begin" in {here, afar} or (rollout.wave is not None and rollout.number == 1 and not rollout.waits):
        return ""
    if rollout.wave is None:
        return f"no wave takes this site: {begin} changes it all the same"
    return f"wave {rollout.wave} comes after other sites: {begin} begins it here"


def _window_text(window: ChangeWindow, opens: datetime | None) -> str:
    policy = f"policy {window.policy} lets it change only in its window"
    return policy if opens is not None else f"{policy}, and nobody knows when that opens"


def _listed(names: Collection[str]) -> str:
    first = sorted(names)[:3]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 - as many as one reads
