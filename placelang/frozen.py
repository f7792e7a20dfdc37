"""`dataclass`, quick to define: to a type checker it is the standard one, frozen and slotted, and it is type checking
that holds that nobody assigns to a field.

The standard decorator compiles six methods a class, which takes 0.8 ms: the classes of trees and programs would take
a third of the time that `placelang check` may take in all. Here only `__init__` is compiled and the others are shared.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """A class decorator; both arguments are there for type checkers and have to be true."""
        if not (frozen and slots):
            raise ValueError("use the standard dataclass")
        return _define


def _define(cls: type) -> type:
    made: type = dataclasses.dataclass(slots=True, eq=False, repr=False)(cls)
    names: tuple[str, ...] = vars(made)["__match_args__"]
    values = attrgetter(*names) if names else type

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is made else NotImplemented

    def digest(self: object) -> int:
        return hash((made, values(self)))

    def shown(self: object) -> str:
        return f"{made.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    for name, method in {"__eq__": equal, "__hash__": digest, "__repr__": shown}.items():
        setattr(made, name, method)
    return made
