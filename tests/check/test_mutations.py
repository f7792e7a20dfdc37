"""Whatever becomes of a placement file, checking answers with diagnostics, and always with the same."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placelang.check import check
from placelang.diagnostics import Source
from placelang.load import Module, Modules
from placelang.parse import parse
from placelang.types import STRING

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.place"))
CASES = sorted(Path(__file__).with_name("cases").glob("*.md"))
_FENCED = re.compile(r"^```place.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORDS = re.compile(r"\s+|[\w.%-]+|\"[^\"\n]*\"|.")
TEXTS = [path.read_text(encoding="utf-8") for path in EXAMPLES] + [
    text for path in CASES for text in _FENCED.findall(path.read_text("utf-8"))
]
WORDS = sorted({word for text in TEXTS for word in _WORDS.findall(text) if not word.isspace()})


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A text of ours in which some words were dropped, doubled, swapped or replaced by words of other texts."""
    words = _WORDS.findall(draw(st.sampled_from(TEXTS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(words) - 1, 0)))
        new = draw(st.lists(st.sampled_from(WORDS), max_size=2))
        words[at : at + draw(st.integers(0, 2))] = [piece for word in new for piece in (" ", word, " ")]
    return "".join(words)


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_no_text_makes_checking_raise(text: str) -> None:
    source = Source("case.place", text)
    tree, faults = parse(source)
    module = Module(source, tree, is_root=True, is_policy=False)
    labels = {"host": {"role": STRING}}
    program, diagnostics = check(Modules((module,), sound=not faults), {"version": "2"}, labels)
    assert (program is None) == (bool(faults) or any(d.severity == "error" for d in diagnostics))
    for d in diagnostics:
        assert d.message
        assert not d.message.endswith(".")
        for span in [d.span, *(label.span for label in d.labels)]:
            assert span is None or (span.path == "case.place" and 0 <= span.start <= span.end <= len(text))
    assert check(Modules((module,), sound=not faults), {"version": "2"}, labels) == (program, diagnostics)
