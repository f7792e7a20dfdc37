"""`Row`: what replicas on one host may take together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Row:
    """The sum over workloads of `demand` times replicas is at most `capacity`.

    `rule` is the keyword of the rule that the row belongs to, `resource` the resource or device kind that runs short.
    """

    rule: str
    resource: str
    capacity: int
    demand: Mapping[int, int]
