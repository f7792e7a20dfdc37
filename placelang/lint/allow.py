"""Comments that allow a warning: `# allow: unused-param` on its line, or on comment lines right above it.

The line is that of the warning, or that on which its clause begins. What follows the codes is the author's reason. A
comment of a root file that allows nothing is itself a warning, if all that could have given the warning was looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Edit, Severity, Span
from placelang.frozen import dataclass
from placelang.lint.subject import warning
from placelang.load import Module, Modules
from placelang.nearest import did_you_mean, nearest

_COMMENT = re.compile(r"#\s*allow:((?:[ \t]*[A-Za-z0-9_-]+[ \t]*,)*[ \t]*[A-Za-z0-9_-]+)")
_WORD = re.compile(r"[A-Za-z0-9_-]+")

_CODES = frozenset(Code)
BY_INVENTORY = frozenset((Code.MATCHES_NOTHING, Code.NO_ARBITER, Code.UNSET_LABEL, Code.UNDECLARED_LABEL))
"""What only an inventory can show."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One code that a comment allows on a line of a file."""

    path: str
    line: int
    code: str
    span: Span


def heed(
    modules: Modules, diagnostics: Sequence[Diagnostic]
) -> tuple[tuple[Diagnostic, ...], tuple[Allowance, ...]]:
    """The diagnostics that no comment allows, and what comments of root files allow in vain."""
    written = {module.source.path: tuple(_allowances(module)) for module in modules.modules}
    if not any(written.values()):
        return tuple(diagnostics), ()
    kept: list[Diagnostic] = []
    heeded: set[Span] = set()
    for diagnostic in diagnostics:
        found = _allowance(diagnostic, modules, written)
        if found is None:
            kept.append(diagnostic)
        else:
            heeded.add(found.span)
    roots = [module.source.path for module in modules.modules if module.is_root]
    vain = tuple(one for path in roots for one in written[path] if one.span not in heeded)
    return tuple(kept), vain


def _allowance(
    diagnostic: Diagnostic, modules: Modules, written: dict[str, tuple[Allowance, ...]]
) -> Allowance | None:
    span = diagnostic.span
    if diagnostic.severity is not Severity.WARNING or span is None or not written.get(span.path):
        return None
    module = next(module for module in modules.modules if module.source.path == span.path)
    places = (span.start, _clause_start(module.tree.statements, span.start))
    lines = {module.source.position(place).line for place in places}
    return next(
        (one for one in written[span.path] if one.code == diagnostic.code and one.line in lines), None
    )


def _clause_start(clauses: Iterable[object], at: int) -> int:
    """Where the innermost clause begins that has something at `at`."""
    for clause in clauses:
        span = getattr(clause, "span", None)
        if span is not None and span.start <= at < span.end:
            inner = _clause_start(getattr(clause, "clauses", ()), at)
            return span.start if inner == at else inner
    return at


def _allowances(module: Module) -> Iterator[Allowance]:
    """What the comments of a file allow; one that stands alone speaks of the first line after it that is no comment."""
    source = module.source
    if "allow:" not in source.text:
        return
    alone = {source.position(one.span.start).line for one in module.tree.comments if one.alone}
    for comment in module.tree.comments:
        found = _COMMENT.match(comment.text)
        line = source.position(comment.span.start).line
        while line in alone:
            line += 1
        for word in _WORD.finditer(comment.text, *found.span(1)) if found else ():
            start = comment.span.start + word.start()
            yield Allowance(source.path, line, word[0], Span(source.path, start, start + len(word[0])))


def in_vain(allowances: Iterable[Allowance], not_looked_for: frozenset[Code]) -> Iterator[Diagnostic]:
    """What to say of allowances that allowed nothing, although it was looked for."""
    for one in allowances:
        if one.code not in _CODES:
            near = nearest(one.code, Code)
            fix = (Edit(one.span, near[0]),) if len(near) == 1 else ()
            message = f"there is no diagnostic `{one.code}`"
            hint = did_you_mean(near) or "`docs/errors/` lists them all"
            yield warning(Code.UNKNOWN_CODE, one.span, message, hint=hint, fix=fix)
        elif one.code not in not_looked_for:
            message = f"nothing on that line gives a warning `{one.code}`"
            yield warning(Code.UNUSED_ALLOW, one.span, message, hint="remove it; errors cannot be allowed")
