"""What is to be found out, as people read it: by site, each list with whom it is for and how it is found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from placelang.arrange.advice.how import how
from placelang.arrange.advice.said import conditions_of
from placelang.cli.prose import Block, line
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang.arrange.wanted import Advice, Wanted
    from placelang_runtime.left_out import LeftOut, WantedFact

MOST_LISTS = 5
MOST_NAMES = 6


def to_do(advice: Advice, store: str | None) -> Iterator[Block]:
    """The whole list for those who go and look."""
    groups = {group for wanted in advice.lists for group in wanted.groups}
    left = len(groups) + len(advice.others) + len(advice.untried)
    if not left:
        yield line("Nothing is left out.", style="bold")
        return
    facts = {(f.noun, f.thing, f.fact) for wanted in advice.lists for f in wanted.facts}
    what = f"{count(len(facts), 'fact')} to find out" if facts else "No fact would help"
    yield line(f"{what}: {len(groups)} of {count(left, 'group')} left out would fit", style="bold")
    for site, lists in groupby(advice.lists, key=_sites):
        yield line()
        yield line(site, style="bold")
        for wanted in lists:
            yield from _list(wanted.facts, wanted.groups, store)
    if advice.others:
        yield line()
        yield line(f"No facts were found that would place {listed(advice.others, MOST_NAMES)}")
    if advice.untried:
        yield line()
        yield line(f"Nobody looked what would place {listed(advice.untried, MOST_NAMES)}")


def _sites(wanted: Wanted) -> str:
    return " and ".join(dict.fromkeys(fact.site for fact in wanted.facts))


def _list(facts: Sequence[WantedFact], groups: Sequence[str], store: str | None) -> Iterator[Block]:
    what = "all of this" if facts[1:] else "this"
    yield line(f"{listed(groups, MOST_NAMES)} would fit with {what}", indent=2)
    for fact in facts:
        yield line(" and ".join(conditions_of(fact)), indent=4, style="green")
        yield f"      {how(fact, store)}"


def end_of_plan(
    left_out: Sequence[LeftOut], *, site: str | None, store: str | None, ask: str | None
) -> Iterator[Block]:
    """The lists that a plan has, up to a bound, and the command that has all."""
    offered = [
        suggestion
        for entry in left_out
        for suggestion in entry.suggestions
        if suggestion.facts and (site is None or site in suggestion.sites)
    ]
    if not offered:
        return
    yield line()
    yield line("To find out", style="bold", after=f"all of it, by site: {ask}" if ask else "")
    for suggestion in offered[:MOST_LISTS]:
        yield from _list(suggestion.facts, suggestion.groups, store)
    if len(offered) > MOST_LISTS:
        yield line(f"… and {len(offered) - MOST_LISTS} more lists", indent=2, style="dim")
