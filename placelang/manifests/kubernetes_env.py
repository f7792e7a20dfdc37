"""Variables of a container of Kubernetes: written out, or taken from a ConfigMap, a Secret or the pod."""

from __future__ import annotations

import re
from collections.abc import Mapping

from placelang.importers.record import Record
from placelang.manifests import containers
from placelang.manifests.draft import Block
from placelang.manifests.workloads import Workload
from placelang.manifests.written import LONGEST, brief, quoted

_REFERENCE = re.compile(r"\$\$|\$\(([-A-Za-z_.][-A-Za-z0-9_.]*)\)")


def say_env(workload: Workload, block: Block, one: Record) -> None:
    """All variables, those of whole ConfigMaps first."""
    values = literals(workload, one)
    own = [str(entry.data.get("name")) for entry in one.records("env")]
    for source in one.records("envFrom"):
        _say_all(workload, block, source, own)
    for entry in one.records("env"):
        name = entry.string("name")
        if name is None:
            continue
        if "value" in entry.data or "valueFrom" not in entry.data:
            entry.get("value")
            containers.say_env(block, name, quoted(values.get(name, "")))
        elif name in values:
            entry.get("valueFrom")
            containers.say_env(block, name, quoted(values[name]))
        else:
            _say_from(block, name, entry)


def literals(workload: Workload, one: Record) -> dict[str, str]:
    """The variables whose values stand in the files, with references among them filled in."""
    values: dict[str, str] = {}
    for source in one.records("envFrom"):
        found = _map_of(source, workload)
        prefix = source.data.get("prefix") or ""
        values |= {f"{prefix}{key}": _text(value) for key, value in (found or {}).items()}
    for entry in one.records("env"):
        name, value = entry.data.get("name"), entry.data.get("value")
        chosen = entry.data.get("valueFrom")
        reference = chosen.get("configMapKeyRef") if isinstance(chosen, dict) else None
        if "valueFrom" not in entry.data:
            values[str(name)] = substituted(_text(value), values)
        elif _is_namespace(chosen):
            values[str(name)] = workload.namespace or "default"
        elif isinstance(reference, dict):
            found = workload.config.get((workload.namespace, str(reference.get("name"))))
            if found is not None and str(reference.get("key")) in found:
                values[str(name)] = _text(found[str(reference["key"])])
    return values


def _is_namespace(chosen: object) -> bool:
    field = chosen.get("fieldRef") if isinstance(chosen, dict) else None
    return isinstance(field, dict) and field.get("fieldPath") == "metadata.namespace"


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with `$(NAME)` filled in, where that is known."""

    def fill(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else values.get(found[1], found[0])

    return _REFERENCE.sub(fill, text) if len(text) <= LONGEST else text


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _map_of(source: Record, workload: Workload) -> Mapping[str, object] | None:
    reference = source.data.get("configMapRef")
    name = str(reference.get("name")) if isinstance(reference, dict) else ""
    return workload.config.get((workload.namespace, name))


def _say_all(workload: Workload, block: Block, source: Record, own: list[str]) -> None:
    found = _map_of(source, workload)
    source.get()
    if found is None:
        block.note("envFrom", f"envFrom: {brief(source.data)}")
        return
    prefix = source.data.get("prefix") or ""
    for key, value in found.items():
        if f"{prefix}{key}" not in own:
            containers.say_env(block, f"{prefix}{key}", quoted(_text(value)))


def _say_from(block: Block, name: str, entry: Record) -> None:
    secret = entry.record("valueFrom", "secretKeyRef")
    field = entry.record("valueFrom", "fieldRef")
    entry.get("valueFrom")
    if secret is not None:
        containers.say_secret(block, name, f"{secret.string('name')}/{secret.string('key')}")
    elif field is not None and field.string("fieldPath") == "spec.nodeName":
        containers.say_env(block, name, "host.name")
    else:
        block.note("env", f"env {name} from {brief(entry.data.get('valueFrom'))}")
