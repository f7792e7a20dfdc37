"""The journal of a state folder: what was accepted, what was intended, what was done, and what was good.

What runs is told by the engine; what shall run, and what ran well before, by the journal. Enter records, each on the
disk before the method returns or, where several are written `together`, before they are settled; leave the same
records. Whoever is killed between two of them finds the first and not the second. Secrets never enter: a record has
names of secrets at most.
"""

from placelang_runtime.journal.journal import Journal, JournalError
from placelang_runtime.journal.records import (
    Accepted,
    Attempt,
    Begun,
    Cause,
    Deed,
    Good,
    Happening,
    Hold,
    Run,
    Serving,
    StepState,
    Word,
)
from placelang_runtime.journal.schema import FILE, open_journal

__all__ = [
    "FILE",
    "Accepted",
    "Attempt",
    "Begun",
    "Cause",
    "Deed",
    "Good",
    "Happening",
    "Hold",
    "Journal",
    "JournalError",
    "Run",
    "Serving",
    "StepState",
    "Word",
    "open_journal",
]
