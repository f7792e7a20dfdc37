"""The JSON Schema of a `Problem`, for those who make one in another language. pydantic is needed here alone."""

from __future__ import annotations

from dataclasses import make_dataclass
from functools import reduce
from operator import or_
from typing import Any, get_type_hints

from placelang_scheduler.constraints import CATALOGUE
from placelang_scheduler.problem import Problem


def json_schema() -> dict[str, Any]:
    """With the constraints of the catalogue; what others have registered is theirs to describe."""
    from pydantic import TypeAdapter  # noqa: PLC0415

    constraint: Any = reduce(or_, CATALOGUE)
    fields = get_type_hints(Problem) | {"constraints": tuple[constraint, ...]}
    return TypeAdapter(make_dataclass("Problem", fields.items())).json_schema()
