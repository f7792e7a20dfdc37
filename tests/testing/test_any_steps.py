"""Whatever a test gives and expects: it is told to be wrong, or it runs; and what fails says what is and why."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.diagnostics import has_errors
from placelang.testing.alter import alter
from placelang.testing.report import as_json, failure_text
from placelang.testing.run import Case, Suite, run_test
from tests.testing.fleets import facts, fleet

SITES, HOSTS = st.sampled_from(("gbg", "mma")), st.sampled_from(("gbg-1", "gbg-2", "mma-1", "new"))
SUBJECTS = st.sampled_from(("shop", "shop.till", "shop.archive"))
PREDICATES = st.sampled_from(("memory >= 6GiB", "accelerated", 'role == "worker"', "known(disk)", "not up"))
WHERE = st.tuples(
    st.one_of(st.just(""), SITES.map(lambda s: f' in site "{s}"')),
    st.one_of(st.just(""), PREDICATES.map(lambda p: f" on hosts where {p}")),
)
BECAUSE = st.sampled_from(("", ' because "memory"', ' because "disk of"'))
GIVEN = st.one_of(
    SITES.flatmap(lambda s: st.sampled_from(("down", "gone", "closed")).map(lambda w: f'site "{s}" is {w}')),
    HOSTS.flatmap(lambda h: st.sampled_from(("down", "gone", "spare")).map(lambda w: f'host "{h}" is {w}')),
    HOSTS.map(lambda h: f'host "{h}" memory is unknown'),
    HOSTS.map(lambda h: f'host "{h}" disk = 80GiB'),
    st.sampled_from(("gbg-1", "mma-1")).map(lambda h: f'host "new" like "{h}"'),
    st.just('gpu "gbg-1/gpu0" memory = 8GiB'),
    st.just('host "gbg-1" gpus is unknown'),
).map(lambda step: f"given {step}")
EXPECT = st.one_of(
    st.tuples(SUBJECTS, WHERE).map(lambda e: f"expect {e[0]}{''.join(e[1])}"),
    st.tuples(st.integers(0, 3), WHERE).map(lambda e: f"expect {e[0]} shop.till{''.join(e[1])}"),
    st.tuples(SUBJECTS, WHERE, BECAUSE).map(lambda e: f"expect left out {e[0]}{e[1][0]}{e[2]}"),
    st.tuples(SUBJECTS, WHERE, BECAUSE).map(lambda e: f"expect undecided {e[0]}{''.join(e[1])}{e[2]}"),
    st.integers(0, 2).map(lambda n: f"expect moves <= {n}"),
)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(
    st.lists(GIVEN, max_size=3, unique_by=lambda step: step[:20]), st.lists(EXPECT, min_size=1, max_size=4)
)
def test_every_test_runs_or_is_told_to_be_wrong(steps: list[str], expected: list[str]) -> None:
    program = fleet(*steps, *expected)
    [test] = program.tests
    inventory, faults = alter(facts(), test.given)
    if faults:
        assert has_errors(faults)
        return
    case = Case(test, facts(), inventory, None)
    suite = Suite(program, (), (case,), budget=2.0)
    result = run_test(suite, case)
    sources = {source.path: source for source in program.sources}
    assert len(result.failures) <= len(test.expect)
    for failure in result.failures:
        assert failure.expected
        assert failure.actual
    assert failure_text(result, sources).count("expected  ") == len(result.failures)
    assert as_json([result], sources) == as_json([run_test(suite, case)], sources)
