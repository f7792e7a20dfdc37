"""What may go wrong with a request, and whose fault it is: the input's or the world's."""

from __future__ import annotations

from typing import Final

from placelang_runtime.apply.changes import ChangeError
from placelang_runtime.canonical import PlanError
from placelang_runtime.drivers import DriverError
from placelang_runtime.host_config import HostConfigError
from placelang_runtime.journal import JournalError
from placelang_runtime.state import BusyError
from placelang_runtime.trust.keys import BadKeyError
from placelang_runtime.trust.refused import RefusedError

INPUT: Final = (ChangeError, HostConfigError, PlanError, RefusedError, BadKeyError)
WORLD: Final = (BusyError, DriverError, JournalError)


def described(error: Exception) -> str:
    """What it says; of the operating system's, which file it is about."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}"
    return str(error)
