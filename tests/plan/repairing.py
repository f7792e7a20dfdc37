"""What a suggestion says, done to the files that it speaks of."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml


class Files(NamedTuple):
    """The texts of a placement file and of an inventory."""

    place: str
    facts: str


def apply(text: str, files: Files) -> Files:
    """Make every change that the suggestion lists."""
    for part in text.removesuffix(" (the best found)").split(" and "):
        change = re.sub(r"^(if|with) ", "", part)
        for pattern, make in _CHANGES:
            found = re.fullmatch(pattern, change)
            if found is not None:
                files = make(files, *found.groups())
                break
        else:
            raise AssertionError(f"nobody knows how to do this: {change}")
    return files


def _fewer(files: Files, after: str, unit: str, before: str) -> Files:
    return _within(files, unit, rf"replicas {before}\b", f"replicas {after}")


def _less(files: Files, unit: str, amount: str, resource: str) -> Files:
    return _within(files, unit, rf"\b{resource} [0-9.]+\w*", f"{resource} {amount}")


def _fewer_cores(files: Files, unit: str, cores: str) -> Files:
    return _within(files, unit, r"\bcpu [0-9.]+\w*", f"cpu {cores}")


def _within(files: Files, unit: str, pattern: str, text: str) -> Files:
    """A change in the service of a unit, called `app.service@value`."""
    name = unit.partition("@")[0].partition(".")[2]
    start = files.place.index(f"service {name} {{")
    return files._replace(place=files.place[:start] + re.sub(pattern, text, files.place[start:], count=1))


def _hosts(files: Files, count: str, name: str) -> Files:
    document = _read(files.facts)
    for site in document["sites"]:
        like = next((host for host in site["hosts"] if host["name"] == name), None)
        if like is not None:
            number = 1 if count == "one" else int(count)
            site["hosts"] += [like | {"name": f"{name}-more-{n}"} for n in range(number)]
    return files._replace(facts=yaml.safe_dump(document, sort_keys=False))


def _read(text: str) -> Any:
    """The document, times as they were written."""
    return yaml.safe_load(text) | {"observed": "2026-03-02T05:00:00Z"}


def _without(files: Files, clause: str, line: str) -> Files:
    lines = files.place.splitlines(keepends=True)
    assert clause in lines[int(line) - 1]
    lines[int(line) - 1] = lines[int(line) - 1].replace(clause, "")
    return files._replace(place="".join(lines))


def _known(files: Files, fact: str, name: str, value: str) -> Files:
    return _told(files, name, {fact: value})


def _up(files: Files, name: str) -> Files:
    return _told(files, name, {"up": True})


def _told(files: Files, name: str, facts: dict[str, object]) -> Files:
    document = _read(files.facts)
    for host in (host for site in document["sites"] for host in site["hosts"]):
        if host["name"] == name:
            host.update(facts)
    return files._replace(facts=yaml.safe_dump(document, sort_keys=False))


_CHANGES = (
    (r"(\d+) of (\S+) instead of (\d+)", _fewer),
    (r"(\S+) needed (\S+) of (\S+) instead of \S+", _less),
    (r"(\S+) needed (\S+) cores? instead of \S+", _fewer_cores),
    (r"(one) more host like (\S+)", _hosts),
    (r"(\d+) more hosts like (\S+)", _hosts),
    (r"without `(.+)` \(\S+?:(\d+):\d+\)", _without),
    (r"(\w+) of (\S+) >= (\S+)", _known),
    (r"(\S+) were up", _up),
)
