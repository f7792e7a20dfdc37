"""Models of a program, with the files that they are made of: each is looked into where it is there, in a process of its
own. Leaves what the files are by digest, with their baselines, and a fault for each that is no model, or not its
baseline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.models.confined import ConfinedError, Limits, run
from placelang.models.inspection import ModelError, Structure
from placelang.program import Drawn, Model, Program, Variant


def with_files(program: Program, folder: Path) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The program, its models' paths being relative to the folder. A file that is not there stays unknown: nobody can
    serve it by this plan, and everything else of it holds."""
    faults: list[Diagnostic] = []
    seen: dict[str, Variant] = {}

    def located(variant: Variant) -> Variant:
        if variant.file not in seen:
            seen[variant.file] = _located(variant, folder, faults)
        found = seen[variant.file]
        return replace(variant, digest=found.digest, size=found.size, beside=found.beside)

    models = tuple(replace(one, variants=tuple(map(located, one.variants))) for one in program.models)
    if not faults:
        models = tuple(_with_baseline(one, folder, faults) for one in models)
    return replace(program, models=models), tuple(faults)


def _with_baseline(model: Model, folder: Path, faults: list[Diagnostic]) -> Model:
    """With its baseline, if the model is there: of its file, or of that of a variant."""
    digests = {one.digest for one in model.variants if one.digest is not None}
    if model.baseline is None or not digests:
        return model
    from placelang_runtime.drift.baseline import (  # noqa: PLC0415 - it imports NumPy
        BaselineError,
        file_digest,
        read_baseline,
    )

    path = folder / model.baseline
    known = len(digests) == len({one.file for one in model.variants})
    try:
        if not path.is_file():
            raise BaselineError("is not there")  # noqa: TRY301
        of = read_baseline(path, digests if known else None).model
        return replace(model, drawn=Drawn(file_digest(path), path.stat().st_size, of))
    except (BaselineError, OSError) as error:
        why = str(error) if isinstance(error, BaselineError) else (error.strerror or str(error)).lower()
    hint = f"`placelang model baseline {model.variants[0].file} --data DIR -o {model.baseline}` writes it"
    faults.append(
        Diagnostic(Code.UNREADABLE, f"the baseline `{model.baseline}` {why}", model.span, hint=hint)
    )
    return model


def _located(variant: Variant, folder: Path, faults: list[Diagnostic]) -> Variant:
    path = folder / variant.file
    if not path.exists():
        return variant
    try:
        found = run(Structure, Limits(), "structure", str(path.absolute()))
    except (ModelError, ConfinedError) as error:
        hint = f"`placelang model inspect {variant.file}` tells the same"
        faults.append(
            Diagnostic(Code.UNREADABLE, f"`{variant.file}` is no model: {error}", variant.span, hint=hint)
        )
        return variant
    beside = tuple((one.path, one.digest, one.size) for one in found.external)
    return replace(variant, digest=found.digest, size=found.size, beside=beside)
