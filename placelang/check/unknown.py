"""What to say of a name that stands for nothing where it is written."""

from __future__ import annotations

from placelang import syntax
from placelang.check.faults import quoted
from placelang.check.scope import INSIDE, LABELLED, Scope
from placelang.codes import Code
from placelang.facts import FACTS, PLURALS

_PLURAL = {noun: plural for plural, noun in PLURALS.items()}
_WORDS = ("true", "false")


def explain(name: syntax.Name, scope: Scope) -> None:
    """Reports `name` with what was perhaps meant: the right prefix, a near name, text, a declaration."""
    head, dot, rest = name.text.partition(".")
    if not scope.reach:
        _only_constants(name, scope)
    elif (noun := _outer(name.text, scope)) is not None:
        _needs_prefix(name, noun, scope)
    elif (noun := _inner(name.text, scope)) is not None:
        message = f"{quoted(name.text)} is a fact of each {noun}, and a {scope.noun} may have several"
        hint = f"write `any({_PLURAL[noun]} where {name.text} …)`"
        scope.faults.unknown(name.span, message, name.text, (), hint=hint)
    elif dot and PLURALS.get(head) in scope.reach:
        hint = f"write `{PLURALS[head]}.{rest}`: a noun is plural only where it filters or is counted"
        fix = f"{PLURALS[head]}.{rest}"
        scope.faults.unknown(name.span, f"there is no {quoted(name.text)}", name.text, (), hint=hint, fix=fix)
    elif dot and head in FACTS and head not in scope.reach:
        _out_of_reach(name, head, rest, scope)
    else:
        _anything(name, scope)


def _outer(text: str, scope: Scope) -> str | None:
    """The noun, around the one in scope, that has a fact of this bare name."""
    return next((noun for noun in scope.reach if noun != scope.noun and scope.fact(noun, text)), None)


def _inner(text: str, scope: Scope) -> str | None:
    """The noun, inside the one in scope, that has a fact of this bare name."""
    nouns = [PLURALS[plural] for plural in INSIDE.get(scope.noun or "", ())]
    return next((noun for noun in nouns if scope.fact(noun, text)), None)


def _needs_prefix(name: syntax.Name, noun: str, scope: Scope) -> None:
    if scope.noun is None:
        message = f"{quoted(name.text)} is a fact of a {noun}"
        note = "outside of `where` every fact has its noun in front"
    else:
        message = f"{quoted(name.text)} is no fact of a {scope.noun}"
        note = f"after `{_PLURAL[scope.noun]} where` only facts of a {scope.noun} stand without their noun"
    meant = f"{noun}.{name.text}"
    scope.faults.unknown(name.span, message, name.text, (), hint=f"write `{meant}`", notes=(note,), fix=meant)


def _out_of_reach(name: syntax.Name, noun: str, fact: str, scope: Scope) -> None:
    """A prefix that names no one thing here, such as `gpu` where a host may have several."""
    if noun == "device" and "host" in scope.reach and fact not in FACTS["device"]:
        devices = [f for f in _facts("host", scope) if f.startswith("device.")]
        hint = f"declare it: `device {fact} {{ udev '…' }}`"
        scope.faults.unknown(name.span, f"there is no device {quoted(fact)}", name.text, devices, hint=hint)
    elif noun == "service":
        scope.faults.unknown(name.span, f"{quoted(name.text)} is known to policies only", name.text, ())
    elif scope.noun == "service":
        message = f"{quoted(name.text)} is a fact of a {noun}, and a service may run on several"
        hint = f"write it in `{_PLURAL[noun]} where …`"
        scope.faults.unknown(name.span, message, name.text, (), hint=hint)
    else:
        message = f"{quoted(name.text)} could be that of several things"
        hint = f"write `any({_PLURAL[noun]} where {fact} …)`"
        scope.faults.unknown(name.span, message, name.text, (), hint=hint)


def _only_constants(name: syntax.Name, scope: Scope) -> None:
    """A name that stands where nothing is known but constants."""
    head, _, rest = name.text.partition(".")
    noun = next(
        (n for n in LABELLED if scope.fact(n, name.text) or (head == n and scope.fact(n, rest))), None
    )
    if noun is not None:
        scope.faults.error(
            Code.NOT_CONSTANT,
            name.span,
            f"{quoted(name.text)} is a fact of a {noun}, and only a constant can stand here",
            hint="write a literal, or the name of a `param` or `let`",
        )
        return
    message = f"unknown name {quoted(name.text)}"
    known = (*_WORDS, *_constants(scope))
    scope.faults.unknown(name.span, message, name.text, known, hint=_declare(name.text, scope))


def _anything(name: syntax.Name, scope: Scope) -> None:
    known = {known: known for known in (*_WORDS, *_constants(scope))} if scope.faults.offers else {}
    for noun in reversed(scope.reach) if scope.faults.offers else ():
        for fact in _facts(noun, scope):
            known[fact] = known[f"{noun}.{fact}"] = fact if noun == scope.noun else f"{noun}.{fact}"
    message = f"unknown name {quoted(name.text)}"
    scope.faults.unknown(name.span, message, name.text, known, hint=_declare(name.text, scope))


def _declare(text: str, scope: Scope) -> str:
    """How the name would get a meaning."""
    owner = next((app for app, own in scope.tables.constants.items() if app and text in own), None)
    if owner is not None:
        return f"`{text}` belongs to the app `{owner}`: declare it outside of apps to share it"
    if not scope.reach:
        return f'write `"{text}"` if it is text, or declare it: `param {text}: TYPE`'
    if scope.noun == "service":
        return "a service has " + ", ".join(f"`{fact}`" for fact in FACTS["service"])
    head, dot, _ = text.partition(".")
    label = text if dot and head in scope.reach else f"{scope.noun or scope.reach[0]}.{text}"
    return f'write `"{text}"` if it is text, or declare it: `label {label}: TYPE`'


def _constants(scope: Scope) -> list[str]:
    own = scope.tables.constants.get(scope.app, {}) if scope.app else {}
    return [*own, *scope.tables.constants[None]]


def _facts(noun: str, scope: Scope) -> list[str]:
    """The facts of a noun that can be named here, declared or found in the inventory."""
    own = scope.tables.facts.get(scope.app, {}).get(noun, {}) if scope.app else {}
    return [*own, *scope.tables.facts[None][noun], *(scope.tables.inventory or {}).get(noun, {})]
