"""Advice: the shortest list of facts whose discovery would place what is left out, each tried before it is told."""

from placelang.arrange.advice.find import find_findings
from placelang.arrange.advice.finding import Finding
from placelang.arrange.advice.said import conditions_of, said, wanted_facts

__all__ = ["Finding", "conditions_of", "find_findings", "said", "wanted_facts"]
