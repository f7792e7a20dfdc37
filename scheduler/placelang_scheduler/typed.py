"""`mistyped`: where a value is not what its declaration says, for what is made by hand and no type checker has seen.

Enters a value and its annotation: whole numbers, texts, tuples, sets, mappings, unions, literals and dataclasses of
these. Leave faults in words. A whole number is also to be one that the solver can count with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 2**53


def mistyped(value: object, hint: Any, what: str) -> Iterator[str]:
    """The faults of a value, which is called `what`."""
    origin = get_origin(hint) or hint
    check = _CHECKS.get(origin)
    if check is not None:
        yield from check(value, get_args(hint), what)
    elif isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, hint):
            yield from fields_mistyped(value, what)
        else:
            yield f"{what} is {value!r}, not of {hint.__name__}"
    elif getattr(hint, "_is_protocol", False):
        if is_dataclass(value) and not isinstance(value, type):
            yield from fields_mistyped(value, what)
        else:
            yield f"{what} is {value!r}, not a {hint.__name__.lower()}"


def fields_mistyped(value: object, what: str = "") -> Iterator[str]:
    """The faults of a dataclass, field by field."""
    for name, hint in _hints(type(value)):
        yield from mistyped(getattr(value, name), hint, f"{what} {name}".strip())


def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    if kind not in _KNOWN:
        try:
            hints = get_type_hints(kind) if is_dataclass(kind) else {}
        except NameError:  # of others' kinds, which may name what only type checkers see
            hints = {}
        _KNOWN[kind] = tuple((field.name, hints[field.name]) for field in (fields(kind) if hints else ()))
    return _KNOWN[kind]


_KNOWN: dict[type, tuple[tuple[str, Any], ...]] = {}


def _int(value: object, _: tuple[Any, ...], what: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield f"{what} is {value!r}, not a whole number"
    elif abs(value) > LARGEST:
        yield f"{what} is {value}, too large to count with"


def _text(value: object, _: tuple[Any, ...], what: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{what} is {value!r}, not a text"


def _bool(value: object, _: tuple[Any, ...], what: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{what} is {value!r}, neither true nor false"


def _tuple(value: object, args: tuple[Any, ...], what: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"{what} is {value!r}, not a tuple"
    elif args[-1] is Ellipsis:
        for number, part in enumerate(value):
            yield from mistyped(part, args[0], f"{what}[{number}]")
    elif len(value) != len(args):
        yield f"{what} has {len(value)} members, not {len(args)}"
    else:
        for part, hint in zip(value, args, strict=True):
            yield from mistyped(part, hint, what)


def _set(value: object, args: tuple[Any, ...], what: str) -> Iterator[str]:
    if not isinstance(value, frozenset):
        yield f"{what} is {value!r}, not a frozenset"
    else:
        for part in value:
            yield from mistyped(part, args[0], f"a member of {what}")


def _mapping(value: object, args: tuple[Any, ...], what: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{what} is {value!r}, not a mapping"
        return
    for key, part in value.items():
        yield from mistyped(key, args[0], f"a key of {what}")
        yield from mistyped(part, args[1], f"{what} {key!r}")


def _union(value: object, args: tuple[Any, ...], what: str) -> Iterator[str]:
    if value is None and NoneType in args:
        return
    hints = [hint for hint in args if hint is not NoneType]
    if len(hints) == 1:
        yield from mistyped(value, hints[0], what)
    elif is_dataclass(value) and all(isinstance(hint, type) for hint in hints):
        yield from fields_mistyped(value, what)
    elif not any(isinstance(hint, type) and isinstance(value, hint) for hint in hints):
        names = " or ".join(getattr(hint, "__name__", str(hint)) for hint in hints)
        yield f"{what} is {value!r}, not of {names}"


def _literal(value: object, args: tuple[Any, ...], what: str) -> Iterator[str]:
    if value not in args:
        yield f"{what} is {value!r}, not {' or '.join(map(repr, args))}"


_CHECKS: dict[Any, Callable[[object, tuple[Any, ...], str], Iterator[str]]] = {
    int: _int,
    str: _text,
    bool: _bool,
    tuple: _tuple,
    frozenset: _set,
    Mapping: _mapping,
    Union: _union,
    UnionType: _union,
    Literal: _literal,
}
