"""Calls: `any all count sum` over sets of things, `known`, and facts that take an argument."""

from __future__ import annotations

from collections.abc import Callable

from placelang import syntax
from placelang.check import metrics, profiles
from placelang.check.faults import describe, listed, quoted
from placelang.check.names import lookup
from placelang.check.scope import INSIDE, Scope, Wrong
from placelang.codes import Code
from placelang.expressions import Constant, Expr, Fact, Known, Quantified
from placelang.facts import PLURALS
from placelang.types import BOOL, NUMBER, STRING

REFERENCES = {"secret": 'secret("NAME")', "address": "address(SERVICE)"}
"""What stands for a value that only a host can know, with how it is written."""

Check = Callable[[syntax.Expression | syntax.Filtered, Scope], Expr | None]

_FUNCTIONS = ("any", "all", "count", "sum", "known")
_FORMS = {
    "any": "any(gpus where memory >= 4GiB)",
    "all": "all(gpus where memory >= 4GiB)",
    "count": "count(gpus where memory >= 4GiB)",
    "sum": 'sum(memory, gpus where vendor == "nvidia")',
    "known": "known(memory)",
}


def check_call(call: syntax.Call, scope: Scope, check: Check) -> Expr | None:
    """The typed form of `call`; `check` judges its arguments."""
    name = call.function.text
    if name in {"any", "all", "count"}:
        return _quantified(call, scope, check)
    if name == "sum":
        return _sum(call, scope, check)
    if name == "known":
        return _known(call, scope, check)
    if name in REFERENCES:
        message = f"`{name}()` stands alone, as the value of a variable"
        scope.faults.error(Code.MISPLACED, call.span, message, hint=f"write `env NAME = {REFERENCES[name]}`")
        return None
    if name in profiles.FUNCTIONS:
        profiles.without_member(call, scope)
        return None
    if scope.watched is not None and name in metrics.CALLS:
        return metrics.metric_call(call, scope)
    return _fact(call, scope, check)


def not_a_value(noun: syntax.Name, scope: Scope) -> None:
    """Reports a set of things where one value is due."""
    hint = f"write `any({noun.text} where …)` or `count({noun.text} where …)`"
    scope.faults.error(
        Code.WRONG_TYPE, noun.span, f"`{noun.text} where` is a set, and a value is due here", hint=hint
    )


def _wrong_form(call: syntax.Call, scope: Scope) -> None:
    name = call.function.text
    scope.faults.error(
        Code.WRONG_TYPE,
        call.span,
        f"`{name}` does not take these arguments",
        hint=f"write it like `{_FORMS[name]}`",
    )


def _quantified(call: syntax.Call, scope: Scope, check: Check) -> Expr | None:
    if len(call.arguments) != 1:
        _wrong_form(call, scope)
        return None
    found = _set(call, call.arguments[0], scope, check)
    if found is None:
        return None
    noun, predicate = found
    kind = NUMBER if call.function.text == "count" else BOOL
    return Quantified(kind, call.span, call.function.text, noun, predicate)


def _sum(call: syntax.Call, scope: Scope, check: Check) -> Expr | None:
    if len(call.arguments) != 2:  # noqa: PLR2004 - the sentence below says two
        _wrong_form(call, scope)
        return None
    first, last = call.arguments
    if _is_set(first) and not _is_set(last):
        things = first.noun if isinstance(first, syntax.Filtered) else first
        message = "`sum` takes what is added up first, and then of which things"
        hint = (
            f"write it like `sum(memory, {things.text} where …)`" if isinstance(things, syntax.Name) else None
        )
        scope.faults.error(Code.WRONG_TYPE, call.span, message, hint=hint)
        return None
    found = _set(call, last, scope, check)
    if isinstance(first, syntax.Filtered):
        not_a_value(first.noun, scope)
        return None
    if found is None:
        return None
    noun, predicate = found
    summed = check(first, scope.inside(noun))
    if summed is None:
        return None
    if not summed.type.numeric:
        scope.faults.error(
            Code.WRONG_TYPE,
            first.span,
            f"only numbers and quantities have a sum, and this is {describe(summed.type)}",
        )
        return None
    return Quantified(summed.type, call.span, "sum", noun, predicate, summed)


def _is_set(argument: syntax.Expression | syntax.Filtered) -> bool:
    return isinstance(argument, syntax.Filtered) or (
        isinstance(argument, syntax.Name) and argument.text in PLURALS
    )


def _set(
    call: syntax.Call, argument: syntax.Expression | syntax.Filtered, scope: Scope, check: Check
) -> tuple[str, Expr] | None:
    """The noun and the predicate of `NOUN [where P]`."""
    name = argument.noun if isinstance(argument, syntax.Filtered) else argument
    if not isinstance(name, syntax.Name):
        _wrong_form(call, scope)
        return None
    inside = INSIDE.get(scope.reach[0], ()) if scope.reach else ()
    if name.text not in inside:
        _not_inside(name, inside, scope)
        return None
    noun = PLURALS[name.text]
    if not isinstance(argument, syntax.Filtered):
        return noun, Constant(BOOL, name.span, value=True)
    predicate = check(argument.predicate, scope.inside(noun))
    if predicate is None:
        return None
    if predicate.type != BOOL:
        scope.faults.error(
            Code.WRONG_TYPE,
            argument.predicate.span,
            f"a condition is due after `where`, and this is {describe(predicate.type)}",
        )
        return None
    return noun, predicate


def _not_inside(name: syntax.Name, inside: tuple[str, ...], scope: Scope) -> None:
    if scope.watched is not None:
        message = f"{quoted(name.text)} are nothing that a monitor measures"
        scope.faults.unknown(
            name.span, message, name.text, (), hint="choose hosts in the service: `hosts where …`"
        )
    elif not scope.reach:
        message = f"{quoted(name.text)} cannot be counted where only a constant can stand"
        scope.faults.error(Code.NOT_CONSTANT, name.span, message)
    elif not inside:
        message = f"there is nothing to count in a {scope.reach[0]}"
        scope.faults.error(Code.UNKNOWN_NAME, name.span, message)
    else:
        plural = {noun: plural for plural, noun in PLURALS.items()}.get(name.text)
        hint = f"write `{plural}`" if plural in inside else f"a {scope.reach[0]} has {listed(inside)}"
        message = f"there are no {quoted(name.text)} in a {scope.reach[0]}"
        fix = plural if plural in inside else ""
        scope.faults.unknown(name.span, message, name.text, inside, hint=hint, fix=fix)


def _known(call: syntax.Call, scope: Scope, check: Check) -> Expr | None:
    if len(call.arguments) != 1:
        _wrong_form(call, scope)
        return None
    operand = check(call.arguments[0], scope)
    if isinstance(operand, Constant):
        return Constant(BOOL, call.span, value=True)
    return Known(BOOL, call.span, operand) if operand else None


def _fact(call: syntax.Call, scope: Scope, check: Check) -> Expr | None:
    name = call.function
    spec = lookup(name, scope)
    if isinstance(spec, Wrong):
        return None
    if spec is None:
        reachable = ["site.latency"] * ("site" in scope.reach) + ["host.model"] * ("host" in scope.reach)
        reachable += ["latency"] * (scope.noun == "site") + [*REFERENCES] * (scope.noun is None)
        own = ("known", *metrics.CALLS) if scope.watched is not None else _FUNCTIONS
        scope.faults.unknown(
            name.span,
            f"unknown function {quoted(name.text)}",
            name.text,
            (*own, *reachable, "not"),
            hint="functions are " + ", ".join(f"`{one}`" for one in own),
        )
        return None
    if spec.of is None:
        scope.faults.error(
            Code.WRONG_TYPE,
            call.span,
            f"{quoted(name.text)} takes nothing",
            hint=f"write `{name.text}`",
            fix=name.text,
        )
        return None
    argument = check(call.arguments[0], scope) if len(call.arguments) == 1 else None
    if len(call.arguments) == 1 and argument is None:
        return None
    if not isinstance(argument, Constant) or argument.type != STRING:
        hint = f'write `{name.text}("…")` with the name of a {spec.of}'
        scope.faults.error(Code.WRONG_TYPE, call.span, f"{quoted(name.text)} takes a {spec.of}", hint=hint)
        return None
    return Fact(spec.type, call.span, spec.noun, spec.name, str(argument.value))
