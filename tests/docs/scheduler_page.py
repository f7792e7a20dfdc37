"""What the page of the scheduler takes from its code: every constraint and objective with its meaning, and the methods
of a constraint."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from textwrap import dedent

from placelang_scheduler import CONSTRAINTS, OBJECTIVES
from placelang_scheduler.constraints.protocol import METHODS, Constraint

EXAMPLES: dict[str, tuple[str, str]] = {
    "Hosts": ("`prefer hosts where accelerated`", 'Hosts("likes gpus", 0, frozenset({2, 3}), weight=5)'),
    "Spread": ("`spread over zone skew 1`", 'Spread("over zones", (0,), "zone", 1)'),
    "AtMost": ("`at most 1 per host`", 'AtMost("apart", (0,), "host", 1)'),
    "AtLeast": ("`at least 2 different zone`", 'AtLeast("two zones", (0,), "zone", 2)'),
    "Same": ("`same host as detector`", 'Same("together", (1,), (0,), "host")'),
    "Different": ("`different host than detector`", 'Different("not together", (1,), (0,), "host")'),
    "Keep": ('`volume "/data" keep`', 'Keep("its data", (0,))'),
    "Reserve": ("`reserve memory 20%`", 'Reserve("headroom", (0, 1), "memory", {0: 2, 1: 2})'),
    "Link": ("`link detector latency <= 5ms`", 'Link("near", (1,), (0,), "zone", {"a": {"b": 5}})'),
    "LinkEvery": (
        "`link every detector latency <= 5ms`",
        'LinkEvery("near all", (1,), (0,), "zone", {"a": {"b": 5}})',
    ),
    "Uplinks": (
        "`link detector bandwidth >= 20Mbps`",
        'Uplinks("uplinks", (Link("near", (1,), (0,), "zone", {"a": {"b": 5}}, bandwidth=20),), {"a": 100})',
    ),
    "Survive": ("`survive 1 host`", 'Survive("any host", (0,), ((0,), (1,), (2,), (3,)))'),
    "Best": ("`variant` of a model", 'Best("the best model", (0,), (0,), weight=1)'),
    "Overlap": ("nothing yet: it is for programs", 'Overlap("both places", (0, 1), "memory")'),
    "Stock": (
        "`images.lock`, and the files of models",
        'Stock("images", (0, 1), "disk", {0: 2}, sizes=(5, 3), uses=((0,), (0, 1)))',
    ),
    "Placed": ("`optimize placed`", "Placed()"),
    "Preferences": ("`optimize preferences`", "Preferences()"),
    "Moves": ("`optimize moves`", "Moves()"),
    "Balance": ("`optimize balance memory`", 'Balance("memory")'),
    "Pack": ("`optimize pack`", "Pack()"),
    "Cost": ("`optimize cost`", "Cost()"),
    "Power": ("`optimize power`", "Power()"),
    "Vacate": ("a host that is `draining`", "Vacate()"),
    "Latency": ("`optimize latency`", "Latency()"),
    "Toll": ("nothing yet: it is for programs", 'Toll((Hinge(2, (("memory", 1),), (6, 6, 6, 6)),), moves=1)'),
}
"""By class: how the language says it, and how Python does."""


def constraints() -> Iterator[str]:
    """A section for each constraint."""
    for kind in CONSTRAINTS:
        yield from _section(kind)


def objectives() -> Iterator[str]:
    """A section for each objective."""
    for kind in OBJECTIVES:
        yield from _section(kind, of_module=True)


def methods() -> Iterator[str]:
    """What a constraint is asked."""
    yield from ("| method | what it gives |", "|---|---|")
    for name in METHODS:
        method = inspect.getattr_static(Constraint, name)
        arguments = ", ".join(one for one in inspect.signature(method).parameters if one != "self")
        yield f"| `{name}({arguments})` | {' '.join(dedent(str(method.__doc__)).split())} |"


def _section(kind: type, *, of_module: bool = False) -> Iterator[str]:
    keyword = inspect.signature(kind).parameters["keyword"].default
    said, made = EXAMPLES[kind.__name__]
    yield from ("", f"### {keyword}", "")
    if of_module:
        about = str(inspect.getmodule(kind).__doc__)
        first, _, rest = about.partition("\n\n")
        yield from _paragraphs(f"{first.partition(': ')[2]}\n\n{rest}")
    else:
        yield from _paragraphs(str(kind.__doc__))
    shown = dict.fromkeys((_signature(kind), made))
    yield from ("", "```python", *shown, "```", "", f"In the language: {said}.")


def _paragraphs(text: str) -> Iterator[str]:
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip()]
    for number, paragraph in enumerate(paragraphs):
        yield from ([""] if number else [])
        yield paragraph[0].upper() + paragraph[1:]


def _signature(kind: type) -> str:
    """How one is made; what never differs is left out."""
    own = [one for one in inspect.signature(kind).parameters.values() if one.name != "keyword"]
    arguments = ", ".join(str(one) for one in own).replace("'", "").replace("<factory>", "{}")
    return re.sub(r"\s+", " ", f"{kind.__name__}({arguments})")
