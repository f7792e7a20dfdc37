"""What hover counts is what the planner counts."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from lsprotocol import types

from placelang.arrange.funnels import funnel
from placelang.check import check
from placelang.inventory import inventory_labels, load_inventory
from placelang.load import load
from placelang.lower import lower
from placelang.world import build_world
from tests.lsp.editor import Editor, session

ATOMS = (
    "memory >= 8GiB", "memory < 4GiB", 'arch == "amd64"', 'arch != "arm64"', "cpu.cores >= 6", "cpu.cores * 2 > 7",
    "accelerated", 'role == "worker"', 'role in ["gateway", "back-office"]', "any(gpus where memory >= 8GiB)",
    'any(gpus where compute >= "7.5")', "all(gpus where known(driver))", "count(gpus) >= 1", "sum(memory, gpus) > 8GiB",
    'site.country in ["SE", "DK"]', "site.closed", 'site.kind == "store"', "known(disk)", "known(kernel)",
    "(memory ?? 0GiB) >= 16GiB", "(disk ?? 1TiB) < 500GiB", "device.camera >= 1", 'kernel >= "6.6"',
    '"avx2" in cpu.flags', "site.uplink.bandwidth > 100Mbps", "name ~ '1$'", 'zone == "a"', "power <= 100W",
    "count(devices where kind ~ 'cam') == 2",
)  # fmt: skip


def predicate(random: Random, depth: int = 2) -> str:
    if depth == 0 or random.random() < 0.3:
        return random.choice(ATOMS)
    if random.random() < 0.2:
        return f"not ({predicate(random, depth - 1)})"
    word = random.choice([" and ", " or "])
    return "(" + word.join(predicate(random, depth - 1) for _ in range(random.randint(2, 3))) + ")"


def program(where: str) -> str:
    return (
        'import "fleet.place"\n\napp a {\n  service s {\n    image "registry.example.com/a:1"\n'
        f"    hosts where {where}\n  }}\n}}\n"
    )


def by_the_planner(folder: Path) -> tuple[int, int, int]:
    """Of how many hosts the predicate is true and undecided, and how many there are."""
    inventory, faults = load_inventory(folder / "inventory.yaml")
    assert inventory is not None, faults
    modules, _ = load([folder / "web.place"])
    checked, faults = check(modules, {}, inventory_labels(inventory))
    assert checked is not None, faults
    found = funnel(lower(checked, build_world(inventory, checked)[0]), "a.s", None)
    (step,) = [step for step in found.steps if step.clause]
    return found.remaining, step.undecided, found.hosts


def test_hover_counts_what_the_funnel_of_a_plan_counts(retail: Path) -> None:
    random = Random(7)
    predicates = [predicate(random) for _ in range(100)]
    inventory = retail / "inventory.yaml"
    inventory.write_text(re.sub(r"up: \{.*\}", "up: true", inventory.read_text()))

    async def run(editor: Editor) -> list[str]:
        uri = (retail / "web.place").as_uri()
        shown = []
        for where in predicates:
            editor.open(uri, program(where))
            here = editor.find(uri, "hosts where", after=7)
            found = await editor.text_document_hover_async(
                types.HoverParams(types.TextDocumentIdentifier(uri), here)
            )
            assert found is not None
            assert isinstance(found.contents, types.MarkupContent)
            shown.append(found.contents.value)
            editor.close(uri)
        return shown

    expected = []
    for where in predicates:
        (retail / "web.place").write_text(program(where))
        true, undecided, total = by_the_planner(retail)
        left_open = f", {undecided} undecided" if undecided else ""
        expected.append(f"{true} of {total} hosts match now{left_open}")
    (retail / "web.place").unlink()
    shown = session(run, retail)
    assert [text.rpartition(": ")[2] for text in shown] == expected
    assert sum("undecided" in text for text in expected) > 20
