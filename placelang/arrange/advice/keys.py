"""What would have to be found out for a host to take replicas that it is not known to suit: the shortest such lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from placelang.arrange.advice.copy import Copy
from placelang.arrange.advice.finding import LISTS, Finding
from placelang.arrange.advice.values import Choice, choices, type_of
from placelang.evaluate import Missing
from placelang.facts import MEASURED
from placelang.lower import Lowered
from placelang.lower.devices import count_of, thing_needs
from placelang.lower.steps import Step, missing_facts, missing_things, noun_of
from placelang.program import ThingNeed

Key = frozenset[Finding]
TRIED = 16
"""Ways in which the values of what is missing are put together."""
MOST_THINGS = 16
SMALL = 6
"""As many findings may be all of which every selection is looked at."""


def keys_of(copy: Copy, form: str, hosts: Iterable[int]) -> Iterator[Key]:
    """For each of the hosts, by their rows in the copy, what could open it to the form, or have it take more."""
    lowered = copy.knowing(())
    for host in hosts:
        unknown = lowered.unknown(form, host)
        if unknown:
            yield from _opening(copy, form, host, unknown)
        yield from _more_things(copy, form, host)


def _opening(copy: Copy, form: str, host: int, unknown: Sequence[Step]) -> Iterator[Key]:
    found = _findings(copy, form, host, unknown)
    keys: dict[Key, None] = {}
    for way in islice(product(*found), TRIED):
        if _opens(copy, form, host, way):
            keys.update(dict.fromkeys(_shortest(copy, form, host, way)))
    yield from keys


def _opens(copy: Copy, form: str, host: int, findings: Iterable[Finding]) -> bool:
    return bool(copy.knowing(tuple(findings)).steps[form].candidates[host])


def _shortest(copy: Copy, form: str, host: int, every: Sequence[Finding]) -> Iterator[Key]:
    """The selections that open the host and of which no part does."""
    needed = [one for one in every if not _opens(copy, form, host, [o for o in every if o is not one])]
    if len(needed) == len(every):
        yield frozenset(every)
        return
    rest = [one for one in every if one not in needed]
    found: list[Key] = []
    for size in range(len(rest) if len(rest) <= SMALL else 0):
        for some in combinations(rest, size):
            key = frozenset((*needed, *some))
            if not any(other <= key for other in found) and _opens(copy, form, host, key):
                found.append(key)
                yield key
    if not found:
        yield frozenset(_thinned(copy, form, host, every))


def _thinned(copy: Copy, form: str, host: int, every: Sequence[Finding]) -> Sequence[Finding]:
    for one in every:
        fewer = [other for other in every if other is not one]
        if _opens(copy, form, host, fewer):
            every = fewer
    return every


def _findings(copy: Copy, form: str, host: int, unknown: Sequence[Step]) -> list[list[Finding]]:
    """For each fact that is missing: what it could turn out to be."""
    lowered = copy.knowing(())
    together: dict[tuple[str, str, str], Missing] = {}
    wanted: dict[tuple[str, str, str], tuple[int, ...]] = {}
    for step in unknown:
        for missing in missing_facts(step, lowered.world, host):
            key = (missing.noun, missing.thing, missing.fact)
            before = together.get(key)
            asked = dict.fromkeys((*(before.asked if before else ()), *missing.asked))
            together[key] = replace(missing, asked=tuple(asked))
            if missing.fact in LISTS:
                wanted[key] = (*wanted.get(key, ()), *_counts(lowered, form, step.about))
    found = []
    for key, missing in together.items():
        if missing.fact in LISTS:
            found.append(list(_lists(copy, form, host, missing, sorted(set(wanted[key])))))
        else:
            found.append([_finding(lowered, missing, choice) for choice in _choices(lowered, missing)])
    return found


def _counts(lowered: Lowered, form: str, about: object) -> Iterable[int]:
    """How many more things a list might have: up to what one replica holds for the need, for all its needs, and what
    all replicas hold."""
    if not isinstance(about, ThingNeed):
        return range(3)
    noun, shape = noun_of(about), lowered.form(form)
    every = sum(count_of(need) for need in thing_needs(shape) if noun_of(need) == noun)
    counts = (*range(1, count_of(about) + 1), every, every * shape.replicas.low)
    return sorted({count for count in counts if count <= MOST_THINGS})


def _choices(lowered: Lowered, missing: Missing) -> tuple[Choice, ...]:
    kind = type_of(lowered.program, missing.noun, missing.fact)
    return choices(missing, kind, lowered.program, lowered.world)


def _lists(copy: Copy, form: str, host: int, missing: Missing, counts: Iterable[int]) -> Iterator[Finding]:
    """The list as it is, and with more things on it of which all is known that is asked of them."""
    for count in counts:
        lowered = copy.knowing(())
        noun = missing.fact[:-1]
        if noun == "host" or not count:
            yield _finding(lowered, missing, Choice("[]", ("are only those that are listed",)))
            continue
        bare = _finding(lowered, missing, Choice(json.dumps([{}] * count), ()))
        more, conditions = _filled(copy, form, host, noun, bare)
        said = f"have {count} more" + (f" with {' and '.join(conditions)}" if conditions else "")
        yield replace(bare, text=json.dumps(more), conditions=(said,))


def _filled(
    copy: Copy, form: str, host: int, noun: str, bare: Finding
) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    """What is on a list beside what is known, each with the facts that are asked of it."""
    before = set(copy.knowing(()).world.table(noun).names)
    lowered = copy.knowing((bare,))
    table = lowered.world.table(noun)
    fresh = [n for n, parent in zip(table.names, table.parents.tolist(), strict=True) if parent == host]
    fresh = [name for name in fresh if name not in before]
    more: dict[str, dict[str, object]] = {name: {} for name in fresh}
    said: dict[str, None] = {}
    steps = [*lowered.unknown(form, host), *_thing_steps(lowered, form, noun)]
    for step in steps:
        for missing in missing_facts(step, lowered.world, host):
            if missing.thing in more and (found := _choices(lowered, missing)):
                more[missing.thing].setdefault(missing.fact, json.loads(found[0].text))
                said |= dict.fromkeys(f"{missing.fact} {condition}" for condition in found[0].conditions)
    return list(more.values()), tuple(said)


def _thing_steps(lowered: Lowered, form: str, noun: str) -> list[Step]:
    about = lowered.steps[form].steps
    return [step for step in about if isinstance(step.about, ThingNeed) and noun_of(step.about) == noun]


def _more_things(copy: Copy, form: str, host: int) -> Iterator[Key]:
    """What would tell of one more GPU or device of a host that is a candidate already that it serves."""
    lowered = copy.knowing(())
    if lowered.unknown(form, host) or not lowered.steps[form].candidates[host]:
        return
    for need in thing_needs(lowered.form(form)):
        by_thing: dict[str, list[Missing]] = {}
        for missing in dict.fromkeys(missing_things(need, lowered.world, host)):
            by_thing.setdefault(missing.thing, []).append(missing)
        for found in by_thing.values():
            for missing in found:
                if missing.fact in LISTS:
                    counts = _counts(lowered, form, need)
                    lists = _lists(copy, form, host, missing, sorted(set(counts)))
                    yield from (frozenset([one]) for one in lists)
            ways = [_choices(lowered, missing) for missing in found if missing.fact not in LISTS]
            if ways and all(ways):
                rest = [missing for missing in found if missing.fact not in LISTS]
                pairs = zip(rest, ways, strict=True)
                yield frozenset(_finding(lowered, missing, way[0]) for missing, way in pairs)


def _finding(lowered: Lowered, missing: Missing, choice: Choice) -> Finding:
    world, noun = lowered.world, missing.noun
    row = world.table(noun).rows[missing.thing]
    site = world.sites.names[int(world.ancestors(noun, "site")[row])]
    host = None if noun == "site" else world.hosts.names[int(world.ancestors(noun, "host")[row])]
    keys = _keys(lowered, noun, missing.fact)
    return Finding(
        noun,
        missing.thing,
        missing.fact,
        site,
        host,
        keys,
        choice.text,
        choice.conditions,
        missing.age_ms,
        choice.low,
    )


def _keys(lowered: Lowered, noun: str, fact: str) -> tuple[str, ...]:
    """Where an inventory has the fact."""
    if any((label.noun, label.name) == (noun, fact) for label in lowered.program.labels):
        return ("labels", fact)
    if noun == "host" and any(resource.name == fact for resource in lowered.program.resources):
        return ("resources", fact)
    head, quote, rest = fact.partition('("')
    if quote:
        of, _, name = rest.partition('")')
        if head == "model":
            return ("labels", f"{MEASURED}{of}{name}")
        return (head, of, *filter(None, name.split(".")))
    return tuple(fact.split("."))
