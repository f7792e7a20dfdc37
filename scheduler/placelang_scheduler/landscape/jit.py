"""`compiled`: what makes a function of arrays fast, where numba is installed (the extra `fast`); `FAST` says so.

Without it functions stay what they are, and whoever would run millions of them takes another way, see `batch`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

FAST = find_spec("numba") is not None

_Any = TypeVar("_Any", bound="Callable[..., object]")


def compiled(function: _Any) -> _Any:
    """The function as machine code that lets other threads run; kept on disk, as making it takes seconds."""
    if not FAST:
        return function
    from numba import njit  # noqa: PLC0415 - takes a third of a second

    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "_nrt": False,
    }  # nothing is allocated, so nothing is counted
    return cast("_Any", njit(**options)(function))
