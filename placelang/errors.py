"""The exceptions that embedding programs meet.

Exception
└─ ValueError
   ├─ InputError      placelang: what was given is wrong, as diagnostics
   ├─ PlanError       placelang_runtime: a document is no plan that this version reads
   ├─ InvalidProblem  placelang_scheduler: a problem made by hand breaks its own rules
   └─ InvalidTimetable  placelang_scheduler.timetable: the same of a timetable
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placelang.diagnostics import Diagnostic, Source


class InputError(ValueError):
    """What was given is wrong. `diagnostics` has every fault, warnings too; `sources` are what they point into."""

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> None:
        super().__init__("; ".join(d.message for d in diagnostics[:3]))
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources)
