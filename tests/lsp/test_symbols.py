"""Names stand for the same things in the editor as in the checker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from placelang.expressions import VARIANT, Fact
from placelang.lsp.analysis import Workspace
from placelang.lsp.symbols import Symbol, all_mentions

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.place"))

FACTS = """\
label host.rank: number
label gpu.old: bool = false
device camera { udev 'KERNEL=="x"' }
let host.fast = cpu.cores > limit and not any(gpus where old or host.rank > 1 or host.fast-enough)
let host.fast-enough = power < 100W
param limit: number = 4

app a {
  let host.own = fast and rank == limit and device.camera > 1
  let limit-here = limit + 1
  sites where latency("x") < 5ms and any(hosts where own and site.country == "SE")
  service s {
    image "registry.example.com/${host.arch}/${site.name}:1"
    needs gpu 1 where memory > 4GiB and site.kind == "b" and host.memory > 1GiB
    needs device camera 2 where vendor == "v"
    hosts where own and rank > limit-here and sum(memory, gpus where not old) > 1GiB
    env A = host.rank, B = host.device.camera
  }
}
"""


def test_what_a_test_gives_names_facts_too(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_text(
        'label site.closed: bool = false\ntest "t" {\n  inventory "i.yaml"\n  given site "a" is closed\n'
        '  given host "b" memory is unknown\n  given host "b" is down\n}\n'
    )
    mentioned = [
        m.symbol for m in all_mentions(Workspace().analyses(str(path))[0]) if m.symbol.kind == "fact"
    ]
    closed = Symbol("fact", "closed", "", "site")
    assert mentioned == [closed, closed, Symbol("fact", "memory", "", "host")]


def test_monitors_name_models_metrics_and_functions(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_text(
        'app a {\n  model m {\n    file "m.onnx"\n  }\n  service s {\n    image "i"\n    serves m\n'
        "    hosts where model(m).p95 < 80ms\n  }\n  monitor m {\n    alert when p95(latency) > 80ms for 5min\n  }\n"
        "  monitor s {\n    alert when errors > 2% for 5min\n  }\n}\n"
    )
    found = [m.symbol for m in all_mentions(Workspace().analyses(str(path))[0])]
    model, service = Symbol("model", "m", "a"), Symbol("unit", "s", "a")
    measured = [Symbol("function", "model"), model, Symbol("profile", "p95")]
    assert [s for s in found if s.kind not in ("app", "noun")] == [
        model, service, model, *measured, model, Symbol("function", "p95"), Symbol("metric", "latency"),
        service, Symbol("metric", "errors"),
    ]  # fmt: skip


def facts(value: object) -> Iterator[Fact]:
    if isinstance(value, Fact):
        yield value
    if isinstance(value, tuple):
        for item in value:
            yield from facts(item)
    elif is_dataclass(value):
        for part in fields(value):
            yield from facts(getattr(value, part.name))


def symbol_of(fact: Fact) -> Symbol:
    if fact.name.startswith("device."):
        return Symbol("device", fact.name.removeprefix("device."))
    if (fact.noun, fact.name) == VARIANT:
        return Symbol("variant", "variant")
    if fact.noun == "metric":
        return Symbol("metric", fact.name)
    app, _, name = fact.name.rpartition("/")
    return Symbol("fact", name, app, fact.noun)


def assert_agree(path: Path) -> None:
    analysis = Workspace().analyses(str(path))[0]
    assert analysis.program is not None, analysis.diagnostics
    mentioned: dict[tuple[str, int], Symbol] = {}
    for mention in all_mentions(analysis):
        mentioned[mention.span.path, mention.span.end] = mention.symbol
    found = list(facts((analysis.program.apps, analysis.program.derived)))
    assert found
    for fact in found:
        end = fact.span.end if fact.of is None else fact.span.start + len(fact.name)
        assert mentioned[fact.span.path, end] == symbol_of(fact)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_facts_of_the_examples_are_those_that_the_checker_finds(path: Path) -> None:
    if path.stem not in {"fleet", "sorter"}:  # these only declare
        assert_agree(path)


def test_facts_of_every_scope_are_those_that_the_checker_finds(tmp_path: Path) -> None:
    path = tmp_path / "facts.place"
    path.write_text(FACTS)
    assert_agree(path)
