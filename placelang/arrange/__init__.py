"""From a solution to a plan: names, things, texts, and why what is left out is left out."""

from placelang.arrange.arrange import Arranged, arrange, arrange_parts, arrange_with_effort
from placelang.arrange.header import Inputs

__all__ = ["Arranged", "Inputs", "arrange", "arrange_parts", "arrange_with_effort"]
