"""Why a service stands where it stands, and why not elsewhere: as data, and as text."""

from placelang.explain.explain import explain
from placelang.explain.explanation import Explanation, HostVerdict, Margin, UnitExplanation, Verdict
from placelang.explain.text import explanation_text

__all__ = [
    "Explanation",
    "HostVerdict",
    "Margin",
    "UnitExplanation",
    "Verdict",
    "explain",
    "explanation_text",
]
