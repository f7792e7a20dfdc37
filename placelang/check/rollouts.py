"""Rollouts: the waves in which a new version reaches the sites of an app."""

from __future__ import annotations

from collections.abc import Sequence

from placelang import syntax
from placelang.check.clauses import of, one, report_twice
from placelang.check.expressions import condition
from placelang.check.faults import quoted
from placelang.check.scope import Scope
from placelang.check.values import integer, positive, settled
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.operations import Rollout, Wave
from placelang.types import DURATION, PERCENT, spell

_MOST = 1_000_000
_WHOLE = 100.0
_LONGEST = 366 * 86_400_000.0


def check_rollout(nodes: Sequence[syntax.Rollout], scope: Scope) -> Rollout | None:
    """The rollout of an app, None where there is none: then all of its sites change at once."""
    node = one(nodes, "rollout", scope)
    if node is None:
        return None
    waves = _waves(of(node.clauses, syntax.Wave), node, scope)
    proceed = one(of(node.clauses, syntax.Proceed), "proceed", scope)
    otherwise = one(of(node.clauses, syntax.Otherwise), "otherwise", scope)
    at_once = _at_once(of(node.clauses, syntax.AtOnce), scope)
    return Rollout(
        waves=waves,
        sites_at_once=at_once.get("site"),
        hosts_at_once=at_once.get("host"),
        proceed_ms=_wait(proceed.healthy, scope) if proceed else None,
        rolls_back=otherwise is not None,
        span=_head(node),
    )


def _head(node: syntax.Rollout) -> Span:
    return Span(node.span.path, node.span.start, node.span.start + len("rollout"))


def _waves(nodes: Sequence[syntax.Wave], rollout: syntax.Rollout, scope: Scope) -> tuple[Wave, ...]:
    """The waves, as they are written; one of all sites where there is none."""
    found = []
    names: dict[str, Span] = {}
    last: syntax.Wave | None = None
    for node in nodes:
        before = names.setdefault(node.name.text, node.name.span)
        if before is not node.name.span:
            report_twice(node.name.span, f"the wave {quoted(node.name.text)} stands twice", before, scope)
        if last is not None:
            scope.faults.error(
                Code.IMPOSSIBLE,
                node.span,
                "no site is left for this wave",
                labels=[(last.span, "this one takes all")],
                hint="put it before the wave that takes all sites",
            )
        last = last or (node if _takes_all(node) else None)
        wave = _wave(node, scope)
        if wave is not None:
            found.append(wave)
    if nodes and last is None and scope.faults.is_read(rollout.span):
        scope.faults.warn(
            Code.INCOMPLETE_ROLLOUT,
            nodes[-1].span,
            "sites in none of these waves never get a new version",
            hint="add a last wave such as `wave rest: all sites`",
        )
    if not nodes:
        return (Wave("all", None, None, None, None, approved=False, span=_head(rollout)),)
    return tuple(found)


def _takes_all(node: syntax.Wave) -> bool:
    return node.size is None and node.predicate is None


def _wave(node: syntax.Wave, scope: Scope) -> Wave | None:
    count = percent = None
    if node.size is not None:
        size = _size(node.size, scope)
        if size is None:
            return None
        count, percent = size
    predicate = condition(node.predicate, scope.inside("site")) if node.predicate else None
    healthy = _wait(node.healthy, scope) if node.healthy else None
    if (node.predicate and predicate is None) or (node.healthy and healthy is None):
        return None
    return Wave(node.name.text, count, percent, predicate, healthy, approved=node.approved, span=node.span)


def _size(node: syntax.Expression, scope: Scope) -> tuple[int | None, float | None] | None:
    """A number of sites, or a percentage of them."""
    what = "the size of a wave"
    found = settled(node, None, what, scope)
    if found is None:
        return None
    if found.type != PERCENT:
        count = integer(node, what, scope, low=1, high=_MOST)
        return (count, None) if count is not None else None
    if isinstance(found.value, float) and 0 < found.value <= _WHOLE:
        return None, found.value
    message = f"{what} is more than 0% and at most 100%, and this is {spell(found.value, PERCENT)}"
    scope.faults.error(Code.OUT_OF_RANGE, node.span, message)
    return None


def _wait(node: syntax.Expression, scope: Scope) -> int | None:
    """How long something has to be healthy, in ms."""
    found = positive(node, DURATION, "how long it has to be healthy", scope)
    if found is None:
        return None
    if 1 <= found <= _LONGEST:
        return round(found)
    scope.faults.error(Code.OUT_OF_RANGE, node.span, "how long it has to be healthy is from 1ms to 366d")
    return None


def _at_once(nodes: Sequence[syntax.AtOnce], scope: Scope) -> dict[str, int]:
    """How many sites, and how many hosts of each site, may change at once."""
    found: dict[str, int] = {}
    first: dict[str, Span] = {}
    for node in nodes:
        noun = {"sites": "site", "hosts": "host"}.get(node.noun.text, node.noun.text)
        per = node.per.text if node.per else None
        if (noun, per) not in (("site", None), ("host", "site")):
            hint = "write `at most 10 sites at once` or `at most 1 host per site at once`"
            message = "a rollout is bounded by sites, or by hosts of each site"
            scope.faults.error(Code.WRONG_TYPE, (node.per or node.noun).span, message, hint=hint)
            continue
        before = first.setdefault(noun, node.span)
        if before is not node.span:
            report_twice(node.span, f"how many {noun}s at once stands twice", before, scope)
        count = integer(node.count, f"the number of {noun}s at once", scope, low=1, high=_MOST)
        if count is not None:
            found[noun] = count
    return found
