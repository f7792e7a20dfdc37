"""Why groups are left out: one entry for all that are left out alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from placelang.arrange.clashes import find_clash
from placelang.arrange.funnels import funnel
from placelang.arrange.reasons import explain_reasons, sign
from placelang.arrange.suggest import find_suggestions
from placelang.lower import Lowered
from placelang_runtime import left_out as document
from placelang_scheduler import LeftOut, Solution


def find_left_out(lowered: Lowered, solution: Solution, seed: int) -> tuple[document.LeftOut, ...]:
    """The entries, the most important first, then by name."""
    units: dict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(lowered.units):
        units[unit.group].append(number)
    alike: dict[tuple[object, ...], list[LeftOut]] = defaultdict(list)
    for left in solution.left_out:
        services = tuple(lowered.units[u].service.form for u in units[left.group])
        signs = tuple(sign(lowered, reason) for reason in left.reasons)
        priority = lowered.problem.groups[left.group].priority
        alike[services, priority, left.proof, signs].append(left)
    entries = sorted(alike.values(), key=lambda found: _rank(lowered, found))
    suggestions = find_suggestions(lowered, solution, entries, seed)
    return tuple(
        _entry(lowered, found, units, offered) for found, offered in zip(entries, suggestions, strict=True)
    )


def _rank(lowered: Lowered, found: Sequence[LeftOut]) -> tuple[int, str]:
    group = lowered.problem.groups[found[0].group]
    return -group.priority, group.id


def _entry(
    lowered: Lowered,
    found: Sequence[LeftOut],
    units: dict[int, list[int]],
    suggestions: tuple[document.Suggestion, ...],
) -> document.LeftOut:
    groups = [lowered.problem.groups[left.group] for left in found]
    by_service: dict[str, list[int]] = defaultdict(list)
    for left in found:
        for unit in units[left.group]:
            by_service[lowered.units[unit].service.form].append(unit)
    funnels = {name: funnel(lowered, name, numbers) for name, numbers in sorted(by_service.items())}
    sites = {lowered.units[u].site for numbers in by_service.values() for u in numbers} - {-1}
    return document.LeftOut(
        groups=tuple(sorted(group.id for group in groups)),
        sites=tuple(lowered.world.sites.names[site] for site in sorted(sites)),
        services=tuple(dict.fromkeys(own.service for own in funnels.values())),
        priority=groups[0].priority,
        proof=document.Proof(found[0].proof),
        reasons=explain_reasons(lowered, found, funnels),
        funnels=tuple(funnels.values()),
        suggestions=suggestions,
        clash=find_clash(lowered, found),
    )
