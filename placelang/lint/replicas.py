"""Constraints between replicas that others exclude, that others cover, or that hold by themselves.

Only the keys `host` and `site`, of which every host has a known value, are judged to hold by themselves: on any other,
a constraint also keeps replicas from hosts where the key is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.lint.subject import Subject, warning
from placelang.program import (
    AtLeast,
    AtMost,
    Constraint,
    Different,
    Key,
    Link,
    Replicas,
    Same,
    Spread,
    Survive,
)

_HOST, _SITE = ("host", "name"), ("site", "name")
_PARTS = (("host", "zone"), ("host", "rack"))
"""What a host stands in one of, and a site has several of."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Each service's own constraints; what a policy lays on it is meant for others too, and a number that has a name
    may be another one tomorrow."""
    for app in subject.program.apps:
        for service in app.services:
            own = [one for one in service.constraints if one.policy is None and not isinstance(one, Survive)]
            written = [
                one for one in own if isinstance(one, Same | Different | Link) or _is_written(one, subject)
            ]
            counted = _is_written(service.replicas, subject)
            for one in own:
                found = _excluded(one, own)
                if found is None and one in written:
                    found = (_idle(one, service.replicas) if counted else None) or _covered(one, written)
                if found is not None:
                    yield found


_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_WORDS = frozenset(
    ("prefer", "spread", "over", "skew", "at", "most", "least", "per", "different", "weight", "replicas")
)


def _is_written(clause: Spread | AtMost | AtLeast | Replicas, subject: Subject) -> bool:
    """Whether all numbers of a clause are written out, or none is written: one replica that no clause asks for."""
    text = subject.text(clause.span)
    key = clause.per if isinstance(clause, Replicas) else clause.key
    names = set(_NAME.findall(text)) - _WORDS - {key.text if key else ""}
    return not names or text.startswith("service ")


# --- what excludes it ----------------------------------------------------------------------------------------------


def _excluded(one: Constraint, others: Sequence[Constraint]) -> Diagnostic | None:
    other = next((other for other in others if _decides(other, one) and _clash(one, other)), None)
    if other is None:
        return None
    label = (other.span, "this excludes it")
    if one.weight is None:
        message, hint = "no placement satisfies this and another clause", "remove one of them"
        return warning(Code.ALWAYS_FALSE, one.span, message, labels=[label], hint=hint)
    message = "this preference can never be met: what excludes it is required"
    return warning(Code.HOPELESS_PREFERENCE, one.span, message, labels=[label], hint="remove it")


def _decides(other: Constraint, one: Constraint) -> bool:
    """Whether a constraint is hard, and, of two that are, the first: each clash is told once."""
    return other.weight is None and (one.weight is not None or other.span < one.span)


def _clash(one: Constraint, other: Constraint) -> bool:
    match one, other:
        case (Same() as same, Different() as different) | (Different() as different, Same() as same):
            return same.service == different.service and _inside(same.key, different.key)
    return False


def _inside(inner: Key, outer: Key) -> bool:
    """Whether what shares a value of `inner` shares one of `outer`."""
    own, around = (inner.noun, inner.fact), (outer.noun, outer.fact)
    wider = {_HOST: (*_PARTS, _SITE), _PARTS[0]: (_SITE,), _PARTS[1]: (_SITE,)}
    return own == around or around in wider.get(own, ())


# --- what makes it superfluous ---------------------------------------------------------------------------------------


def _idle(one: Constraint, replicas: Replicas) -> Diagnostic | None:
    """What holds of so few replicas, however they are placed."""
    match one:
        case AtLeast() if one.count > replicas.high:  # a hard one is an error
            message = f"this preference can never be met by {_count(replicas)}"
            label = (replicas.span, "so many there are")
            return warning(Code.HOPELESS_PREFERENCE, one.span, message, labels=[label])
        case AtLeast(count=1, key=key) if (key.noun, key.fact) in (_HOST, _SITE):
            return _nothing(one, "replicas always stand somewhere", replicas)
        case AtMost(count=most) | Spread(skew=most) if (
            _never_more(one.key, replicas) and replicas.high <= most
        ):
            return _nothing(one, f"no {one.key.text} ever has more than {_count(replicas)}", replicas)
    return None


def _never_more(key: Key, replicas: Replicas) -> bool:
    """Whether each value of the key has replicas of one group at most."""
    if (key.noun, key.fact) == _HOST:
        return True
    return (key.noun, key.fact) == _SITE and (replicas.per is None or replicas.per.noun == "site")


def _count(replicas: Replicas) -> str:
    return "one replica" if replicas.high == 1 else f"{replicas.high} replicas"


def _nothing(one: Constraint, why: str, replicas: Replicas) -> Diagnostic:
    labels = [(replicas.span, "so many there are")]
    return warning(
        Code.CHANGES_NOTHING, one.span, f"this changes nothing: {why}", labels=labels, hint="remove it"
    )


def _covered(one: Constraint, others: Sequence[Constraint]) -> Diagnostic | None:
    """What another constraint, which is hard, asks for as well."""
    for other in others:
        if other is one or other.weight is not None or not _covers(other, one):
            continue
        if one.weight is None and _covers(one, other) and other.span > one.span:
            continue
        label = (other.span, "this asks for as much")
        return warning(
            Code.CHANGES_NOTHING, one.span, "this changes nothing", labels=[label], hint="remove it"
        )
    return None


def _covers(strong: Constraint, weak: Constraint) -> bool:
    match strong, weak:
        case AtMost(), AtMost():
            return strong.key == weak.key and strong.count <= weak.count
        case Spread(), Spread():
            return strong.key == weak.key and strong.skew <= weak.skew
        case AtLeast(), AtLeast():
            return strong.key == weak.key and strong.count >= weak.count
        case Same(), Same():
            return strong.service == weak.service and _surely_inside(strong.key, weak.key)
        case Different(), Different():
            return strong.service == weak.service and _surely_inside(weak.key, strong.key)
        case Link(), Link():
            return _reaches_less(strong, weak)
    return False


def _reaches_less(strong: Link, weak: Link) -> bool:
    """Whether who is linked by the first is so by the second; bandwidth that is booked is booked for each."""
    if strong.service != weak.service or weak.bandwidth is not None or weak.every > strong.every:
        return False
    return weak.latency is None or (strong.latency is not None and strong.latency <= weak.latency)


def _surely_inside(inner: Key, outer: Key) -> bool:
    """As `_inside`, of keys whose values are known where those of the other are."""
    return inner == outer or (_inside(inner, outer) and {outer.fact, inner.fact} == {"name"})
