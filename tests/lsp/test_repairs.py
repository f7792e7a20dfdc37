"""The edits that diagnostics carry repair what they are about, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.check import check
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Edit, Source, Span
from placelang.fixes import edited, edits_of
from placelang.load import Module, Modules
from placelang.parse import parse

SERVICE = """\
label host.role: string
label site.closed: bool = false
param version: string = "1"
param ready: bool = true

app a {
  service db {
    image "registry.example.com/db:1"
  }
  service s {
    image "registry.example.com/s:1"
    @
  }
}

app b {
  service other {
    image "registry.example.com/o:1"
  }
}
"""

REPAIRS = {
    "a clause": ("replcas 2", "replicas 2"),
    "a fact": ("hosts where memroy > 1GiB", "hosts where memory > 1GiB"),
    "a label": ('hosts where roel == "x"', 'hosts where role == "x"'),
    "a prefix": ("hosts where not closed", "hosts where not site.closed"),
    "a noun": ('hosts where sites.kind == "x"', 'hosts where site.kind == "x"'),
    "a set": ("hosts where any(gpu where unified)", "hosts where any(gpus where unified)"),
    "a unit": ("needs memory 2Gi", "needs memory 2GiB"),
    "minutes": ("health tcp 80 every 10m", "health tcp 80 every 10min"),
    "a unit apart": ("needs memory 2 GiB", "needs memory 2GiB"),
    "a version": ("needs gpu 1 where driver >= 535.86", 'needs gpu 1 where driver >= "535.86"'),
    "a long version": ("needs gpu 1 where driver >= 535.86.1", 'needs gpu 1 where driver >= "535.86.1"'),
    "a rate": ("needs bandwidth 2MB/s", "needs bandwidth 16Mbps"),
    "equals": ('hosts where role = "x"', 'hosts where role == "x"'),
    "and": ("hosts where up&&known(memory)", "hosts where up and known(memory)"),
    "or": ("hosts where up || known(memory)", "hosts where up or known(memory)"),
    "not": ("hosts where !up", "hosts where not up"),
    "mixture": (
        "hosts where up and known(memory) or known(disk)",
        "hosts where (up and known(memory)) or known(disk)",
    ),
    "typographic quotes": ("tags \u201cx\u201d", 'tags "x"'),
    "a comment": ("replicas 2 // two", "replicas 2 # two"),
    "a bracket": ("hosts where (memory ?? 0GiB] > 1GiB", "hosts where (memory ?? 0GiB) > 1GiB"),
    "a sign after the word": ("replicas: 2", "replicas 2"),
    "ports": ("port 8080:80", "port 8080 to 80"),
    "text without quotes": ("tags a/b", 'tags "a/b"'),
    "a name in quotes": ('same "host" as db', "same host as db"),
    "a clause on the same line": ("replicas 2 port 80", "replicas 2 \n    port 80"),
    "a service": ("same host as dbb", "same host as db"),
    "a service elsewhere": ("same host as other", "same host as b.other"),
    "a key": ("spread over country", "spread over site.country"),
    "a variable": ("env A-B = 1", "env A_B = 1"),
    "counts": ("replicas 3..1", "replicas 1..3"),
    "a capability": ("allow capability CAP_NET_ADMIN", "allow capability NET_ADMIN"),
    "an interpolation": ('tags "${versoin}"', 'tags "${version}"'),
    "minus": ("hosts where (memory)-1GiB > 1GiB", "hosts where (memory) - 1GiB > 1GiB"),
}


def faults_of(text: str) -> tuple[Diagnostic, ...]:
    source = Source("a.place", text)
    tree, faults = parse(source)
    modules = Modules((Module(source, tree, is_root=True, is_policy=False),), not faults, not faults)
    return (*faults, *check(modules)[1])


@pytest.mark.parametrize(("faulty", "sound"), REPAIRS.values(), ids=REPAIRS)
def test_a_slip_is_repaired_and_nothing_is_left_to_say(faulty: str, sound: str) -> None:
    text = SERVICE.replace("@", faulty)
    edits = edits_of(faults_of(text))
    assert edited(text, edits["a.place"]) == SERVICE.replace("@", sound)
    assert faults_of(SERVICE.replace("@", sound)) == ()


UNCERTAIN = (
    "hosts where memory > 1Gb", "needs memory 2G", "needs bandwidth 5bps", "health tcp 80 every 1week", "replicas",
    'tags "x', "hosts where (up",  "x y z", "needs cpu 1,", "hosts where memory > 5ms", "}",
)  # fmt: skip


@pytest.mark.parametrize("faulty", UNCERTAIN)
def test_what_may_have_been_meant_otherwise_has_no_fix(faulty: str) -> None:
    found = faults_of(SERVICE.replace("@", faulty))
    assert any(d.code is not Code.MISSING_IMAGE for d in found)
    assert not edits_of(found)


SPANS = st.tuples(st.integers(0, 20), st.integers(0, 6)).map(
    lambda at: Span("a", at[0], min(at[0] + at[1], 20))
)
FIXES = st.lists(
    st.lists(st.builds(Edit, SPANS, st.sampled_from(["", "X", "YZ"])), min_size=1, max_size=2), max_size=6
)


@settings(derandomize=True)
@given(fixes=FIXES)
def test_fixes_are_made_whole_or_not_at_all_and_never_touch(fixes: list[list[Edit]]) -> None:
    fixes = [fix for fix in fixes if len(fix) == 1 or fix[0].span.end < fix[1].span.start]
    diagnostics = [Diagnostic(Code.SYNTAX, "", fix=tuple(fix)) for fix in fixes]
    chosen = edits_of(diagnostics).get("a", ())
    assert all(a.span.end < b.span.start for a, b in pairwise(chosen))
    rest = list(chosen)
    for fix in fixes:
        if all(edit in rest for edit in fix):
            for edit in fix:
                rest.remove(edit)
    assert rest == []
