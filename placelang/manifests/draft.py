"""A placement file in the making: what importers say, and how it is written down.

Every rule of the source ends in one of three ways: `say` it as a clause, `note` that it has no counterpart, or, where
hosts that the source excludes would be taken, `lose` it, which is a warning at its line too. The tally counts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from placelang.codes import Code
from placelang.importers.names import identifier
from placelang.importers.record import Record
from placelang.inventory.faults import path
from placelang.inventory.model import Place
from placelang.inventory.values import Wrong
from placelang.manifests.labels import Labels
from placelang.manifests.written import brief, comment

WIDTH: Final = 88
"""How long lines of comments are."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ORDER: Final = (
    *("image", "command", "tags", "replicas", "priority", "needs", "sites", "hosts", "same", "different"),
    *("at", "spread", "after", "prefer", "lasts", "every", "between", "retries", "port", "env", "unsafe"),
    *("volume", "health", "restart", "user", "writable", "allow", "sidecar"),
)
_RANK = {word: rank for rank, word in enumerate(_ORDER)}


@dataclass(slots=True)
class Tally:
    """How many rules of each kind have become clauses, and how many have not."""

    kept: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Block:
    """A service, job or sidecar. `heading` are comments above it, `notes` those inside; `left` has no counterpart."""

    kind: str
    name: str
    tally: Tally
    heading: list[str] = field(default_factory=list)
    clauses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    sidecars: list[Block] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def sidecar(self, name: str) -> Block:
        """A container beside it, on its network; `name` as the source has it."""
        own = free(identifier(name, "sidecar"), {sidecar.name for sidecar in self.sidecars})
        self.sidecars.append(Block("sidecar", own, self.tally, ports=self.ports))
        return self.sidecars[-1]

    def first(self, what: str, name: str) -> bool:
        """Whether this is said for the first time."""
        new = (what, name) not in self.seen
        self.seen.add((what, name))
        return new

    def say(self, rule: str, *clauses: str) -> None:
        """A rule that has become clauses."""
        self.tally.kept[rule] += 1
        self.clauses += clauses

    def note(self, rule: str, text: str) -> None:
        """A rule without a counterpart that keeps no host away."""
        self.tally.left[rule] += 1
        self.left.append(comment(text))

    def remark(self, text: str) -> None:
        """What a reader should know, and is no rule."""
        self.notes.append(text)

    def lose(self, rule: str, record: Record, why: str, *keys: str | int, hint: str | None = None) -> None:
        """A rule without a counterpart that keeps hosts away, so that the file allows more than its source."""
        self.tally.left[rule] += 1
        self.notes.append(f"lost, and it keeps hosts away: {comment(why)}")
        record.fault(Wrong(Code.NO_COUNTERPART, why, hint), *keys)

    def unread(self, record: Record, prefixes: Iterable[Place]) -> None:
        """Note what nothing was read of, by its place without the first of the prefixes that it has."""
        for place in record.unread():
            start = next((p for p in prefixes if place[: len(p)] == p), ())
            rest = place[len(start) :]
            value = brief(value_at(record.data, place[len(record.place) :]))
            steps = [step for step in rest if isinstance(step, str)]
            self.note(steps[-1] if steps else "value", f"{path(rest)}: {value}")

    def lines(self, indent: str = "") -> Iterator[str]:
        """The block as text."""
        yield from (f"{indent}# {line}" for line in self.heading)
        yield f"{indent}{self.kind} {self.name} {{"
        ranked = sorted(self.clauses, key=lambda clause: _RANK.get(clause.split()[0], len(_RANK)))
        yield from (f"{indent}  {clause}" for clause in ranked)
        if self.notes or self.left:
            yield ""
        yield from (f"{indent}  # {line}" for line in dict.fromkeys(self.notes))
        yield from (f"{indent}  # {line}" for line in _wrapped("no counterpart: ", self.left))
        for sidecar in self.sidecars:
            yield ""
            yield from sidecar.lines(f"{indent}  ")
        yield f"{indent}}}"


@dataclass(slots=True)
class App:
    """Blocks that belong together; `params` by name, as what stands after it."""

    name: str
    tally: Tally
    heading: list[str] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    clauses: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def block(self, kind: str, name: str) -> Block:
        """One more service or job; `name` as the source has it."""
        own = free(identifier(name, kind), self.taken)
        self.taken.add(own)
        block = Block(kind, own, self.tally)
        if own != name:
            block.heading.append(f"{comment(name)}")
        self.blocks.append(block)
        return block

    def hoist(self) -> None:
        """Say once for the app what each of its blocks says of the hosts it may stand on."""
        if not self.blocks:
            return
        wanted = [clause for clause in self.blocks[0].clauses if clause.startswith(("hosts ", "sites "))]
        for clause in wanted:
            if len(self.blocks) > 1 and all(clause in block.clauses for block in self.blocks):
                self.clauses.append(clause)
                for block in self.blocks:
                    block.clauses.remove(clause)

    def lines(self) -> Iterator[str]:
        """The app as text."""
        yield from (f"# {line}" for line in self.heading)
        yield f"app {self.name} {{"
        yield from (f"  param {name}: {rest}" for name, rest in self.params.items())
        yield from (f"  {clause}" for clause in self.clauses)
        for block in self.blocks:
            yield ""
            yield from block.lines("  ")
        yield "}"


@dataclass(slots=True)
class Draft:
    """The whole file. `resources` by name, with the type of each; `lets` by name."""

    heading: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    labels: Labels = field(default_factory=Labels)
    lets: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def app(self, external: str) -> App:
        """The app for what the source calls so."""
        if external not in self.apps:
            name = free(identifier(external, "app"), {app.name for app in self.apps.values()})
            self.apps[external] = App(name, self.tally)
            if name != external:
                self.apps[external].heading.append(comment(external))
        return self.apps[external]

    def note(self, rule: str, text: str) -> None:
        """A rule of no workload that has no counterpart."""
        self.tally.left[rule] += 1
        self.heading.append(f"no counterpart: {comment(text)}")

    def text(self) -> str:
        """The file, before it is brought into canonical form."""
        lines = [f"# {line}" for line in dict.fromkeys(self.heading)]
        apps = []
        for app in self.apps.values():
            if app.blocks:
                app.hoist()
                apps += ["", *app.lines()]
        lets = list(self._lets())
        said = [line for line in [*lets, *apps] if not line.lstrip().startswith("#")]
        mentioned = set(_WORD.findall("\n".join(said)))
        for group in (list(self.labels.lines(mentioned)), list(self._resources()), lets):
            lines += ["", *group] if group else []
        return "\n".join([*lines, *apps]) + "\n"

    def _resources(self) -> Iterator[str]:
        yield from (f"resource {name}: {kind}" for name, kind in sorted(self.resources.items()))

    def _lets(self) -> Iterator[str]:
        yield from (f"let {name} = {value}" for name, value in self.lets.items())


def _wrapped(start: str, parts: Sequence[str]) -> Iterator[str]:
    """The parts in lines of bounded length, the first of which has the start."""
    line = ""
    for part in dict.fromkeys(parts):
        if line and len(line) + len(part) > WIDTH:
            yield f"{line},"
            line = f"  {part}"
        else:
            line = f"{line}, {part}" if line else f"{start}{part}"
    yield from [line] if line else []


def free(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it if it is taken."""
    return next(one for one in _numbered(name) if one not in taken)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def value_at(data: object, place: Place) -> object:
    """What stands at a place of a document."""
    for step in place:
        data = data[step] if isinstance(data, dict | list) else None  # type: ignore[index]
    return data
