"""Facts that Ansible has gathered: a file a host, as `ansible -m setup --tree DIR` or the jsonfile cache writes them.

https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_vars_facts.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import mebibytes, number
from placelang.importers.draft import Host
from placelang.importers.record import Record
from placelang.inventory.values import Wrong, parse_time

SOURCE: Final = "ansible"
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_KEPT = (
    "distribution",
    "distribution_version",
    "os_family",
    "product_name",
    "system_vendor",
    "virtualization_role",
    "virtualization_type",
    "form_factor",
)
"""Facts that are kept as labels of these names."""


def hosts(document: Record) -> Iterator[Host | Record]:
    """The host of which a file tells; it has the file's name, which is how Ansible's inventory calls it."""
    name = PurePath(document.text.source.path).name.removesuffix(".json")
    if document.get("unreachable") is True:
        host = Host(name, document)
        for key in ("msg", "changed"):
            document.get(key)
        host.fact("up", False)
        yield host
        return
    facts = document.record("ansible_facts") or document
    for key in ("changed", "invocation", "module_setup"):
        document.get(key)
    if not any(key.startswith("ansible_") for key in facts.data):
        document.fault(Wrong(Code.MISSING_KEY, "this holds no facts of Ansible: none begins with `ansible_`"))
        yield document
        return
    host = Host(name, facts)
    _machine(host)
    _amounts(host)
    _observed(host)
    for key in _KEPT:
        if facts.data.get(f"ansible_{key}") not in (None, "", "NA"):
            host.label(key, f"ansible_{key}")
    yield host


def _machine(host: Host) -> None:
    facts = host.record
    host.architecture("ansible_architecture")
    system = facts.string("ansible_system")
    host.fact("os", {"Win32NT": "windows"}.get(system, system.lower()) if system else None)
    host.fact("kernel", facts.string("ansible_kernel"))
    processor = facts.get("ansible_processor")
    names = [text for text in processor if isinstance(text, str)] if isinstance(processor, list) else []
    models = [text for text in names if not text.isdigit() and text not in ("GenuineIntel", "AuthenticAMD")]
    host.fact("cpu.model", models[0][:1_000] if models else None)


def _amounts(host: Host) -> None:
    """The processors that the system sees, all memory, and what is free on the root file system. Core facts of Ansible
    know no GPU, so that these stay unknown."""
    facts = host.record
    host.fact("cpu.cores", facts.read(number, "ansible_processor_vcpus"))
    for key in ("ansible_processor_cores", "ansible_processor_count", "ansible_processor_threads_per_core"):
        facts.get(key)
    host.amount("memory", facts.read(mebibytes, "ansible_memtotal_mb"))
    for mount in facts.records("ansible_mounts"):
        if mount.get("mount") == "/":
            host.amount("disk", mount.read(number, "size_available"))


def _observed(host: Host) -> None:
    written = host.record.string("ansible_date_time", "iso8601")
    if written is None:
        return
    zoned = f"{written}Z" if _LOCAL.fullmatch(written) else written
    if parse_time(zoned) is None:
        host.record.fault(
            Wrong(Code.WRONG_TYPE, "this is not a time in RFC 3339"), "ansible_date_time", "iso8601"
        )
    else:
        host.observed = zoned
    host.record.get("ansible_date_time")
