"""Random small fleets of which much is unknown, and random expressions over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from placelang import expressions as e
from placelang.diagnostics import Span
from placelang.program import Derived, DeviceSpec, LabelSpec, Program
from placelang.types import BOOL, BYTES, NUMBER, STRING, STRINGS, VERSION, Type, Value, Version
from tests.evaluate.reference import Thing

HERE = Span("case.place", 0, 1)
TEXTS = ["a", "b", "ab", ""]
VERSIONS = ["1.2", "1.2.0", "1.10", "2", "x"]
VALUES: dict[Type, list[Any]] = {
    STRING: TEXTS,
    BOOL: [True, False],
    NUMBER: [0, 1, 2.5, 4],
    BYTES: ["0B", "1B", "2B", "4B"],
    VERSION: VERSIONS,
    STRINGS: [[], ["a"], ["a", "ab"]],
}
"""What is written in an inventory, by type."""

WRITTEN: dict[str, dict[str, Type]] = {
    "site": {"country": STRING, "tags": STRINGS},
    "host": {"arch": STRING, "memory": BYTES, "disk": BYTES, "cores": NUMBER, "kernel": VERSION, "up": BOOL},
    "gpu": {"model": STRING, "memory": BYTES, "compute": VERSION},
    "device": {"kind": STRING, "path": STRING},
}
LABELS: dict[str, dict[str, Type]] = {
    "site": {"label-closed": BOOL, "label-level": NUMBER},
    "host": {"label-role": STRING, "label-shift": NUMBER},
    "gpu": {"label-old": BOOL},
    "device": {},
}
SETS = {"site": ["hosts"], "host": ["gpus", "devices"], "gpu": [], "device": []}
INSIDE = {"site": ("host", "gpu", "device"), "host": ("gpu", "device"), "gpu": (), "device": ()}
AROUND = {
    "site": ("site",),
    "host": ("host", "site"),
    "gpu": ("gpu", "host", "site"),
    "device": ("device", "host", "site"),
}


def random_thing(random: Random, noun: str, name: str) -> dict[str, Any]:
    """A thing as it is written; missing facts are unknown."""
    written: dict[str, Any] = {"name": name} if noun in ("site", "host") else {}
    for fact, kind in WRITTEN[noun].items():
        found = random.choice([None, *VALUES[kind]])
        if fact == "cores":
            written["cpu"] = {"cores": found}
        else:
            written[fact] = found
    written["labels"] = {
        label: random.choice([None, *([-1] * (kind == NUMBER)), *VALUES[kind]])
        for label, kind in LABELS[noun].items()
    }
    for members in SETS[noun]:
        inner = members.removesuffix("s")
        found = [random_thing(random, inner, f"{name}-{at}") for at in range(random.randint(0, 3))]
        match random.choice(["known", "known", "partly", "unknown"]):
            case "known":
                written[members] = found
            case "partly":
                written[members] = {"value": found, "complete": False}
    return written


def random_fleet(random: Random) -> dict[str, Any]:
    """An inventory's document."""
    return {"sites": [random_thing(random, "site", f"s{at}") for at in range(random.randint(1, 4))]}


def thing_of(written: dict[str, Any], noun: str, parent: Thing | None) -> Thing:
    """What the reference makes of a thing as it is written."""
    facts: dict[str, Any] = {"name": written.get("name")}
    for fact, kind in WRITTEN[noun].items():
        found = (written.get("cpu") or {}).get("cores") if fact == "cores" else written.get(fact)
        facts["cpu.cores" if fact == "cores" else fact] = typed(found, kind)
    for label in LABELS[noun]:
        facts[label] = written["labels"][label]
    thing = Thing(noun, str(written.get("name")), facts, parent)
    for members in SETS[noun]:
        found = written.get(members)
        listed = found["value"] if isinstance(found, dict) else found or []
        inner = [thing_of(member, members.removesuffix("s"), thing) for member in listed]
        thing.sets[members] = inner, isinstance(found, list)
    return thing


def typed(written: Any, kind: Type) -> Any:
    if written is None:
        return None
    if kind == BYTES:
        return float(written.removesuffix("B"))
    return Version.of(written) if kind == VERSION else tuple(written) if kind == STRINGS else written


def program(derived: tuple[Derived, ...] = ()) -> Program:
    """The declarations of these fleets' labels and devices."""
    labels = [
        LabelSpec(noun, name, kind, None, None, None, HERE)
        for noun, named in LABELS.items()
        for name, kind in named.items()
    ]
    return Program((), {}, tuple(labels), (), (DeviceSpec("a", (), HERE),), derived, (), (), ())


FACTS: dict[str, dict[str, Type]] = {
    noun: {("cpu.cores" if name == "cores" else name): kind for name, kind in facts.items()} | LABELS[noun]
    for noun, facts in WRITTEN.items()
}
FACTS["host"] |= {"device.a": NUMBER, "name": STRING}
FACTS["site"] |= {"name": STRING}


@dataclass(frozen=True)
class Expressions:
    """Random expressions over the `facts` of each noun, with or without divisions."""

    random: Random
    facts: dict[str, dict[str, Type]]
    divided: bool

    def make(  # noqa: C901, PLR0912 - one arm for each form
        self, kind: Type, noun: str, depth: int = 4
    ) -> e.Expr:
        """An expression of type `kind` over `noun`."""
        if depth == 0 or self.random.random() < 0.1:
            return self.leaf(kind, noun)
        options = ["default", *FORMS.get(kind, ()), *(QUANTIFIED.get(kind, ()) if INSIDE[noun] else ())]
        form = self.random.choice(options)

        def inner(kind: Type, noun: str = noun) -> e.Expr:
            return self.make(kind, noun, depth - 1)

        match form:
            case "default":
                return e.Default(kind, HERE, inner(kind), inner(kind))
            case "compare":
                of = self.random.choice([STRING, BOOL, NUMBER, NUMBER, BYTES, VERSION])
                operators = OPERATORS[:2] if of in (STRING, BOOL) else OPERATORS
                return e.Comparison(BOOL, HERE, self.random.choice(operators), inner(of), inner(of))
            case "in":
                return self.membership(inner)
            case "~":
                return e.Match(BOOL, HERE, inner(STRING), self.random.choice(["a", "^b", "^$", "b$"]))
            case "not":
                return e.Not(BOOL, HERE, inner(BOOL))
            case "and":
                return e.And(BOOL, HERE, tuple(inner(BOOL) for _ in range(self.random.randint(2, 3))))
            case "or":
                return e.Or(BOOL, HERE, tuple(inner(BOOL) for _ in range(self.random.randint(2, 3))))
            case "known":
                return e.Known(BOOL, HERE, inner(self.random.choice(list(VALUES))))
            case "negate":
                return e.Negate(kind, HERE, inner(kind))
            case "+" | "-":
                return e.Arithmetic(kind, HERE, form, inner(kind), inner(kind))
            case "*" | "/":
                operator = form if self.divided else "*"
                return e.Arithmetic(kind, HERE, operator, inner(kind), inner(NUMBER))
            case "template":
                kinds = self.random.choices([STRING, NUMBER, BOOL, VERSION], k=self.random.randint(1, 3))
                return e.Template(STRING, HERE, tuple(inner(kind) for kind in kinds))
        members = self.random.choice(INSIDE[noun])
        summed = inner(kind, members) if form == "sum" else None
        return e.Quantified(kind, HERE, form, members, inner(BOOL, members), summed)

    def leaf(self, kind: Type, noun: str) -> e.Expr:
        """A fact of the noun or of one around it, or a constant."""
        facts = [
            e.Fact(kind, HERE, around, name)
            for around in AROUND[noun]
            for name, found in self.facts[around].items()
            if found == kind
        ]
        if facts and self.random.random() < 0.75:
            return self.random.choice(facts)
        return e.Constant(kind, HERE, constant(self.random.choice(VALUES[kind]), kind))

    def membership(self, inner: Callable[[Type], e.Expr]) -> e.Expr:
        """An item in a list that is a fact, or in a constant list."""
        kind = self.random.choice([STRING, NUMBER, BOOL, VERSION])
        if kind == STRING and self.random.random() < 0.5:
            return e.Membership(BOOL, HERE, inner(STRING), inner(STRINGS))
        values = [
            constant(value, kind) for value in self.random.choices(VALUES[kind], k=self.random.randint(0, 3))
        ]
        return e.Membership(BOOL, HERE, inner(kind), e.Constant(Type("list", kind), HERE, tuple(values)))


def constant(written: Any, kind: Type) -> Value:
    found: Value = float(written) if kind == NUMBER else typed(written, kind)
    return found


OPERATORS = ["==", "!=", "<", "<=", ">", ">="]
ARITHMETIC = ("negate", "+", "-", "*", "/")
FORMS: dict[Type, tuple[str, ...]] = {
    BOOL: ("compare", "compare", "in", "~", "not", "and", "or", "known"),
    NUMBER: ARITHMETIC,
    BYTES: ARITHMETIC,
    STRING: ("template",),
}
QUANTIFIED: dict[Type, tuple[str, ...]] = {
    BOOL: ("any", "all") * 2,
    NUMBER: ("count", "sum") * 3,
    BYTES: ("sum",) * 3,
}
