"""What other tools know of hosts, as an inventory: one module a tool, all listed in `KINDS`.

A module says in `SOURCE` who its facts are from, and `hosts(document)` makes of one document of the tool its hosts, or
for a record that is none, the record with what is wrong with it. A bad record never spoils those beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Severity, Source
from placelang.importers import ansible, docker, horizon, kubernetes, lshw, netbox, nomad
from placelang.importers.draft import Host, as_document
from placelang.importers.record import Record
from placelang.importers.texts import LIMIT, Text, read_texts
from placelang.inventory.faults import Fault, path
from placelang.inventory.model import Place
from placelang.inventory.values import Wrong, described

KINDS: Mapping[str, ModuleType] = {
    "ansible": ansible,
    "docker": docker,
    "horizon": horizon,
    "kubernetes": kubernetes,
    "lshw": lshw,
    "netbox": netbox,
    "nomad": nomad,
}
LONGEST_NAME = 253

__all__ = ["KINDS", "LIMIT", "Imported", "NotUnderstood", "import_hosts"]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What stands at `count` places and became neither fact nor label: `where` without numbers, and the first of
    them."""

    where: str
    count: int
    file: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Imported:
    """`document` is an inventory in its file form. `facts` and `labels`: at how many hosts each is. `bad` records are
    left out, `partial` hosts lack what is wrong about them; `diagnostics` say where and why."""

    document: Mapping[str, object]
    hosts: int
    partial: int
    bad: int
    facts: Mapping[str, int]
    labels: Mapping[str, int]
    not_understood: tuple[NotUnderstood, ...]
    diagnostics: tuple[Diagnostic, ...]


def import_hosts(kind: str, sources: Iterable[Source], *, site: str) -> Imported:
    """The hosts in files of a tool; those of which it does not say where they stand are at `site`. Of two hosts of one
    name the first is kept. Raises KeyError for a kind that is not in `KINDS`."""
    module = KINDS[kind]
    hosts: dict[str, Host] = {}
    unread: dict[Place, list[tuple[Text, Place]]] = {}
    diagnostics: list[Diagnostic] = []
    partial = bad = 0
    for source in sources:
        texts, faults = read_texts(source)
        diagnostics += faults
        bad += len(faults)
        for text in texts:
            wrong: list[Fault] = []
            for found in _found(module, text):
                record = found.record if isinstance(found, Host) else found
                if isinstance(found, Host) and _is_new(found, hosts):
                    hosts[found.name] = found
                    partial += bool(record.faults)
                    for place in record.unread():
                        unread.setdefault(_where(place), []).append((text, place))
                else:
                    bad += 1
                wrong += record.faults
            diagnostics += text.diagnose(wrong)
    return Imported(
        document=as_document(hosts.values(), source=module.SOURCE, site=site),
        hosts=len(hosts),
        partial=partial,
        bad=bad,
        facts=_counted(
            [*host.facts, *(["gpus"] if host.gpus is not None else [])] for host in hosts.values()
        ),
        labels=_counted(host.labels for host in hosts.values()),
        not_understood=tuple(_not_understood(where, found) for where, found in unread.items()),
        diagnostics=tuple(diagnostics),
    )


def _found(module: ModuleType, text: Text) -> Iterator[Host | Record]:
    """What the module makes of each map of the document."""
    data = text.data if isinstance(text.data, list) else [text.data]
    for index, one in enumerate(data):
        place: Place = (index,) if isinstance(text.data, list) else ()
        if isinstance(one, dict):
            yield from module.hosts(Record(text, place, one))
        else:
            record = Record(text, place, {})
            record.fault(Wrong(Code.WRONG_TYPE, f"a map is due here, not {described(one)}"))
            yield record


def _is_new(host: Host, known: Mapping[str, Host]) -> bool:
    """Whether the host has a name of its own; if not, that is reported."""
    wrong = None
    if not all(map(_is_name, (host.name, host.site or host.name))):
        message = f"names of hosts and sites have 1 to {LONGEST_NAME} characters that can be seen"
        wrong = Wrong(Code.OUT_OF_RANGE, message)
    elif host.name in known:
        first = known[host.name].record
        line = first.text.lines([first.place]).get(first.place)
        at = f"{first.text.source.path}:{line}" if line else first.text.source.path
        wrong = Wrong(Code.DUPLICATE, f"a host of this name was imported already, from {at}")
    if wrong:
        host.record.faults[:] = [Fault(host.record.place, wrong, severity=Severity.WARNING)]
    return wrong is None


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()


def _counted(names: Iterable[Iterable[str]]) -> dict[str, int]:
    return dict(sorted(Counter(name for those in names for name in those).items()))


def _where(place: Place) -> Place:
    """The places like this one: with 0 for every number in it."""
    return tuple(0 if isinstance(step, int) else step for step in place)


def _not_understood(where: Place, found: Sequence[tuple[Text, Place]]) -> NotUnderstood:
    text, place = found[0]
    shown = path(where).replace("[0]", "[]")
    return NotUnderstood(shown, len(found), text.source.path, text.lines([place]).get(place))
