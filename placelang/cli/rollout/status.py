"""`placelang rollout status`: how far rollouts over sites are, and what they wait for."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, age, open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, complain, count, emit, say, width

if TYPE_CHECKING:
    from placelang.cli.prose import Block
    from placelang.rollouts.course import Course, CourseWave
    from placelang.rollouts.decide import SiteSeen, Standing

EXAMPLES = """
placelang rollout status -i sqlite:///fleet.db
placelang rollout status shop -i sqlite:///fleet.db --json
"""

OneApp = Annotated[
    str | None, typer.Argument(metavar="APP", help="One app; all, if left out.", show_default=False)
]


def status(app: OneApp = None, url: Url = None, as_json: AsJson = False) -> Exit:
    """Show how far rollouts over sites are, wave by wave, and what they wait for; nothing is changed.

    The exit code is 0 where all are done, 5 where one failed or was aborted, else 3. What waits on one host is told by
    `placelang status` there.
    """
    from placelang.cli.prose import printed
    from placelang.rollouts.decide import decide, look
    from placelang.store import clock

    with open_store(url) as store:
        known = store.rollouts()
        if app is not None and app not in known:
            complain(f"no rollout of {app} was started: those of {', '.join(sorted(known)) or 'none'} were")
            return Exit.INPUT
        found = []
        for name, (course, standing, _) in known.items():
            if app in {None, name}:
                told, said = store.words_to(course), store.said_of(name)
                waits = decide(course, standing, told, said).waits
                found.append(
                    (course, standing, {s.name: s for s in look(course, standing, told, said)}, waits)
                )
    if as_json:
        document = {"format": "placelang/rollouts/1", "rollouts": [_data(*one) for one in found]}
        emit(json.dumps(document, indent=2) + "\n")
    elif not found:
        say("no rollout was started: `placelang rollout start PLAN` does that")
    else:
        now = clock()
        blocks = [block for one in found for block in _blocks(*one, now)]
        emit(printed(blocks, width=width(), colour=colourful(sys.stdout)))
    states = {standing.state for _, standing, _, _ in found}
    if states & {"failed", "back"}:
        return Exit.CHECK
    return Exit.DONE if states <= {"done"} else Exit.PARTIAL


def _blocks(
    course: Course, standing: Standing, seen: Mapping[str, SiteSeen], waits: str, now: int
) -> Iterator[Block]:
    from placelang.cli.prose import line, table
    from placelang.rollouts.controlling import STATES

    why = f": {standing.why}" if standing.why else ""
    about = f"sequence {course.sequence}, {course.plan[:19]}"
    yield line(f"{course.app}: {STATES[standing.state]}{why}", style="bold", after=about)
    rows = [
        (f"  {wave.name}", count(len(wave.sites), "site"), _told(number, wave, standing, seen))
        for number, wave in enumerate(course.waves, 1)
    ]
    if rows:
        yield table(rows)
    if waits and standing.state == "going":
        yield line(f"waits: {waits}", indent=2)
    open_sites = [seen[site.name] for wave in course.waves[: standing.open] for site in wave.sites]
    behind = [one for one in open_sites if one.stage not in {"through", "closed"}]
    if behind:
        yield table([(f"  {one.name}", one.stage, _heard(one, standing, now)) for one in behind[:20]])
    if behind[20:]:
        yield line(f"and {len(behind) - 20} more: --json", indent=2)
    if course.never:
        yield line(f"{count(len(course.never), 'site')} in no wave", indent=2)


def _told(number: int, wave: CourseWave, standing: Standing, seen: Mapping[str, SiteSeen]) -> str:
    """How far a wave is."""
    if number > standing.open:
        return "not open"
    stages = Counter(seen[site.name].stage for site in wave.sites)
    parts = [f"{number} {stage}" for stage, number in sorted(stages.items())]
    if wave.approved and standing.approved >= number:
        parts.append("approved")
    return ", ".join(parts)


def _heard(one: SiteSeen, standing: Standing, now: int) -> str:
    heard = f"heard {age(one.heard, now)}" if one.heard is not None else ""
    away = "nobody waits for it" if one.name in standing.without else ""
    return "; ".join(part for part in (one.why, heard, away) if part)


def _data(course: Course, standing: Standing, seen: Mapping[str, SiteSeen], waits: str) -> dict[str, object]:
    return {
        "app": course.app,
        "plan": course.plan,
        "sequence": course.sequence,
        "state": standing.state,
        "why": standing.why,
        "waits": waits,
        "waves": [
            {
                "name": wave.name,
                "open": number <= standing.open,
                "approved": (standing.approved >= number) if wave.approved else None,
                "healthy_ms": wave.healthy_ms,
                "sites": _sites([seen[site.name] for site in wave.sites], standing),
            }
            for number, wave in enumerate(course.waves, 1)
        ],
        "never": list(course.never),
    }


def _sites(seen: Sequence[SiteSeen], standing: Standing) -> list[dict[str, object]]:
    return [
        {
            "site": one.name,
            "stage": one.stage,
            "why": one.why,
            "well_ms": one.well_ms,
            "heard": one.heard,
            "waited_for": one.name not in standing.without,
        }
        for one in seen
    ]
