"""Findings as a plan has them, and in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from placelang.arrange.advice.finding import Finding
from placelang.arrange.assume import MOST
from placelang.evaluate import Missing
from placelang_runtime.left_out import WantedFact


def wanted_facts(findings: Iterable[Finding]) -> tuple[WantedFact, ...]:
    """The findings, by site, host and fact."""
    found = sorted(findings, key=lambda f: (f.site, f.host or "", f.thing, f.fact))
    return tuple(
        WantedFact(
            noun=f.noun,
            thing=f.thing,
            fact=f.fact,
            site=f.site,
            host=f.host,
            keys=f.keys,
            conditions=f.conditions,
            value=_frozen(f.value),
            age_ms=f.age_ms,
        )
        for f in found
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def said(facts: Sequence[WantedFact]) -> str:
    """`if memory of gbg-1 >= 4GiB and rack of gbg-2 == "a"`."""
    texts = [text for fact in facts for text in conditions_of(fact)]
    more = [f"{len(texts) - MOST} more of the kind"] if len(texts) > MOST else []
    return "if " + " and ".join((*texts[:MOST], *more))


def conditions_of(fact: WantedFact) -> tuple[str, ...]:
    """Each condition of a fact with its name: `memory of gbg-1 >= 4GiB`."""
    called = Missing(fact.noun, fact.thing, fact.fact).called
    return tuple(f"{called} {condition}" for condition in fact.conditions)
