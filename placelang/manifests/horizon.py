"""Deployment policies of Open Horizon, with the service policies and service definitions beside them.

https://open-horizon.github.io/docs/anax/docs/deployment_policy/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from placelang.codes import Code
from placelang.importers.draft import ARCHITECTURES
from placelang.importers.record import Record
from placelang.inventory.values import Wrong
from placelang.manifests import containers
from placelang.manifests.draft import Block, Draft
from placelang.manifests.horizon_constraints import Unreadable, predicate
from placelang.manifests.predicates import one_of
from placelang.manifests.written import comment, quoted

SOURCE: Final = "Open Horizon"
_PORT = re.compile(r"(\d{1,5})(?::(\d{1,5}))?(?:/tcp)?", re.ASCII)


def translate(documents: Sequence[Record], draft: Draft) -> tuple[list[Record], list[Record]]:
    """Put a service for each deployment policy into the draft; returns these, and what is none."""
    policies = [one for one in documents if isinstance(one.data.get("service"), dict)]
    definitions = {
        str(one.data["url"]): one
        for one in documents
        if isinstance(one.data.get("url"), str) and "deployment" in one.data and one not in policies
    }
    for_all = [
        one
        for one in documents
        if one not in policies and str(one.data.get("url")) not in definitions and _is_service_policy(one)
    ]
    for policy in policies:
        _policy(policy, draft, definitions, for_all if len(policies) == 1 else ())
    understood = [*policies, *definitions.values(), *(for_all if len(policies) == 1 else ())]
    refused = [one for one in documents if one not in understood]
    for one in refused:
        hint = (
            "deployment policies have a `service`; `placelang inventory import horizon` reads those of nodes"
        )
        one.fault(Wrong(Code.MISSING_KEY, "this is no policy of a deployment", hint))
    return [one for one in documents if one in understood], refused


def _is_service_policy(one: Record) -> bool:
    return "label" in one.data and isinstance(one.data.get("constraints"), list)


def _policy(
    policy: Record, draft: Draft, definitions: Mapping[str, Record], service_policies: Sequence[Record]
) -> None:
    service = policy.record("service")
    if service is None:
        return
    name = service.string("name") or "service"
    app = draft.app(service.string("org") or "horizon")
    block = app.block("service", name)
    block.clauses.append("replicas 1 per host")
    for key in ("label", "description"):
        text = policy.get(key)
        if isinstance(text, str) and text:
            block.heading.append(comment(text))
    _versions(block, service)
    _arch(block, service.string("arch"))
    for one in (policy, *service_policies):
        _constraints(block, draft, one)
        if one is not policy:
            for key in ("label", "description"):
                one.get(key)
            block.unread(one, [one.place])
    definition = definitions.get(name)
    if definition is not None:
        _container(block, definition)
    _inputs(block, policy)
    if policy.get("properties"):
        block.note("properties", "properties of the deployment, which constraints of nodes may name")
    block.unread(policy, [policy.place])


def _versions(block: Block, service: Record) -> None:
    """Those of which the service is there; the one that comes first has the lowest number."""
    found = []
    for version in service.records("serviceVersions"):
        priority = version.record("priority")
        rank = priority.get("priority_value") if priority else None
        version.get()
        found.append((rank if isinstance(rank, int) else 0, version.string("version") or ""))
    versions = [version for _, version in sorted(found)]
    if versions:
        block.remark(f"version {comment(', else '.join(versions))}")


def _arch(block: Block, arch: str | None) -> None:
    if arch is not None and arch != "*":
        block.say("arch", f"hosts where {one_of('arch', [ARCHITECTURES.get(arch, arch)]).text}")


def _constraints(block: Block, draft: Draft, policy: Record) -> None:
    written = policy.get("constraints")
    for at, text in enumerate(written if isinstance(written, list) else ()):
        try:
            found = predicate(draft.labels, str(text))
        except Unreadable as why:
            message = f"this constraint cannot be said: {why}"
            block.lose("constraints", policy, message, "constraints", at)
        else:
            block.say("constraints", f"hosts where {found.text}")


def _inputs(block: Block, policy: Record) -> None:
    """What the service is given: variables, and secrets."""
    for given in policy.records("userInput"):
        for key in ("serviceOrgid", "serviceUrl", "serviceArch", "serviceVersionRange"):
            given.get(key)
        for one in given.records("inputs"):
            value = one.get("value")
            name = one.string("name")
            if name is not None and isinstance(value, str | int | float | bool):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                containers.say_env(block, name, quoted(text))
            else:
                block.note("userInput", f"userInput {name}: {value}")
    for bound in policy.records("secretBinding"):
        for key in (
            "serviceOrgid",
            "serviceUrl",
            "serviceArch",
            "serviceVersionRange",
            "enableNodeLevelSecrets",
        ):
            bound.get(key)
        for one in bound.records("secrets"):
            for name in one.data:
                secret = one.string(name)
                block.note("secretBinding", f"secret {name} from {secret}, a file there")


def _container(block: Block, definition: Record) -> None:
    """The containers of a service's definition: the first is the block's own."""
    deployment = definition.record("deployment", "services")
    definition.get("deployment")
    _arch(block, definition.string("arch"))
    for rank, name in enumerate(deployment.data if deployment else ()):
        one = deployment.record(name) if deployment else None
        own = block.sidecar(name) if rank else block
        if one is not None:
            _one(own, one)


def _one(block: Block, one: Record) -> None:
    image = one.string("image")
    if image is not None:
        containers.say_image(block, image)
    command = one.get("command")
    containers.say_command(block, [str(word) for word in command] if isinstance(command, list) else [])
    variables = one.get("environment")
    for text in variables if isinstance(variables, list) else ():
        name, _, value = str(text).partition("=")
        containers.say_env(block, name, quoted(value))
    binds = one.get("binds")
    for text in binds if isinstance(binds, list) else ():
        source, _, rest = str(text).partition(":")
        target, _, mode = rest.partition(":")
        host = source if source.startswith("/") else None
        containers.say_volume(block, target, host, keep=host is None, readonly="ro" in mode.split(","))
    ports = one.get("ports")
    for port in ports if isinstance(ports, list) else ():
        text = str(port.get("HostPort", "")) if isinstance(port, dict) else ""
        found = _PORT.fullmatch(text)
        if found:
            containers.say_port(block, int(found[1]), int(found[2] or found[1]))
        else:
            block.note("ports", f"ports: {text}")
    added = one.get("cap_add")
    for name in added if isinstance(added, list) else ():
        containers.say_capability(block, str(name))
    if one.get("privileged") is True:
        block.say("privileged", "allow privileged")
    if one.get("network") == "host":
        block.say("network", "allow host network")
    block.clauses.append("writable root")
