"""The scheduler's reasons as sentences about services, hosts and clauses.

A sentence speaks for all groups of an entry at once: what they need and have is given as a range where it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from placelang.arrange.amounts import say_amount
from placelang.cite import cite
from placelang.diagnostics import Span
from placelang.lower import Lowered
from placelang.lower.devices import kind_of
from placelang.lower.links import UPLINKS, links_of
from placelang.lower.needs import PORT, ports_of
from placelang.lower.steps import Draining, LinkUse, Step, Up
from placelang.lower.stock import STOCK, asked_by
from placelang.program import AmountNeed, Filter, Link, Need, Same, Service, ShareNeed, Survive
from placelang_runtime.left_out import Because, Funnel
from placelang_scheduler import LeftOut, Reason
from placelang_scheduler.reasons import Kind
from placelang_scheduler.rules.sharing import share_of


@dataclass(frozen=True, slots=True)
class Sign:
    """What a reason has in common with those of other groups that are left out alike."""

    kind: str
    form: str | None
    clause: Span | None
    resource: str | None
    group: str | None
    steps: tuple[tuple[int, bool], ...]


def sign(lowered: Lowered, reason: Reason) -> Sign:
    """The sign of a reason; a group is called without what it is counted by. Where there is no candidate, the steps
    that decide are part of it, that hosts are up aside. Of a loss that leaves no host no service is named: it is the
    same for all."""
    nowhere = reason.kind == Kind.LOSS and reason.resource is None and reason.have == 0
    return Sign(
        kind=reason.kind,
        form=None if reason.workload is None or nowhere else lowered.units[reason.workload].service.form,
        clause=_clause(lowered, reason.constraint),
        resource=UPLINKS if reason.constraint == UPLINKS else reason.resource,
        group=None if reason.group is None else lowered.problem.groups[reason.group].id.partition("@")[0],
        steps=_deciding(lowered, reason),
    )


def _clause(lowered: Lowered, constraint: str | None) -> Span | None:
    return None if constraint is None or constraint == UPLINKS else lowered.clause(constraint)


def _deciding(lowered: Lowered, reason: Reason) -> tuple[tuple[int, bool], ...]:
    """The steps that leave a unit without candidates, each with whether it is unknown; that hosts are up is none."""
    if reason.kind != Kind.NO_CANDIDATES or reason.workload is None:
        return ()
    form = lowered.units[reason.workload].service.form
    hosts = lowered.hosts(reason.workload)
    steps = lowered.steps[form].steps
    deciding = zip(hosts.tolist(), lowered.deciding(form, hosts).tolist(), strict=True)
    found = {(n, bool(steps[n].truth.unknown[h])) for h, n in deciding}
    return tuple(sorted(pair for pair in found if not isinstance(steps[pair[0]].about, Up)))


DISPLACING = "takes the room of what runs now: without it, this could stay"


def explain_reasons(
    lowered: Lowered, entries: Sequence[LeftOut], funnels: Mapping[str, Funnel]
) -> tuple[Because, ...]:
    """One sentence for each kind of reason of groups that are left out alike; where a policy is one, the services that
    it binds are named with their own lines."""
    alike: dict[Sign, list[tuple[LeftOut, Reason]]] = {}
    for entry in entries:
        for reason in entry.reasons:
            alike.setdefault(sign(lowered, reason), []).append((entry, reason))
    found: list[Because] = []
    bound: dict[str, None] = {}
    told = {signed: _because(lowered, signed, reasons, funnels) for signed, reasons in alike.items()}
    for signed, reasons in alike.items():
        because, span = _of_all_forms(signed, told)
        if because not in found:
            found.append(because)
        if span in lowered.policies:
            entries_of = {entry.group for entry, _ in reasons}
            services = [u.service.name for u in lowered.units if u.group in entries_of]
            own = [signed.form.partition(" ~ ")[0]] if signed.form else services
            bound.update(dict.fromkeys(own))
    return (*found, *(_bound(lowered, service) for service in bound))


Told = tuple[Because, Span | None]


def _of_all_forms(signed: Sign, told: Mapping[Sign, Told]) -> Told:
    """What is said; where it is said of other forms of a service, too, it is said of the service."""
    because, span = told[signed]
    service = (signed.form or "").partition(" ~ ")[0]
    if signed.form is None or signed.form == service:
        return because, span
    plain = because.text.replace(signed.form, service)
    alike = (
        one.clause == because.clause and one.text.replace(other.form, service) == plain
        for other, (one, _) in told.items()
        if other != signed and other.form is not None
    )
    return (because.model_copy(update={"text": plain}) if any(alike) else because), span


def _bound(lowered: Lowered, service: str) -> Because:
    return Because(
        text=f"the policy binds {service}", clause=cite(lowered.sources, lowered.service(service).span)
    )


def _because(
    lowered: Lowered, signed: Sign, found: list[tuple[LeftOut, Reason]], funnels: Mapping[str, Funnel]
) -> Told:
    words = _Words(lowered, signed, found, funnels)
    span = signed.clause or _span(lowered, signed, found)
    if signed.kind == Kind.NO_CANDIDATES and signed.form is not None and signed.form in funnels:
        step = only_step(lowered, funnels[signed.form])
        span = step.span if step is not None else None
    text = _SENTENCES[Kind(signed.kind)](words)
    if words.on_disk:
        whose = found[0][1].workload
        span = span if whose is None else asked_by(lowered.units[whose].service)
        text = f"{words.hosts or 'its hosts'} would need more disk for the images and models of {words.who}"
    policy = lowered.policies.get(span) if span else None
    if policy is not None:
        text = text.replace(_CLAUSE, f"the policy {policy}")
    return Because(text=text, clause=cite(lowered.sources, span) if span else None), span


_CLAUSE = "this clause"
"""What a sentence calls the clause that is cited under it."""


@dataclass(frozen=True, slots=True)
class _Words:
    lowered: Lowered
    signed: Sign
    found: list[tuple[LeftOut, Reason]]
    funnels: Mapping[str, Funnel]

    @property
    def who(self) -> str:
        """The service, or the group, that is short of something."""
        return self.signed.form or _name(self.lowered, [entry.group for entry, _ in self.found])

    @property
    def on_disk(self) -> bool:
        """Whether it is what hosts have on disk that they cannot hold."""
        kinds = {Kind.EXCLUDED, Kind.CONFLICT}
        return Kind(self.signed.kind) in kinds and any(STOCK in (r.constraint or "") for _, r in self.found)

    @property
    def other(self) -> str:
        return _name(self.lowered, [r.group for _, r in self.found if r.group is not None])

    @property
    def need(self) -> str:
        return self._amount([r.need for _, r in self.found if r.need is not None])

    @property
    def have(self) -> str:
        return self._amount([r.have for _, r in self.found if r.have is not None])

    @property
    def hosts(self) -> str:
        hosts = sorted({h for _, r in self.found for h in r.hosts})
        return _some([self.lowered.world.hosts.names[h] for h in hosts])

    @property
    def lost(self) -> str:
        """What is lost; where that differs, one of several."""
        losses = sorted({r.hosts for _, r in self.found})
        if len(losses) == 1:
            return f"{self.hosts} {'is' if len(losses[0]) == 1 else 'are'}"
        hosts = _some(sorted(self.lowered.world.hosts.names[h] for loss in losses for h in loss))
        return f"one of {hosts} is"

    @property
    def milder(self) -> str:
        """What to write where a guarantee cannot be had."""
        services = {u.service.name: u.service for u in self.lowered.units}
        asked = (c for s in services.values() for c in s.constraints if isinstance(c, Survive))
        clause = next(c for c in asked if c.span == self.signed.clause)
        few = f"`sites where count(hosts) > {clause.count}`"
        soft = f"write `prefer survive {clause.count} {clause.key.text}`"
        return f"{soft}, or {few}" if clause.key.text == "host" else soft

    @property
    def port(self) -> bool:
        """Whether a host port is short: a host has it or not."""
        return self.signed.resource is not None and self.signed.resource.startswith(PORT)

    def _amount(self, amounts: list[int]) -> str:
        resource = self.signed.resource
        said = [
            str(n) if resource is None else say_amount(self.lowered.program, resource, n)
            for n in sorted({min(amounts, default=0), max(amounts, default=0)})
        ]
        return " to ".join((*(text.removesuffix(f" of {resource}") for text in said[:-1]), said[-1]))


def _no_candidates(words: _Words) -> str:
    funnel = words.funnels.get(words.who)
    if funnel is None or not funnel.hosts:
        return f"there is no host for {words.who}"
    undecided = sum(step.undecided for step in funnel.steps)
    if undecided:
        return (
            f"no host is known to suit {words.who}: {undecided} of {funnel.hosts} might, if more were known"
        )
    step = only_step(words.lowered, funnel)
    if step is not None and isinstance(step.about, Up):
        return (
            f"every host for {words.who} is down" if funnel.hosts > 1 else f"the host for {words.who} is down"
        )
    if step is not None and isinstance(step.about, Draining):
        return f"no host for {words.who} is left that is not being drained"
    down = funnel.steps[0].removed
    hosts = f"{funnel.hosts - down} hosts" if funnel.hosts - down > 1 else "one host"
    if down:
        hosts += " that are up" if funnel.hosts - down > 1 else " that is up"
    match step.about if step is not None else None:
        case LinkUse(clause=link):
            return f"none of {hosts} for {words.who} is within reach of {link.service}"
        case Filter():
            return f"{_CLAUSE} accepts none of {hosts} for {words.who}"
        case None:
            return f"none of {hosts} suits {words.who}"
        case _:
            return f"{words.who} needs this, which none of {hosts} has"


def form_of(funnel: Funnel) -> str:
    """The form of a service that a funnel is of."""
    return funnel.service if funnel.variant is None else f"{funnel.service} ~ {funnel.variant}"


def only_step(lowered: Lowered, funnel: Funnel) -> Step | None:
    """The one step that decides about all hosts of a funnel, those that are down aside."""
    steps = lowered.steps[form_of(funnel)].steps
    deciding = [s for s, f in zip(steps, funnel.steps, strict=True) if f.removed or f.undecided]
    rest = [s for s in deciding if not isinstance(s.about, Up)] or deciding
    return rest[0] if len(rest) == 1 and not funnel.remaining else None


def _too_large(words: _Words) -> str:
    if words.signed.resource == SHARE:
        return f"{words.who} needs {words.need}; the largest that {words.hosts} can give is {words.have}"
    return f"{words.who} needs {words.need}; the most that {words.hosts} can give is {words.have}"


def _capacity(words: _Words) -> str:
    if words.signed.resource == SHARE:
        need, have = (said.removesuffix(_OF_ONE) for said in (words.need, words.have))
        return f"{words.who} needs {need} of GPUs in all, those of its hosts have {have} together"
    if words.port:
        return f"{words.who} needs {words.need} more often than its hosts have it"
    return f"{words.who} needs {words.need} in all, its hosts have {words.have} together"


def _shortage(words: _Words) -> str:
    if words.signed.resource == SHARE:
        need, have = (said.removesuffix(_OF_ONE) for said in (words.need, words.have))
        if words.signed.form is None:
            return f"{words.who} needs {need} of GPUs in all, those of its hosts have {have} left together"
        return f"{words.who} needs a GPU with {need} free; the largest share that is free is {have}"
    if words.port:
        return f"{words.who} needs {words.need}, which is taken on all of its hosts"
    if words.signed.form is None:
        return f"{words.who} needs {words.need} in all, its hosts have {words.have} left together"
    return f"{words.who} needs {words.need}, the host with the most has {words.have} left"


def _loss(words: _Words) -> str:
    lost = f"when {words.lost} lost"
    if all(reason.need is None for _, reason in words.found):
        return f"{lost}, what this clause guarantees does not fit in what is left"
    if words.signed.resource is None and all(reason.have == 0 for _, reason in words.found):
        return f"{lost}, nothing is left for {words.who} to stand on: {words.milder}"
    if words.signed.resource is None:
        return f"{lost}, {words.who} needs {words.need} replicas again, and what is left holds {words.have}"
    if words.signed.form is None:
        return f"{lost}, {words.need} is needed in all, and what is left has {words.have}"
    return f"{lost}, {words.who} needs {words.need} again, and the host with the most has {words.have} left"


def _conflict(words: _Words) -> str:
    if words.signed.resource == UPLINKS:
        return "the uplinks do not carry what this link and the others book together"
    if words.signed.resource is not None:
        return f"{words.hosts} would need more {say_kind(words.signed.resource)}"
    return f"{_CLAUSE} cannot hold together with the others named here"


def say_kind(resource: str) -> str:
    """What runs short: `memory`, `GPUs`, `host port 8080`."""
    if resource.startswith(PORT):
        return f"host port {resource.removeprefix(PORT)}"
    return {"gpu": "GPUs", SHARE: "GPU memory", "cpu": "cpu"}.get(resource, resource.removeprefix("device."))


_SENTENCES: Mapping[Kind, Callable[[_Words], str]] = {
    Kind.NO_CANDIDATES: _no_candidates,
    Kind.TOO_LARGE: _too_large,
    Kind.EXCLUDED: lambda w: f"{_CLAUSE} keeps {w.who} from {w.hosts}",
    Kind.TOO_FEW: lambda w: f"{w.who} needs {w.need} replicas, all its hosts together hold {w.have}",
    Kind.CAPACITY: _capacity,
    Kind.CONFLICT: _conflict,
    Kind.REQUIRES: lambda w: f"it needs {w.other}, which is left out",
    Kind.CROWDED: lambda w: f"{w.other} takes the room: without it, this would fit",
    Kind.DISPLACED: lambda w: f"{w.other} {DISPLACING}",
    Kind.SHORTAGE: _shortage,
    Kind.LOSS: _loss,
    Kind.OUTWEIGHED: lambda _: "it would fit, but what is to be best before `placed` is better without it",
    Kind.UNDECIDED: lambda _: "the budget ended before it was known whether this fits",
}


def _span(lowered: Lowered, signed: Sign, found: list[tuple[LeftOut, Reason]]) -> Span | None:
    """The clause behind a reason that names none: the need that runs short, or what makes another group required."""
    entry, reason = found[0]
    if reason.constraint == UPLINKS:
        return _booking(lowered, entry.group)
    if signed.kind == Kind.REQUIRES:
        return _required_by(lowered, entry.group, reason.group)
    if signed.form is None or signed.resource is None or reason.workload is None:
        return None
    return _need_span(lowered.units[reason.workload].service, signed.resource)


def _booking(lowered: Lowered, group: int) -> Span | None:
    """The first link of a group that books something."""
    services = [unit.service for unit in lowered.units if unit.group == group]
    links = [link for service in services for link in links_of(service)]
    return next((link.span for link in links if link.bandwidth and link.weight is None), None)


SHARE = share_of("gpu")
_OF_ONE = " of one GPU"


def short_of(need: Need) -> str:
    """What the scheduler calls what runs short where a need is not met."""
    if isinstance(need, AmountNeed):
        return need.resource
    return SHARE if isinstance(need, ShareNeed) else kind_of(need)


def _need_span(service: Service, resource: str) -> Span | None:
    for need in service.needs:
        if short_of(need) == resource:
            return need.span
    return next((p.span for p in ports_of(service) if f"{PORT}{p.host}" == resource), None)


def _required_by(lowered: Lowered, group: int, other: int | None) -> Span | None:
    names = {u.service.name for u in lowered.units if u.group == other}
    for unit in lowered.units:
        if unit.group == group:
            same = [(c.service, c.span) for c in unit.service.constraints if isinstance(c, Same | Link)]
            for name, span in (*same, *unit.service.after):
                if name in names:
                    return span
    return None


def _name(lowered: Lowered, groups: Iterable[int]) -> str:
    names = sorted({lowered.problem.groups[g].id for g in groups})
    return names[0] if len(names) == 1 else " or ".join(sorted({n.partition("@")[0] for n in names}))


def _some(names: list[str], most: int = 4) -> str:
    return (
        ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"
    )
