"""Declarations that nothing looks up.

Only those of root files, in a fleet that has an app: a file that is imported may be there for other fleets too, and one
that is checked by itself for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from placelang import syntax
from placelang.check.scope import Tables
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.lint.subject import Subject, warning
from placelang.program import Program

Declaration = (
    syntax.Param
    | syntax.Let
    | syntax.LabelDeclaration
    | syntax.DeviceDeclaration
    | syntax.ResourceDeclaration
    | syntax.Model
)


def has_services(program: Program) -> bool:
    """Whether the program is a fleet's, and not only words for others."""
    return any(app.services for app in program.apps)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every declaration of the root files, those in apps too."""
    if not has_services(subject.program):
        return
    watched = {monitor.target for app in subject.program.apps for monitor in app.monitors}
    for module in (module for module in subject.modules.modules if module.is_root):
        for statement in module.tree.statements:
            yield from _unused(statement, None, subject.names, watched)
            if isinstance(statement, syntax.App):
                for clause in statement.clauses:
                    yield from _unused(clause, statement.name.text, subject.names, watched)


def _unused(node: object, app: str | None, names: Tables, watched: set[str]) -> Iterator[Diagnostic]:
    if not isinstance(node, Declaration):
        return
    name = node.name.text
    code, kind, key = _kind(node)
    full = f"{app}.{name}" if app else name
    if (app, kind, key) in names.used or (code is Code.UNUSED_MODEL and full in watched):
        return
    what = "derived fact" if code is Code.UNUSED_LET and "." in name else _WORDS[code]
    yield warning(code, node.name.span, f"the {what} `{name}` is never used", hint="remove it, or use it")


_WORDS = {
    Code.UNUSED_PARAM: "param",
    Code.UNUSED_LET: "constant",
    Code.UNUSED_LABEL: "label",
    Code.UNUSED_DEVICE: "device",
    Code.UNUSED_RESOURCE: "resource",
    Code.UNUSED_MODEL: "model",
}
UNUSED = frozenset(_WORDS)


def _kind(node: Declaration) -> tuple[Code, str, str]:
    """The code of a declaration that is not used, and the kind and name by which it would have been looked up."""
    name = node.name.text
    noun, dot, fact = name.partition(".")
    match node:
        case syntax.Param():
            return Code.UNUSED_PARAM, "constant", name
        case syntax.Let():
            return Code.UNUSED_LET, noun if dot else "constant", fact if dot else name
        case syntax.LabelDeclaration():
            return Code.UNUSED_LABEL, noun, fact
        case syntax.DeviceDeclaration():
            return Code.UNUSED_DEVICE, "host", f"device.{name}"
        case syntax.ResourceDeclaration():
            return Code.UNUSED_RESOURCE, "resource", name
        case syntax.Model():
            return Code.UNUSED_MODEL, "model", name
