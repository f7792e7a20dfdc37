"""`placelang test`: whether plans are what the `test` blocks of placement files expect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_modules, settings
from placelang.cli.options import AsJson, Budget, Files, Params, Policies
from placelang.cli.progress import interruptibly
from placelang.cli.terminal import complain, emit, write_file

if TYPE_CHECKING:
    from placelang.testing.result import Result
    from placelang.testing.run import Case, Suite

EXAMPLES = """
placelang test retail.place
placelang test retail.place -k "host down"
placelang test retail.place --set footage=100GiB --junit results.xml
"""

Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write the results there too, as JUnit's XML.")
]
Matching = Annotated[
    str | None, typer.Option("-k", metavar="TEXT", help="Run only tests that have this in their titles.")
]


def run_tests(
    files: Files,
    policies: Policies = None,
    params: Params = None,
    budget: Budget = None,
    matching: Matching = None,
    junit: Junit = None,
    as_json: AsJson = False,
) -> Exit:
    """Run the test blocks of placement files.

    Each plans the inventory that it names, changed as it gives it, and compares. What fails is shown with what was
    expected, what is, and the plan's reasons. Exit code 5 if anything fails.
    """
    from placelang.cli.results_text import failures_text
    from placelang.planning import BUDGET
    from placelang.testing import report
    from placelang.testing.suite import read_suite

    findings = Findings()
    given = settings(findings, policies=policies, params=params, budget=budget)
    modules = read_modules(files, given, findings)
    reading = read_suite(modules, given.params, budget=BUDGET if given.budget is None else given.budget)
    findings.add(reading.diagnostics, reading.sources)
    findings.end_on_errors()
    findings.show()
    suite = reading.suite
    if suite is None:
        raise TypeError("what has no errors has a value")
    cases = _chosen(suite, matching)
    if not cases:
        complain(f"no test in {', '.join(map(str, files))}" + (f" is about `{matching}`" if matching else ""))
        return Exit.INPUT
    timed = _run(suite, cases, findings, shown=not as_json)
    results = [result for result, _ in timed]
    if junit is not None:
        write_file(junit, report.as_junit(timed, reading.sources))
    if as_json:
        emit(report.as_json(results, reading.sources))
    else:
        emit(failures_text(results, reading.sources))
    return Exit.DONE if all(result.passed for result in results) else Exit.CHECK


def _chosen(suite: Suite, matching: str | None) -> list[Case]:
    return [
        case for case in suite.cases if matching is None or matching.casefold() in case.test.title.casefold()
    ]


def _run(
    suite: Suite, cases: Sequence[Case], findings: Findings, *, shown: bool
) -> list[tuple[Result, float]]:
    """Each result, and the seconds that it took; what is `shown` is whether it passed, as soon as that is known."""
    from placelang.cli.results_text import file_text, outcome_text
    from placelang.errors import InputError
    from placelang.testing.run import run_test

    timed: list[tuple[Result, float]] = []
    for case in cases:
        if shown and (not timed or timed[-1][0].test.span.path != case.test.span.path):
            emit(file_text(case.test.span.path))
        began = perf_counter()
        try:
            result = interruptibly(partial(run_test, suite, case), doing=f"testing {case.test.title}")
        except InputError as error:
            findings.add(error.diagnostics, error.sources)
            findings.show()
            raise typer.Exit(Exit.INPUT) from error
        timed.append((result, perf_counter() - began))
        if shown:
            emit(outcome_text(result))
    return timed
