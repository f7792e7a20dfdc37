"""What the passes find: they put each fault here and carry on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from placelang.check.evidence import Evidence, Slip
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Edit, Label, Severity, Source, Span, in_order
from placelang.nearest import did_you_mean, nearest
from placelang.types import Type

SEARCHES = 100
"""Searches for near names in one run; after so many typos nobody misses further offers, and the time stays bounded."""

LABELS = 8
"""Second places that one diagnostic shows at most."""

LONGEST_SHOWN = 80


def quoted(text: str) -> str:
    """A name or literal as it stands in messages, cut if it is long."""
    return f"`{text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + '…'}`"


def listed(names: Iterable[str]) -> str:
    """`a, b or c`, in the order given."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def describe(kind: Type) -> str:
    """A type as it stands in messages."""
    if kind.name == "list":
        return f"a list {kind}" if kind.element else "an empty list"
    return str(kind) if kind.name == "bytes" else f"a {kind}"


def rewritten(span: Span, fix: str | tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits of a fix: a text stands for what is to be at `span`, none for no fix."""
    return ((Edit(span, fix),) if fix else ()) if isinstance(fix, str) else fix


class Faults:
    """Collects diagnostics. Where the sources are not `complete` (one could not be read), nobody can say of a name that
    it is unknown, and nothing does; and where a part of a block is `unread`, nobody can say what it lacks. A `fix` is
    given where nothing else can have been meant: the text for the span, or edits."""

    def __init__(
        self, *, complete: bool, sources: Iterable[Source] = (), unread: Sequence[Span] = ()
    ) -> None:
        self.complete = complete
        self._unread = unread
        self.evidence = Evidence(tuple(sources))
        self._found: list[Diagnostic] = []
        self._slips: dict[Slip, list[Span]] = {}
        self._searches = 0

    def error(
        self,
        code: Code,
        span: Span,
        message: str,
        *,
        labels: Sequence[tuple[Span, str]] = (),
        notes: tuple[str, ...] = (),
        hint: str | None = None,
        fix: str | tuple[Edit, ...] = (),
    ) -> None:
        shown = tuple(Label(where, text) for where, text in labels)
        edits = rewritten(span, fix)
        self._found.append(Diagnostic(code, message, span, shown, notes, hint, fix=edits))

    def warn(
        self,
        code: Code,
        span: Span,
        message: str,
        *,
        labels: Sequence[tuple[Span, str]] = (),
        hint: str | None = None,
        fix: str | tuple[Edit, ...] = (),
    ) -> None:
        shown = tuple(Label(where, text) for where, text in labels)
        edits = rewritten(span, fix)
        self._found.append(Diagnostic(code, message, span, shown, (), hint, Severity.WARNING, fix=edits))

    def unknown(
        self,
        span: Span,
        message: str,
        name: str,
        known: Iterable[str] | Mapping[str, str],
        *,
        hint: str | None = None,
        notes: tuple[str, ...] = (),
        fix: str = "",
    ) -> None:
        """An unknown name, with the nearest of those `known`, or else with `hint` and `fix`. If rather the declaration
        of the nearest is misspelt, that is told, once for all that use the name."""
        if not self.complete:
            return
        near = self.near(name, known)
        slip = self.evidence.slip(name, near[0]) if near else None
        if slip and slip.often:
            self._slips.setdefault(slip, []).append(span)
            return
        labels = [(slip.span, "this is declared, and named nowhere else")] if slip else []
        fix = fix if not near else near[0] if len(near) == 1 else ""
        hint = did_you_mean(near) or hint
        self.error(Code.UNKNOWN_NAME, span, message, labels=labels, notes=notes, hint=hint, fix=fix)

    def is_read(self, block: Span) -> bool:
        """Whether all of a block could be read, so that what it lacks is not there."""
        path, start, end = block
        return not any(one.path == path and start <= one.start < end for one in self._unread)

    @property
    def offers(self) -> bool:
        """Whether near names are still looked for: gathering them takes time too."""
        return self.complete and self._searches < SEARCHES

    def suggestion(self, name: str, known: Iterable[str] | Mapping[str, str]) -> str | None:
        """A hint with the names nearest to `name`."""
        return did_you_mean(self.near(name, known))

    def near(self, name: str, known: Iterable[str] | Mapping[str, str]) -> Sequence[str]:
        """The names nearest to `name`; a mapping says how each is written here."""
        if not self.offers:
            return ()
        self._searches += 1
        near = nearest(name, known)
        written = known if isinstance(known, Mapping) else {}
        return [meant if isinstance(meant := written.get(one), str) else one for one in near]

    def without_place(self, code: Code, path: str, message: str, *, hint: str | None = None) -> None:
        """A fault in what was given beside the files, such as an option."""
        self._found.append(Diagnostic(code, message, path=path, hint=hint))

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return in_order([*self._found, *(_misspelt(slip, uses) for slip, uses in self._slips.items())])


def _misspelt(slip: Slip, uses: Sequence[Span]) -> Diagnostic:
    return Diagnostic(
        Code.UNKNOWN_NAME,
        f"{quoted(slip.word)} is declared, but {quoted(slip.used)} is used",
        slip.span,
        tuple(Label(use, "used here") for use in uses[:LABELS]),
        hint=did_you_mean((slip.used,)),
    )
