"""`placelang.toml`: what a folder's commands use when they are not told otherwise.

Enters: the file found upwards from a folder, the environment, the flags. Leaves: `Settings`, each value with where it
came from; a flag wins over the environment, the environment over the file. Faults of the file or the environment are
diagnostics.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from placelang.address import relative_to
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source, Span
from placelang.files import read_source
from placelang.nearest import suggestion

FILE = "placelang.toml"
KEYS = ("inventory", "policy", "params", "budget")
LARGEST_BUDGET = 1e9
VARIABLES = {key: f"PLACELANG_{key.upper()}" for key in KEYS}


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place says: None or nothing where it is silent. `origin` is its name for people."""

    origin: str
    inventory: str | None = None
    policy: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force. `origins` says where each came from, params one by one as `params.NAME`."""

    inventory: str | None
    policy: tuple[str, ...]
    params: Mapping[str, str]
    budget: float | None
    origins: Mapping[str, str]


def resolve(layers: Sequence[Layer]) -> Settings:
    """One value each from layers in order of precedence; params are merged by name."""
    silent = Layer("nobody")
    inventory = next((layer for layer in layers if layer.inventory), silent)
    policy = next((layer for layer in layers if layer.policy), silent)
    budget = next((layer for layer in layers if layer.budget is not None), silent)
    named = {name: layer for layer in reversed(layers) for name in layer.params}
    origins = {"inventory": inventory.origin, "policy": policy.origin, "budget": budget.origin}
    return Settings(
        inventory=inventory.inventory,
        policy=policy.policy,
        params={name: layer.params[name] for name, layer in sorted(named.items())},
        budget=budget.budget,
        origins={key: origin for key, origin in origins.items() if origin != silent.origin}
        | {f"params.{name}": layer.origin for name, layer in sorted(named.items())},
    )


def from_environment(environment: Mapping[str, str]) -> tuple[Layer, tuple[Diagnostic, ...]]:
    """`PLACELANG_INVENTORY`; `PLACELANG_POLICY` and `PLACELANG_PARAMS` in words as a shell splits them;
    `PLACELANG_BUDGET`. An empty variable says nothing."""
    said = {key: environment.get(variable, "") for key, variable in VARIABLES.items()}
    found: list[Diagnostic] = []

    def words(key: str) -> list[str]:
        try:
            return shlex.split(said[key])
        except ValueError:
            found.append(_fault("a quotation is not closed", path=VARIABLES[key]))
            return []

    params: dict[str, str] = {}
    for word in words("params"):
        name, equals, value = word.partition("=")
        if not equals:
            hint = "write NAME=VALUE, separated by spaces"
            found.append(_fault(f"`{word}` has no value", path=VARIABLES["params"], hint=hint))
        else:
            params[name] = value
    budget = None
    if said["budget"]:
        try:
            budget = float(said["budget"])
        except ValueError:
            budget = math.nan
        if not _is_budget(budget):
            found.append(_fault(f"`{said['budget']}` is no number from 0 on", path=VARIABLES["budget"]))
            budget = None
    layer = Layer("environment", said["inventory"] or None, tuple(words("policy")), params, budget)
    return layer, tuple(found)


def find(folder: Path) -> Path | None:
    """The nearest `placelang.toml` in `folder` or above it."""
    for above in (folder, *folder.parents):
        if (above / FILE).is_file():
            return above / FILE
    return None


def from_file(path: Path) -> tuple[Layer, tuple[Source, ...], tuple[Diagnostic, ...]]:
    """What the file says. Its paths are relative to its folder."""
    import tomllib  # noqa: PLC0415 - only a folder that has the file pays for its reader

    source, unread = read_source(path)
    silent = Layer(str(path))
    if source is None:
        return silent, (), tuple(unread)
    try:
        document = tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:
        return silent, (source,), (_not_toml(source, error),)
    faults = list(unread)
    for key in document:
        if key not in KEYS:
            hint = suggestion(key, KEYS) or f"the keys are {', '.join(KEYS)}"
            faults.append(_fault(f"unknown key `{key}`", span=_span(source, key), hint=hint))
    inventory = _inventory(source, document, faults)
    layer = Layer(
        str(path),
        inventory=None if inventory is None else relative_to(path.parent, inventory),
        policy=tuple(str(path.parent / policy) for policy in _policy(source, document, faults)),
        params=_params(source, document, faults),
        budget=_budget(source, document, faults),
    )
    return layer, (source,), tuple(faults)


def _inventory(source: Source, document: Mapping[str, object], faults: list[Diagnostic]) -> str | None:
    said = document.get("inventory")
    if said is None or isinstance(said, str):
        return said
    faults.append(_fault("`inventory` is a path, in quotes", span=_span(source, "inventory")))
    return None


def _policy(source: Source, document: Mapping[str, object], faults: list[Diagnostic]) -> tuple[str, ...]:
    said = document.get("policy", [])
    if isinstance(said, list) and all(isinstance(item, str) for item in said):
        return tuple(said)
    hint = 'write policy = ["platform.place"]'
    faults.append(_fault("`policy` is a list of paths", span=_span(source, "policy"), hint=hint))
    return ()


def _params(source: Source, document: Mapping[str, object], faults: list[Diagnostic]) -> dict[str, str]:
    said = document.get("params", {})
    if not isinstance(said, dict):
        faults.append(
            _fault("`params` is a table", span=_span(source, "params"), hint="begin it with [params]")
        )
        return {}
    texts: dict[str, str] = {}
    for name, value in said.items():
        if isinstance(value, bool):
            texts[name] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            texts[name] = str(value)
        else:
            hint = f"write {name} = '…' with the value as a placement file has it"
            faults.append(_fault(f"`params.{name}` is no text", span=_span(source, name), hint=hint))
    return texts


def _budget(source: Source, document: Mapping[str, object], faults: list[Diagnostic]) -> float | None:
    said = document.get("budget")
    if said is None:
        return None
    if isinstance(said, int | float) and not isinstance(said, bool) and _is_budget(said):
        return float(said)
    faults.append(_fault("`budget` is a number from 0 on", span=_span(source, "budget")))
    return None


def _is_budget(value: float) -> bool:
    return 0 <= value < LARGEST_BUDGET


def _not_toml(source: Source, error: Exception) -> Diagnostic:
    if isinstance(error, RecursionError):
        return _fault("nested too deep", span=Span(source.path, 0, 1))
    message, _, place = str(error).partition(" (at ")
    line = re.match(r"line (\d+), column (\d+)", place)
    at = len(source.text)
    if line is not None:
        before = source.text.split("\n")[: int(line[1]) - 1]
        at = sum(len(text) + 1 for text in before) + int(line[2]) - 1
    return _fault(f"not TOML: {message[:1].lower()}{message[1:]}", span=Span(source.path, at, at + 1))


def _span(source: Source, key: str) -> Span:
    """Where the file names the key; its beginning if the key is written in a way that hides it."""
    found = re.search(rf"^[\[\s\"']*({re.escape(key)})\b", source.text, re.MULTILINE)
    return Span(source.path, *found.span(1)) if found else Span(source.path, 0, 1)


def _fault(
    message: str, *, span: Span | None = None, path: str | None = None, hint: str | None = None
) -> Diagnostic:
    return Diagnostic(Code.CONFIG, message, span=span, path=path, hint=hint)
