"""How many rules of other tools' files have a counterpart, file by file.

python tests/bench/rules.py [KIND FILE...]

Without arguments: the corpus of the tests, and the real files that lie beside the project.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from placelang.diagnostics import Source
from placelang.manifests import import_rules

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "manifests" / "corpus"
GIVEN = ROOT.parent / "shared" / "bench" / "inventories"
FOLDERS = {
    "kubernetes": (CORPUS / "kubernetes", GIVEN / "k8s_apps"),
    "nomad": (CORPUS / "nomad", GIVEN / "nomad"),
    "compose": (CORPUS / "compose", GIVEN / "compose"),
    "horizon": (CORPUS / "horizon", GIVEN / "open_horizon"),
}
ABOUT_HOSTS = frozenset(
    [
        "nodeSelector",
        "nodeAffinity",
        "nodeName",
        "tolerations",
        "podAffinity",
        "podAntiAffinity",
        "topologySpreadConstraints",
        "resources",
        "preferred",
        "minDomains",
        "constraint",
        "constraints",
        "affinity",
        "spread",
        "datacenters",
        "node_pool",
        "driver",
        "device",
        "volume",
        "preferences",
        "max_replicas_per_node",
        "reservations",
        "platform",
        "arch",
        "mode",
        "replicas",
        "count",
        "DaemonSet",
        "type",
        "parallelism",
        "schedulingGates",
        "resourceClaims",
        "runtimeClassName",
        "overhead",
        "priorityClassName",
        "priority",
        "devices",
        "gpus",
        "generic_resources",
    ]
)
"""Rules that say where something may run, how many of it, and what it needs."""


def files() -> Iterator[tuple[str, Path]]:
    if len(sys.argv) > 2:
        yield from ((sys.argv[1], Path(name)) for name in sys.argv[2:])
        return
    for kind, folders in FOLDERS.items():
        for folder in folders:
            yield from ((kind, path) for path in sorted(folder.glob("*")))


def about_hosts(rules: dict[str, int]) -> int:
    return sum(count for rule, count in rules.items() if rule.split()[0] in ABOUT_HOSTS)


def main() -> None:
    total: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for kind, path in files():
        found = import_rules(kind, [Source(path.name, path.read_text("utf-8"))])
        kept, left = dict(found.kept), dict(found.left)
        said, not_said = about_hosts(kept), about_hosts(left)
        rules = sum(kept.values()) + sum(left.values())
        line = f"{kind:10} {path.name[:40]:40} {sum(kept.values()):4} of {rules:4}"
        print(
            f"{line}, of placement {said:3} of {said + not_said:3}" + ("" if found.blocks else "  (refused)")
        )
        total.update(kept=sum(kept.values()), rules=rules, said=said, placement=said + not_said)
        missing.update(left)
    print(
        f"{total['kept']} of {total['rules']} rules have a counterpart ({share(total['kept'], total['rules'])})"
    )
    placed = share(total["said"], total["placement"])
    print(f"of those about placement: {total['said']} of {total['placement']} ({placed})")
    print(
        "most often without one: " + ", ".join(f"{rule} {count}" for rule, count in missing.most_common(12))
    )


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "-"


if __name__ == "__main__":
    main()
