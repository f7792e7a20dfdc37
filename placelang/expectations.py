"""`TestSpec`: a `test` block after checking: what it changes of an inventory, and what it expects of the plan then.

Facts, services and values are resolved. What only an inventory can tell, such as that there is a host of some name, is
kept with its span, for `placelang.testing` to look up.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from placelang.diagnostics import Span
from placelang.expressions import Expr
from placelang.frozen import dataclass
from placelang.types import Type, Value


@dataclass(frozen=True, slots=True)
class Named:
    """A site, host, GPU, device or file by name: `gbg-1`, `gbg-1/gpu0`, `inventory.yaml`."""

    text: str
    span: Span


class Recorded(StrEnum):
    """Where an inventory records a fact; LIST stands for the lists of hosts, GPUs and devices."""

    FACT = "fact"
    LABEL = "label"
    RESOURCE = "resource"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class GivenFact:
    """A fact of one thing has this value; None is unknown, as if what was known had gone out of date."""

    noun: str
    subject: Named
    recorded: Recorded
    fact: str
    type: Type
    value: Value | None
    span: Span


@dataclass(frozen=True, slots=True)
class GivenUp:
    """All hosts of a site are up, or down."""

    site: Named
    up: bool
    span: Span


@dataclass(frozen=True, slots=True)
class GivenGone:
    """A thing is not there any more, nor what stands in it."""

    noun: str
    subject: Named
    span: Span


@dataclass(frozen=True, slots=True)
class GivenLike:
    """There is one more host, GPU or device, the same as `model` in all but its name."""

    noun: str
    subject: Named
    model: Named
    span: Span


Given = GivenFact | GivenUp | GivenGone | GivenLike


@dataclass(frozen=True, slots=True)
class ExpectPlaced:
    """Replicas of each of `services`, or runs of a job: at least one, or exactly `count`; at `site`, if it is given.
    With `hosts` (scope host) all of them stand where it is true, or `count` of them do. `subject` is what the author
    named."""

    subject: str
    services: tuple[str, ...]
    count: int | None
    site: Named | None
    hosts: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectLeftOut:
    """Each of `services`, or a round of a job, is left out, at `site` if it is given, for a reason that says
    `because`."""

    subject: str
    services: tuple[str, ...]
    site: Named | None
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectUndecided:
    """Of a host too little is known to say whether it suits each of `services`: of one host at least, of one at `site`,
    or of all for which `hosts` is true; a missing fact or its clause says `because`."""

    subject: str
    services: tuple[str, ...]
    site: Named | None
    hosts: Expr | None
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectMoves:
    """How many replicas move, compared by one of `== != < <= > >=`."""

    operator: str
    limit: int
    span: Span


Expect = ExpectPlaced | ExpectLeftOut | ExpectUndecided | ExpectMoves


@dataclass(frozen=True, slots=True)
class TestSpec:
    """One test. `inventory` and `running`, the plan that runs before anything changes, are files by the paths under
    which they are read; without `running` it is the plan of the inventory as it is. `given` holds in order; `span` is
    that of `test "…"`."""

    __test__: ClassVar[bool] = False  # or pytest takes the class for a test

    title: str
    inventory: Named
    running: Named | None
    given: tuple[Given, ...]
    expect: tuple[Expect, ...]
    span: Span
