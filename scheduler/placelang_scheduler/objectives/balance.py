"""`balance`: the highest fill of a resource, as low as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Balance:
    """The highest fill of `resource` over all hosts, in whole percent rounded up."""

    keyword: ClassVar[str] = "balance"

    resource: str
