"""What a plan says of the groups that it does not place: why, how the candidates dwindled, and what would
help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from placelang_runtime.base import Count, Document, Name, Text, absent

Scalar = bool | Annotated[float, Field(allow_inf_nan=False)] | Text
Wanted = Scalar | tuple[Text, ...] | tuple[dict[Name, Scalar | tuple[Text, ...]], ...]
"""A value of a fact, as an inventory has it; things that are on a list."""


class Proof(StrEnum):
    """Whether it is certain that a group could not be placed beside those that are."""

    PROVED = "proved"
    NOT_PROVED = "not proved"


class Clause(Document):
    """A clause of a source: `at` is `path:line:column`, `text` the clause as written."""

    at: Text
    text: Text


class Because(Document):
    """One sentence of an argument, with the clause it rests on if there is one."""

    text: Text
    clause: Clause | None


class UndecidedHost(Document):
    """A host for which a clause is neither true nor false, and the facts that would decide it."""

    host: Name
    facts: Annotated[tuple[Text, ...], Field(max_length=64)]


class Step(Document):
    """One clause over the hosts that the steps before it left: how many it removed since it is false for
    them, how many it does not decide. `hosts` and `undecided_hosts` are samples. `clause` is None where the
    step is not of the author's making, such as that a host is up."""

    text: Text
    clause: Clause | None
    removed: Count
    undecided: Count
    hosts: Annotated[tuple[Name, ...], Field(max_length=64)]
    undecided_hosts: Annotated[tuple[UndecidedHost, ...], Field(max_length=64)]


class Funnel(Document):
    """How a service's candidates dwindled: from `hosts`, step by step, to `remaining`. `variant` names the variants of
    models that it would serve there, where there are several to choose from."""

    service: Name
    variant: Annotated[Text | None, Field(exclude_if=absent)] = None
    hosts: Count
    steps: Annotated[tuple[Step, ...], Field(max_length=4096)]
    remaining: Count


class WantedFact(Document):
    """A fact that somebody would have to find out: `fact` of `thing`, which is or is in `host`; that is None for a fact
    of `site`. `keys` lead to it from its thing in an inventory.

    `conditions` are what it would have to be, as an author would write them; `value` is one that satisfies them, as an
    inventory has it: of a list, what there would be more on it. `age_ms` is how long ago it was known, None if it
    never was.
    """

    noun: Name
    thing: Text
    fact: Text
    site: Name
    host: Name | None
    keys: Annotated[tuple[Text, ...], Field(min_length=1, max_length=8)]
    conditions: Annotated[tuple[Text, ...], Field(max_length=64)]
    value: Wanted
    age_ms: Count | None


class Suggestion(Document):
    """A change with which the group was found to fit; each one was tried, by solving again, before it was
    written.

    `sites` are those of the entry's sites for which it holds. `facts` is there where all that is needed is to find
    something out, and `groups` says for which of the entry's groups: with these facts they fit, with any of them left
    out they do not.
    """

    text: Text
    sites: tuple[Name, ...]
    facts: Annotated[tuple[WantedFact, ...], Field(max_length=256, exclude_if=absent)] = ()
    groups: Annotated[tuple[Name, ...], Field(exclude_if=absent)] = ()


class Clash(Document):
    """What cannot all hold beside `group`, one of the entry's: shown by solving for these alone. `text` says so in one
    sentence, each of `members` in one of its own. `minimal`: without any one of them the others can; where it is false,
    that was not decided for some."""

    group: Name
    text: Text
    members: Annotated[tuple[Because, ...], Field(max_length=4096)]
    minimal: bool


class LeftOut(Document):
    """Groups that are left out for the same reasons, as one entry. Counts are over all of `groups`. `clash` is there
    where more than arithmetic was needed, and it was found."""

    groups: Annotated[tuple[Name, ...], Field(min_length=1)]
    sites: tuple[Name, ...]
    services: tuple[Name, ...]
    priority: Annotated[int, Field(ge=0, le=1000)]
    proof: Proof
    reasons: Annotated[tuple[Because, ...], Field(max_length=256)]
    funnels: tuple[Funnel, ...]
    suggestions: Annotated[tuple[Suggestion, ...], Field(max_length=256)]
    clash: Clash | None = None

    @property
    def further(self) -> Clash | None:
        """The clash, where it says more than the reasons."""
        cited = {reason.clause for reason in self.reasons if reason.clause}
        clauses = [member.clause for member in self.clash.members if member.clause] if self.clash else []
        return self.clash if any(clause not in cited for clause in clauses) else None
