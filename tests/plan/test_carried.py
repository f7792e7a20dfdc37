"""What apps say beside where they run ends in the plan: sidecars, references, models, rollouts, monitors."""

from __future__ import annotations

from typing import Any

import pytest

from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Plan
from tests.plan.fleets import Planned, fleet, host, planned, replicas, services, site, where

CAMERAS = "[{name: left, kind: camera, path: /dev/video0}, {name: right, kind: camera}]"
FACTS = fleet(
    site(
        "gbg",
        host("g1", gpus="[{vendor: nvidia, memory: 8GiB}, {vendor: nvidia, memory: 2GiB}]", devices=CAMERAS),
        host("g2", arch="arm64"),
        timezone="Europe/Stockholm",
        labels="{tier: gold}",
    ),
    site("mma", host("m1"), labels="{tier: silver}"),
    site("osl", host("o1"), labels="{tier: silver}"),
    site("sto", host("s1"), labels="{}"),
)
HEAD = "label site.tier: string\ndevice camera { udev 'KERNEL==\"x\"' }\n"


def plan_of(text: str, facts: str = FACTS, *, current: Plan | None = None, seed: int = 0) -> Planned:
    return planned(HEAD + text, facts, current=current, seed=seed)


def part(found: Planned, name: str) -> SitePart:
    return next(p for p in found.plan.parts if p.site == name)


# --- sidecars ------------------------------------------------------------------------------------------------------


SIDECAR = """
app a {
  service eye {
    image    "example.com/eye:1"
    replicas 1
    needs    cpu 500m, memory 1GiB, gpu 1 where memory >= 4GiB, device camera
    port     8080
    tags     "video"

    sidecar proxy {
      image   "example.com/proxy-${host.arch}:1"
      command "serve", "--all"
      needs   cpu 250m, memory 512MiB, device camera
      port    8443 to 443
      env     SITE = site.name, KEY = secret("a/key"), UP = address(eye)
      volume  "/cache" keep
      health  tcp 443
      restart on-failure
      user    1000
      allow   capability NET_RAW
      tags    "net"
    }
    sidecar second {
      image "example.com/second:1"
      needs gpu 1
      writable root
    }
  }
}
"""


def test_a_sidecar_stands_in_its_service_with_what_is_its_own() -> None:
    (service,) = services(plan_of(SIDECAR).plan)
    proxy, second = service.sidecars
    assert (service.name, proxy.name, second.name) == ("a.eye", "proxy", "second")
    assert service.tags == ("video", "net")
    assert proxy.command == ("serve", "--all")
    assert [(p.host, p.container) for p in proxy.ports] == [(8443, 443)]
    assert proxy.health is not None
    assert (proxy.health.kind, proxy.restart, proxy.volumes[0].keep) == ("tcp", "on-failure", True)
    assert (proxy.privileges.user, proxy.privileges.capabilities) == (1000, ("NET_RAW",))
    assert (second.privileges.writable_root, service.privileges.writable_root) == (True, False)
    assert [(s.variable, s.secret, s.plain) for s in proxy.secrets] == [("KEY", "a/key", False)]
    assert [(a.variable, a.service) for a in proxy.addresses] == [("UP", "a.eye")]


def test_the_needs_of_all_containers_are_taken_from_the_host_and_stand_with_each() -> None:
    found = plan_of(SIDECAR)
    (service,) = services(found.plan)
    assert service.needs == {"cpu": 500, "memory": 2**30}
    assert service.sidecars[0].needs == {"cpu": 250, "memory": 2**29}
    assert part(found, "gbg").hosts[0].used == {"cpu": 750, "memory": 3 * 2**29}


def test_each_container_holds_the_things_that_it_needs() -> None:
    (replica,) = replicas(plan_of(SIDECAR).plan)
    proxy, second = replica.sidecars
    assert (replica.gpus, proxy.gpus, second.gpus) == (("g1/gpu0",), (), ("g1/gpu1",))
    assert [d.name for d in replica.devices] != [d.name for d in proxy.devices]
    assert {d.name for d in (*replica.devices, *proxy.devices)} == {"g1/left", "g1/right"}
    assert (proxy.image, proxy.env) == ("example.com/proxy-amd64:1", {"SITE": "gbg"})


def test_what_a_sidecar_holds_it_keeps_from_plan_to_plan() -> None:
    first = plan_of(SIDECAR)
    again = plan_of(
        SIDECAR, FACTS.replace("{vendor: nvidia, memory: 2GiB}", "{vendor: nvidia}"), current=first.plan
    )
    assert replicas(again.plan) == replicas(first.plan)
    assert verify(again.plan, again.program, again.inventory, current=first.plan) == ()


def test_a_plan_with_a_tampered_sidecar_is_found_out() -> None:
    found = plan_of(SIDECAR)
    text = to_json(found.plan).replace('"name": "g1/right"', '"name": "g1/left"')
    if text == to_json(found.plan):
        text = text.replace('"name": "g1/left"', '"name": "g1/right"')
    assert verify(from_json(text), found.program, found.inventory)


def test_a_host_too_small_for_service_and_sidecar_together_is_named_at_the_line_that_is_too_much() -> None:
    text = """
app a {
  service s {
    image "i"
    needs memory 5GiB
    sidecar p { image "i"; needs memory 4GiB }
  }
}
"""
    (entry,) = plan_of(text).plan.header.left_out
    short = [step for funnel in entry.funnels for step in funnel.steps if step.removed]
    assert [(step.text, step.removed) for step in short] == [("9GiB of memory", 5)]
    assert short[0].clause is not None
    assert short[0].clause.text == "memory 4GiB"


def test_a_port_of_a_sidecar_is_taken_on_the_host() -> None:
    text = 'app a {\nservice s {\nimage "i"\nreplicas 1 per host\nsidecar p {\nimage "i"\nport 80\n}\n}\n}\n'
    text += 'app b {\npriority 5\nservice t {\nimage "i"\nreplicas 1\nport 80\n}\n}\n'
    assert len(replicas(plan_of(text).plan)) == 5


def test_a_kept_volume_of_a_sidecar_ties_its_service_to_the_host() -> None:
    text = 'app a {{\nservice s {{\nimage "i"\nreplicas 1\n{}\nsidecar p {{ image "i"\nvolume "/v" keep }}\n}}\n}}\n'
    first = plan_of(text.format('hosts where name == "g1"')).plan
    moved = plan_of(text.format('prefer hosts where name == "o1" weight 9'), current=first).plan
    assert where(moved) == where(first) == {"a.s/1": "g1"}


def test_an_unknown_environment_of_a_sidecar_makes_a_host_undecided() -> None:
    sidecar = 'sidecar p {\nimage "i"\nenv TIER = site.tier\n}'
    text = f'app a {{\nservice s {{\nimage "i"\n{sidecar}\nreplicas 1 per site\n}}\n}}\n'
    (entry,) = plan_of(text).plan.header.left_out
    assert entry.sites == ("sto",)
    assert [s.text for f in entry.funnels for s in f.steps if s.undecided] == ["env TIER of p is known"]


# --- references, single --------------------------------------------------------------------------------------------


def test_references_and_single_stand_with_the_service_and_no_value_does() -> None:
    text = """
app a {
  service s {
    image      "i"
    replicas   1 per site
    single
    env        TOKEN = secret("a/token"), PEER = address(s), SITE = site.name
    unsafe env KEY = secret("key")
    port       80
  }
}
"""
    found = plan_of(text)
    service = services(found.plan)[0]
    assert service.single
    assert [(s.variable, s.secret, s.plain) for s in service.secrets] == [
        ("TOKEN", "a/token", False),
        ("KEY", "key", True),
    ]
    assert [(a.variable, a.service) for a in service.addresses] == [("PEER", "a.s")]
    assert replicas(found.plan)[0].env == {"SITE": "gbg"}


# --- models --------------------------------------------------------------------------------------------------------


MODELS = """
model eyes {
  version   "2.1"
  file      "models/eyes.onnx"
  baseline  "models/eyes.json"
  providers tensorrt, cpu
  retain    3
  needs     memory 3GiB
}
model ears { variant tiny { file "ears.onnx"; needs memory 2GiB } }
model unused { file "unused.onnx" }

app a {
  model own { file "own.onnx" }
  service s {
    serves   ears, eyes
    replicas 1 per site
    sites    where tier == "gold"
    needs    memory 1GiB
    env      VARIANT = variant
  }
  service t {
    serves   own
    replicas 1 per site
    sites    where tier == "silver"
  }
}
"""


def test_a_model_stands_in_the_part_of_each_site_that_serves_it_and_adds_its_needs() -> None:
    found = plan_of(MODELS)
    assert [m.name for m in part(found, "gbg").models] == ["ears", "eyes"]
    assert [m.name for m in part(found, "mma").models] == ["a.own"]
    assert [m.name for m in part(found, "sto").models] == []
    ears, eyes = part(found, "gbg").models
    assert eyes.model_dump() == {
        "name": "eyes", "version": "2.1", "file": "models/eyes.onnx", "variant": None,
        "providers": ("tensorrt", "cpu"), "baseline": "models/eyes.json", "retain": 3,
    }  # fmt: skip
    assert (ears.variant, ears.providers, ears.retain, ears.version) == ("tiny", ("cpu",), 1, None)
    service = next(s for s in services(found.plan) if s.name == "a.s")
    assert service.serves == ("ears", "eyes")
    assert service.needs == {"memory": 6 * 2**30}
    assert service.replicas[0].env == {"VARIANT": "tiny"}


# --- counts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "counts"),
    [
        ("", {"": 3}),
        (" per site", {"gbg": 3, "mma": 2, "osl": 2, "sto": 2}),
        (" per host", {"g1": 2, "g2": 2, "m1": 2, "o1": 2, "s1": 2}),
        (" per zone", {"gbg/a": 2, "gbg/b": 2, "mma/a": 2, "osl/a": 2, "sto/a": 2}),
        (" per rack", {"gbg/r": 3, "mma/r": 2, "osl/r": 2, "sto/r": 2}),
        (" per site.tier", {"gold": 3, "silver": 3, "none": 2}),
        (" per host.arch", {"amd64": 3, "arm64": 2}),
    ],
)
def test_elastic_counts_are_filled_as_far_as_there_is_room(per: str, counts: dict[str, int]) -> None:
    """Each host has room for two."""
    facts = FACTS
    for name, zone in (("g1", "a"), ("g2", "b"), ("m1", "a"), ("o1", "a"), ("s1", "a")):
        facts = facts.replace(f"- name: {name}\n", f"- name: {name}\n        zone: {zone}\n        rack: r\n")
    head = HEAD.replace("tier: string", 'tier: string = "none"')
    text = f'app a {{\nservice s {{\nimage "i"\nneeds memory 4GiB\nreplicas 1..3{per}\n}}\n}}\n'
    names = [
        name.rpartition("/")[0].removeprefix("a.s").removeprefix("@")
        for name in where(planned(head + text, facts).plan)
    ]
    assert {name: names.count(name) for name in sorted(set(names))} == dict(sorted(counts.items()))


# --- rollouts ------------------------------------------------------------------------------------------------------


ROLLOUT = """
app a {
  service s { image "i"; replicas 1 per site }
  rollout {
    wave canary: 1 sites where tier == "gold", healthy for 1h, approved
    wave early:  40% of sites
    wave rest:   all sites
    at most 10 sites at once
    at most 1 host per site at once
    proceed when healthy for 10min
    otherwise roll back
  }
}
app b {
  service t { image "i"; replicas 1 per site; sites where tier == "silver" }
  rollout { wave half: 50% of sites where tier == "silver" }
}
app c { service u { image "i"; replicas 1 per site } }
"""


def in_waves(size: str) -> str:
    waves = f"wave w: {size}\nwave r: all sites"
    return f'app a {{\nservice s {{ image "i"; replicas 1 per site }}\nrollout {{\n{waves}\n}}\n}}\n'


def test_each_site_of_an_app_is_in_one_wave_in_order() -> None:
    a, b = plan_of(ROLLOUT).plan.header.rollouts
    assert [(w.name, len(w.sites), w.healthy_ms, w.approved) for w in a.waves] == [
        ("canary", 1, 3_600_000, True),
        ("early", 2, None, False),
        ("rest", 1, None, False),
    ]
    assert a.waves[0].sites == ("gbg",)
    assert sorted(s for w in a.waves for s in w.sites) == ["gbg", "mma", "osl", "sto"]
    assert (a.sites_at_once, a.never) == (10, ())
    assert len(b.waves[0].sites) == len(b.never) == 1


def test_a_site_knows_its_wave_of_each_app() -> None:
    found = plan_of(ROLLOUT)
    (rollout,) = part(found, "gbg").rollouts
    assert rollout.model_dump() == {
        "app": "a", "wave": "canary", "number": 1, "healthy_ms": 3_600_000, "approved": True,
        "hosts_at_once": 1, "proceed_ms": 600_000, "rolls_back": True,
    }  # fmt: skip
    (never,) = found.plan.header.rollouts[1].never
    mine = next(r for r in part(found, never).rollouts if r.app == "b")
    assert (mine.wave, mine.number, mine.rolls_back) == (None, 0, False)


def test_the_seed_chooses_the_sites_and_a_new_site_changes_no_other_s_lot() -> None:
    many = fleet(*(site(f"s{n:02}", host(f"h{n}")) for n in range(30)))
    more = fleet(*(site(f"s{n:02}", host(f"h{n}")) for n in range(31)))
    text = in_waves("10 sites")

    def chosen(facts: str, seed: int) -> frozenset[str]:
        return frozenset(plan_of(text, facts, seed=seed).plan.header.rollouts[0].waves[0].sites)

    assert chosen(many, 1) == chosen(many, 1)
    assert chosen(many, 1) != chosen(many, 2)
    assert len(chosen(many, 1) & chosen(more, 1)) >= 9


@pytest.mark.parametrize(("share", "sites"), [("1%", 1), ("25%", 1), ("26%", 2), ("75.1%", 4), ("100%", 4)])
def test_a_share_is_rounded_up(share: str, sites: int) -> None:
    assert len(plan_of(in_waves(f"{share} of sites")).plan.header.rollouts[0].waves[0].sites) == sites


def test_a_rollout_without_waves_takes_all_sites_at_once() -> None:
    text = 'app a {\nservice s { image "i"; replicas 1 per site }\nrollout { at most 2 sites at once }\n}\n'
    (rollout,) = plan_of(text).plan.header.rollouts
    assert [(w.name, len(w.sites)) for w in rollout.waves] == [("all", 4)]


# --- monitors ------------------------------------------------------------------------------------------------------


def rule(when: str, *, lasting: str = "") -> Any:
    text = f"""
param limit = 80ms
model m {{ file "m.onnx"; baseline "m.json" }}
app a {{
  service s {{ serves m; replicas 1 per site }}
  monitor m {{ alert when {when} {lasting} }}
}}
"""
    (monitor,) = part(plan_of(text), "gbg").monitors
    return monitor.rules[0]


def metric(name: str, of: str | None = None) -> dict[str, Any]:
    return {"op": "metric", "name": name, "of": of}


def number(value: float) -> dict[str, Any]:
    return {"op": "number", "value": value}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("p95(latency) > limit", {"op": ">", "left": metric("latency", "p95"), "right": number(80.0)}),
        ("errors >= 2%", {"op": ">=", "left": metric("errors"), "right": number(2.0)}),
        ("drift(input) / 2 != 0.1", {
            "op": "!=", "left": {"op": "/", "left": metric("drift", "input"), "right": number(2.0)},
            "right": number(0.1)}),
        ("not known(accuracy)", {"op": "not", "operand": {"op": "known", "operand": metric("accuracy")}}),
        ("(health ?? 100%) < 50%", {
            "op": "<", "left": {"op": "??", "left": metric("health"), "right": number(100.0)},
            "right": number(50.0)}),
        ("restarts in [1, 2]", {"op": "in", "operand": metric("restarts"), "values": (1.0, 2.0)}),
        ("-throughput < -20 and true", {"op": "and", "operands": (
            {"op": "<", "left": {"op": "negate", "operand": metric("throughput")}, "right": number(-20.0)},
            {"op": "truth", "value": True})}),
        ("memory > 1GiB or disk > 1GB", {"op": "or", "operands": (
            {"op": ">", "left": metric("memory"), "right": number(2.0**30)},
            {"op": ">", "left": metric("disk"), "right": number(1e9)})}),
    ],
)  # fmt: skip
def test_a_condition_is_carried_as_data(when: str, expected: dict[str, Any]) -> None:
    assert rule(when).when.model_dump() == expected


def test_a_rule_is_carried_with_its_words_and_how_long_it_has_to_last() -> None:
    found = rule("errors > 2%", lasting="for 5min")
    assert (found.action, found.job, found.lasting_ms) == ("alert", None, 300_000)
    assert found.text == "alert when errors > 2% for 5min"


def test_a_monitor_stands_where_what_it_watches_runs() -> None:
    text = """
model m { file "m.onnx" }
app a {
  service s { serves m; replicas 1 per site; sites where tier == "gold" }
  service t { image "i"; replicas 1 per site; sites where tier == "silver" }
  monitor m { roll back when errors > 2% }
  monitor t { alert when restarts > 3; roll back when p99(latency) > 1s }
}
app b { service u { serves m; replicas 1 per site } }
"""
    found = plan_of(text)
    watched = {p.site: [(m.app, m.kind, m.target) for m in p.monitors] for p in found.plan.parts}
    assert watched["gbg"] == [("a", "model", "m")]
    assert watched["mma"] == watched["osl"] == [("a", "service", "a.t")]
    assert watched["sto"] == []


def test_a_plan_with_everything_survives_its_text_and_is_verified() -> None:
    found = plan_of(SIDECAR + MODELS.replace("app a {", "app m {") + ROLLOUT.replace("app a {", "app r {"))
    assert from_json(to_json(found.plan)) == found.plan
    assert verify(found.plan, found.program, found.inventory, replay=True) == ()
