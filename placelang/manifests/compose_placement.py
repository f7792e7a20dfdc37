"""On which nodes of a swarm a service may run.

Values are compared without regard to capitals, and a node without a label has the empty one:
https://docs.docker.com/reference/cli/docker/service/create/#constraint
"""

from __future__ import annotations

import re
from typing import Final

from placelang.importers.amounts import whole
from placelang.importers.docker import ENGINE
from placelang.importers.draft import ARCHITECTURES
from placelang.importers.record import Record
from placelang.manifests.draft import Block, Draft
from placelang.manifests.labels import Labels
from placelang.manifests.patterns import any_case
from placelang.manifests.predicates import Predicate, not_, one_of, preferred
from placelang.manifests.written import LONGEST, pattern

_CONSTRAINT = re.compile(r"\s*([A-Za-z0-9_./-]+)\s*(==|!=)\s*(.*?)\s*", re.DOTALL)
NODE: Final = "node.labels."
_LONGEST: Final = 500


def say(block: Block, draft: Draft, one: Record) -> None:
    """Constraints, preferences, how many a node may have, and the platform that is asked for."""
    placement = one.record("deploy", "placement")
    written = placement.get("constraints") if placement else None
    for at, text in enumerate(written if isinstance(written, list) else ()):
        found = constraint(draft.labels, str(text))
        if placement is not None and found is None:
            why = f"this constraint has no counterpart: {str(text)[:_LONGEST]}"
            block.lose("constraints", placement, why, "constraints", at)
        elif found is not None:
            block.say("constraints", f"hosts where {found.text}")
    preferences = [one.get("spread") for one in placement.records("preferences")] if placement else []
    for rank, key in enumerate(preferences):
        _spread(block, draft, str(key), len(preferences) - rank)
    most = placement.read(whole, "max_replicas_per_node") if placement else None
    if most:
        block.say("max_replicas_per_node", f"at most {most} per host")
    platform = one.string("platform")
    if platform is not None:
        os, _, arch = platform.lower().partition("/")
        parts = [("os", os), ("arch", ARCHITECTURES.get(arch.partition("/")[0], arch.partition("/")[0]))]
        block.say(
            "platform", *(f"hosts where {one_of(fact, [value]).text}" for fact, value in parts if value)
        )


def constraint(labels: Labels, text: str) -> Predicate | None:
    """One constraint of a swarm; None for one that cannot be said."""
    found = _CONSTRAINT.fullmatch(text)
    if found is None or len(text) > _LONGEST:
        return None
    key, operator, value = found.groups()
    same = _same(labels, key, value)
    return None if same is None else not_(same) if operator == "!=" else same


def _same(labels: Labels, key: str, value: str) -> Predicate | None:
    name = key.lower()
    if name.startswith(NODE) and len(key) > len(NODE):
        return _equal(labels.closed(key[len(NODE) :]), value)
    if name.startswith(ENGINE) and len(key) > len(ENGINE):
        return _equal(labels.closed(ENGINE + key[len(ENGINE) :]), value)
    match name:
        case "node.role":
            return one_of(labels.closed("role"), [value.lower()])
        case "node.hostname":
            return _equal("name", value)
        case "node.id":
            return _equal(labels.closed("node.id"), value)
        case "node.platform.os":
            return one_of("os", [value.lower()])
        case "node.platform.arch":
            return one_of("arch", [ARCHITECTURES.get(value.lower(), value.lower())])
    return None


def _equal(fact: str, value: str) -> Predicate | None:
    if value.lower() == value.upper():
        return one_of(fact, [value])
    return Predicate(f"{fact} ~ {pattern(any_case(value))}") if len(value) < LONGEST else None


def _spread(block: Block, draft: Draft, key: str, weight: int) -> None:
    name = key.lower()
    if name.startswith(NODE) and len(key) > len(NODE):
        label = draft.labels.closed(key[len(NODE) :])
        block.say("preferences", preferred(f"spread over host.{label}", min(weight, 10)))
    elif name.startswith(ENGINE) and len(key) > len(ENGINE):
        label = draft.labels.closed(ENGINE + key[len(ENGINE) :])
        block.say("preferences", preferred(f"spread over host.{label}", min(weight, 10)))
    else:
        block.note("preferences", f"preferences: spread over {key}")
