"""What somebody found out, written into a copy of an inventory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from placelang_runtime.left_out import WantedFact

LISTS = ("gpus", "devices", "hosts")


def found_out(facts: str, wanted: Iterable[WantedFact]) -> str:
    """The inventory with these facts."""
    document = yaml.safe_load(facts) | {"observed": "2026-03-02T05:00:00Z"}
    for fact in sorted(wanted, key=lambda fact: fact.fact not in LISTS):
        _write(document, fact)
    return yaml.safe_dump(document, sort_keys=False)


def _write(document: Any, fact: WantedFact) -> None:
    thing = next(site for site in document["sites"] if site["name"] == fact.site)
    if fact.host is not None:
        thing = next(host for host in thing["hosts"] if host["name"] == fact.host)
    if fact.noun in ("gpu", "device"):
        name = fact.thing.removeprefix(f"{fact.host}/")
        things = thing[f"{fact.noun}s"]
        named = [one for at, one in enumerate(things) if one.get("name", f"{fact.noun}{at}") == name]
        (thing,) = named
    if fact.fact in LISTS:
        more = (
            [dict(one) for one in fact.value if isinstance(one, dict)]
            if isinstance(fact.value, tuple)
            else []
        )
        thing[fact.fact] = [*(thing.get(fact.fact) or []), *more]
        return
    *outer, last = fact.keys
    for key in outer:
        if thing.get(key) is None:
            thing[key] = {}
        thing = thing[key]
    thing[last] = list(fact.value) if isinstance(fact.value, tuple) else fact.value
