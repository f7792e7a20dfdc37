"""A token that fits nowhere, and what the automaton knows about its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.parse.layout import ERROR
from placelang.parse.wording import apart, inside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from placelang.parse.faults import Faults
    from placelang.parse.tokens import Tokens
    from placelang_grammar import Table


RESERVED = frozenset(("AND", "OR", "NOT", "IN", "WHERE", "TRUE", "FALSE"))
States = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The token at `index`, in the clause that begins at `first`; `states` are the automaton's before it."""

    table: Table
    faults: Faults
    tokens: Tokens
    first: int
    index: int
    states: States

    @property
    def kind(self) -> str:
        return self.tokens.kinds[self.index]

    def kind_at(self, index: int) -> str:
        return self.tokens.kinds[index]

    @property
    def text(self) -> str:
        return self.text_at(self.index)

    def text_at(self, index: int) -> str:
        return self.faults.source.text[self.tokens.starts[index] : self.tokens.ends[index]]

    @property
    def is_word(self) -> bool:
        return self.is_word_at(self.index)

    def is_word_at(self, index: int) -> bool:
        kind = self.kind_at(index)
        return kind == "NAME" or kind in self.table.words.values()

    def touches(self, before: int) -> bool:
        """Whether the token follows the one at `before`, of the same clause, without a space."""
        return before >= self.first and self.tokens.ends[before] == self.tokens.starts[self.index]

    def word_from(self, index: int) -> str:
        """All characters from a token on up to the next blank space, without a comma or semicolon at their end."""
        return self.faults.source.text[self.tokens.starts[index] :].split(maxsplit=1)[0].rstrip(",;")

    def add(
        self,
        message: str,
        *,
        code: Code = Code.SYNTAX,
        hint: str | None = None,
        since: int | None = None,
        fix: str | None = None,
        until: int | None = None,
    ) -> None:
        """Report the token, or all from the one at `since` on, up to its end or to the character `until`; `fix` is as
        in `Faults.add`."""
        start = self.tokens.starts[self.index if since is None else since]
        at = (start, until or self.tokens.ends[self.index])
        self.faults.add(at, message, code=code, hint=hint, fix=fix)

    def accepts(self, *kinds: str) -> bool:
        """Whether tokens of these kinds may stand here, one after the other."""
        states: States | None = self.states
        for kind in kinds:
            states = after(self.table, states, kind) if states else None
        return states is not None

    def reads(self, *kinds: str) -> bool:
        """As `accepts`, of words that may be names."""
        return reads(self.table, self.states, kinds)

    def apart(self, word: str) -> str:
        """What stands for the token, so that the word is parted from what is before and after it."""
        return apart(
            word, self.faults.source.text, self.tokens.starts[self.index], self.tokens.ends[self.index]
        )

    def column(self, index: int) -> int:
        """How far from the start of its line a token stands, in characters."""
        start = self.tokens.starts[index]
        return start - self.faults.source.text.rfind("\n", 0, start)

    @property
    def indent(self) -> str:
        """The blank space before the line that the token is on."""
        text, at = self.faults.source.text, self.tokens.starts[self.index]
        line = text[text.rfind("\n", 0, at) + 1 : at]
        return line[: len(line) - len(line.lstrip())]

    @property
    def begins_clause(self) -> bool:
        """Whether the token stands where a clause begins."""
        return self.accepts(ERROR)

    @property
    def expected(self) -> tuple[str, ...]:
        """The kinds of tokens that may stand here, by name."""
        row = self.table.actions[self.states[-1]]
        return tuple(kind for kind in sorted(row) if kind != ERROR and self.accepts(kind))

    @property
    def starters(self) -> frozenset[str]:
        """The terminals that may begin a clause of the block around the token."""
        rows = (self.table.actions[state] for state in reversed(self.states))
        return frozenset(self.table.words.values()).intersection(next(row for row in rows if ERROR in row))

    @property
    def block(self) -> str:
        """Where the token is: in which block."""
        return inside(head for head, starters in self.table.blocks.items() if self.starters == set(starters))


def after(table: Table, states: States, kind: str) -> States | None:
    """The automaton's states after a token of this kind, None if it does not take it.

    The reductions are played through, since an LALR row promises more than the stack may hold.
    """
    stack = list(states)
    while (action := table.actions[stack[-1]].get(kind, 0)) < 0:
        rule = table.rules[-1 - action]
        del stack[len(stack) - rule.length :]
        stack.append(table.gotos[stack[-1]][rule.origin])
    return (*stack, action - 1) if action else None


def taken(table: Table, states: States, kind: str) -> States | None:
    """As `after`; a word that is no keyword here is a name."""
    found = after(table, states, kind)
    if found is None and kind not in RESERVED and kind in table.words.values():
        return after(table, states, "NAME")
    return found


def reads(table: Table, states: States, kinds: Iterable[str]) -> bool:
    """Whether tokens of these kinds may follow, one after the other."""
    now: States | None = states
    for kind in kinds:
        now = taken(table, now, kind) if now else None
    return now is not None


def replayed(table: Table, states: list[int], kinds: list[str]) -> States:
    """The states after the tokens of a clause up to one that does not fit, before any reduction that it caused.

    `states` are those after these reductions; below the clause they are the same.
    """
    base = len(states)
    while ERROR not in table.actions[states[base - 1]]:
        base -= 1
    now: States | None = tuple(states[:base])
    for kind in kinds:
        now = now and taken(table, now, kind)
    return now or tuple(states)
