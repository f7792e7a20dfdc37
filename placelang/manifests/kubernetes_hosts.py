"""Which nodes a pod may go to: node selectors, node affinities, tolerations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placelang.check.patterns import LONGEST as LONGEST_PATTERN
from placelang.importers.kubernetes import HARD_TAINTS
from placelang.importers.record import Record
from placelang.manifests.kubernetes_facts import fact_of, ordered
from placelang.manifests.labels import Labels
from placelang.manifests.patterns import escaped
from placelang.manifests.predicates import (
    FALSE,
    Predicate,
    all_of,
    any_of,
    known,
    none_of,
    not_,
    one_of,
    preferred,
    unless_known,
)
from placelang.manifests.workloads import Workload, weight_of
from placelang.manifests.written import brief, pattern

_CORDON = "node.kubernetes.io/unschedulable"
_DAEMON = (
    r"node\.kubernetes\.io/(unschedulable|(disk|memory|pid)-pressure):NoSchedule;",
    r"node\.kubernetes\.io/(not-ready|unreachable):NoExecute;",
)
"""What each pod of a DaemonSet tolerates."""


def say(workload: Workload) -> None:
    """The rules of the pod itself, and that it goes to no node that keeps it away."""
    pod, block, labels = workload.pod, workload.block, workload.draft.labels
    selector = pod.record("nodeSelector")
    for key in selector.data if selector else ():
        value = selector.string(key) if selector else None
        found = requirement(labels, key, "In", [value or ""])
        if found is not None:
            block.say("nodeSelector", f"hosts where {found.text}")
    node = pod.string("nodeName")
    if node is not None:
        block.say("nodeName", f"hosts where {one_of('name', [node]).text}")
    affinity = pod.record("affinity", "nodeAffinity")
    if affinity is not None:
        _required(workload, affinity, labels)
        _preferred(workload, affinity, labels)
    _tolerate(workload)


def _required(workload: Workload, affinity: Record, labels: Labels) -> None:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    required = affinity.record(key)
    if required is None:
        return
    terms = [_term(workload, term, labels) for term in required.records("nodeSelectorTerms")]
    if None in terms:
        return
    wanted = any_of([term for term in terms if term is not None])
    workload.block.say("nodeAffinity", f"hosts where {wanted.text}")


def _preferred(workload: Workload, affinity: Record, labels: Labels) -> None:
    for preference in affinity.records("preferredDuringSchedulingIgnoredDuringExecution"):
        weight = weight_of(preference)
        term = preference.record("preference")
        found = _term(workload, term, labels, hard=False) if term is not None else None
        if found is not None and found != FALSE:
            workload.block.say("preferred nodeAffinity", preferred(f"hosts where {found.text}", weight))


def _term(workload: Workload, term: Record, labels: Labels, *, hard: bool = True) -> Predicate | None:
    """What a term asks for: each of its expressions. One without any is met by nothing."""
    parts: list[Predicate] = []
    for field, read in (("matchExpressions", requirement), ("matchFields", _by_field)):
        for expression in term.records(field):
            found = _expression(expression, labels, read)
            if found is None:
                why = "this expression has no counterpart"
                if hard:
                    workload.block.lose("nodeAffinity", expression, why)
                else:
                    workload.block.note("preferred nodeAffinity", f"{field}: {brief(expression.data)}")
                return None
            parts.append(found)
    term.get()
    return all_of(parts) if parts else FALSE


Reader = Callable[[Labels, str, str, Sequence[str]], Predicate | None]


def _expression(expression: Record, labels: Labels, read: Reader) -> Predicate | None:
    key, operator = expression.string("key"), expression.string("operator")
    values = expression.get("values")
    texts = [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
    if key is None or operator is None or len(texts) < len(values if isinstance(values, list) else []):
        return None
    return read(labels, key, operator, texts)


def _by_field(_: Labels, key: str, operator: str, values: Sequence[str]) -> Predicate | None:
    if key != "metadata.name" or operator not in ("In", "NotIn"):
        return None
    return one_of("name", values) if operator == "In" else none_of("name", values)


def requirement(labels: Labels, key: str, operator: str, values: Sequence[str]) -> Predicate | None:
    """What a label is asked for; None where that cannot be said."""
    special = fact_of(labels, key, operator, values)
    if special is not None:
        return special
    match operator:
        case "In" if "" not in values:
            return one_of(labels.closed(key), values)
        case "In":
            return one_of(labels.open(key), values)
        case "NotIn" if "" not in values:
            return none_of(labels.closed(key), values)
        case "NotIn":
            return unless_known(labels.open(key), one_of(labels.open(key), values))
        case "Exists":
            return known(labels.open(key))
        case "DoesNotExist":
            return not_(known(labels.open(key)))
        case "Gt" | "Lt":
            return ordered(labels.closed(key), ">" if operator == "Gt" else "<", values)
    return None


def _tolerate(workload: Workload) -> None:
    """No taint keeps the pod away, and the node takes pods at all."""
    draft = workload.draft
    tolerated, everything = [], False
    cordoned = workload.kind == "DaemonSet"
    for toleration in workload.pod.records("tolerations"):
        found = _toleration(workload, toleration)
        if found is None:
            continue
        key, value, effect = found
        everything |= key is None and effect is None
        cordoned |= key in (None, _CORDON) and value in (None, "") and effect in (None, "NoSchedule")
        if effect != "PreferNoSchedule":
            tolerated.append(_taint(key, value, effect))
            workload.block.tally.kept["tolerations"] += 1
    if cordoned and workload.kind == "DaemonSet":
        tolerated += _DAEMON
    if everything:
        return
    if tolerated:
        name = draft.labels.closed(HARD_TAINTS, name="hard-taints")
        ways = f"^({'|'.join(sorted(set(tolerated)))})*$"
        if len(ways) > LONGEST_PATTERN:
            workload.block.lose("tolerations", workload.pod, "these are too many tolerations", "tolerations")
            return
        rule = Predicate(f"{name} ~ {pattern(ways)}")
        if not cordoned:
            rule = all_of([not_(Predicate(draft.labels.flag("unschedulable"))), rule])
        workload.block.clauses.append(f"hosts where {rule.text}")
    else:
        draft.labels.closed(HARD_TAINTS, name="hard-taints")
        draft.labels.flag("unschedulable")
        draft.lets["host.open"] = 'hard-taints == "" and not unschedulable'
        workload.block.clauses.append("hosts where open")


def _toleration(workload: Workload, toleration: Record) -> tuple[str | None, str | None, str | None] | None:
    """Key, value and effect that are tolerated, None for any; no toleration where it is none."""
    key, effect = toleration.string("key"), toleration.string("effect")
    operator = toleration.string("operator") or "Equal"
    value = toleration.string("value") or ""
    toleration.get("tolerationSeconds")
    if effect == "PreferNoSchedule":
        workload.block.note("tolerations", f"toleration of {key or 'any taint'}, PreferNoSchedule")
    if operator == "Exists":
        return key, None, effect
    if operator == "Equal" and key is not None:
        return key, value, effect
    workload.block.lose("tolerations", toleration, "this toleration is none")
    return None


def _taint(key: str | None, value: str | None, effect: str | None) -> str:
    """A pattern for one taint, as the importer of nodes writes it."""
    keys = "[^=:;]+" if key is None else escaped(key)
    values = "(=[^:;]*)?" if value is None else f"={escaped(value)}" if value else ""
    effects = "[A-Za-z]+" if effect is None else escaped(effect)
    return f"{keys}{values}:{effects};"
