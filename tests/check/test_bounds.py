"""Inputs made to grow without bound: each ends in a diagnostic, or simply works."""

from __future__ import annotations

from placelang.codes import Code
from tests.check.texts import checked, messages, program


def test_a_text_that_doubles_sixty_times_ends_in_one_diagnostic() -> None:
    lines = ['let a0 = "0123456789"', *(f'let a{i} = "${{a{i - 1}}}${{a{i - 1}}}"' for i in range(1, 61))]
    assert [d.code for d in checked("\n".join(lines))[1]] == [Code.OUT_OF_RANGE]
    assert [d.code for d in checked("\n".join(reversed(lines)))[1]] == [Code.OUT_OF_RANGE]


def test_a_number_that_doubles_sixty_times_ends_in_one_diagnostic() -> None:
    lines = ["let a0 = 1", *(f"let a{i} = a{i - 1} + a{i - 1}" for i in range(1, 61))]
    assert [d.code for d in checked("\n".join(lines))[1]] == [Code.OUT_OF_RANGE]


def test_derived_facts_that_double_stay_references() -> None:
    lines = ["let host.a0 = up", *(f"let host.a{i} = a{i - 1} and a{i - 1}" for i in range(1, 2_000))]
    assert len(program("\n".join(reversed(lines))).derived) == 2_000


def test_a_long_chain_of_constants_is_followed() -> None:
    lines = ["param a0 = 1", *(f"param a{i} = a{i - 1} + 1" for i in range(1, 5_000))]
    assert program("\n".join(reversed(lines))).params["a4999"].value == 5_000.0


def test_a_long_cycle_is_told_once_and_shortly() -> None:
    lines = [f"let a{i} = a{(i + 1) % 5_000}" for i in range(5_000)]
    (fault,) = checked("\n".join(lines))[1]
    assert fault.code is Code.CYCLE
    assert fault.notes == ("a0 → a1 → a2 → a3 → a4 → a5 → a6 → … → a4999 → a0",)
    assert len(fault.labels) < 10


def test_many_cycles_are_told_in_bounded_number() -> None:
    lines = [f"let a{i} = a{i}" for i in range(3_000)]
    assert len(messages("\n".join(lines))) == 100


def test_a_million_replicas_are_the_most() -> None:
    text = 'app a { service s { image "i"\n replicas 1000000000000 } }'
    assert messages(text) == [
        "out-of-range: the number of replicas is a whole number from 1 to 1000000, and this is 1000000000000"
    ]


def test_a_number_of_many_digits_is_shown_shortly() -> None:
    digits = "9" * 50_000
    _, (fault,) = checked(f"let a = {digits}TiB")
    assert fault.code is Code.OUT_OF_RANGE
    assert len(fault.message) < 200
    _, (fault,) = checked(f"let a = {digits}furlongs")
    assert fault.code is Code.WRONG_UNIT
    assert len(fault.hint or "") < 200


def test_a_name_of_many_letters_is_shown_shortly() -> None:
    _, (fault,) = checked(f"let a = {'x' * 50_000}")
    assert fault.code is Code.UNKNOWN_NAME
    assert len(fault.message) < 200


def test_many_typos_are_all_told_but_only_the_first_with_near_names() -> None:
    labels = "\n".join(f"label host.label-{i}: bool" for i in range(300))
    clauses = "\n".join(f"    hosts where lable-{i}" for i in range(300))
    _, diagnostics = checked(f'{labels}\napp a {{\n  service s {{\n    image "i"\n{clauses}\n  }}\n}}')
    assert len(diagnostics) == 300
    assert 0 < sum("did you mean" in (d.hint or "") for d in diagnostics) <= 100


def test_a_pattern_is_bounded_and_its_automaton_too() -> None:
    for pattern in ("a" * 1_001, "((a{100}){100}){100}", "(" * 900):
        (fault,) = checked(f"let host.x = name ~ '{pattern}'")[1]
        assert fault.code in {Code.OUT_OF_RANGE, Code.MALFORMED}


def test_a_pattern_never_backtracks() -> None:
    text = "a" * 4_000
    assert (
        program(f"param x = \"{text}\" ~ '^(a+)+$'\nparam y = \"{text}b\" ~ '^(a+)+$'").params["y"].value
        is False
    )


def test_as_deep_as_the_parser_goes_checking_follows() -> None:
    from placelang.check import check
    from placelang.diagnostics import Source
    from placelang.load import Module, Modules
    from placelang.parse import parse

    for expression in (
        "(" * 10_000 + "up" + ")" * 10_000,
        "not " * 10_000 + "up",
        " + ".join(["1"] * 10_000),
    ):
        for depth in (60, len(expression)):
            source = Source("case.place", f"let host.x = {expression[:depth]}")
            tree, _ = parse(source)
            check(Modules((Module(source, tree, is_root=True, is_policy=False),)))


def ruled(when: str) -> list[str]:
    return messages(f'app a {{ service s {{ image "i" }}\n monitor s {{ alert when {when} }} }}')


def test_the_condition_of_a_rule_is_as_large_and_deep_as_every_site_can_read() -> None:
    many = " or ".join(["restarts > 3"] * 85)
    assert ruled(many) == []
    assert ruled(f"{many} or restarts > 3") == [
        "out-of-range: this condition is too large: 259 parts, 3 deep"
    ]
    assert ruled(f"restarts in [{', '.join(map(str, range(300)))}]") == [
        "out-of-range: this condition is too large: 302 parts, 2 deep"
    ]
    assert ruled(f"restarts{' + 1' * 29} > 3") == []
    assert ruled(f"restarts{' + 1' * 31} > 3") == [
        "out-of-range: this condition is too large: 65 parts, 33 deep"
    ]


def test_a_policy_s_predicate_may_be_as_deep_as_any_expression() -> None:
    deep = f"priority{' + 1' * 90} > 3"
    rules = f"services where {deep} {{ hosts where cpu.cores > 3 }}\naccept services where not ({deep})"
    found = program(f'app a {{ service s {{ image "i" }} }}\npolicy p {{\n{rules}\n}}\n')
    assert len(found.apps[0].services[0].filters) == 2


def test_many_policies_over_many_services_are_bound_in_time_that_grows_with_both() -> None:
    services = "\n".join(f'service s{n} {{ image "i"\ntags "t{n % 7}" }}' for n in range(200))
    rules = "\n".join(f'services where "t{n % 7}" in tags {{ at most {n + 1} per host }}' for n in range(140))
    found = program(f"app a {{\n{services}\n}}\npolicy p {{\n{rules}\n}}\n")
    assert {len(service.constraints) for service in found.apps[0].services} == {20}
