"""Facts of the fleet beside the built-in ones: labels, device counts, and facts derived from others."""

from __future__ import annotations

from placelang import syntax
from placelang.check.choices import not_a_choice, outside
from placelang.check.declarations import Declarations
from placelang.check.expressions import check_expression
from placelang.check.faults import Faults, quoted
from placelang.check.operators import EMPTY
from placelang.check.scope import REACH, WRONG, Scope, Tables
from placelang.check.values import choices_of, constant, text, type_of
from placelang.check.walk import mentions
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.facts import FACTS, FactSpec
from placelang.graph import chain, sort
from placelang.program import Derived, DeviceSpec, LabelSpec, ResourceSpec
from placelang.types import NUMBER
from placelang_runtime.udev_rules import RuleError, parse_rule

Key = tuple[str | None, str, str]


def declare_labels(declarations: Declarations, tables: Tables, faults: Faults) -> tuple[LabelSpec, ...]:
    """Fills `tables.facts` with labels; those without a fault, by noun and name."""
    specs = []
    scope = Scope(tables, faults)
    for (_, noun, name), node in declarations.facts.items():
        if isinstance(node, syntax.LabelDeclaration):
            named = _names_built_in(node, noun, name) or not _is_built_in(node, noun, name, faults)
            spec = _label(node, noun, name, scope) if named else None
            if spec is not None:
                specs.append(spec)
                tables.facts[None][noun][name] = FactSpec(noun, name, spec.type, "label")
                if spec.choices is not None:  # a default that is not among them has been reported
                    tables.choices[noun, name] = spec.choices
            elif name not in FACTS[noun]:
                tables.facts[None][noun][name] = WRONG
    return tuple(sorted(specs, key=lambda spec: (spec.noun, spec.name)))


def _names_built_in(node: syntax.LabelDeclaration, noun: str, name: str) -> bool:
    """Whether the declaration only says under which label inventories have a built-in fact."""
    built_in = FACTS[noun].get(name)
    plain = node.external is not None and node.default is None and node.choices is None
    return built_in is not None and plain and str(built_in.type) == _type_text(node.type)


def _type_text(node: syntax.TypeName) -> str:
    return f"[{node.name.text}]" if node.is_list else node.name.text


def _is_built_in(node: syntax.LabelDeclaration | syntax.Let, noun: str, name: str, faults: Faults) -> bool:
    what = "label" if isinstance(node, syntax.LabelDeclaration) else "derived fact"
    if name in FACTS[noun]:
        faults.error(
            Code.BUILT_IN_NAME,
            node.name.span,
            f"{quoted(node.name.text)} is a built-in fact: {FACTS[noun][name].meaning}",
            hint=f"give the {what} another name, or use the fact as it is",
        )
    elif (head := name.split(".", maxsplit=1)[0]) in FACTS:
        faults.error(
            Code.BUILT_IN_NAME,
            node.name.span,
            f"the name of a {what} cannot begin with {quoted(head)}, which is a noun",
            hint=f"write `{noun}.{name.replace('.', '-')}`",
            fix=f"{noun}.{name.replace('.', '-')}",
        )
    else:
        return False
    return True


def _label(node: syntax.LabelDeclaration, noun: str, name: str, scope: Scope) -> LabelSpec | None:
    kind = type_of(node.type, scope.faults)
    if kind is None:
        return None
    choices = choices_of(node.choices, kind, scope) if node.choices else None
    default = external = None
    if node.default is not None:
        default = constant(node.default, kind, f"the default of {quoted(node.name.text)}", scope)
        wrong = outside(default, choices) if default is not None and choices else None
        if wrong is not None and choices:
            subject = (node.default.span, f"{quoted(node.name.text)} is")
            not_a_choice(wrong, choices, kind.element or kind, subject, scope)
    if node.external is not None:
        external = text(node.external, "an external name", scope)
    return LabelSpec(noun, name, kind, choices, default, external, node.name.span)


def declare_devices(declarations: Declarations, tables: Tables, faults: Faults) -> tuple[DeviceSpec, ...]:
    """Fills `tables.facts` with the count of each kind of device on a host; the kinds, by name."""
    specs = []
    for name, node in sorted(declarations.devices.items()):
        fact = f"device.{name}"
        tables.facts[None]["host"][fact] = FactSpec("host", fact, NUMBER, f"devices of kind {name}")
        rules = [rule for clause in node.rules if (rule := _literal(clause.rule, faults)) is not None]
        specs.append(DeviceSpec(name, tuple(rules), node.name.span))
    return tuple(specs)


def _literal(node: syntax.String, faults: Faults) -> str | None:
    if any(isinstance(part, syntax.Name) for part in node.parts):
        faults.error(
            Code.NOT_CONSTANT,
            node.span,
            "a udev rule is written out, without ${…}",
            hint="put it in single quotes",
        )
        return None
    rule = "".join(part for part in node.parts if isinstance(part, str))
    try:
        parse_rule(rule)
    except RuleError as error:
        faults.error(Code.MALFORMED, _within(node, rule, error), str(error), hint=error.hint)
        return None
    return rule


def _within(node: syntax.String, rule: str, error: RuleError) -> Span:
    """Where in the text the fault is; the whole text if escapes have moved it."""
    if node.span.end - node.span.start != len(rule) + 2:
        return node.span
    start = node.span.start + 1
    return Span(node.span.path, start + error.start, start + error.end)


_BUILT_IN_NEEDS = ("cpu", "memory", "disk", "bandwidth", "gpu", "device", "shared", "upload", "download")


def declare_resources(declarations: Declarations, faults: Faults) -> tuple[ResourceSpec, ...]:
    """The resources that hosts supply beside the built-in ones, by name."""
    specs = []
    for name, node in sorted(declarations.resources.items()):
        kind = type_of(node.type, faults)
        if name in _BUILT_IN_NEEDS:
            message = f"`needs {name}` is built in"
            faults.error(
                Code.BUILT_IN_NAME,
                node.name.span,
                message,
                hint="give the resource another name, or remove this line",
            )
        elif kind is not None and not kind.numeric:
            message = "a resource is an amount: a number, or a quantity such as bytes"
            faults.error(Code.WRONG_TYPE, node.type.span, message, hint=f"write `resource {name}: number`")
        elif kind is not None:
            specs.append(ResourceSpec(name, kind, node.name.span))
    return tuple(specs)


# --- derived facts -------------------------------------------------------------------------------------------------


def derive_facts(declarations: Declarations, tables: Tables, faults: Faults) -> tuple[Derived, ...]:
    """Fills `tables.facts` with derived facts, each after those it is made of; their definitions, by noun and name.

    One that belongs to an app is `app/name`, which no other fact can be called.
    """
    lets = {
        key: node
        for key, node in declarations.facts.items()
        if isinstance(node, syntax.Let) and not _is_built_in(node, key[1], key[2], faults)
    }
    order, cycles, broken = sort({key: _leads_to(key, node, lets) for key, node in lets.items()})
    for cycle in cycles:
        _report_cycle(cycle, lets, faults)
    found = []
    for key in order:
        app, noun, name = key
        facts = tables.facts.setdefault(app, {}).setdefault(noun, {})
        facts[name] = WRONG
        if key in broken:
            continue
        value = check_expression(lets[key].value, Scope(tables, faults, app).inside(noun))
        if value is not None and value.type == EMPTY:
            message = "nothing says what this empty list would hold"
            faults.error(Code.WRONG_TYPE, lets[key].value.span, message)
        elif value is not None:
            spec = FactSpec(noun, f"{app}/{name}" if app else name, value.type, "derived fact")
            facts[name] = spec
            found.append(Derived(noun, spec.name, value, lets[key].name.span))
    return tuple(sorted(found, key=lambda derived: (derived.noun, derived.name)))


def _leads_to(key: Key, node: syntax.Let, lets: dict[Key, syntax.Let]) -> list[Key]:
    """The derived facts that a definition names, in the scopes in which it names them."""
    app, noun, _ = key
    found = []
    for scope, name in mentions(node.value, noun):
        head, _, rest = name.partition(".")
        places = [(scope or noun, name)]
        if head in REACH[scope or noun]:
            places.append((head, rest))
        for place in places:
            target = next((k for k in ((app, *place), (None, *place)) if k in lets), None)
            if target is not None:
                found.append(target)
    return found


def _report_cycle(cycle: tuple[Key, ...], lets: dict[Key, syntax.Let], faults: Faults) -> None:
    names = [f"{noun}.{name}" for _, noun, name in cycle]
    faults.error(
        Code.CYCLE,
        lets[cycle[0]].name.span,
        f"{quoted(names[0])} is derived from itself",
        labels=[(lets[key].name.span, "by way of this one") for key in cycle[1:8]],
        notes=(chain(names),),
    )
