"""An explanation as text: a few lines for each unit, most important first."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.arrange.advice.how import how
from placelang.arrange.advice.said import conditions_of
from placelang.explain.explanation import Explanation, HostVerdict, UnitExplanation, Verdict
from placelang_runtime.left_out import Because, Funnel

MOST_UNITS = 20
MOST_HOSTS = 20

_MARKS = {Verdict.RUNS: "+", Verdict.POSSIBLE: "~", Verdict.UNDECIDED: "?", Verdict.RULED_OUT: "-"}


def explanation_text(explanation: Explanation, store: str | None = None) -> str:
    """The whole explanation; what is not shown is counted. `store` is the URL of the inventory, if it is a store."""
    return "\n".join(_lines(explanation, store)) + "\n"


def _lines(explanation: Explanation, store: str | None) -> Iterator[str]:
    yield f"{explanation.service}: {explanation.clause.text}  [{explanation.clause.at}]"
    if not explanation.units:
        yield "  it is wanted nowhere: its filters leave no site or host"
        yield from _funnel(explanation.funnel)
    for unit in explanation.units[:MOST_UNITS]:
        yield ""
        yield from _unit(unit)
    if len(explanation.units) > MOST_UNITS:
        yield ""
        yield f"… and {len(explanation.units) - MOST_UNITS} more: name a site or a host"
    yield from _to_find_out(explanation, store)


def _to_find_out(explanation: Explanation, store: str | None) -> Iterator[str]:
    """The facts with which what is left out would fit, and how each is found out."""
    lists = {
        s.text: s
        for unit in explanation.units[:MOST_UNITS]
        for s in (unit.left_out.suggestions if unit.left_out is not None else ())
        if s.facts and unit.site in (None, *s.sites)
    }
    if lists:
        yield ""
        yield "to find out:"
    for suggestion in lists.values():
        yield f"  {', '.join(suggestion.groups)} would fit with {'all of this' if suggestion.facts[1:] else 'this'}"
        for fact in suggestion.facts:
            yield f"    {' and '.join(conditions_of(fact))}  [{how(fact, store)}]"


def _unit(unit: UnitExplanation) -> Iterator[str]:
    yield f"{unit.name}: {f'{unit.placed} placed' if unit.placed else 'left out'}"
    if unit.left_out is not None:
        for reason in unit.left_out.reasons:
            yield f"  {_because(reason)}"
        clash = unit.left_out.further
        if clash is not None:
            yield f"  {clash.text}:"
            yield from (f"    {_because(member)}" for member in clash.members)
        for suggestion in unit.left_out.suggestions:
            yield f"  it would fit {suggestion.text}"
    yield from _funnel(unit.funnel)
    for host in unit.hosts[:MOST_HOSTS]:
        yield from _host(host)
    if len(unit.hosts) > MOST_HOSTS:
        yield f"  … and {len(unit.hosts) - MOST_HOSTS} more hosts: name one"


def _because(because: Because) -> str:
    clause = because.clause
    return because.text + (f"  [{clause.at}: {clause.text}]" if clause else "")


def _funnel(funnel: Funnel) -> Iterator[str]:
    yield f"  of {funnel.hosts} hosts, {funnel.remaining} suit"
    for step in funnel.steps:
        counts = [f"{step.removed} no"] * (step.removed > 0) + [f"{step.undecided} unknown"] * (
            step.undecided > 0
        )
        if counts:
            yield f"    {', '.join(counts)}: {step.text}" + (f"  [{step.clause.at}]" if step.clause else "")


def _host(host: HostVerdict) -> Iterator[str]:
    yield f"  {_MARKS[host.verdict]} {host.host}: {host.verdict}, {host.text}"
    if host.clause is not None:
        yield f"      {host.clause.at}: {host.clause.text}"
    if host.facts:
        yield f"      unknown: {', '.join(host.facts)}"
    if host.clash is not None:
        yield f"      {host.clash.text}:"
        yield from (f"        {_because(member)}" for member in host.clash.members)
