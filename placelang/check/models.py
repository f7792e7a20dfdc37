"""Models: their file, what may execute them, and what they add to a service that serves them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from placelang import syntax
from placelang.check.clauses import of, one, report_twice
from placelang.check.declarations import Declarations
from placelang.check.faults import quoted
from placelang.check.needs import Supplies, check_needs
from placelang.check.profiles import find_model
from placelang.check.scope import Scope
from placelang.check.unsupported import not_supported
from placelang.check.values import integer, text
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expressions import Constant
from placelang.program import Model
from placelang.types import STRING

PROVIDERS = (
    "acl", "armnn", "cann", "coreml", "cpu", "cuda", "directml", "dnnl", "migraphx", "nnapi", "openvino", "qnn",
    "rknpu", "rocm", "tensorrt", "vitisai", "webgpu", "xnnpack",
)  # fmt: skip
"""The execution providers of ONNX Runtime."""

_MOST_RETAINED = 100
_RETAINED = 1


def check_models(
    declarations: Declarations,
    supplies: Supplies,
    devices: Mapping[str, object],
    roots: Sequence[str],
    scope: Scope,
) -> dict[str, Model | None]:
    """All models by full name, None for one that is at fault. `roots` are the paths of the root files."""
    found: dict[str, Model | None] = {}
    for (app, name), node in declarations.models.items():
        inner = Scope(scope.tables, scope.faults, app)
        full = f"{app}.{name}" if app else name
        found[full] = _model(node, full, inner, supplies, devices, roots)
    return found


def _model(  # noqa: PLR0917 - what a model is, and what it is judged by
    node: syntax.Model,
    full: str,
    scope: Scope,
    supplies: Supplies,
    devices: Mapping[str, object],
    roots: Sequence[str],
) -> Model | None:
    variants = of(node.clauses, syntax.Variant)
    for variant in variants[1:2]:
        span = Span(variant.span.path, variant.span.start, variant.name.span.end)
        not_supported(scope.faults, span, "several variants")
    inside = variants[0].clauses if variants else ()
    version = one(of(node.clauses, syntax.ModelVersion), "version", scope)
    baseline = one(of(node.clauses, syntax.Baseline), "baseline", scope)
    retain = one(of(node.clauses, syntax.Retain), "retain", scope)
    files = [*of(node.clauses, syntax.ModelFile), *of(inside, syntax.ModelFile)]
    file = one(files, "file", scope)
    needs = [*of(node.clauses, syntax.Needs), *of(inside, syntax.Needs)]
    if file is None and scope.faults.is_read(node.span):
        hint = f'add a clause such as `file "models/{node.name.text}.onnx"`'
        message = f"the model {quoted(node.name.text)} has no file"
        scope.faults.error(Code.MISSING_VALUE, node.name.span, message, hint=hint)
    path = _path(file.path, "the file of a model", roots, scope) if file else None
    drawn = _path(baseline.path, "a baseline", roots, scope) if baseline else None
    retained = integer(retain.count, "`retain`", scope, low=0, high=_MOST_RETAINED) if retain else _RETAINED
    found = Model(
        name=full,
        version=text(version.version, "a version", scope) if version else None,
        file=path or "",
        providers=_providers(of(node.clauses, syntax.Providers), scope),
        baseline=drawn,
        retain=retained if retained is not None else _RETAINED,
        variant=variants[0].name.text if variants else None,
        needs=check_needs(needs, supplies, devices, scope),
        span=Span(node.span.path, node.span.start, node.name.span.end),
    )
    return found if path is not None else None


def _providers(nodes: Sequence[syntax.Providers], scope: Scope) -> tuple[str, ...]:
    """Best first; the processor where nothing is said."""
    clause = one(nodes, "providers", scope)
    found: dict[str, Span] = {}
    for name in clause.providers if clause else ():
        if name.text not in PROVIDERS:
            hint = "providers are " + ", ".join(f"`{one}`" for one in PROVIDERS)
            message = f"there is no execution provider {quoted(name.text)}"
            scope.faults.unknown(name.span, message, name.text, PROVIDERS, hint=hint)
            continue
        before = found.setdefault(name.text, name.span)
        if before is not name.span:
            report_twice(name.span, f"{quoted(name.text)} stands twice", before, scope)
    return tuple(found) or ("cpu",)


# --- paths ---------------------------------------------------------------------------------------------------------


def _path(node: syntax.Expression, what: str, roots: Sequence[str], scope: Scope) -> str | None:
    """A path as seen from the root file's folder. Links are not followed here: who opens the file does."""
    found = text(node, what, scope)
    if found is None:
        return None
    if not found or found.endswith("/") or posixpath.isabs(found):
        scope.faults.error(
            Code.MALFORMED,
            node.span,
            f"{what} is named by a path relative to this file",
            hint='write it like `"models/detector.onnx"`',
        )
        return None
    here = posixpath.dirname(node.span.path)
    below = posixpath.relpath(posixpath.join(here, found), _base(here, roots))
    if below.split("/")[0] != "..":
        return below
    scope.faults.error(
        Code.PATH_OUTSIDE,
        node.span,
        "this path leads out of the root file's folder",
        hint="move the file below that folder, or plan from a folder that holds both",
    )
    return None


def _base(here: str, roots: Sequence[str]) -> str:
    """The folder of a root file that `here` lies below: the outermost, if files of several are planned together."""
    folders = sorted({posixpath.dirname(root) or "." for root in roots}, key=lambda f: (len(f), f))
    for folder in folders:
        if posixpath.isabs(folder) == posixpath.isabs(here):
            steps = posixpath.relpath(here or ".", folder).split("/")
            if steps[0] != "..":
                return folder
    return here or "."


# --- services and their models ---------------------------------------------------------------------------------------


def check_serves(
    nodes: Sequence[syntax.Serves], models: Mapping[str, Model | None], scope: Scope
) -> tuple[Model | None, ...]:
    """The models that a service serves, each once; None for one that is at fault."""
    first: dict[str, Span] = {}
    found = []
    for name in (name for node in nodes for name in node.models):
        full = find_model(name.text, name, scope)
        before = first.setdefault(full, name.span) if full else name.span
        if before is not name.span:
            report_twice(name.span, f"{quoted(name.text)} is served twice", before, scope)
        elif full is not None:
            found.append(models.get(full))
    return tuple(found)


def variant_of(models: Sequence[Model | None]) -> dict[str, Constant]:
    """What `variant` stands for in the environment of a service that serves these models."""
    named = [model for model in models if model and model.variant]
    if len(named) != 1:
        return {}
    return {"variant": Constant(STRING, named[0].span, str(named[0].variant))}
