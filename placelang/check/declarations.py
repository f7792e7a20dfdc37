"""Who declares what: every name with its first declaration; a second one of the same name is reported with both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from placelang import syntax
from placelang.check.faults import Faults, listed, quoted
from placelang.check.scope import LABELLED
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.facts import FACTS
from placelang.frozen import dataclass
from placelang.load import Modules
from placelang.nearest import did_you_mean

Definition = syntax.Param | syntax.Let


@dataclass(frozen=True, slots=True)
class Declarations:
    """All declarations by name, in the order of the modules. None as an app means the whole fleet.

    `constants`: parameters and constants by app and name. `facts`: labels and derived facts by app, noun and name.
    `models`: by app and name. `units`: what has a name inside an app: its services and jobs. `policies` and `apps` hold
    every block, those with a duplicate name too.
    """

    constants: dict[tuple[str | None, str], Definition] = field(default_factory=dict)
    facts: dict[tuple[str | None, str, str], syntax.LabelDeclaration | syntax.Let] = field(
        default_factory=dict
    )
    resources: dict[str, syntax.ResourceDeclaration] = field(default_factory=dict)
    devices: dict[str, syntax.DeviceDeclaration] = field(default_factory=dict)
    units: dict[str, dict[str, syntax.Service | syntax.Job]] = field(default_factory=dict)
    models: dict[tuple[str | None, str], syntax.Model] = field(default_factory=dict)
    policies: list[syntax.Policy] = field(default_factory=list)
    apps: list[syntax.App] = field(default_factory=list)
    optimize: list[syntax.Optimize] = field(default_factory=list)
    tests: list[syntax.Test] = field(default_factory=list)

    @property
    def services(self) -> Mapping[str, syntax.Service | syntax.Job]:
        """What `app.service` can name, by that full name."""
        return {f"{app}.{name}": node for app, units in self.units.items() for name, node in units.items()}


_KINDS: Mapping[type, str] = {
    syntax.ResourceDeclaration: "resource",
    syntax.DeviceDeclaration: "device",
    syntax.App: "app",
    syntax.Policy: "policy",
}


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


class _Names:
    """Where each name was declared first."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._first: dict[tuple[str, ...], Span] = {}

    def first(self, name: syntax.Name, kind: str, *space: str) -> bool:
        """Whether the name is the first of its kind in that space of names; if not, both are reported."""
        before = self._first.setdefault((*(space or (kind,)), name.text), name.span)
        self.faults.evidence.declare(name)
        if before is not name.span:
            self.faults.error(
                Code.DUPLICATE,
                name.span,
                f"the {kind} {quoted(name.text)} is declared twice",
                labels=[(before, "first declared here")],
                hint="give one of them another name, or remove it",
            )
        return before is name.span

    def simple(self, name: syntax.Name, kind: str) -> bool:
        """Whether the name is one word without dots, as that of a `kind` must be."""
        if "." in name.text:
            meant = name.text.replace(".", "-")
            message = f"the name of {_with_article(kind)} has no dots"
            self.faults.error(Code.MALFORMED, name.span, message, hint=f"write `{meant}`", fix=meant)
        return "." not in name.text


def declare(modules: Modules, faults: Faults) -> Declarations:
    """All names that the modules declare."""
    found = Declarations()
    names = _Names(faults)
    for module in modules.modules:
        for statement in module.tree.statements:
            _statement(statement, found, names, is_root=module.is_root)
        found.tests.extend(node for node in module.tree.statements if isinstance(node, syntax.Test))
    for app in found.apps:
        _inside_app(app, found, names)
    return found


def _statement(statement: syntax.Statement, found: Declarations, names: _Names, *, is_root: bool) -> None:
    match statement:
        case syntax.Param() | syntax.Let():
            _definition(statement, None, found, names)
        case syntax.LabelDeclaration():
            _fact(statement, None, found, names)
        case syntax.Model():
            _model(statement, None, found, names)
        case syntax.Optimize():
            _optimize(statement, found, names.faults, is_root=is_root)
        case syntax.ResourceDeclaration() | syntax.DeviceDeclaration() | syntax.App() | syntax.Policy():
            _named(statement, found, names)


def _named(
    node: syntax.ResourceDeclaration | syntax.DeviceDeclaration | syntax.App | syntax.Policy,
    found: Declarations,
    names: _Names,
) -> None:
    """What has a name that is one in the fleet."""
    kind = _KINDS[type(node)]
    is_first = names.simple(node.name, kind) and names.first(node.name, kind)
    match node:
        case syntax.ResourceDeclaration() if is_first:
            found.resources[node.name.text] = node
        case syntax.DeviceDeclaration() if is_first:
            found.devices[node.name.text] = node
        case syntax.App():
            found.apps.append(node)
            found.units.setdefault(node.name.text, {})
        case syntax.Policy():
            found.policies.append(node)


def _optimize(statement: syntax.Optimize, found: Declarations, faults: Faults, *, is_root: bool) -> None:
    if not is_root:
        faults.error(
            Code.MISPLACED,
            statement.span,
            "`optimize` stands in a root file, not in an imported one or a policy",
            hint="move it to the file that is planned",
        )
        return
    found.optimize.append(statement)
    if len(found.optimize) > 1:
        first = found.optimize[0].span
        faults.error(
            Code.DUPLICATE,
            statement.span,
            "`optimize` stands twice in this fleet",
            labels=[(first, "first here")],
            hint="keep one of them",
        )


def _definition(node: Definition, app: str | None, found: Declarations, names: _Names) -> None:
    """A parameter, a constant, or a derived fact, which has the name of its noun in front."""
    if isinstance(node, syntax.Let) and "." in node.name.text:
        _fact(node, app, found, names)
        return
    kind = "param" if isinstance(node, syntax.Param) else "constant"
    if not names.simple(node.name, kind):
        return
    outer = found.constants.get((None, node.name.text)) if app else None
    if outer is not None:
        names.faults.error(
            Code.DUPLICATE,
            node.name.span,
            f"{quoted(node.name.text)} is already the name of a constant of the whole fleet, which an app cannot hide",
            labels=[(outer.name.span, "declared here")],
            hint="give one of them another name",
        )
    elif names.first(node.name, kind, "constant", app or ""):
        found.constants[app, node.name.text] = node


def _fact(
    node: syntax.LabelDeclaration | syntax.Let, app: str | None, found: Declarations, names: _Names
) -> None:
    noun, dot, name = node.name.text.partition(".")
    what = "label" if isinstance(node, syntax.LabelDeclaration) else "derived fact"
    if not dot or noun not in LABELLED:
        word = "label" if what == "label" else "let"
        known = {one: f"{one}.{name}" for one in LABELLED} if dot and noun not in FACTS else {}
        near = names.faults.near(noun, known)
        names.faults.error(
            Code.MALFORMED,
            node.name.span,
            f"a {what} belongs to a noun: {listed(LABELLED)}",
            hint=did_you_mean(near) or f"write `{word} host.{name or noun}`",
            fix=near[0] if len(near) == 1 else "",
        )
    elif (None, noun, name) in found.facts and app is not None:
        names.faults.error(
            Code.DUPLICATE,
            node.name.span,
            f"{quoted(node.name.text)} is already a fact of the whole fleet, which an app cannot hide",
            labels=[(found.facts[None, noun, name].name.span, "declared here")],
            hint="give one of them another name",
        )
    elif names.first(node.name, what, "fact", app or ""):
        found.facts[app, noun, name] = node


def _inside_app(app: syntax.App, found: Declarations, names: _Names) -> None:
    for clause in app.clauses:
        match clause:
            case syntax.Param() | syntax.Let():
                _definition(clause, app.name.text, found, names)
            case syntax.Model():
                _model(clause, app.name.text, found, names)
            case syntax.Service() | syntax.Job():
                _unit(clause, app.name.text, found, names)


def _model(node: syntax.Model, app: str | None, found: Declarations, names: _Names) -> None:
    if not names.simple(node.name, "model"):
        return
    outer = found.models.get((None, node.name.text)) if app else None
    if outer is not None:
        names.faults.error(
            Code.DUPLICATE,
            node.name.span,
            f"{quoted(node.name.text)} is already the name of a model of the whole fleet, which an app cannot hide",
            labels=[(outer.name.span, "declared here")],
            hint="give one of them another name",
        )
    elif names.first(node.name, "model", "model", app or ""):
        found.models[app, node.name.text] = node


def _unit(node: syntax.Service | syntax.Job, app: str, found: Declarations, names: _Names) -> None:
    kind = "service" if isinstance(node, syntax.Service) else "job"
    if names.simple(node.name, kind) and names.first(node.name, kind, "unit", app):
        found.units[app][node.name.text] = node
    if isinstance(node, syntax.Service):
        for clause in node.clauses:
            if isinstance(clause, syntax.Service) and names.simple(clause.name, "sidecar"):
                names.first(clause.name, "sidecar", "sidecar", app, node.name.text)
