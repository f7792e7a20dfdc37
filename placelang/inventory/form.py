"""Whether a document has the form of an inventory, and in words what is wrong where it has not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError

from placelang.codes import Code
from placelang.inventory.document import FORMAT, LONGEST_NAME, Device, Document, Form, Gpu, Host, Site
from placelang.inventory.faults import Fault
from placelang.inventory.model import Place
from placelang.inventory.shape import NOUNS, within, written_facts
from placelang.inventory.text import MOST
from placelang.inventory.values import NOT_A_TIME, Wrong, described, read_amount
from placelang.nearest import suggestion
from placelang.types import BOOL, DURATION, STRING, Type

_FORMS: dict[str | None, type[Form]] = {
    None: Document,
    "site": Site,
    "host": Host,
    "gpu": Gpu,
    "device": Device,
}
_WRAPPER = ("value", "observed", "source", "ttl")
_NAMED = (("labels",), ("resources",), ("latency",), ("ttl",))
"""Maps whose keys are names of the author's own."""

WIDEST = 10_000
"""How many entries may be written for one thing: those of all its maps and lists, hosts excepted."""


def check_format(document: dict[str, object]) -> Fault | None:
    """What is wrong with the version that the document names."""
    given = document.get("format")
    if given == FORMAT:
        return None
    if given is None:
        hint = f"write `format: {FORMAT}` as its first line"
        return Fault((), Wrong(Code.INVENTORY_FORMAT, "this file does not say which format it has", hint))
    message = f"this is format {given}, and {FORMAT} is the one that is read"
    newer = isinstance(given, str) and given.startswith("placelang/inventory/")
    hint = "read it with the version of placelang that wrote it" if newer else f"write `format: {FORMAT}`"
    return Fault(("format",), Wrong(Code.INVENTORY_FORMAT, message, hint))


def check_form(document: dict[str, Any]) -> tuple[list[Fault], frozenset[Place] | None]:
    """What is wrong with the document's form, and the places of the sites and hosts in which it is; None if what is
    said of the whole file is malformed, or so much that not everything was looked at.

    Thing by thing, and none that is very wide: pydantic gathers everything that is wrong before it says anything.
    """
    sites = document.get("sites")
    listed = sites if isinstance(sites, list) else []
    faults = _check(Document, document | {"sites": []} if sites is listed else document, ())
    sound = not faults
    malformed = set()
    for place, form, written in _things(listed):
        found = _check(form, written, place)
        if found:
            faults += found
            malformed.add(place)
            if len(faults) > MOST:
                return faults, None
    return faults, frozenset(malformed) if sound else None


def _things(sites: list[Any]) -> Iterator[tuple[Place, type[Form], Any]]:
    """The sites without their hosts, and the hosts."""
    for index, site in enumerate(sites):
        hosts = site.get("hosts") if isinstance(site, dict) else None
        if isinstance(hosts, list):
            yield ("sites", index), Site, site | {"hosts": []}
            inside: Place = ("sites", index, "hosts")
        elif isinstance(hosts, dict) and isinstance(hosts.get("value"), list):
            yield ("sites", index), Site, site | {"hosts": hosts | {"value": []}}
            inside, hosts = ("sites", index, "hosts", "value"), hosts["value"]
        else:
            yield ("sites", index), Site, site
            continue
        for at, host in enumerate(hosts):
            yield (*inside, at), Host, host


def _check(form: type[Form], written: Any, prefix: Place) -> list[Fault]:
    if _is_wide(written):
        noun = within(prefix)[0] or "file"
        wrong = Wrong(Code.TOO_LARGE, f"what is said of this {noun} has more than {WIDEST:,} entries")
        return [Fault(prefix, wrong, at_key=True)]
    try:
        form.model_validate(written)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        return list(islice(_faults(written, [(e["type"], e["loc"]) for e in errors], prefix), MOST + 1))
    return []


def _is_wide(written: Any) -> bool:
    """Whether the maps and lists in it have more entries than one thing may have."""
    entries = 0
    waiting = [written] if isinstance(written, dict | list) else []
    while waiting and entries <= WIDEST:
        inner = waiting.pop()
        entries += len(inner)
        if entries <= WIDEST:
            values = inner.values() if type(inner) is dict else inner
            waiting += [value for value in values if type(value) is dict or type(value) is list]
    return entries > WIDEST


def _faults(written: Any, errors: Sequence[tuple[str, Place]], prefix: Place) -> Iterator[Fault]:
    """One fault a place: pydantic reports each alternative of a union, and the union around what is wrong inside."""
    kinds: dict[Place, str] = {}
    for kind, steps in errors:
        place = _place(written, steps)
        kinds.setdefault(
            _no_list(written, place) or ((*place, steps[-1]) if kind == "missing" else place), kind
        )
    around = {place[:length] for place in kinds for length in range(len(place))}
    for place, kind in kinds.items():
        if place in around:
            continue
        if kind == "missing" and not _leads(written, place):
            wrong = Wrong(Code.MISSING_KEY, f"`{place[-1]}` is missing here")
            yield Fault(prefix + place[:-1], wrong, at_key=True)
        elif kind == "extra_forbidden":
            yield Fault(prefix + place, _unknown_key(*within(prefix + place)), at_key=True)
        else:
            yield Fault(prefix + place, _wrong(*within(prefix + place), _at(written, place)))


def _place(written: Any, steps: Place) -> Place:
    """The steps that lead through the document: those between name the alternatives of unions."""
    place: list[str | int] = []
    for step in steps:
        if _leads(written, (step,)):
            written = written[step]
            place.append(step)
    return tuple(place)


def _leads(written: Any, place: Place) -> bool:
    for step in place:
        if not (
            step in written
            if isinstance(written, dict)
            else isinstance(written, list) and isinstance(step, int)
        ):
            return False
        written = written[step]
    return True


def _at(written: Any, place: Place) -> Any:
    for step in place:
        written = written[step]
    return written


def _no_list(written: Any, place: Place) -> Place | None:
    """The place before or at this one where a map stands and a list is due."""
    for length in range(1, len(place) + 1):
        found = _at(written, place[:length])
        if place[length - 1] in NOUNS and isinstance(found, dict) and "value" not in found:
            return place[:length]
    return None


def _unknown_key(noun: str | None, keys: tuple[str, ...]) -> Wrong:
    *around, key = keys
    facts = written_facts(noun) if noun else {}
    group = [fact[-1] for fact in facts if list(fact[:-1]) == around]
    if not around:
        known: list[str] = list(_FORMS[noun].model_fields)
        message = f"a {noun} has no fact `{key}`" if noun else f"an inventory has no `{key}`"
    elif group:
        known = group
        message = f"`{around[-1]}` has no fact `{key}`"
    else:
        known = [*_WRAPPER, "complete"] if around[-1] in NOUNS else [*_WRAPPER]
        message = f"a fact has no `{key}`: {', '.join(known)}"
    hint = suggestion(key, known)
    if hint is None and noun and not around:
        hint = "write a label of your own under `labels`" + (
            ", a resource under `resources`" * (noun == "host")
        )
    return Wrong(Code.UNKNOWN_KEY, message, hint)


def _wrong(noun: str | None, keys: tuple[str, ...], written: Any) -> Wrong:
    """What is wrong with a value, by what belongs at its place."""
    if not keys:
        return _not_a(f"a {noun} is a map of its facts" if noun else "an inventory is a map", written)
    if keys[-1] == "value" and keys[:-1] not in _NAMED:
        keys = keys[:-1]
    if keys[-1] == "observed" and keys[:-1] not in _NAMED:
        return NOT_A_TIME
    kind = _expected(noun, keys)
    found = read_amount(written, kind) if kind else None
    if isinstance(found, Wrong):
        return found
    if keys == ("name",):
        return Wrong(Code.OUT_OF_RANGE, f"a name has 1 to {LONGEST_NAME} characters")
    return _not_a(_due(noun, keys), written)


def _due(noun: str | None, keys: tuple[str, ...]) -> str:
    if keys[-1] in NOUNS:
        return f"`{keys[-1]}` is a list"
    if keys in _NAMED:
        return f"`{keys[0]}` is a map"
    if keys[0] == "labels":
        return "a label is text, a number, true or false, or a list of these"
    if keys[0] == "resources":
        return "an amount is a number, or text with a unit"
    members = (
        [fact[1] for fact in written_facts(noun) if len(fact) > 1 and fact[0] == keys[0]] if noun else []
    )
    return f"`{keys[0]}` is a map of {', '.join(members)}" if members else "something else belongs here"


def _not_a(due: str, written: Any) -> Wrong:
    return Wrong(Code.WRONG_TYPE, f"{due}, not {described(written)}")


def _expected(noun: str | None, keys: tuple[str, ...]) -> Type | None:
    facts = written_facts(noun) if noun else {}
    last = keys[-1]
    if keys in facts:
        return facts[keys].type
    if keys[:-1] in facts and last.isdigit():
        return facts[keys[:-1]].type.element
    if keys[:-1] in (("ttl",), ("latency",)) or (last == "ttl" and len(keys) > 1):
        return DURATION
    if keys == ("name",) or (last == "source" and keys[:-1] not in _NAMED):
        return STRING
    return BOOL if last == "complete" and keys[:-1] not in _NAMED else None
