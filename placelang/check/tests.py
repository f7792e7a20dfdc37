"""`test` blocks: files, services and facts resolved, values judged, and nothing said twice."""

from __future__ import annotations

import os
from collections.abc import Mapping

from placelang import syntax
from placelang.check.declarations import Declarations
from placelang.check.expressions import condition
from placelang.check.faults import quoted
from placelang.check.given import Declared, check_given
from placelang.check.placement import MOST_REPLICAS
from placelang.check.scope import Scope
from placelang.check.values import integer, text
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expectations import (
    Expect,
    ExpectLeftOut,
    ExpectMoves,
    ExpectPlaced,
    ExpectUndecided,
    Given,
    GivenFact,
    GivenGone,
    GivenLike,
    GivenUp,
    Named,
    TestSpec,
)


def check_tests(declarations: Declarations, declared: Declared, scope: Scope) -> tuple[TestSpec, ...]:
    """All tests in which nothing is wrong, in the order of the modules."""
    titles: dict[tuple[str, str], Span] = {}
    found = []
    for node in declarations.tests:
        title = text(node.title, "the title of a test", scope)
        if title == "":
            scope.faults.error(
                Code.MALFORMED, node.title.span, "a title says what is tested", hint="write one"
            )
        elif title is not None:
            _report_twice(
                titles, (node.span.path, title), node.title.span, f"the test {quoted(title)}", scope
            )
        spec = _test(node, title, declarations, declared, scope)
        if spec is not None:
            found.append(spec)
    return tuple(found)


def _test(
    node: syntax.Test, title: str | None, declarations: Declarations, declared: Declared, scope: Scope
) -> TestSpec | None:
    inventory = _file([s for s in node.steps if isinstance(s, syntax.TestInventory)], "inventory", scope)
    running = _file([s for s in node.steps if isinstance(s, syntax.TestRunning)], "running", scope)
    given = _given(node, declared, scope)
    wanted = [s for s in node.steps if isinstance(s, syntax.Expect | syntax.ExpectMoves)]
    expect = [_expect(step, declarations, scope) for step in wanted]
    header = Span(node.span.path, node.span.start, node.title.span.end)
    if not any(isinstance(s, syntax.TestInventory) for s in node.steps) and scope.faults.is_read(node.span):
        hint = 'add `inventory "inventory.yaml"`'
        scope.faults.error(Code.MISSING_VALUE, header, "this test names no inventory", hint=hint)
    if not wanted and scope.faults.is_read(node.span):
        hint = 'add a line such as `expect app.service in site "gbg"`'
        scope.faults.error(Code.MISSING_VALUE, header, "this test expects nothing", hint=hint)
    if title is None or inventory is None:
        return None
    return TestSpec(title, inventory, running, given, tuple(e for e in expect if e is not None), header)


def _report_twice(
    first: dict[tuple[str, str], Span], key: tuple[str, str], span: Span, what: str, scope: Scope
) -> None:
    before = first.setdefault(key, span)
    if before is not span:
        scope.faults.error(
            Code.DUPLICATE,
            span,
            f"{what} stands twice in this file",
            labels=[(before, "first here")],
            hint="give one of them another name, or remove it",
        )


# --- files ---------------------------------------------------------------------------------------------------------


def beside(node: syntax.String) -> str | None:
    """The path of a file that a test names, as seen from where its own path starts; None if it names none below the
    folder that the test is in."""
    name = "".join(part for part in node.parts if isinstance(part, str))
    if any(isinstance(part, syntax.Name) for part in node.parts) or not name or not name.isprintable():
        return None
    below = os.path.normpath(name)
    if os.path.isabs(name) or below.split(os.sep, 1)[0] == os.pardir:  # noqa: PTH117 - importing pathlib takes longer than a check of this file
        return None
    return os.path.normpath(os.path.join(os.path.dirname(node.span.path), below))  # noqa: PTH118, PTH120 - as above


def _file(
    steps: list[syntax.TestInventory] | list[syntax.TestRunning], word: str, scope: Scope
) -> Named | None:
    for step in steps[1:]:
        scope.faults.error(
            Code.DUPLICATE,
            step.span,
            f"`{word}` stands twice here",
            labels=[(steps[0].span, "first here")],
            hint="keep one of them: a test is about one fleet",
        )
    if not steps:
        return None
    node = steps[0].path
    path = beside(node)
    if path is not None:
        return Named(path, node.span)
    if any(isinstance(part, syntax.Name) for part in node.parts):
        scope.faults.error(Code.NOT_CONSTANT, node.span, "the path of a file is written out, without ${…}")
    elif not "".join(map(str, node.parts)).isprintable() or not any(node.parts):
        scope.faults.error(Code.MALFORMED, node.span, "this is no path of a file")
    else:
        scope.faults.error(
            Code.PATH_OUTSIDE,
            node.span,
            "this path leads out of the folder that the test is in",
            hint="move the file below that folder, and write its path from there",
        )
    return None


# --- given ---------------------------------------------------------------------------------------------------------


def _given(node: syntax.Test, declared: Declared, scope: Scope) -> tuple[Given, ...]:
    found = []
    first: dict[tuple[str, ...], Span] = {}
    for step in node.steps:
        if not isinstance(step, syntax.Given | syntax.GivenLike):
            continue
        given = check_given(step, declared, scope)
        if given is None:
            continue
        found.append(given)
        before = first.setdefault(_about(given), given.span)
        if before is not given.span:
            scope.faults.error(
                Code.DUPLICATE,
                given.span,
                "this is given twice",
                labels=[(before, "first here")],
                hint="keep one of them",
            )
    return tuple(found)


def _about(given: Given) -> tuple[str, ...]:
    match given:
        case GivenFact():
            return given.noun, given.subject.text, given.recorded, given.fact
        case GivenUp():
            return "site", given.site.text, "up"
        case GivenGone() | GivenLike():
            return given.noun, given.subject.text


# --- expect --------------------------------------------------------------------------------------------------------


def _expect(
    node: syntax.Expect | syntax.ExpectMoves, declarations: Declarations, scope: Scope
) -> Expect | None:
    if isinstance(node, syntax.ExpectMoves):
        limit = integer(node.limit, "a number of moves", scope, low=0, high=MOST_REPLICAS)
        return None if limit is None else ExpectMoves(node.operator, limit, node.span)
    services = _services(node, declarations, scope)
    site = _name(node.site, "the name of a site", scope)
    hosts = condition(node.hosts, scope.inside("host")) if node.hosts else None
    because = text(node.because, "a reason", scope) if node.because else None
    count = _count(node, declarations, scope)
    missing = ((node.site, site), (node.hosts, hosts), (node.because, because), (node.count, count))
    if services is None or any(written and value is None for written, value in missing):
        return None
    subject = node.subject.text
    match node.outcome:
        case "placed":
            return ExpectPlaced(subject, services, count, site, hosts, node.span)
        case "undecided":
            return ExpectUndecided(subject, services, site, hosts, because, node.span)
    if node.hosts is not None:
        scope.faults.error(
            Code.MISPLACED,
            node.hosts.span,
            "what is left out is on no host",
            hint="say at most in which site",
        )
        return None
    return ExpectLeftOut(subject, services, site, because, node.span)


def _name(node: syntax.String | None, what: str, scope: Scope) -> Named | None:
    found = text(node, what, scope) if node else None
    return Named(found, node.span) if node and found is not None else None


def _count(node: syntax.Expect, declarations: Declarations, scope: Scope) -> int | None:
    if node.count is None:
        return None
    if node.subject.text in declarations.units:
        scope.faults.error(
            Code.MISPLACED,
            node.count.span,
            f"replicas are counted of a service, and {quoted(node.subject.text)} is an app",
            hint=f"name a service: `{node.subject.text}.…`",
        )
        return None
    return integer(node.count, "a number of replicas", scope, low=0, high=MOST_REPLICAS)


def _services(node: syntax.Expect, declarations: Declarations, scope: Scope) -> tuple[str, ...] | None:
    """The services that are meant, or the one job, by full name; None, said why, if there is none."""
    name, known = node.subject, declarations.services
    if name.text in known:
        if isinstance(known[name.text], syntax.Service) or node.outcome != "undecided":
            return (name.text,)
        message = f"{quoted(name.text)} is a job, and undecided is said of services"
        hint = f'write `expect left out {name.text} because "…"`'
        scope.faults.error(Code.WRONG_TYPE, name.span, message, hint=hint)
        return None
    if name.text in declarations.units:
        units = declarations.units[name.text].items()
        found = tuple(f"{name.text}.{unit}" for unit, node in units if isinstance(node, syntax.Service))
        if not found:
            message = f"the app {quoted(name.text)} has no service that could be expected"
            scope.faults.error(Code.MISPLACED, name.span, message)
        return found or None
    _unknown_service(name, known, declarations, scope)
    return None


def _unknown_service(
    name: syntax.Name, known: Mapping[str, object], declarations: Declarations, scope: Scope
) -> None:
    elsewhere = [full for full in known if full.endswith(f".{name.text}")]
    near = {full.rpartition(".")[2]: full for full in known} | {full: full for full in known}
    scope.faults.unknown(
        name.span,
        f"there is no service or app {quoted(name.text)}",
        name.text,
        {} if elsewhere else near | {app: app for app in declarations.units},
        hint=f"write `{elsewhere[0]}`" if elsewhere else None,
    )
