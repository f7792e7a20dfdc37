"""Short ways to check texts that stand in a test."""

from __future__ import annotations

from collections.abc import Mapping

from placelang.check import check
from placelang.check.scope import Labels
from placelang.diagnostics import Diagnostic, Source, has_errors
from placelang.load import Module, Modules
from placelang.parse import parse
from placelang.program import Program, Service


def modules(text: str, name: str = "case.place") -> Modules:
    """One root file, which has to be free of syntax errors."""
    source = Source(name, text)
    tree, faults = parse(source)
    assert not faults, faults
    return Modules((Module(source, tree, is_root=True, is_policy=False),))


def checked(
    text: str, params: Mapping[str, str] | None = None, labels: Labels | None = None
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    return check(modules(text), params, labels)


def program(text: str, params: Mapping[str, str] | None = None, labels: Labels | None = None) -> Program:
    """The program of a text in which nothing is wrong."""
    found, diagnostics = checked(text, params, labels)
    assert found is not None, diagnostics
    assert not has_errors(diagnostics)
    return found


def service(clauses: str, before: str = "") -> Service:
    """The one service that has these clauses."""
    found = program(f'{before}\napp a {{\n  service s {{\n    image "i"\n    {clauses}\n  }}\n}}\n')
    return found.apps[0].services[0]


def messages(text: str, params: Mapping[str, str] | None = None, labels: Labels | None = None) -> list[str]:
    """`code: message` of each diagnostic."""
    return [f"{d.code}: {d.message}" for d in checked(text, params, labels)[1]]
