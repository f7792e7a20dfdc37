"""Where an inventory writes the facts of the fact table: dotted ones as maps in maps."""

from __future__ import annotations

from placelang.facts import FACTS, FactSpec
from placelang.inventory.model import Place

NOUNS = {"sites": "site", "hosts": "host", "gpus": "gpu", "devices": "device"}
"""The list that holds things of each noun."""

SETS: dict[str, tuple[str, ...]] = {"site": ("hosts",), "host": ("gpus", "devices"), "gpu": (), "device": ()}
IDENTIFIED = ("site", "host")
"""Things of these nouns have a name that is unique in the fleet; it is no fact that may be unknown."""


def written_facts(noun: str) -> dict[tuple[str, ...], FactSpec]:
    """The facts of `noun` that are written one by one, each by its keys: `("cpu", "cores")`."""
    return {
        tuple(name.split(".")): spec
        for name, spec in FACTS[noun].items()
        if spec.of is None and not (name == "name" and noun in IDENTIFIED)
    }


def within(place: Place) -> tuple[str | None, tuple[str, ...]]:
    """The noun of the thing in which a place lies, and the keys from there: `("host", ("cpu", "cores"))`.

    The noun is None for what is said of the whole file.
    """
    noun: str | None = None
    keys: list[str] = []
    for before, step in zip(("", *place), place, strict=False):
        if isinstance(step, int) and before in NOUNS:
            noun, keys = NOUNS[str(before)], []
        elif isinstance(step, int) and before == "value" and keys[:1] and keys[0] in NOUNS:
            noun, keys = NOUNS[keys[0]], []
        else:
            keys.append(str(step))
    return noun, tuple(keys)
