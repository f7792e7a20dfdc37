"""`Row`: what replicas on one host may take together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part


@dataclass(frozen=True, slots=True)
class Row:
    """The sum over workloads of `demand` times replicas is at most `capacity`.

    `rule` is the keyword of the rule that the row belongs to, `resource` the resource or device kind that runs short.
    """

    rule: str
    resource: str
    capacity: int
    demand: Mapping[int, int]


def pack(model: Model, part: Part, rule: str) -> None:
    """Post the rows of one rule on all hosts of `part`."""
    for host in part.hosts:
        for row in part.rows[host]:
            if row.rule == rule:
                model.pack(host, row)
