"""What is assumed of a fleet, as it is written on a command line: hosts lost, drained, added, facts that are otherwise.

Enters a program, its inventory and the texts of the options. Leaves an `Alteration`, and a diagnostic for each text
that is at fault; their sources are called like the options, one line for each text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source, Span, has_errors
from placelang.expectations import Given, GivenFact, Named, Recorded
from placelang.inventory import Inventory
from placelang.program import Program
from placelang.testing.alter import alter, unknown
from placelang.types import BOOL, show
from placelang.whatif.catalogue import Added, new_names, with_hosts
from placelang.whatif.facts import read_fact
from placelang.whatif.places import Place, find_place

MOST_ADDED = 1000
"""Hosts that one `--add` may add."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed, text for text: see `--lose`, `--drain`, `--add` and `--set-fact`."""

    lose: tuple[str, ...] = ()
    drain: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    set_fact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alteration:
    """The inventory as it would be; `said` is what is altered, in words; `drained` are hosts by name."""

    inventory: Inventory
    said: tuple[str, ...]
    drained: frozenset[str]


@dataclass(slots=True)
class _Reading:
    faults: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def texts(self, option: str, texts: Sequence[str]) -> Iterator[Named]:
        """Each text with its place in the source that stands for the option."""
        lines = ["".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in t) for t in texts]
        self.sources[option] = Source(option, "\n".join(lines))
        start = 0
        for line in lines:
            yield Named(line, Span(option, start, start + len(line)))
            start += len(line) + 1


def read_alteration(
    program: Program, inventory: Inventory, assumed: Assumed, catalogue: Inventory | None = None
) -> tuple[Alteration | None, tuple[Diagnostic, ...], Mapping[str, Source]]:
    """The inventory with all that is assumed, added hosts first; None if anything is wrong. With the sources that the
    diagnostics point into."""
    reading = _Reading()
    added = [
        one
        for text in reading.texts("--add", assumed.add)
        if (one := _added(text, inventory, catalogue, reading))
    ]
    grown = with_hosts(inventory, _named(added, inventory), catalogue) if added else inventory
    given: list[Given] = []
    for text in reading.texts("--set-fact", assumed.set_fact):
        fact, faults = read_fact(text, program, grown)
        reading.faults += faults
        if fact is not None:
            given.append(fact)
            value = "unknown" if fact.value is None else show(fact.value, fact.type)
            reading.said.append(f"{fact.fact} of {fact.subject.text} is {value}")
    drained = _places("--drain", assumed.drain, "is drained", grown, reading)
    given += _marked(drained, "draining", grown, value=True)
    lost = _places("--lose", assumed.lose, "is lost", grown, reading)
    given += _marked(lost, "up", grown, value=False)
    changed, faults = alter(grown, given)
    reading.faults += faults
    emptied = frozenset(grown.hosts.names[row] for place in drained for row in place.hosts)
    found = None if has_errors(reading.faults) else Alteration(changed, tuple(reading.said), emptied)
    return found, tuple(reading.faults), reading.sources


def _places(
    option: str, texts: Sequence[str], what: str, inventory: Inventory, reading: _Reading
) -> list[Place]:
    found = []
    for text in reading.texts(option, texts):
        place = find_place(text, inventory)
        if isinstance(place, Diagnostic):
            reading.faults.append(place)
        else:
            found.append(place)
            reading.said.append(f"{place.said} {what}")
    return found


def _marked(places: Sequence[Place], fact: str, inventory: Inventory, *, value: bool) -> Iterator[Given]:
    for place in places:
        for row in place.hosts:
            named = Named(inventory.hosts.names[row], place.span)
            yield GivenFact("host", named, Recorded.FACT, fact, BOOL, value, place.span)


@dataclass(frozen=True, slots=True)
class _More:
    kind: str
    site: str
    count: int


def _added(text: Named, inventory: Inventory, catalogue: Inventory | None, reading: _Reading) -> _More | None:
    """`KIND=N` or `KIND@SITE=N`."""
    left, equals, number = text.text.rpartition("=")
    if not equals or not (number.isascii() and number.isdigit()) or not left or left.endswith("@"):
        hint = "write how many: `gbg-1=2`, or `gbg-1@mma=2` for two hosts like gbg-1 at mma"
        reading.faults.append(
            Diagnostic(Code.MALFORMED, f"`{text.text}` is not KIND=N", text.span, hint=hint)
        )
        return None
    if len(number) > len(str(MOST_ADDED)) or not 0 < int(number) <= MOST_ADDED:
        message = f"the number of hosts to add is from 1 to {MOST_ADDED}"
        at = Span(text.span.path, text.span.end - len(number), text.span.end)
        reading.faults.append(Diagnostic(Code.OUT_OF_RANGE, message, at))
        return None
    kinds = _kinds(inventory, catalogue)
    kind, _, site = (
        (left, "", "") if left in kinds else left.rpartition("@") if "@" in left else (left, "", "")
    )
    span = Span(text.span.path, text.span.start, text.span.start + len(kind))
    if kind not in kinds:
        reading.faults.append(unknown("host", Named(kind, span), kinds, catalogue or inventory))
        return None
    site = site or kinds[kind] or (inventory.sites.names[0] if len(inventory.sites.names) == 1 else "")
    if not site:
        message = f"this does not say at which site there are more hosts like `{kind}`"
        hint = f"write `{kind}@SITE={number}` with the name of a site"
        reading.faults.append(Diagnostic(Code.MISSING_VALUE, message, text.span, hint=hint))
        return None
    if site not in inventory.sites.names:
        start = text.span.start + len(kind) + 1
        named = Named(site, Span(text.span.path, start, start + len(site)))
        reading.faults.append(unknown("site", named, inventory.sites.names, inventory))
        return None
    hosts = "one more host" if int(number) == 1 else f"{int(number)} more hosts"
    reading.said.append(f"there {'is' if int(number) == 1 else 'are'} {hosts} like {kind} at {site}")
    return _More(kind, site, int(number))


def _kinds(inventory: Inventory, catalogue: Inventory | None) -> dict[str, str]:
    """The hosts that another can be like, each with the site at which it is if nothing else is said."""
    names = inventory.sites.names
    own = {
        name: names[site] for name, site in zip(inventory.hosts.names, inventory.hosts.parents, strict=True)
    }
    return own | dict.fromkeys(catalogue.hosts.names if catalogue is not None else (), "")


def _named(more: Sequence[_More], inventory: Inventory) -> list[Added]:
    taken = set(inventory.hosts.names)
    found = []
    for one in more:
        names = new_names(one.kind, one.count, frozenset(taken))
        taken.update(names)
        found.append(Added(one.kind, one.site, names))
    return found
