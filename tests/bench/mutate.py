"""How well mistakes are told: single mistakes in good placement files, and where their first diagnostic points.

    python tests/bench/mutate.py [--mutants N] [--seed N] [--show missed|misnamed|valid]

A mutant counts as told right if its first diagnostic stands on the changed line; one that lost a closing brace, also if
it stands at the header of the block that was left open. A misspelling counts as named right if the hint has the right
word in it. Mutants that stay valid say something else that is right; they are listed apart.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.verdicts import Verdict

ROOT = Path(__file__).parents[2]
SEED = 1
MUTANTS = 2_000


def share(part: int, whole: int) -> str:
    return f"{part:5} of {whole:5} = {100 * part / max(whole, 1):5.1f} %"


def report(verdicts: Sequence[Verdict]) -> None:
    """Print the figures, all together and by kind of mistake."""
    wrong = [v for v in verdicts if not v.valid]
    misspelt = [v for v in wrong if v.named is not None]
    print(f"{len(verdicts)} mutants: {len(wrong)} wrong, {len(verdicts) - len(wrong)} valid")
    print(f"  first diagnostic on the changed line  {share(sum(v.told for v in wrong), len(wrong))}")
    named = sum(v.named is True for v in misspelt)
    print(f"  a misspelling's hint has the word     {share(named, len(misspelt))}")
    print(f"  tracebacks                            {sum(v.raised is not None for v in verdicts):5}")
    kinds = Counter(v.mutant.kind for v in verdicts)
    for kind, total in sorted(kinds.items()):
        mine = [v for v in wrong if v.mutant.kind == kind]
        print(
            f"    {kind:18} {total:5}, {total - len(mine):4} valid, told {share(sum(v.told for v in mine), len(mine))}"
        )


def show(verdicts: Iterable[Verdict]) -> None:
    """Print verdicts one by one."""
    for v in verdicts:
        print(f"{v.path.relative_to(ROOT)}:{v.mutant.line}: {v.mutant.kind}: {v.mutant.what}")
        if v.first:
            print(f"    {v.place}: {v.first.code}: {v.first.message}  [{v.first.hint}]")
        if v.raised:
            print(v.raised)


def main() -> None:
    """Print the figures, and what is asked for."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--mutants", type=int, default=MUTANTS)
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--show", choices=("missed", "misnamed", "valid"), action="append", default=[])
    given = arguments.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.verdicts import Judge, chosen

    start = perf_counter()
    judge = Judge()
    verdicts = [judge.verdict(path, mutant) for path, mutant in islice(chosen(given.seed), given.mutants)]
    report(verdicts)
    print(f"  {perf_counter() - start:.0f} s, seed {given.seed}")
    lists = {
        "missed": [v for v in verdicts if not v.valid and not v.told],
        "misnamed": [v for v in verdicts if not v.valid and v.named is False],
        "valid": [v for v in verdicts if v.valid],
    }
    for name in given.show:
        print(f"\n{name}:")
        show(lists[name])
    show(v for v in verdicts if v.raised)


if __name__ == "__main__":
    main()
