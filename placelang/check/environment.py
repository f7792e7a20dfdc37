"""Environments: facts, parameters and texts, and references to what only the host can resolve."""

from __future__ import annotations

import re
from dataclasses import replace

from placelang import syntax
from placelang.check.calls import REFERENCES
from placelang.check.clauses import report_twice
from placelang.check.expressions import check_expression
from placelang.check.faults import describe, quoted
from placelang.check.placement import Place, check_service
from placelang.check.scope import Scope
from placelang.check.values import text
from placelang.codes import Code
from placelang.containers import Address, EnvEntry, Secret
from placelang.diagnostics import Span
from placelang.expressions import Expr

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_LONGEST = 200


def check_env(nodes: list[syntax.Env], place: Place) -> tuple[EnvEntry, ...]:
    """The environment; each variable once."""
    found = []
    first: dict[str, Span] = {}
    for entry in (entry for clause in nodes for entry in clause.entries):
        before = first.setdefault(entry.name.text, entry.name.span)
        if before is not entry.name.span:
            report_twice(entry.name.span, f"{quoted(entry.name.text)} is set twice", before, place.scope)
        _check_name(entry.name, place.scope)
        value = _value(entry, place)
        if value is not None:
            found.append(EnvEntry(entry.name.text, value, entry.span, entry.unsafe))
    return tuple(found)


def _check_name(name: syntax.Name, scope: Scope) -> None:
    if not _VARIABLE.fullmatch(name.text):
        meant = re.sub("[^A-Za-z0-9_]", "_", name.text)
        message = f"{quoted(name.text)} is no name of a variable"
        scope.faults.error(Code.MALFORMED, name.span, message, hint=f"write `{meant}`", fix=meant)


def _value(entry: syntax.EnvEntry, place: Place) -> Expr | Secret | Address | None:
    node = entry.value
    while isinstance(node, syntax.Paren):
        node = node.inner
    secret = isinstance(node, syntax.Call) and node.function.text == "secret"
    if entry.unsafe and not secret and not isinstance(node, syntax.Call):
        message = f"{quoted(entry.name.text)} is no secret: nothing about it is unsafe"
        place.scope.faults.error(Code.MISPLACED, entry.span, message, hint="write it in an `env` of its own")
    if isinstance(node, syntax.Call) and node.function.text in REFERENCES:
        return _secret(node, place.scope) if secret else _address(node, place)
    value = check_expression(entry.value, place.scope.at_host())
    if value is not None and value.type.name == "list":
        message = f"{quoted(entry.name.text)} is {describe(value.type)}, and a variable holds one value"
        place.scope.faults.error(Code.WRONG_TYPE, entry.value.span, message)
        return None
    return value


def _secret(call: syntax.Call, scope: Scope) -> Secret | None:
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if argument is None or isinstance(argument, syntax.Filtered):
        _wrong_form(call, scope)
        return None
    name = text(argument, "the name of a secret", scope)
    if name is not None and not (_SECRET.fullmatch(name) and len(name) <= _LONGEST):
        scope.faults.error(
            Code.MALFORMED,
            argument.span,
            f"{quoted(name)} is no name of a secret",
            notes=("it is made of letters, digits, `_`, `-` and `.`, in parts joined by `/`",),
        )
        return None
    return Secret(name, call.span) if name is not None else None


def _address(call: syntax.Call, place: Place) -> Address | None:
    """The address of a service that can be reached: its own too, where that is how replicas find each other."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(argument, syntax.Name):
        _wrong_form(call, place.scope)
        return None
    service = check_service(argument, replace(place, service=""))
    node = place.named.get(service) if service else None
    if service is None or not isinstance(node, syntax.Service):
        return None
    if not _published(node) and place.scope.faults.is_read(node.span):
        place.scope.faults.error(
            Code.IMPOSSIBLE,
            call.span,
            f"{quoted(service)} has no address: it publishes no port",
            labels=[(Span(node.span.path, node.span.start, node.name.span.end), "this service")],
            hint="add a clause such as `port 8080` to it",
        )
        return None
    return Address(service, call.span)


def _published(node: syntax.Service) -> bool:
    """Whether a container of the service can be reached from outside of it."""
    return any(
        isinstance(clause, syntax.Port)
        or (isinstance(clause, syntax.Allow) and clause.what == "host-network")
        or (isinstance(clause, syntax.Service) and _published(clause))
        for clause in node.clauses
    )


def _wrong_form(call: syntax.Call, scope: Scope) -> None:
    name = call.function.text
    message = f"`{name}` does not take these arguments"
    scope.faults.error(Code.WRONG_TYPE, call.span, message, hint=f"write it like `{REFERENCES[name]}`")
