"""`host.model(NAME).p95`: what is measured of a model on a host."""

from __future__ import annotations

from placelang import syntax
from placelang.check.faults import quoted
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.expressions import Fact
from placelang.facts import PROFILE

FUNCTIONS = ("model", "host.model")


def check_member(node: syntax.Member, scope: Scope) -> Fact | None:
    """The fact of a model's profile; nothing else has members."""
    call = node.of.inner if isinstance(node.of, syntax.Paren) else node.of
    if not isinstance(call, syntax.Call) or call.function.text not in FUNCTIONS:
        message = f"only `host.model(NAME)` is followed by `.{node.name.text}`"
        scope.faults.error(Code.WRONG_TYPE, node.span, message)
        return None
    if not _at_host(call, scope):
        return None
    model = _model(call, scope)
    spec = PROFILE.get(node.name.text)
    if spec is None:
        hint = "it has " + ", ".join(f"`.{name}`" for name in PROFILE)
        message = f"nothing is measured as {quoted(node.name.text)} of a model"
        scope.faults.unknown(node.name.span, message, node.name.text, PROFILE, hint=hint)
    return Fact(spec.type, node.span, "host", spec.name, model) if spec and model else None


def without_member(call: syntax.Call, scope: Scope) -> None:
    """Reports a profile where one value is due."""
    if _at_host(call, scope):
        scope.faults.error(
            Code.WRONG_TYPE,
            call.span,
            "this is all that is measured of a model, and one value is due",
            hint=f"write `{call.function.text}(…).p95`",
        )


def _at_host(call: syntax.Call, scope: Scope) -> bool:
    """Whether a host is in reach, and the function called as it is there."""
    name = call.function.text
    if "host" not in scope.reach:
        message = "what is measured of a model is a fact of hosts"
        scope.faults.unknown(call.span, message, name, (), hint="write it in `hosts where …`")
    elif name == "model" and scope.noun != "host":
        hint = "write `host.model(…)`"
        message = (
            f"{quoted(name)} is no fact of a {scope.noun}" if scope.noun else f"{quoted(name)} is of a host"
        )
        scope.faults.unknown(call.function.span, message, name, (), hint=hint, fix="host.model")
    else:
        return True
    return False


def _model(call: syntax.Call, scope: Scope) -> str | None:
    """The full name of the model, which is declared in the scope's app or for the whole fleet."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    match argument:
        case syntax.Name(text=name):
            pass
        case syntax.String(parts=(str(name),)):
            pass
        case _:
            hint = f"write it like `{call.function.text}(detector).p95`"
            scope.faults.error(Code.WRONG_TYPE, call.span, "the name of one model is due here", hint=hint)
            return None
    return find_model(name, argument, scope)


def find_model(name: str, node: syntax.Name | syntax.String, scope: Scope) -> str | None:
    """The full name of a declared model; None, said why, if there is none."""
    own, shared = scope.tables.models.get(scope.app, ()), scope.tables.models.get(None, ())
    if scope.app and name in own:
        scope.tables.used.add((scope.app, "model", name))
        return f"{scope.app}.{name}"
    if name in shared:
        scope.tables.used.add((None, "model", name))
        return name
    elsewhere = next((app for app, names in scope.tables.models.items() if app and name in names), None)
    hint = (
        f"it belongs to the app `{elsewhere}`: declare it outside of apps to share it"
        if elsewhere
        else f'declare it: `model {name} {{ file "….onnx" }}`'
    )
    scope.faults.unknown(node.span, f"there is no model {quoted(name)}", name, (*own, *shared), hint=hint)
    return None
