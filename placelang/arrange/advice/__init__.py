"""Advice: the shortest list of facts whose discovery would place what is left out, each tried before it is told."""

from placelang.arrange.advice.find import find_findings
from placelang.arrange.advice.finding import Finding
from placelang.arrange.advice.near import Near, near
from placelang.arrange.advice.said import conditions_of, said, wanted_facts

__all__ = ["Finding", "Near", "conditions_of", "find_findings", "near", "said", "wanted_facts"]
