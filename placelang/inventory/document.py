"""The file form of an inventory: pydantic models, made from the fact table.

Every fact is a bare value, or a map of `value`, `observed`, `source` and `ttl`; null is unknown. The models refuse
keys that they do not know and values of a wrong type; `placelang.inventory.form` says what is wrong in words.
"""

from __future__ import annotations

from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from placelang.inventory.shape import IDENTIFIED, written_facts
from placelang.types import DURATION, LIMIT, UNITS, Type

FORMAT: Final = "placelang/inventory/1"
LONGEST_NAME: Final = 253


class Form(BaseModel):
    """A map of the document."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _form(name: str, fields: dict[str, Any]) -> type[Form]:
    return create_model(name, __base__=Form, **fields)


def _by_name(kind: Any) -> Any:
    return GenericAlias(dict, (str, kind))


def _quantity(kind: Type) -> Any:
    units = [name for name, (of, _) in UNITS.items() if of == kind]
    return Annotated[str, Field(pattern=rf"^\d+(\.\d+)?({'|'.join(units)})$", examples=[f"20{units[-1]}"])]


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Time = Annotated[str, Field(examples=["2026-03-02T05:45:00Z"])]
Number = Annotated[float, Field(ge=0, le=LIMIT, allow_inf_nan=False)]
Thousandths = Annotated[str, Field(pattern=r"^\d+(\.\d+)?m$", examples=["500m"])]
Amount = Number | Annotated[str, Field(examples=["4GiB"])]
Label = str | bool | float | list[str] | list[bool] | list[float]

_OBSERVED = (Time | None, Field(None, description="when, in RFC 3339 with a time zone"))
_SOURCE = (str | None, Field(None, description="who says so"))
_FOR = (_quantity(DURATION) | None, Field(None, description="for how long it counts as known"))
_TTL = (
    _by_name(_quantity(DURATION)) | None,
    Field(None, description="by fact: for how long it counts as known"),
)


def _fact(name: str, kind: Any) -> Any:
    """A bare value or one with its time and source; `name` is what the schema calls the latter."""
    observed = _form(
        name, {"value": (kind | None, ...), "observed": _OBSERVED, "source": _SOURCE, "ttl": _FOR}
    )
    return Annotated[kind | observed | None, Field(union_mode="left_to_right")]


@cache
def _fact_of(kind: Type) -> Any:
    match kind.name:
        case "string" | "version":
            written: Any = str
        case "bool":
            written = bool
        case "list":
            written = list[str]
        case "number":
            written = Number | Thousandths
        case _:
            written = _quantity(kind)
    return _fact(f"Observed{kind.name.capitalize()}", written)


def _facts(noun: str) -> dict[str, Any]:
    """Fields for the facts of `noun`; those that share their first key are one map."""
    fields: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for (first, *rest), spec in written_facts(noun).items():
        field = (_fact_of(spec.type), Field(None, description=spec.meaning))
        if rest:
            groups.setdefault(first, {})[rest[0]] = field
        else:
            fields[first] = field
    return fields | {key: (_form(key.capitalize(), members) | None, None) for key, members in groups.items()}


_LABELS = (
    _by_name(_fact("ObservedLabel", Label)) | None,
    Field(None, description="by name, or external name"),
)
_RESOURCES = (
    _by_name(_fact("ObservedAmount", Amount)) | None,
    Field(None, description="declared resources, by name"),
)
_LATENCY = (
    _by_name(_fact_of(DURATION)) | None,
    Field(None, description="round trip to other sites, by name"),
)


def _thing(noun: str, others: dict[str, Any]) -> type[Form]:
    """The form of one thing: its name, its facts, labels, and defaults for when and by whom they were observed."""
    name = {"name": (Name, ...)} if noun in IDENTIFIED else {}
    common = {"labels": _LABELS, "observed": _OBSERVED, "source": _SOURCE}
    return _form(noun.capitalize(), name | _facts(noun) | common | others)


def _list_of(form: type[Form]) -> Any:
    """A bare list or one with its time and source."""
    complete = (bool, Field(True, description="false: there may be more"))
    fields = {
        "value": (list[form] | None, ...),  # type: ignore[valid-type]
        "complete": complete,
        "observed": _OBSERVED,
        "source": _SOURCE,
        "ttl": _FOR,
    }
    listed = _form(f"Listed{form.__name__}s", fields)
    return (list[form] | listed | None, Field(None, description="[] is known to be none"))  # type: ignore[valid-type]


Gpu = _thing("gpu", {})
Device = _thing("device", {})
Host = _thing("host", {"resources": _RESOURCES, "gpus": _list_of(Gpu), "devices": _list_of(Device)})
Site = _thing("site", {"latency": _LATENCY, "ttl": _TTL, "hosts": _list_of(Host)})
Document = _form(
    "Inventory",
    {
        "format": (Literal["placelang/inventory/1"], ...),
        "observed": _OBSERVED,
        "source": _SOURCE,
        "ttl": _TTL,
        "sites": (list[Site], ...),  # type: ignore[valid-type]
    },
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file form."""
    return Document.model_json_schema()
