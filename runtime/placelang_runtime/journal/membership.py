"""Which hosts of the site are lost, and which leases this host has, as they were last known.

A mixin of `Journal`, which knows how to write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable


class Membership:
    """Records of what the site agreed on."""

    _connection: sqlite3.Connection

    def write(self, *statements: tuple[str, tuple[object, ...]]) -> int:
        raise NotImplementedError

    def lost(self) -> frozenset[str]:
        """Hosts whose contingency is in force."""
        return self._named("lost")

    def note_lost(self, hosts: Collection[str]) -> bool:
        """Note which hosts are lost from now on; whether that is news."""
        return self._note("lost", hosts)

    def leases(self) -> frozenset[str]:
        """Replicas that this host may run, of those that run by lease."""
        return self._named("lease")

    def note_leases(self, replicas: Collection[str]) -> bool:
        """Note which leases this host has from now on; whether that is news."""
        return self._note("lease", replicas)

    def finished(self, accepted: int) -> frozenset[str]:
        """Hosts that said themselves that all of this part is done there."""
        return self._named(f"finished {accepted}")

    def note_finished(self, accepted: int, hosts: Collection[str]) -> bool:
        """Note which hosts have done all of this part; whether that is news."""
        kind = f"finished {accepted}"
        if self._named(kind) == frozenset(hosts):
            return False
        self.write(("DELETE FROM membership WHERE kind GLOB 'finished *' AND kind <> ?", (kind,)))
        return self._note(kind, hosts)

    def proved_elsewhere(self, accepted: int) -> frozenset[tuple[str, str]]:
        """Hosts of the site, each with a replica that is well there as this part has it."""
        return frozenset((host, name) for host, name in map(json.loads, self._named(f"proved {accepted}")))

    def stopped_elsewhere(self, accepted: int) -> frozenset[tuple[str, str]]:
        """Hosts of the site, each with an app of which something failed there."""
        return frozenset((host, name) for host, name in map(json.loads, self._named(f"stopped {accepted}")))

    def note_elsewhere_rolled(
        self, accepted: int, proved: Iterable[tuple[str, str]], stopped: Iterable[tuple[str, str]]
    ) -> bool:
        """Note how far rollouts of this part are on other hosts; whether that is news."""
        said = (("proved", proved), ("stopped", stopped))
        found = {f"{kind} {accepted}": {json.dumps(one) for one in names} for kind, names in said}
        if all(self._named(kind) == names for kind, names in found.items()):
            return False
        self.write(
            ("DELETE FROM membership WHERE kind GLOB 'proved *' OR kind GLOB 'stopped *'", ()),
            *(
                ("INSERT INTO membership VALUES (?, ?)", (kind, name))
                for kind, names in found.items()
                for name in sorted(names)
            ),
        )
        return True

    def _named(self, kind: str) -> frozenset[str]:
        rows = self._connection.execute("SELECT name FROM membership WHERE kind = ?", (kind,))
        return frozenset(row[0] for row in rows)

    def _note(self, kind: str, names: Collection[str]) -> bool:
        if self._named(kind) == frozenset(names):
            return False
        self.write(
            ("DELETE FROM membership WHERE kind = ?", (kind,)),
            *(("INSERT INTO membership VALUES (?, ?)", (kind, name)) for name in sorted(names)),
        )
        return True
