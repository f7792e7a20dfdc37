"""`placelang schema`: the JSON Schema of a document."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.terminal import emit

EXAMPLES = """
placelang schema inventory > inventory.schema.json
placelang schema plan
"""


class Kind(StrEnum):
    INVENTORY = "inventory"
    PLAN = "plan"
    PROBLEM = "problem"
    WHATIF = "whatif"
    SURVEY = "survey"
    SIZING = "sizing"


def schema(kind: Annotated[Kind, typer.Argument(help="Which document.", show_default=False)]) -> Exit:
    """Print the JSON Schema of a document.

    Editors complete from it, and programs check what they write.
    """
    emit(json.dumps(_schema(kind), indent=2) + "\n")
    return Exit.DONE


def _schema(kind: Kind) -> dict[str, object]:
    if kind is Kind.INVENTORY:
        from placelang.inventory import json_schema

        return json_schema()
    if kind is Kind.PLAN:
        from placelang_runtime.plan import Plan

        return Plan.model_json_schema()
    from pydantic import TypeAdapter

    if kind is Kind.WHATIF:
        from placelang.whatif import Difference

        return TypeAdapter(Difference).json_schema()
    if kind is Kind.SURVEY:
        from placelang.whatif import Survey

        return TypeAdapter(Survey).json_schema()
    if kind is Kind.SIZING:
        from placelang.whatif import Sizing

        return TypeAdapter(Sizing).json_schema()
    from placelang_scheduler.schema import json_schema as schema

    return schema()
