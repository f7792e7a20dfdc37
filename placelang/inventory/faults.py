"""From a fault at some place of an inventory to a diagnostic at its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from placelang.diagnostics import Diagnostic, Label, Severity, Source, Span, in_order
from placelang.inventory.model import Place
from placelang.inventory.text import MOST, first_of, locate
from placelang.inventory.values import Wrong

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `place`. `at_key`: the key itself is at fault. `first`: the other place, where two clash."""

    place: Place
    wrong: Wrong
    at_key: bool = False
    first: Place | None = None
    severity: Severity = Severity.ERROR


def path(place: Place) -> str:
    """`sites[3].hosts[1].memory`: how a place is written for people."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def diagnose(source: Source, faults: Sequence[Fault]) -> tuple[Diagnostic, ...]:
    """The first `MOST` faults as diagnostics, in the order of the file; the last one says that there are more."""
    if not faults:
        return ()
    shown = faults[:MOST]
    places = frozenset(place for fault in shown for place in (fault.place, fault.first) if place is not None)
    found = locate(source, places)

    def span(place: Place | None, at_key: bool) -> Span | None:
        return _shown(source, *found[place], at_key) if place in found else None

    diagnostics = []
    for fault in shown:
        first = span(fault.first, fault.at_key)
        diagnostics.append(
            Diagnostic(
                fault.wrong.code,
                fault.wrong.message,
                span(fault.place, fault.at_key),
                labels=(Label(first, "first here"),) if first else (),
                notes=(f"this is {path(fault.place)}",) if len(fault.place) > 1 else (),
                hint=fault.wrong.hint,
                severity=fault.severity,
                path=source.path,
            )
        )
    return first_of(in_order(diagnostics), more=len(faults) > MOST)


def _shown(source: Source, key: Span | None, value: Span, at_key: bool) -> Span:
    """The key where it is at fault or its value takes several lines, else the value, at most to the end of its line."""
    text = source.text[value.start : value.end].rstrip()
    several = "\n" in text
    if key and (at_key or several or not text):
        return key
    return Span(value.path, value.start, value.start + len(text.split("\n", 1)[0].rstrip()))
