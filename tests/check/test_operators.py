"""The typing table, row by row, and what constants fold to."""

from __future__ import annotations

from itertools import product

import pytest

from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.types import Version, show
from tests.check.texts import checked, messages, program

NUMERIC = ("number", "bytes", "bandwidth", "duration", "power", "frequency", "percent")
PLAIN = (*NUMERIC, "string", "bool", "version")
LISTS = tuple(f"[{name}]" for name in PLAIN)
LABELS = "\n".join(
    f"label host.l-{name.strip('[]')}{'-list' if name[0] == '[' else ''}: {name}" for name in (*PLAIN, *LISTS)
)


def label(kind: str) -> str:
    return f"host.l-{kind.strip('[]')}{'-list' if kind[0] == '[' else ''}"


def accepted(operator: str, left: str, right: str) -> bool:
    """The table of the language's manual, in its own words."""
    same = left == right
    match operator:
        case "==" | "!=":
            return same and left in PLAIN
        case "<" | "<=" | ">" | ">=":
            return same and left in (*NUMERIC, "version")
        case "in":
            return right == f"[{left}]"
        case "+" | "-":
            return same and left in NUMERIC
        case "*":
            return (left in NUMERIC and right == "number") or (left == "number" and right in NUMERIC)
        case "/":
            return left in NUMERIC and right in (left, "number")
        case "??":
            return same
    raise ValueError(operator)


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "??"])
def test_each_operator_takes_the_types_of_its_row_and_no_others(operator: str) -> None:
    pairs = list(product((*PLAIN, *LISTS), repeat=2))
    lines = [
        f"let host.x{i} = known({label(left)} {operator} {label(right)})"
        for i, (left, right) in enumerate(pairs)
    ]
    source = Source("case.place", f"{LABELS}\n" + "\n".join(lines))
    _, diagnostics = checked(source.text)
    assert {d.code for d in diagnostics} <= {Code.WRONG_TYPE}
    first = LABELS.count("\n") + 2
    refused = {pairs[source.position(d.span.start).line - first] for d in diagnostics if d.span}
    assert refused == {pair for pair in pairs if not accepted(operator, *pair)}


@pytest.mark.parametrize("kind", [*PLAIN, *LISTS])
def test_logic_takes_conditions_alone(kind: str) -> None:
    for expression in (f"not {label(kind)}", f"{label(kind)} and up", f"up or {label(kind)}"):
        assert (not messages(f"{LABELS}\nlet host.x = {expression}")) == (kind == "bool"), expression


@pytest.mark.parametrize("kind", [*PLAIN, *LISTS])
def test_only_what_is_numeric_can_be_negative(kind: str) -> None:
    assert (not messages(f"{LABELS}\nlet host.x = known(-{label(kind)})")) == (kind in NUMERIC)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("0.1 + 0.2 == 0.3", "true"),
        ("2GiB * 3", "6GiB"),
        ("3 * 2GiB", "6GiB"),
        ("4GiB / 2GiB", "2"),
        ("4GiB / 2", "2GiB"),
        ("1h - 90min", "-30min"),
        ("-5 + 2", "-3"),
        ("500m * 2 == 1", "true"),
        ("1.5GiB == 1536MiB", "true"),
        ("20Mbps > 19999kbps", "true"),
        ("7 in [1, 7]", "true"),
        ('"c" in ["a", "b"]', "false"),
        ("\"edge-7\" ~ '^edge-[0-9]+$'", "true"),
        ("'x' ~ 'y'", "false"),
        ("not (1 < 2 and 2 < 1)", "true"),
        ("1 > 2 or 2 > 1", "true"),
        ("known(5)", "true"),
        ("5 ?? 6", "5"),
        ('"a" != "b"', "true"),
    ],
)
def test_constants_fold_to_their_value(expression: str, shown: str) -> None:
    found = program(f"param x = {expression}").params["x"]
    assert show(found.value, found.type) == shown


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        ("535.86.1", ">=", "535.86"),
        ("535.104", ">", "535.86"),
        ("1.0", "==", "1"),
        ("1.0-rc1", "<", "1.0.1"),
        ("7.5", "in", '["7.0", "7.5"]'),
    ],
)
def test_versions_compare_part_by_part(left: str, operator: str, right: str) -> None:
    shown = right if right[0] == "[" else f'"{right}"'
    found = program(f'param v: version = "{left}"\nparam x = v {operator} {shown}').params
    assert found["v"].value == Version.of(left)
    assert found["x"].value is True


def test_a_text_in_a_version_s_place_is_read_as_one() -> None:
    found = program(
        'label host.driver: version = "535.86.1"\n'
        'let host.a = kernel >= "5.15" and "6.0" > kernel and kernel in ["5.15", "6.1"]\n'
        'let host.b = (kernel ?? "0") >= "5"\n'
    )
    assert found.labels[0].default == Version.of("535.86.1")


def test_an_empty_list_is_a_list_of_what_it_stands_beside() -> None:
    program('let host.a = arch in []\nlet host.b = cpu.cores in []\nlet host.c = "x" in (tags ?? [])')
    program("label host.shelves: [number] = []")


def test_interpolated_values_are_spelt_to_the_last_digit() -> None:
    found = program(
        'let size = 1.5GiB\nlet share = 0.125\nlet on = true\nparam v: version = "1.0-rc1"\n'
        'param x = "${size} ${share} ${on} ${v} $${x}"'
    )
    assert found.params["x"].value == "1536MiB 0.125 true 1.0-rc1 ${x}"
