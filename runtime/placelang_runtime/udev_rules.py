"""Rules that say which devices are of a kind: the part of udev's rules that only looks.

`SUBSYSTEM=="video4linux", ATTRS{idVendor}=="046d"`: every part has to hold. `SUBSYSTEM`, `KERNEL`, `DRIVER`, `ATTR{…}`
and `ENV{…}` are of the device itself; `SUBSYSTEMS`, `KERNELS`, `DRIVERS` and `ATTRS{…}` of it or of one thing that it
hangs on, the same for all of them. Values are globs with `*`, `?`, `[…]` and alternatives by `|`, compared with `==` or
`!=`. What would run a program, read a file or change anything is refused.

https://www.freedesktop.org/software/systemd/man/latest/udev.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Protocol, Self

OWN: Final = ("SUBSYSTEM", "KERNEL", "DRIVER", "ATTR", "ENV")
ABOVE: Final = {"SUBSYSTEMS": "SUBSYSTEM", "KERNELS": "KERNEL", "DRIVERS": "DRIVER", "ATTRS": "ATTR"}
"""Keys that look upwards, and what each looks at there."""
NAMED: Final = ("ATTR", "ATTRS", "ENV")
LONGEST: Final = 4_096

_PART = re.compile(r'\s*([A-Za-z_]+)\s*(?:\{([^{}"]{1,256})\})?\s*(==|!=|\+=|-=|:=|=)\s*"([^"]*)"\s*')
_DOES = (
    *("PROGRAM", "IMPORT", "RUN", "RESULT", "TEST", "LABEL", "GOTO", "OPTIONS"),
    *("SYMLINK", "NAME", "OWNER", "GROUP", "MODE"),
)


class RuleError(ValueError):
    """A rule that cannot be: why, where in its text, and what to write."""

    def __init__(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.hint = hint


class Device(Protocol):
    """A device as rules see it; what it does not have is None."""

    @property
    def subsystem(self) -> str | None: ...
    @property
    def kernel(self) -> str | None: ...
    @property
    def driver(self) -> str | None: ...
    @property
    def parent(self) -> Self | None: ...
    def attribute(self, name: str) -> str | None: ...
    def variable(self, name: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """`key{name}` has to match one of `globs`, or, `negated`, none of them."""

    key: str
    name: str
    negated: bool
    globs: tuple[str, ...]

    def holds(self, device: Device) -> bool:
        """Whether it holds of this very device. What a device does not have matches nothing."""
        found = _value(device, ABOVE.get(self.key, self.key), self.name)
        if found is None:
            return False
        return any(fnmatchcase(found, glob) for glob in self.globs) != self.negated


@dataclass(frozen=True, slots=True)
class Rule:
    parts: tuple[Part, ...]

    def matches(self, device: Device) -> bool:
        """Whether the device is of the kind."""
        above = [part for part in self.parts if part.key in ABOVE]
        if not all(part.holds(device) for part in self.parts if part.key not in ABOVE):
            return False
        step: Device | None = device
        while above and step is not None:
            if all(part.holds(step) for part in above):
                return True
            step = step.parent
        return not above


def _value(device: Device, key: str, name: str) -> str | None:
    match key:
        case "SUBSYSTEM":
            return device.subsystem
        case "KERNEL":
            return device.kernel
        case "DRIVER":
            return device.driver
        case "ATTR":
            found = device.attribute(name)
            return None if found is None else found.rstrip()
        case _:
            return device.variable(name)


def parse_rule(text: str) -> Rule:
    """The rule that a text spells. Raises RuleError."""
    if len(text) > LONGEST:
        raise RuleError(f"a rule has at most {LONGEST:,} characters", 0, len(text))
    parts = []
    at = 0
    while True:
        found = _PART.match(text, at)
        if found is None:
            raise _unreadable(text, at)
        parts.append(_part(found))
        at = found.end()
        if at == len(text):
            return Rule(tuple(parts))
        if text[at] != ",":
            raise RuleError("a comma is due here", at, at + 1, 'write KEY=="value", KEY=="value"')
        at += 1
        if not text[at:].strip():
            return Rule(tuple(parts))


def _part(found: re.Match[str]) -> Part:
    key, name, operator, value = found.groups()
    if key in _DOES:
        message = f"`{key}` does something, or depends on what was done: rules here only look"
        raise RuleError(message, *found.span(1), f"look with {', '.join((*OWN, *ABOVE))}")
    if key not in OWN and key not in ABOVE:
        raise RuleError(
            f"there is no key `{key}`", *found.span(1), f"the keys are {', '.join((*OWN, *ABOVE))}"
        )
    if operator not in ("==", "!="):
        raise RuleError("rules here only look, and this changes something", *found.span(3), "write `==`")
    if (key in NAMED) != (name is not None):
        if name is None:
            raise RuleError(f"`{key}` needs a name", *found.span(1), f'write {key}{{name}}=="…"')
        raise RuleError(f"`{key}` takes no name", *found.span(2), f"leave out {{{name}}}")
    return Part(key, name or "", operator == "!=", tuple(value.split("|")))


def _unreadable(text: str, at: int) -> RuleError:
    rest = text[at:]
    start = at + len(rest) - len(rest.lstrip())
    hint = 'write KEY=="value" or KEY{name}=="value", with commas between'
    if not rest.strip():
        return RuleError("a rule says which devices it means", 0, len(text), hint)
    end = text.find(",", start)
    return RuleError("this is no part of a rule", start, len(text) if end < 0 else end, hint)


def any_matches(rules: Sequence[Rule], device: Device) -> bool:
    """Whether a device is of the kind that has these rules."""
    return any(rule.matches(device) for rule in rules)
