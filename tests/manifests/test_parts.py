"""Laws of the parts that importers of rules have in common."""

from __future__ import annotations

import operator
import re
from decimal import Decimal

import pytest

from placelang.diagnostics import Source
from placelang.manifests.cron import timetable
from placelang.manifests.nomad_hcl import read_hcl
from placelang.manifests.patterns import compared
from placelang.manifests.written import cores, duration, in_bytes, quoted
from placelang.parse import parse
from placelang.syntax import Param, String

WAYS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
NUMBERS = [*range(45), 98, 99, 100, 101, 109, 110, 111, 190, 199, 200, 999, 1000, 1001]


@pytest.mark.parametrize("sign", WAYS)
def test_a_pattern_of_digits_says_what_the_comparison_does(sign: str) -> None:
    for limit in NUMBERS:
        if (sign, limit) == ("<", 0):
            continue  # nothing is: the rule is false, and no pattern
        whole = re.compile(compared(sign, limit))
        parts = re.compile(compared(sign, limit, fractions=True))
        for number in NUMBERS:
            expected = WAYS[sign](number, limit)
            for text in (f"{number}", f"0{number}"):
                assert bool(whole.search(text)) == expected, (text, sign, limit)
            for text, value in (
                (f"{number}.0", number),
                (f"{number}.25", number + 0.25),
                (f"00{number}.10", number + 0.1),
            ):
                assert bool(parts.search(text)) == WAYS[sign](value, limit), (text, sign, limit)
        assert not whole.search("x1")
        assert not parts.search("1.2.3")


@pytest.mark.parametrize(
    ("schedule", "minutes", "clauses"),
    [
        ("30 2 * * *", 60, ("every day", "between 02:30 and 03:30")),
        ("0 23 * * 5", 120, ("every friday", "between 23:00 and 01:00")),
        ("0 23 * * *", 60, ("every day", "between 23:00 and 24:00")),
        ("15 4 * * 1-5", 30, ("every weekdays", "between 04:15 and 04:45")),
        ("15 4 * * sun,sat", 30, ("every weekends", "between 04:15 and 04:45")),
        ("0 */6 * * *", 60, ("every 6h",)),
        ("*/20 * * * *", 20, ("every 20min",)),
        ("@daily", 30, ("every day", "between 00:00 and 00:30")),
        ("*/20 * * * *", 30, None),
        ("0 4 1 * *", 30, None),
        ("0 25 * * *", 30, None),
        ("0 4 * * 5-1", 30, None),
        ("often", 30, None),
    ],
)
def test_times_of_cron_that_the_language_has(
    schedule: str, minutes: int, clauses: tuple[str, ...] | None
) -> None:
    assert timetable(schedule, minutes) == clauses


def test_amounts_are_written_in_the_largest_unit_that_is_exact() -> None:
    assert [in_bytes(Decimal(text)) for text in ("0", "1536", "1000", "170e6", "1610612736", "12345")] == [
        "0B", "1.5KiB", "1kB", "170MB", "1.5GiB", "12345B",
    ]  # fmt: skip
    assert [cores(Decimal(text)) for text in ("0.1", "0.0001", "1.5", "2", "0.9999")] == [
        "100m",
        "1m",
        "1.5",
        "2",
        "1",
    ]
    assert [duration(Decimal(text)) for text in ("90", "3600", "0.5", "86400")] == [
        "90s",
        "1h",
        "500ms",
        "1d",
    ]


@pytest.mark.parametrize(
    "text", ["", 'a"b\\', "${x}", "$${x}", "\x1b[2J\r\n\t", "å\u202e😀", "\ud800", "# } '"]
)
def test_a_quoted_text_is_one_text_that_means_itself(text: str) -> None:
    tree, faults = parse(Source("a.place", f"param x: string = {quoted(text)}\n"))
    assert not faults
    [param] = tree.statements
    assert isinstance(param, Param)
    assert isinstance(param.default, String)
    assert "".join(map(str, param.default.parts)) == text.replace("\ud800", "\ufffd")


def test_without_its_parser_hcl_ends_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hcl2", None)
    texts, faults = read_hcl(Source("a.nomad", 'job "a" {}\n'))
    assert not texts
    assert [fault.message for fault in faults] == ["HCL is read by python-hcl2, which is not installed"]
