"""Models: their file, what may execute them, and what they add to a service that serves them."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from placelang import syntax
from placelang.check.clauses import of, one, report_twice
from placelang.check.declarations import Declarations
from placelang.check.faults import quoted
from placelang.check.needs import Supplies, check_needs
from placelang.check.profiles import find_model
from placelang.check.scope import Scope
from placelang.check.trials import check_trial
from placelang.check.values import integer, text
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expressions import VARIANT, Constant, Fact
from placelang.program import Choice, Model, Need, Variant
from placelang.types import STRING

PROVIDERS = (
    "acl", "armnn", "cann", "coreml", "cpu", "cuda", "directml", "dnnl", "migraphx", "nnapi", "openvino", "qnn",
    "rknpu", "rocm", "tensorrt", "vitisai", "webgpu", "xnnpack",
)  # fmt: skip
"""The execution providers of ONNX Runtime."""

_MOST_RETAINED = 100
_RETAINED = 1
_MOST_VARIANTS = 16
"""Of one model."""
_MOST_CHOICES = 64
"""Of one service, of the variants of all models that it serves."""


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
    version = one(of(node.clauses, syntax.ModelVersion), "version", scope)
    baseline = one(of(node.clauses, syntax.Baseline), "baseline", scope)
    retain = one(of(node.clauses, syntax.Retain), "retain", scope)
    variants = tuple(_variants(node, supplies, devices, roots, scope))
    drawn = _path(baseline.path, "a baseline", roots, scope) if baseline else None
    retained = integer(retain.count, "`retain`", scope, low=0, high=_MOST_RETAINED) if retain else _RETAINED
    found = Model(
        name=full,
        version=_version(version.version, scope) if version else None,
        providers=_providers(of(node.clauses, syntax.Providers), scope),
        baseline=drawn,
        retain=retained if retained is not None else _RETAINED,
        variants=tuple(variant for variant in variants if variant is not None),
        span=Span(node.span.path, node.span.start, node.name.span.end),
        shadow=check_trial(of(node.clauses, syntax.Shadow), "shadow", scope),
        canary=check_trial(of(node.clauses, syntax.Canary), "canary", scope),
    )
    return found if None not in variants else None


def _version(node: syntax.Expression, scope: Scope) -> str | None:
    """A version that can be a part of an address, as whoever asks for it by version writes it."""
    found = text(node, "a version", scope)
    if found is None or not ("/" in found or found in {".", ".."}):
        return found
    message = f"{quoted(found)} is no version: requests name it within an address"
    scope.faults.error(Code.MALFORMED, node.span, message, hint='write it without `/`, like `"2.1"`')
    return None


def _variants(
    node: syntax.Model,
    supplies: Supplies,
    devices: Mapping[str, object],
    roots: Sequence[str],
    scope: Scope,
) -> Iterator[Variant | None]:
    """The variants as written, or the one that a model without any is; None for one that is at fault."""
    common, files = of(node.clauses, syntax.Needs), of(node.clauses, syntax.ModelFile)
    blocks = of(node.clauses, syntax.Variant)
    first: dict[str, Span] = {}
    for block in blocks[_MOST_VARIANTS : _MOST_VARIANTS + 1]:
        message = f"a model has {_MOST_VARIANTS} variants at most"
        scope.faults.error(Code.OUT_OF_RANGE, block.name.span, message)
    for block in blocks[:_MOST_VARIANTS]:
        before = first.setdefault(block.name.text, block.name.span)
        if before is not block.name.span:
            report_twice(block.name.span, f"there are two variants {quoted(block.name.text)}", before, scope)
        path = _file([*files, *of(block.clauses, syntax.ModelFile)], block, roots, scope)
        needs = check_needs([*common, *of(block.clauses, syntax.Needs)], supplies, devices, scope)
        span = Span(block.span.path, block.span.start, block.name.span.end)
        yield None if path is None else Variant(block.name.text, path, needs, span)
    if not blocks:
        path = _file(files, node, roots, scope)
        span = Span(node.span.path, node.span.start, node.name.span.end)
        needs = check_needs(common, supplies, devices, scope)
        yield None if path is None else Variant(None, path, needs, span)


def _file(
    files: Sequence[syntax.ModelFile], node: syntax.Model | syntax.Variant, roots: Sequence[str], scope: Scope
) -> str | None:
    """The path of the file of a model or variant."""
    file = one(files, "file", scope)
    if file is not None:
        return _path(file.path, "the file of a model", roots, scope)
    if scope.faults.is_read(node.span):
        kind = "model" if isinstance(node, syntax.Model) else "variant"
        hint = f'add a clause such as `file "models/{node.name.text}.onnx"`'
        message = f"the {kind} {quoted(node.name.text)} has no file"
        scope.faults.error(Code.MISSING_VALUE, node.name.span, message, hint=hint)
    return None


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


def variant_of(models: Sequence[Model | None]) -> dict[str, Constant | Fact]:
    """What `variant` stands for in a service that serves these models, one of which has named variants: where there are
    several, a fact of each replica."""
    named = [model for model in models if model and model.variants[0].name is not None]
    if len(named) != 1:
        return {}
    (model,) = named
    if len(model.variants) > 1:
        return {"variant": Fact(STRING, model.span, *VARIANT)}
    return {"variant": Constant(STRING, model.span, str(model.variants[0].name))}


def choices_of(
    models: Sequence[Model | None], own: Sequence[Need], last: Sequence[Need], span: Span, scope: Scope
) -> tuple[Choice, ...]:
    """The ways to serve models, best first: by the steps of all together, then those of the first model first. What a
    replica needs of its `own` comes before, and what it needs `last` after."""
    known = [model for model in models if model is not None]
    number = math.prod(len(model.variants) for model in known)
    if number > _MOST_CHOICES:
        message = (
            f"the variants of these models make {number} choices, and a service has {_MOST_CHOICES} at most"
        )
        hint = "serve them by services of their own, or give them fewer variants"
        scope.faults.error(Code.OUT_OF_RANGE, span, message, hint=hint)
        known = []
    ways = [tuple(enumerate(model.variants)) for model in known]
    found = [
        Choice(
            tuple((m.name, v.name) for m, (_, v) in zip(known, way, strict=True) if v.name is not None),
            (*own, *(need for _, variant in way for need in variant.needs), *last),
            sum(step for step, _ in way),
        )
        for way in product(*ways)
    ]
    return tuple(sorted(found, key=lambda choice: choice.step))
