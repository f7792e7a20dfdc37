"""Names of the language for what other tools call by names of their own."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 80
RESERVED: Final = frozenset(("and", "or", "not", "in", "where", "true", "false"))
"""Words that no name may be."""

_OTHER = re.compile(r"[^A-Za-z0-9_]+")


def identifier(text: str, otherwise: str = "x") -> str:
    """The text as a name without dots: what cannot stand in one is a hyphen, and `otherwise` stands before a digit."""
    name = _OTHER.sub("-", text[: 2 * LONGEST]).strip("-")[:LONGEST].rstrip("-")
    if not name:
        return otherwise
    return f"{otherwise}-{name}" if name[0].isdigit() or name in RESERVED else name


def resource_name(external: str) -> str:
    """What a resource of another tool is called here, in inventories and in placement files alike:
    `example.com/dongle` is `example-com-dongle`."""
    return identifier(external, "resource")
