"""Which nodes satisfy constraints of Open Horizon, by what its documentation says, without any code of ours.

https://open-horizon.github.io/docs/anax/docs/properties_and_constraints/
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

SETS, SIZE = 200, 6
TOKEN = re.compile(r'"[^"]*"|[\[(][0-9.]+,(?:[0-9.]+|INFINITY)[\])]|&&|\|\||[=!<>]=|[=<>()]|[^\s()=!<>&|"]+')
TYPES: dict[str, tuple[str | None, tuple[Any, ...]]] = {
    "openhorizon.memory": (None, (256, 512, 4096)),
    "openhorizon.cpu": (None, (1, 2, 8)),
    "openhorizon.arch": (None, ("arm64", "amd64")),
    "gate": (None, ("north east", "north", "")),
    "serial": (None, (8999, 9000, 12, 9000.5, 9123456)),
    "indoor": (None, (True, False)),
    "firmware": ("version", ("1.2.0", "1.10.1", "2.0.0", "0.9")),
    "tags": ("list of strings", ("dry", "wet, cold", "warm", "dry,warm")),
    "colour": (None, ("red", "blue")),
    "model": (None, ("Thingamajig ULTRA", "Thingamajig")),
    "purpose": (None, ("network-testing", "other")),
}


def satisfied(constraint: str, node: Mapping[str, Any]) -> bool:
    tokens = TOKEN.findall(constraint)
    found, rest = either(tokens, node)
    assert not rest, (constraint, rest)
    return found


def either(tokens: list[str], node: Mapping[str, Any]) -> tuple[bool, list[str]]:
    found, tokens = both(tokens, node)
    while tokens[:1] and tokens[0] in ("OR", "||"):
        more, tokens = both(tokens[1:], node)
        found = found or more
    return found, tokens


def both(tokens: list[str], node: Mapping[str, Any]) -> tuple[bool, list[str]]:
    found, tokens = one(tokens, node)
    while tokens[:1] and tokens[0] in ("AND", "&&"):
        more, tokens = one(tokens[1:], node)
        found = found and more
    return found, tokens


def one(tokens: list[str], node: Mapping[str, Any]) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        found, rest = either(tokens[1:], node)
        return found, rest[1:]
    name, operator, value, *rest = tokens
    return name in node and compared(name, node[name], operator, value.strip('"')), rest


def compared(name: str, held: Any, operator: str, value: str) -> bool:
    if operator == "in":
        return within(held, value) if TYPES[name][0] == "version" else among(str(held), value)
    if isinstance(held, bool):
        return (held == (value == "true")) == (operator != "!=")
    if isinstance(held, int | float):
        number = float(value)
        ways: dict[str, bool] = {
            "<": held < number,
            "<=": held <= number,
            ">": held > number,
            ">=": held >= number,
            "!=": held != number,
        }
        return ways.get(operator, held == number)
    return bool(held == value) == (operator != "!=")


def among(held: str, value: str) -> bool:
    return bool({part.strip() for part in held.split(",")} & {part.strip() for part in value.split(",")})


def within(held: str, span: str) -> bool:
    low, high = span[1:-1].split(",")
    here = parts(held)
    above = here >= parts(low) if span[0] == "[" else here > parts(low)
    return above and (high == "INFINITY" or (here <= parts(high) if span[-1] == "]" else here < parts(high)))


def parts(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def nodes(seed: int) -> dict[str, dict[str, Any]]:
    rng = random.Random(seed)
    return {
        f"s{at // SIZE}-{at % SIZE}": {
            name: rng.choice(values)
            for name, (_, values) in TYPES.items()
            if name == "openhorizon.arch" or rng.random() < 0.8
        }
        for at in range(SETS * SIZE)
    }


def policy(node: Mapping[str, Any]) -> dict[str, Any]:
    """The node's policy, in which a type stands only where the value does not tell it."""
    properties = []
    for name, value in node.items():
        kind = TYPES[name][0]
        properties.append({"name": name, "value": value} | ({"type": kind} if kind else {}))
    return {"properties": properties, "constraints": []}
