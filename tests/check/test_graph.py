from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from placelang.graph import chain, sort

GRAPHS = st.integers(1, 12).flatmap(
    lambda n: st.dictionaries(st.integers(0, n), st.lists(st.integers(0, n), max_size=4), max_size=n)
)


@given(GRAPHS)
def test_every_node_that_is_on_no_cycle_comes_after_all_that_it_leads_to(graph: dict[int, list[int]]) -> None:
    order, _, broken = sort(graph)
    assert sorted(order) == sorted(graph)
    for node, targets in graph.items():
        if node not in broken:
            assert all(order.index(target) < order.index(node) for target in targets if target in graph)


@given(GRAPHS)
def test_each_cycle_follows_the_arrows_and_one_is_found_if_there_is_any(graph: dict[int, list[int]]) -> None:
    _, cycles, broken = sort(graph)
    for cycle in cycles:
        assert all(b in graph[a] for a, b in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    assert {node for cycle in cycles for node in cycle} == broken
    left = {node: set(targets) & graph.keys() for node, targets in graph.items()}
    while leaves := [node for node, targets in left.items() if not targets & left.keys()]:
        for leaf in leaves:
            del left[leaf]
    assert bool(left) == bool(cycles)


def test_a_long_chain_is_cut_in_the_middle() -> None:
    assert chain(["a", "b"]) == "a → b → a"
    assert chain([str(i) for i in range(100)]) == "0 → 1 → 2 → 3 → 4 → 5 → 6 → … → 99 → 0"
