"""What may stand at a place in a text that is being written: the words that the grammar takes there, and the scope in
which a name would be read.

The text is laid out as the parser does it, with a name at the cursor; then the parser's automaton runs up to there.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

from placelang.check.scope import REACH
from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.facts import PLURALS
from placelang.parse import grammar_table
from placelang.parse.braces import balance
from placelang.parse.driver import RESERVED
from placelang.parse.faults import Faults
from placelang.parse.layout import ERROR, NL, lay_out
from placelang.parse.tokens import LINE, Tokens, read_tokens
from placelang_grammar import Table

_BEFORE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z|\Z")
_AFTER = re.compile(r"[A-Za-z0-9_.-]*")
_INTERPOLATED = re.compile(r"\$\{([A-Za-z0-9_.-]*)\Z")
_BRACE = re.compile(r"""([{}])|"(?:[^"\\\n]|\\[^\n])*"?|'[^'\n]*'?|#[^\n]*""")
_BOUNDARIES = frozenset((NL, "LBRACE", "RBRACE"))
_STEP = {"LBRACE": 1, "RBRACE": -1}

Clause = tuple[tuple[str, str], ...]
"""The terminals of a clause, each with its text."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """`[start, end)`, which holds `text`, would be replaced by what is chosen. `quote` is the sign that opened the
    string around the cursor, `$` for a name that is interpolated in it, `0` in a number, else empty.

    `expected`: the terminals that may stand there, none where the clause makes no sense. `clause`: what stands before
    it in its clause. `app`: the app around it. `noun` and `reach`: as in `placelang.check.scope.Scope`.
    """

    start: int
    end: int
    text: str = ""
    quote: str = ""
    expected: frozenset[str] = frozenset()
    clause: Clause = ()
    app: str | None = None
    noun: str | None = None
    reach: tuple[str, ...] = ()

    def back(self, steps: int) -> tuple[str, str]:
        """The terminal and the text so many tokens before the cursor, in its clause."""
        return self.clause[-steps] if steps <= len(self.clause) else ("", "")


def cursor_at(text: str, offset: int) -> Cursor | None:
    """What may stand at an offset; None in a comment."""
    start, end = _around(text, offset)
    found = _cursor(Source("", text[start:end]), offset - start)
    if found is None:
        return None
    low, high = found.start + start, found.end + start
    return replace(found, start=low, end=high, text=text[low:high])


def _around(text: str, offset: int) -> tuple[int, int]:
    """The part of the text between the blocks before and after the one that the offset is in; all of it if a brace is
    missing, which may be anywhere."""
    depth = start = 0
    end: int | None = None
    for found in _BRACE.finditer(text):
        if found.lastindex:
            depth += 1 if found[1] == "{" else -1
            if depth < 0:
                return 0, len(text)
            if depth == 0 and found.end() <= offset:
                start = found.end()
            elif depth == 0 and end is None:
                end = found.end()
    return (0, len(text)) if depth else (start, len(text) if end is None else end)


def _cursor(source: Source, offset: int) -> Cursor | None:
    table = grammar_table()
    faults = Faults(source)
    tokens, comments = read_tokens(source, table, faults)
    if any(comment.span.start < offset <= comment.span.end for comment in comments):
        return None
    unclosed = {d.span.start for d in faults.found if d.span and d.code is Code.UNCLOSED}
    cursor, low, high = _replaced(source.text, offset, tokens, unclosed)
    tokens = lay_out(balance(_with_name(tokens, low, high, source.text), faults), table, faults)
    for i, (kind, start) in enumerate(zip(tokens.kinds, tokens.starts, strict=True)):
        if kind == "NAME" and start == low:
            return _placed(cursor, tokens, i, source.text, table)
    return cursor


# --- a name at the cursor -------------------------------------------------------------------------------------------


def _replaced(text: str, offset: int, tokens: Tokens, unclosed: set[int]) -> tuple[Cursor, int, int]:
    """What would be replaced, and the part of the text that the name takes the place of."""
    for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        if start >= offset:
            break
        if kind == "QUANTITY" and offset <= end:
            return Cursor(start, end, quote="0"), start, end
        open_ended = start in unclosed and "\n" not in text[start:offset]
        if kind in ("STRING", "RAW") and (offset < end or open_ended):
            found = _INTERPOLATED.search(text, start, offset) if text[start] == '"' else None
            if found:
                after = _AFTER.match(text, offset)
                return (
                    Cursor(found.start(1), after.end() if after else offset, quote="$"),
                    start,
                    max(end, offset),
                )
            return (
                Cursor(start + 1, offset if open_ended else end - 1, quote=text[start]),
                start,
                max(end, offset),
            )
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    word, after = _BEFORE.search(line), _AFTER.match(text, offset)
    low = offset - (len(word[0]) if word else 0)
    high = after.end() if after else offset
    return Cursor(low, high), low, high


def _with_name(tokens: Tokens, low: int, high: int, text: str) -> Tokens:
    """The tokens with a name at `[low, high)` in place of what is there."""
    first, last = bisect_right(tokens.ends, low), bisect_left(tokens.starts, high)
    out = _part(tokens, 0, first)
    cut = [i for i in (first, last - 1) if first <= i < last and tokens.kinds[i] == LINE]
    if cut and "\n" in text[tokens.starts[cut[0]] : low]:
        out.append(LINE, tokens.starts[cut[0]], low)
    out.append("NAME", low, high)
    if cut and "\n" in text[high : tokens.ends[cut[-1]]]:
        out.append(LINE, high, tokens.ends[cut[-1]])
    rest = _part(tokens, max(first, last), len(tokens.kinds))
    out.kinds += rest.kinds
    out.starts += rest.starts
    out.ends += rest.ends
    return out


def _part(tokens: Tokens, first: int, last: int) -> Tokens:
    return Tokens(tokens.kinds[first:last], tokens.starts[first:last], tokens.ends[first:last])


# --- the automaton -------------------------------------------------------------------------------------------------


def _placed(cursor: Cursor, tokens: Tokens, at: int, text: str, table: Table) -> Cursor:
    """The cursor with all that its surroundings say."""
    first = at
    while first and tokens.kinds[first - 1] not in _BOUNDARIES:
        first -= 1
    depth = statement = 0
    for i in range(at):
        depth += _STEP.get(tokens.kinds[i], 0)
        if depth == 0 and tokens.kinds[i] == NL:
            statement = i + 1
    pieces = [(tokens.kinds[i], text[tokens.starts[i] : tokens.ends[i]]) for i in range(first, at)]
    noun, reach = _scope(pieces)
    return replace(
        cursor,
        expected=_expected(tokens.kinds[statement:at], table),
        clause=tuple(pieces),
        app=_app(tokens, statement, at, text),
        noun=noun,
        reach=reach,
    )


def _expected(kinds: list[str], table: Table) -> frozenset[str]:
    """The terminals that may follow these, which begin a statement."""
    states = [table.start]
    words = frozenset(table.words.values()) - RESERVED
    actions, gotos, rules = table.actions, table.gotos, table.rules
    index = 0
    while index < len(kinds):
        kind = kinds[index]
        row = actions[states[-1]]
        action = row.get(kind) or (row.get("NAME") if kind in words else None)
        if action is None:
            if kind == "EQUAL" and _take(states, "EQ", table):
                index += 1
                continue
            resumed = _resume(states, kinds, index, table)
            if resumed is None:
                return frozenset()
            index = resumed
        elif action > 0:
            states.append(action - 1)
            index += 1
        else:
            rule = rules[-1 - action]
            del states[len(states) - rule.length :]
            states.append(gotos[states[-1]][rule.origin])
    return frozenset(
        kind for kind in table.actions[states[-1]] if kind != ERROR and _take(list(states), kind, table)
    )


def _take(states: list[int], kind: str, table: Table) -> bool:
    """Shift a terminal, after all that has to be reduced for it; nothing happens if it does not fit."""
    trial = list(states)
    while (action := table.actions[trial[-1]].get(kind, 0)) < 0:
        rule = table.rules[-1 - action]
        del trial[len(trial) - rule.length :]
        trial.append(table.gotos[trial[-1]][rule.origin])
    if action > 0:
        states[:] = [*trial, action - 1]
    return action > 0


def _resume(states: list[int], kinds: list[str], index: int, table: Table) -> int | None:
    """Where to go on after a token that does not fit: in the block of its clause, or after the clause; None if the
    clause does not end."""
    boundary = next((i for i in range(index, len(kinds)) if kinds[i] in _BOUNDARIES), None)
    if boundary is not None and kinds[boundary] == "LBRACE" and _take(states, "LBRACE", table):
        return boundary + 1
    while ERROR not in table.actions[states[-1]]:
        states.pop()
    depth = 0
    for i in range(index, len(kinds)):
        depth += _STEP.get(kinds[i], 0)
        if depth == 0 and kinds[i] == NL:
            _take(states, ERROR, table)
            return i
    return None


# --- what is around ------------------------------------------------------------------------------------------------


def _app(tokens: Tokens, statement: int, at: int, text: str) -> str | None:
    """The name of the app whose block the token is in, if its statement is an app."""
    kinds = tokens.kinds[statement:at]
    if kinds[:3] != ["APP", "NAME", "LBRACE"]:
        return None
    return text[tokens.starts[statement + 1] : tokens.ends[statement + 1]]


def _scope(clause: list[tuple[str, str]]) -> tuple[str | None, tuple[str, ...]]:
    """What the last `where` of a clause that is still open is over; where there is none, what the clause is about."""
    base = _base(clause)
    scopes: list[str | None] = [base]
    for i, (kind, _) in enumerate(clause):
        if kind in ("LPAR", "LSQB"):
            scopes.append(scopes[-1])
        elif kind in ("RPAR", "RSQB"):
            scopes = scopes[:-1] or [base]
        elif kind == "COMMA" and len(scopes) == 1:
            scopes = [base]
        elif kind == "WHERE":
            scopes[-1] = _filtered(clause[:i]) or scopes[-1]
    noun = scopes[-1]
    return (None, REACH["host"]) if noun == "" else (noun, REACH.get(noun or "", ()))


def _base(clause: list[tuple[str, str]]) -> str | None:
    """The noun of a derived fact; empty for what is computed for each replica; None where only constants can stand."""
    kinds = [kind for kind, _ in clause]
    if {"ENV", "IMAGE"} & set(kinds[:2]):
        return ""
    if kinds[:1] == ["LET"] and len(clause) > 1 and "." in clause[1][1]:
        return clause[1][1].partition(".")[0]
    return None


def _filtered(clause: list[tuple[str, str]]) -> str | None:
    """What a `where` after these tokens is over."""
    plural = PLURALS.get(clause[-1][1]) if clause else None
    if plural:
        return plural
    needs = [kind for kind, _ in clause if kind in ("GPU", "DEVICE")]
    return {"GPU": "gpu", "DEVICE": "device"}.get(needs[-1]) if needs else None
