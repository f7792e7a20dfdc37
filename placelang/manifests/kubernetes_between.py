"""What pods have to do with each other: affinities, anti-affinities, topology spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from placelang.importers.amounts import whole
from placelang.importers.record import Record
from placelang.manifests.labels import Labels
from placelang.manifests.predicates import preferred
from placelang.manifests.workloads import Workload, weight_of

REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_REVISIONS = ("pod-template-hash", "controller-revision-hash")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which workloads a selector chooses: itself, and others."""

    itself: bool
    others: tuple[Workload, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A term of an affinity. `weight` is 0 for one that has to hold."""

    workload: Workload
    kind: str
    term: Record
    weight: int

    def say(self, *clauses: str) -> None:
        soft = [preferred(clause, self.weight) for clause in clauses]
        self.workload.block.say(self.kind, *(soft if self.weight else clauses))

    def leave(self, why: str) -> None:
        self.term.get()
        if self.weight:
            self.workload.block.note(f"preferred {self.kind}", f"preferred {self.kind}: {why}")
        else:
            self.workload.block.lose(self.kind, self.term, f"this rule has no counterpart: {why}")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All workloads, and those that have a label, so that selectors need not look at all."""

    everyone: Sequence[Workload]
    by_label: Mapping[tuple[str, str], Sequence[Workload]]

    @staticmethod
    def of(workloads: Sequence[Workload]) -> Neighbours:
        found: dict[tuple[str, str], list[Workload]] = {}
        for workload in workloads:
            for label in workload.labels.items():
                found.setdefault(label, []).append(workload)
        return Neighbours(workloads, found)

    def near(self, selector: Record) -> Sequence[Workload]:
        """Those among which are all that the selector chooses."""
        wanted = selector.data.get("matchLabels")
        if not isinstance(wanted, dict) or not wanted:
            return self.everyone
        return self.by_label.get(next((key, str(value)) for key, value in wanted.items()), ())


def say(workload: Workload, others: Neighbours) -> None:
    """The rules between this workload's pods, and between them and those of others."""
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = workload.pod.record("affinity", kind)
        if rules is None:
            continue
        for term in rules.records(REQUIRED):
            _term(Rule(workload, kind, term, 0), others)
        for preference in rules.records(PREFERRED):
            weight = weight_of(preference)
            inner = preference.record("podAffinityTerm")
            if inner is not None:
                _term(Rule(workload, kind, inner, weight), others)
    for constraint in workload.pod.records("topologySpreadConstraints"):
        _spread(workload, others, constraint)


def _term(rule: Rule, others: Neighbours) -> None:
    workload, labels = rule.workload, rule.workload.draft.labels
    chosen = _chosen(workload, others, rule.term)
    key = rule.term.string("topologyKey")
    if chosen is None or key is None:
        rule.leave("which pods are meant cannot be told from these files")
    elif workload.recurs:
        rule.leave("jobs have no rules for what stands beside them")
    elif rule.kind == "podAntiAffinity":
        _apart(rule, chosen, _alone(workload, key))
    elif chosen.itself and (chosen.others or not _runs_once(workload)):
        rule.leave("a service cannot be told to stay together with itself")
    elif chosen.itself:
        workload.block.note(rule.kind, f"{rule.kind}: its only pod is content with itself")
    elif len(chosen.others) == 1:
        rule.say(f"same {domain(labels, key)} as {_named(workload, chosen.others[0])}")
    elif chosen.others:
        rule.leave("several workloads are meant, any of which would do")
    else:
        rule.leave("no workload in these files is meant")


def _runs_once(workload: Workload) -> bool:
    return "replicas 1" in workload.block.clauses


def _apart(rule: Rule, chosen: Chosen, key: str) -> None:
    clauses = [f"at most 1 per {key}"] if chosen.itself else []
    clauses += [f"different {key} than {_named(rule.workload, other)}" for other in chosen.others]
    if clauses:
        rule.say(*clauses)
    else:
        rule.workload.block.note(rule.kind, f"{rule.kind} towards pods of other files, by {key}")


def _named(workload: Workload, other: Workload) -> str:
    return other.block.name if other.app == workload.app else f"{other.app}.{other.block.name}"


def _spread(workload: Workload, others: Neighbours, rule: Record) -> None:
    block = workload.block
    name = "topologySpreadConstraints"
    soft = rule.string("whenUnsatisfiable") == "ScheduleAnyway"
    key, skew = rule.string("topologyKey"), rule.read(whole, "maxSkew") or 1
    chosen = _chosen(workload, others, rule)
    if key is None or chosen is None or not chosen.itself or workload.recurs:
        why = "jobs are not spread" if workload.recurs else "it is not about the pods that have it"
        if soft:
            block.note(name, f"topologySpreadConstraints: {why}")
        else:
            block.lose(name, rule, f"this rule has no counterpart: {why}")
        return
    if chosen.others:
        block.remark("the spread there counts pods of other workloads too, and here its own only")
    domains = rule.read(whole, "minDomains")
    if domains is not None:
        block.note("minDomains", f"minDomains: {domains}")
    clause = f"spread over {domain(workload.draft.labels, key)}" + (f" skew {skew}" if skew > 1 else "")
    block.say(name, f"prefer {clause}" if soft else clause)


def _alone(workload: Workload, key: str) -> str:
    """What a topology key is counted by for what stands apart: a node without it is in nobody's way."""
    own = domain(workload.draft.labels, key)
    if own == "host":
        return own
    name = f"host.{own.removeprefix('host.')}-or-name"
    workload.draft.lets[name] = f"{own.removeprefix('host.')} ?? name"
    return name


def domain(labels: Labels, key: str) -> str:
    """What a topology key is counted by here."""
    if key == "kubernetes.io/hostname":
        return "host"
    if key in _ZONES:
        return "zone"
    return f"host.{labels.open(key)}"


def _chosen(workload: Workload, others: Neighbours, rule: Record) -> Chosen | None:
    """What the selector of a rule chooses; None where that is not in the files."""
    for key in ("matchLabelKeys", "mismatchLabelKeys"):
        found = rule.get(key)
        if found and not (isinstance(found, list) and set(map(str, found)) <= set(_REVISIONS)):
            return None
    namespaces = rule.get("namespaces")
    every = rule.get("namespaceSelector")
    if every:
        return None
    wanted = set(map(str, namespaces)) if isinstance(namespaces, list) else set()
    selector = rule.record("labelSelector")
    if selector is None:
        return Chosen(itself=False, others=())
    meant = [
        other
        for other in others.near(selector)
        if (every == {} or other.namespace in (wanted or {workload.namespace}))
        and selects(selector, other.labels)
    ]
    return Chosen(
        workload in meant, tuple(other for other in meant if other is not workload and not other.recurs)
    )


def selects(selector: Record, labels: Mapping[str, str]) -> bool:
    """Whether pods with these labels are chosen."""
    wanted = selector.record("matchLabels")
    for key in wanted.data if wanted else ():
        if wanted is not None and labels.get(key) != wanted.get(key):
            return False
    return all(_meets(expression, labels) for expression in list(selector.records("matchExpressions")))


def _meets(expression: Record, labels: Mapping[str, str]) -> bool:
    key, operator, values = expression.get("key"), expression.get("operator"), expression.get("values")
    held = labels.get(str(key))
    among = held is not None and isinstance(values, list) and held in values
    match operator:
        case "In":
            return among
        case "NotIn":
            return not among
        case "Exists":
            return held is not None
    return operator == "DoesNotExist" and held is None
