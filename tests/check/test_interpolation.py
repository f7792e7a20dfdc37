"""Wherever text is due, names may stand in it by `${…}`."""

from __future__ import annotations

from placelang.containers import Secret
from placelang.expressions import Constant
from tests.check.texts import program

TEXT = """\
param w = "x"
param n = 2GiB
let both = "${w}-${n}"

label host.shelf: string = "shelf-${w}" from "example.com/${w}"
label host.row: string in ["${w}1", "${both}"]

model m {
  file     "models/${w}.onnx"
  version  "1.${w}"
  baseline "models/${w}.json"
}

app a {
  param own = "${w}${w}"

  service s {
    image   "example.com/${own}:1"
    command "run", "--room=${n}", "$${w}"
    tags    "t-${w}", "${own}"
    serves  m
    volume  "/data/${w}" from "/host/${own}"
    health  http 80 "/ready/${w}"
    env     A = "${both}", B = secret("s/${w}")
    hosts   where name == "gate-${w}" and row in ["${w}1"]

    sidecar p {
      image  "example.com/p:${w}"
      health exec "ping", "${w}"
    }
  }
}
"""


def test_names_in_texts_are_put_in() -> None:
    found = program(TEXT)
    label = next(label for label in found.labels if label.name == "shelf")
    assert (label.default, label.external) == ("shelf-x", "example.com/x")
    row = next(label for label in found.labels if label.name == "row")
    assert row.choices == ("x1", "x-2GiB")
    (model,) = found.models
    assert (model.variants[0].file, model.version, model.baseline) == (
        "models/x.onnx",
        "1.x",
        "models/x.json",
    )
    (service,) = found.apps[0].services
    assert isinstance(service.image, Constant)
    assert service.image.value == "example.com/xx:1"
    assert service.command == ("run", "--room=2GiB", "${w}")
    assert service.tags == ("t-x", "xx")
    assert [(v.path, v.source) for v in service.volumes] == [("/data/x", "/host/xx")]
    assert service.health is not None
    assert service.health.path == "/ready/x"
    first, second = service.env
    assert isinstance(first.value, Constant)
    assert first.value.value == "x-2GiB"
    assert isinstance(second.value, Secret)
    assert second.value.name == "s/x"
    (sidecar,) = service.sidecars
    assert sidecar.health is not None
    assert sidecar.health.command == ("ping", "x")
