"""What a host would refuse of a part, before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang_runtime.provision.refusals import refusals
from placelang_runtime.trust.host_key import host_key
from tests.neighbours.test_neighbours import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def alone(pair: Pair) -> None:
    """No host that could pass anything on."""
    pair.part = pair.part.model_copy(update={"members": ()})


def whys(pair: Pair, source: str | None) -> list[str]:
    return [f"{one.of}: {one.why}" for one in refusals(pair.provider("gbg-1"), "gbg-1", source)]


def test_a_model_has_to_be_where_models_come_from(pair: Pair) -> None:
    alone(pair)
    assert whys(pair, None) == ["eyes.score: nobody said where score.onnx comes from: apply with --models"]
    assert whys(pair, str(pair.folder)) == []
    [told] = whys(pair, str(pair.folder / "gbg-1"))
    assert told.endswith("gbg-1/score.onnx: no such file or directory")
    [told] = whys(pair, "http://127.0.0.1:9/models")
    assert "Connection refused" in told
    assert not (pair.folder / "gbg-1" / "models").exists()


def test_what_a_neighbour_may_send_is_not_refused(pair: Pair) -> None:
    assert whys(pair, None) == []


def test_a_host_that_the_plan_knows_by_another_key_says_so(pair: Pair) -> None:
    other = host_key(pair.folder / "other").public
    members = tuple(one.model_copy(update={"key": str(other)}) for one in pair.part.members)
    pair.part = pair.part.model_copy(update={"members": members})
    assert whys(pair, None) == [
        "its key: the plan knows gbg-1 by another key: enrol it with what `placelang key host` says"
    ]
