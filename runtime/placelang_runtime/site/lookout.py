"""The thread that keeps a host's session, and knows the site: it never waits for what the host is busy with.

Each `BEAT` it renews the session, notes who is lost, claims what its host wants, lets go what it does not, and tells
the watchdog until when what may run. Without a majority for long, no lease is left, and lost is whoever does not answer
it: ordinary services prefer being up. What nobody of the site signed for is not heard: TLS sees to that.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Final

from placelang_runtime.files import write_whole
from placelang_runtime.part import Member
from placelang_runtime.site import deadline
from placelang_runtime.site.deadline import TERM, Allowed, short_name
from placelang_runtime.site.members import CLIENTS, voters
from placelang_runtime.site.server import CERTIFICATE, KEY, ROOTS, Server, write_identity, write_server
from placelang_runtime.site.session import BEAT, HOSTS, PATIENCE, SILENCE, Session, View, Word, read_word
from placelang_runtime.site.store import Store, StoreError, trusting
from placelang_runtime.trust.keys import BadKeyError, PrivateKey
from placelang_runtime.watchdog import running

WITHIN: Final = 1.0
"""Seconds that one voter may take for an answer, at most."""
ALL: Final = 3.5
"""Seconds that all of them may take, one after the other: after a `BEAT` that is before what runs is asked to end."""
UNWATCHED: Final = 3.0
"""Seconds without a watchdog after which nothing runs by lease."""
SESSION: Final = "session"
_TAKEN: Final = "the session of {} is another agent's, or of before this machine started"


@dataclass(frozen=True, slots=True)
class Charge:
    """What the lookout is to keep: the site and its members, the replicas for which its host wants leases, all that
    might ever run here by lease, and what the host says of itself."""

    site: str
    members: tuple[Member, ...]
    wants: frozenset[str]
    known: frozenset[str]
    word: Word


@dataclass(slots=True)
class Lookout:
    """The lookout of the host `me`. `state` is a folder that outlives the machine's restart, `memory` one that does
    not. `stir` is called when the view is another."""

    me: str
    key: PrivateKey
    state: Path
    memory: Path
    stir: Callable[[], None]
    view: View | None = None
    trouble: str = ""
    _charge: Charge | None = None
    _session: Session | None = None
    _server: Server | None = None
    _stores: dict[str, Store] = field(default_factory=dict)
    _members: tuple[Member, ...] = ()
    _answered: dict[str, float] = field(default_factory=dict)
    _heard: float = 0.0
    _wake: threading.Event = field(default_factory=threading.Event)
    _ended: bool = False

    def keep(self, charge: Charge | None) -> None:
        """Set what is to be kept; None for nothing."""
        before, self._charge = self._charge, charge
        if before is None or charge is None or before.wants != charge.wants or before.word != charge.word:
            self._wake.set()

    def allows(self, replica: str) -> bool:
        """Whether a replica may be started right now, with time left for that, and with somebody watching."""
        allowed, now = deadline.read_allowed(self.memory), deadline.now()
        named = short_name(self.me, replica) in allowed.replicas
        return self._is_watched() and named and allowed.until - now > TERM + BEAT

    def live(self) -> None:
        """Take turns until it is over."""
        self.memory.mkdir(mode=0o700, parents=True, exist_ok=True)
        while not self._ended:
            self._wake.wait(BEAT)
            self._wake.clear()
            try:
                self._turn(self._charge)
                other = self._session is not None and self._session.is_taken
                self.trouble = _TAKEN.format(self.me) if other else ""
            except (OSError, BadKeyError) as error:
                self.trouble = str(error)
            except StoreError as error:
                if deadline.now() - self._heard > PATIENCE:
                    self.trouble = f"no majority answers: {error}"

    def end(self) -> None:
        """The session is left to whoever comes next on this host, for as long as it lasts."""
        self._ended = True
        self._wake.set()

    def _turn(self, charge: Charge | None) -> None:
        me = None if charge is None else _find(charge.members, self.me)
        if charge is None or me is None or me.key != str(self.key.public):
            self._show(None)
            if me is not None:
                raise BadKeyError(f"the part names another key for {self.me}: this one is {self.key.public}")
            return
        if self._session is None or self._members != charge.members:
            self._join(charge, me)
        if self._server is not None:
            self._server.keep_running()
        try:
            self._show(self._with_majority(charge))
        except StoreError:
            self._show(self._without_majority(charge))
            raise

    # with a majority

    def _with_majority(self, charge: Charge) -> View:
        session = self._session
        if session is None:
            raise StoreError("no session yet")
        known = session.created
        session.beat(charge.word, idle=lambda: not running(self.me))
        if session.created != known:
            _replace_session(self.memory, session)
        self._heard = deadline.now()
        self._allow(charge, session.view())  # at once: what follows may take long
        alone = not voters(charge.members)
        if alone:
            session.adopt()
        else:
            session.expire()
        watched, there = self._is_watched(), running(self.me)
        granted = session.view().granted
        for replica in sorted(charge.wants - granted if watched else ()):
            session.claim(replica)
        for replica in sorted(granted - charge.wants):
            if short_name(self.me, replica) not in there:
                session.release(replica)
        if charge.word.ready:
            session.recover()
        view = self._allow(charge, session.view())
        return self._among_two(charge, view) if alone else view

    def _allow(self, charge: Charge, view: View) -> View:
        """Tell the watchdog what may run until when: nothing, where there is none. What is granted then."""
        if not self._is_watched():
            view = replace(view, granted=frozenset())
        names = frozenset(short_name(self.me, replica) for replica in view.granted)
        known = frozenset(short_name(self.me, replica) for replica in charge.known)
        deadline.write_allowed(self.memory, Allowed(view.until, names, known))
        return view

    def _is_watched(self) -> bool:
        return deadline.now() - deadline.watched(self.memory) < UNWATCHED

    # without

    def _without_majority(self, charge: Charge) -> View | None:
        """What can be said nonetheless: after a while, whoever does not answer is lost."""
        before, alone = self.view, deadline.now() - self._heard
        if alone < SILENCE:
            return before
        lost = self._silent(self._ask_others(charge), self._heard)
        if alone < PATIENCE:
            return before
        return View(lost, before.words if before is not None else {}, frozenset(), 0.0)

    def _among_two(self, charge: Charge, view: View) -> View:
        """Where no majority outlives a loss each host decides for itself, about what need not be one."""
        answers = self._ask_others(charge)
        words = {**view.words, **{host: word for host, word in answers.items() if word is not None}}
        before = self.view.lost if self.view is not None else frozenset()
        back = {host for host, word in answers.items() if word is not None and word.ready}
        return replace(view, lost=self._silent(answers, 0.0) | (before - back), words=words)

    def _ask_others(self, charge: Charge) -> Mapping[str, Word | None]:
        """What the stores of other voters say of their hosts, None where they do not answer."""
        found: dict[str, Word | None] = {}
        for member in voters(charge.members) or charge.members:
            if member.name == self.me or member.arbiter:
                continue
            try:
                record = self._stores[member.name].look().get(HOSTS + member.name)
                found[member.name] = Word() if record is None else read_word(record)
                self._answered[member.name] = deadline.now()
            except StoreError:
                found[member.name] = None
        return found

    def _silent(self, answers: Mapping[str, Word | None], known: float) -> frozenset[str]:
        """Who did not answer for long, `known` being when there was no need to ask."""
        now = deadline.now()
        for host in answers:
            self._answered[host] = max(self._answered.get(host, known or now), known)
        return frozenset(host for host in answers if now - self._answered[host] >= PATIENCE)

    # what it takes

    def _join(self, charge: Charge, me: Member) -> None:
        """Speak with these members from now on, and run a store if this host votes."""
        voting = voters(charge.members)
        changed = write_identity(self.state, charge.members, me, self.key)
        if me in voting or not voting:
            write_server(self.state, charge.site, voting or (me,), me)
            server = Server(self.state)
            if changed:
                server.stop()
            self._server = server
        context = self._context()
        folder = f"placelang/{charge.site}/"
        first = sorted(voting or (me,), key=lambda member: member.name != me.name)
        within = min(WITHIN, ALL / len(first))
        asked = Store(folder, [(member.address, CLIENTS) for member in first], context, within)
        self._stores = {
            member.name: Store(folder, [(member.address, CLIENTS)], context, WITHIN)
            for member in charge.members
        }
        hosts = frozenset(member.name for member in charge.members if not member.arbiter)
        instance, created = _old_session(self.memory) or (token_hex(8), 0)
        watched = hosts if voting else frozenset({self.me})
        self._session = Session(asked, self.me, watched, deadline.now, instance, created)
        self._members, self._heard = charge.members, deadline.now()

    def _context(self) -> ssl.SSLContext:
        roots = (self.state / ROOTS).read_text(encoding="ascii")
        return trusting(roots, str(self.state / CERTIFICATE), str(self.state / KEY))

    def _show(self, view: View | None) -> None:
        before, self.view = self.view, view
        if _said(before) != _said(view):
            self.stir()


def _said(view: View | None) -> object:
    return None if view is None else (view.lost, view.words, view.granted)


def _find(members: tuple[Member, ...], name: str) -> Member | None:
    return next((one for one in members if one.name == name and not one.arbiter), None)


def _replace_session(folder: Path, session: Session) -> None:
    document = {"boot": deadline.boot(), "instance": session.instance, "created": session.created}
    write_whole(folder / SESSION, json.dumps(document).encode(), mode=0o600)


def _old_session(folder: Path) -> tuple[str, int] | None:
    """The session of the agent before this one, on the same start of the same machine."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        document = json.loads((folder / SESSION).read_text(encoding="utf-8"))
        if document["boot"] == deadline.boot():
            return str(document["instance"]), int(document["created"])
    return None
