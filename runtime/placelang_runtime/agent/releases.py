"""Signed words about rollouts, as they reach an agent: what is believed is noted, and rollouts go on by that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from placelang_runtime.apply.changes import app_of
from placelang_runtime.host_config import HostConfig
from placelang_runtime.journal import Accepted
from placelang_runtime.state import State
from placelang_runtime.trust.key_changes import read_trusted
from placelang_runtime.trust.keys import BadKeyError
from placelang_runtime.trust.refused import RefusedError
from placelang_runtime.trust.release import Release, Under, believe_release, under


@dataclass(slots=True)
class Releases:
    """`happen` hears of words that are not believed: once of each reason, however often they come."""

    config: HostConfig
    state: State
    happen: Callable[[str, str, str], object]
    _under: tuple[int, Under | None] | None = None
    _refused: str = ""

    def under(self) -> Under | None:
        """The signed part that holds; None where there is none, or nobody signed it."""
        accepted = self.state.journal.accepted()
        if accepted is None:
            return None
        if self._under is None or self._under[0] != accepted.id:
            self._under = accepted.id, _under(accepted)
        return self._under[1]

    def take(self, text: bytes) -> None:
        """Note a word, if it is to be believed and newer than the one before."""
        try:
            trusted = read_trusted(self.state.folder, self.config.trusted_keys).public()
            release = believe_release(text, self.under(), trusted)
        except (RefusedError, BadKeyError, OSError) as error:
            if str(error) != self._refused:
                self.happen("refused", self.config.host, f"a word about a rollout: {error}")
            self._refused = str(error)
            return
        self._note(release)

    def _note(self, release: Release) -> None:
        journal = self.state.journal
        accepted = journal.accepted()
        if accepted is None or not journal.note_release(
            accepted.id, release.app, release.number, release.word
        ):
            return
        self.happen("released", release.app, release.word)
        if release.word == "begin":
            holds = [one for one in journal.holds().values() if app_of(one.group) == release.app]
            journal.let_go(*(one for one in holds if one.by == "failure"))


def _under(accepted: Accepted) -> Under | None:
    return None if accepted.envelope is None else under(accepted.site, accepted.envelope)
