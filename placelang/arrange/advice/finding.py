"""`Finding`: a fact that somebody would have to find out, with a value that it could turn out to have."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LISTS = ("hosts", "gpus", "devices")


@dataclass(frozen=True, slots=True)
class Finding:
    """`fact` of `thing`, at `site` and, but for facts of the site, on `host`: unknown, or out of date for `age_ms`.

    `keys` lead to it from its thing in an inventory. `conditions` are what it would have to be, as an author would
    write them; `text` is the JSON of a value that satisfies them, as an inventory has it: of a list, what there would
    be more on it. `low` is where an amount begins that may be any larger, None for everything else.
    """

    noun: str
    thing: str
    fact: str
    site: str
    host: str | None
    keys: tuple[str, ...]
    text: str
    conditions: tuple[str, ...]
    age_ms: int | None = None
    low: float | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about, whatever the value."""
        return self.noun, self.thing, self.fact

    @property
    def value(self) -> Any:
        """The value, as an inventory has it."""
        return json.loads(self.text)


def put(document: dict[str, Any], findings: Iterable[Finding]) -> None:
    """Write the findings into an inventory in its file form, lists first: what is on them may be told of too."""
    sites = {site["name"]: site for site in document["sites"]}
    for finding in sorted(findings, key=lambda f: (f.fact not in LISTS, f.key)):
        thing = sites[finding.site]
        if finding.host is not None:
            thing = next(host for host in listed(thing, "hosts") if host["name"] == finding.host)
            if finding.noun != "host":
                own = finding.thing.removeprefix(f"{finding.host}/")
                thing = _member(thing, f"{finding.noun}s", own)
        if finding.fact in LISTS:
            more = [*listed(thing, finding.fact), *finding.value]
            thing[finding.fact] = {"value": more, "complete": True}
        else:
            *outer, last = finding.keys
            for key in outer:
                thing = thing.setdefault(key, {})
            thing[last] = finding.value


def listed(thing: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """What is on a list, bare or with its time."""
    written = thing.get(key)
    return list((written["value"] if isinstance(written, dict) else written) or ())


def _member(host: dict[str, Any], key: str, own: str) -> dict[str, Any]:
    for at, thing in enumerate(listed(host, key)):
        name = thing.get("name")
        name = name["value"] if isinstance(name, dict) else name
        if own == (name or f"{key[:-1]}{at}"):
            return thing
    raise KeyError(own)
