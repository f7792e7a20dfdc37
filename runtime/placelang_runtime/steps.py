"""`Steps`: how a site gets from what runs to its plan: what is done, how long it may take, and what waits for what.

Nodes stand in an order that is safe, and every other order that the edges allow is safe as well: whoever carries
them out may do at the same time whatever does not wait for anything else.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from placelang_runtime.base import Count, Document, Name, Text, absent

StepKind = Literal["fetch-image", "fetch-model", "start", "switch", "stop", "clean"]


class Step(Document):
    """One thing to do, after which the next may begin.

    `fetch-image`, `fetch-model`: have `of` at the site, for whichever hosts need it or, with a `host`, at hand there in
    case others are lost. `start`: create and start the
    replica `of` on `host`, and wait until it is healthy. `switch`: lead whoever reaches the replica to that copy.
    `stop`: stop and remove the copy on `host`. `clean`: remove from `host` what no replica there needs any more.
    `seconds` is an estimate of how long it takes.
    """

    kind: StepKind
    of: Text
    host: Name | None
    seconds: Count


class StepNote(Document):
    """What is to be known of a step: `stops-first`, it stops a replica before that starts anew, and `text` says what
    for; `spare`, a replica stands there for a while only; `breach`, a clause does not hold until all is done, as no
    order keeps it."""

    step: Count
    kind: Literal["stops-first", "spare", "breach"]
    text: Text


class Steps(Document):
    """`edges` are pairs of nodes by number: the first has to be done before the second begins. `awaits` are nodes that
    wait for word from another site, as the header of the plan says. `seconds` is how long the site takes, where nothing
    holds it up but its own steps."""

    nodes: tuple[Step, ...] = ()
    edges: tuple[tuple[Count, Count], ...] = ()
    awaits: Annotated[tuple[Count, ...], Field(exclude_if=absent)] = ()
    notes: Annotated[tuple[StepNote, ...], Field(exclude_if=absent)] = ()
    seconds: Count = 0

    @model_validator(mode="after")
    def _leads_onward(self) -> Self:
        named = (*self.awaits, *(note.step for note in self.notes), *(later for _, later in self.edges))
        if any(number >= len(self.nodes) for number in named):
            raise ValueError("a step that is not there")
        if any(earlier >= later for earlier, later in self.edges):
            raise ValueError("a step that waits for a later one")
        return self


class SiteStep(Document):
    """A step of a site, by number."""

    site: Name
    step: Annotated[int, Field(ge=0)]


class Precedence(Document):
    """`first` has to be done before `then` begins, at another site."""

    first: SiteStep
    then: SiteStep


class Schedule(Document):
    """The steps of all sites: how many, how long they take together where nothing holds them up but each other, and
    what waits across sites."""

    steps: Count
    seconds: Count
    between: tuple[Precedence, ...] = ()
