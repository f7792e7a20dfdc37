"""Files that other people wrote: what they say of hosts is what ours say, on all nodes that are tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placelang.diagnostics import Source
from placelang.manifests import import_rules
from placelang.manifests.nomad_hcl import read_hcl
from tests.manifests import test_compose, test_horizon, test_kubernetes, test_nomad

FILES = Path(__file__).parents[3] / "shared" / "bench" / "inventories"

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="the files of other tools are not here")


@pytest.mark.parametrize("name", ["coredns", "examples_vllm-deployment", "online_boutique"])
def test_the_hosts_of_a_manifest_are_those_of_kubernetes(name: str) -> None:
    text = (FILES / "k8s_apps" / f"{name}.yaml").read_text("utf-8")
    test_kubernetes.agree(text, test_kubernetes.workloads(text), seed=2)


@pytest.mark.parametrize("name", ["voting_app_docker-stack", "n8n_ai_docker-compose"])
def test_the_hosts_of_a_stack_are_those_of_the_swarm(name: str) -> None:
    test_compose.agree((FILES / "compose" / f"{name}.yml").read_text("utf-8"), seed=2)


def test_the_nodes_of_a_job_are_those_of_nomad() -> None:
    text = (FILES / "nomad" / "e2e_spread_input_even_spread.nomad").read_text("utf-8")
    [read], faults = read_hcl(Source("even_spread.nomad", text))
    assert not faults
    assert isinstance(read.data, dict)
    test_nomad.agree("even_spread.nomad", text, read.data, seed=2, centres=("dc1", "dc2", "dc3"))


@pytest.mark.parametrize("name", ["helloworld_policy_deployment.policy", "anax_cli_samples_business_policy"])
def test_the_nodes_of_a_deployment_are_those_of_open_horizon(name: str) -> None:
    text = (FILES / "open_horizon" / f"{name}.json").read_text("utf-8")
    found = import_rules("horizon", [Source(f"{name}.json", text)])
    assert (found.blocks, found.bad, found.partial) == (1, 0, 0)
    data = json.loads(
        text.replace("\xa0", " ").partition("*/")[2] if text.startswith("/*") else text.replace("\xa0", " ")
    )
    service = "SERVICE_NAME" if "hello" in name else "ibm-netspeed"
    arch = None if data["service"]["arch"] == "*" else data["service"]["arch"]
    test_horizon.agree({f"{name}.json": text}, {service: data["constraints"]}, arch, seed=2)
