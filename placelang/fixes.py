"""The edits that diagnostics carry, made to fit together.

A fix is made whole or not at all: one that touches what an earlier one changes is left for the next time.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence

from placelang.diagnostics import Diagnostic, Edit


def edits_of(diagnostics: Iterable[Diagnostic]) -> Mapping[str, Sequence[Edit]]:
    """All edits that can be made at once, by path, in the order of the text."""
    chosen: dict[str, list[Edit]] = {}
    for diagnostic in diagnostics:
        if all(_fits(edit, chosen.get(edit.span.path, ())) for edit in diagnostic.fix):
            for edit in diagnostic.fix:
                insort(chosen.setdefault(edit.span.path, []), edit, key=lambda edit: edit.span)
    return chosen


def _fits(edit: Edit, chosen: Sequence[Edit]) -> bool:
    """Whether an edit touches none of those chosen before."""
    at = bisect_right(chosen, edit.span, key=lambda edit: edit.span)
    before = at == 0 or chosen[at - 1].span.end < edit.span.start
    return before and (at == len(chosen) or edit.span.end < chosen[at].span.start)


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after edits that stand in its order and do not touch."""
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.span.start], edit.text)
        at = edit.span.end
    return "".join((*pieces, text[at:]))
