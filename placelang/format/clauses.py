"""From clauses to documents: one entry for each kind of clause that is no block.

An entry gives the clause's head, which neighbours may be aligned by, and what follows it. A phrase such as `at most 1
per host` has an empty head.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from placelang import syntax as s
from placelang.format.document import Document
from placelang.format.expressions import expression, listed

Clause = tuple[str, Document]
Write = Callable[[s.Expression], Document]


def clause(node: Any, text: str) -> Clause:
    """Head and rest of a clause; literals are taken from the source text as they are."""
    return _FORMS[type(node)](node, lambda e: expression(e, text))


def phrase(node: Any, text: str) -> Document:
    """A clause in one piece."""
    head, rest = clause(node, text)
    return (f"{head} ", rest) if head else rest


def _optional(word: str, value: s.Expression | None, write: Write) -> Document:
    return "" if value is None else (f" {word} ", write(value))


def _names(names: tuple[s.Name, ...]) -> Document:
    return listed([name.text for name in names])


def _prefer(n: s.Prefer, e: Write) -> Clause:
    head, rest = _FORMS[type(n.constraint)](n.constraint, e)
    return "prefer", (f"{head} " if head else "", rest, _optional("weight", n.weight, e))


def _need(n: s.Need, e: Write) -> Document:
    match n:
        case s.NeedAmount():
            return n.resource.text, " ", e(n.amount)
        case s.NeedGpu():
            return "gpu ", "share " if n.share else "", e(n.amount), _optional("where", n.predicate, e)
        case s.NeedDevice():
            start = f"{'shared ' if n.shared else ''}device {n.device.text}"
            return start, "" if n.count is None else (" ", e(n.count)), _optional("where", n.predicate, e)


def _replicas(n: s.Replicas, e: Write) -> Clause:
    high: Document = "" if n.high is None else ("..", e(n.high))
    return "replicas", (e(n.low), high, f" per {n.per.text}" if n.per else "")


def _link(n: s.Link, e: Write) -> Clause:
    bounds: list[Document] = [(f"{b.fact.text} {b.operator} ", e(b.limit)) for b in n.bounds]
    return "link", ("every " if n.every else "", n.service.text, " ", listed(bounds))


def _trial(word: str, n: s.Shadow | s.Canary, e: Write) -> Clause:
    bounds: list[Document] = [(f"{b.fact.text} {b.operator} ", e(b.limit)) for b in n.bounds]
    tried: Document = (e(n.share), " for ", e(n.lasts))
    return word, listed([tried, *bounds])


def _env(n: s.Env, e: Write) -> Clause:
    entries = listed([(f"{entry.name.text} = ", e(entry.value)) for entry in n.entries])
    return ("", ("unsafe env ", entries)) if any(entry.unsafe for entry in n.entries) else ("env", entries)


def _health(n: s.Health, e: Write) -> Clause:
    target = [e(part) for part in n.target]
    shown: Document = (
        listed(target) if n.kind.text == "exec" else tuple(p for t in target for p in (" ", t))[1:]
    )
    probing = (
        _optional("every", n.every, e),
        _optional("timeout", n.timeout, e),
        _optional("retries", n.retries, e),
    )
    return "health", (f"{n.kind.text} ", shown, *probing)


def _what(what: str, capability: s.Name | None) -> str:
    return f"capability {capability.text}" if capability else what.replace("-", " ")


def _window(w: s.Window) -> Document:
    days: Document = (_names(w.days), " ") if w.days else ""
    return days, "between ", _hours(w)


def _hours(w: s.Window) -> str:
    return f"{_time(w.opens)} and {_time(w.closes)}"


def _time(t: s.Time) -> str:
    return f"{t.minutes // 60:02}:{t.minutes % 60:02}"


def _between(n: s.Between, _e: Write) -> Clause:
    return ("", _window(n.window)) if n.window.days else ("between", _hours(n.window))


def _every(n: s.Every, e: Write) -> Clause:
    return "every", e(n.duration) if n.duration is not None else _names(n.days)


def _wave(n: s.Wave, e: Write) -> Clause:
    percent = isinstance(n.size, s.Quantity) and n.size.unit == "%"
    size: Document = "all" if n.size is None else (e(n.size), " of" if percent else "")
    options: list[Document] = [(size, " sites", _optional("where", n.predicate, e))]
    if n.healthy is not None:
        options.append(("healthy for ", e(n.healthy)))
    if n.approved:
        options.append("approved")
    return f"wave {n.name.text}:", listed(options)


def _at_once(n: s.AtOnce, e: Write) -> Clause:
    per = f" per {n.per.text}" if n.per else ""
    return "", ("at most ", e(n.count), f" {n.noun.text}{per} at once")


def _rule(n: s.Rule, e: Write) -> Clause:
    action = f"run {n.job.text}" if n.job else n.action.replace("-", " ")
    return action, ("when ", e(n.when), _optional("for", n.lasting, e))


def _change_only(n: s.ChangeOnly, _e: Write) -> Clause:
    except_for = f" except {n.first_closed} to {n.last_closed}" if n.first_closed else ""
    return "", ("change only ", _window(n.window), except_for)


def _param(n: s.Param, e: Write) -> Clause:
    kind: Document = (": ", _type(n.type)) if n.type else ""
    return "", (f"param {n.name.text}", kind, _optional("in", n.choices, e), _optional("=", n.default, e))


def _label(n: s.LabelDeclaration, e: Write) -> Clause:
    values = (_optional("in", n.choices, e), _optional("=", n.default, e), _optional("from", n.external, e))
    return "", (f"label {n.name.text}: {_type(n.type)}", *values)


def _type(t: s.TypeName) -> str:
    return f"[{t.name.text}]" if t.is_list else t.name.text


def _optimize(n: s.Optimize, _e: Write) -> Clause:
    return "", "optimize " + ", ".join(
        " ".join(p.text for p in (o.name, o.resource) if p) for o in n.objectives
    )


def _given(n: s.Given, e: Write) -> Clause:
    fact = f" {n.fact.text}" if n.fact else ""
    rest: Document = f" is {n.state.text}" if n.state else _optional("=", n.value, e)
    return "given", (f"{n.noun.text} ", e(n.subject), fact, rest)


def _expect(n: s.Expect, e: Write) -> Clause:
    outcome = {"placed": "", "left-out": "left out ", "undecided": "undecided "}[n.outcome]
    count: Document = "" if n.count is None else (e(n.count), " ")
    place = (_optional("in site", n.site, e), _optional("on hosts where", n.hosts, e))
    return "expect", (outcome, count, n.subject.text, *place, _optional("because", n.because, e))


def _volume(n: s.Volume, e: Write) -> Clause:
    flags = (" keep" if n.keep else "", " readonly" if n.readonly else "")
    return "volume", (e(n.path), _optional("from", n.source, e), *flags)


_FORMS: dict[type, Callable[[Any, Write], Clause]] = {
    s.Import: lambda n, e: ("", ("import ", e(n.path))),
    s.Param: _param,
    s.Let: lambda n, e: ("", (f"let {n.name.text} = ", e(n.value))),
    s.LabelDeclaration: _label,
    s.ResourceDeclaration: lambda n, _e: ("", f"resource {n.name.text}: {_type(n.type)}"),
    s.UdevRule: lambda n, e: ("", ("udev ", e(n.rule))),
    s.Optimize: _optimize,
    s.Where: lambda n, e: (n.noun.text, ("where ", e(n.predicate))),
    s.Spread: lambda n, e: ("", (f"spread over {n.over.text}", _optional("skew", n.skew, e))),
    s.AtMostPer: lambda n, e: ("", ("at most ", e(n.count), f" per {n.per.text}")),
    s.AtLeastDifferent: lambda n, e: ("", ("at least ", e(n.count), f" different {n.key.text}")),
    s.Same: lambda n, _e: ("", f"same {n.key.text} as {n.service.text}"),
    s.Different: lambda n, _e: ("", f"different {n.key.text} than {n.service.text}"),
    s.Link: _link,
    s.Survive: lambda n, e: ("", ("survive ", e(n.count), f" {n.of.text}")),
    s.Reserve: lambda n, e: ("", (f"reserve {n.resource.text} ", e(n.amount))),
    s.Prefer: _prefer,
    s.Replicas: _replicas,
    s.Needs: lambda n, e: ("needs", listed([_need(need, e) for need in n.items])),
    s.Priority: lambda n, e: ("priority", ("at most " if n.at_most else "", e(n.value))),
    s.Image: lambda n, e: ("image", e(n.reference)),
    s.Command: lambda n, e: ("command", listed([e(argument) for argument in n.arguments])),
    s.Tags: lambda n, e: ("tags", listed([e(tag) for tag in n.tags])),
    s.Port: lambda n, e: ("port", (e(n.host), _optional("to", n.container, e))),
    s.Env: _env,
    s.Volume: _volume,
    s.Health: _health,
    s.Restart: lambda n, _e: ("restart", n.mode.text),
    s.After: lambda n, _e: ("after", n.service.text),
    s.User: lambda n, e: ("user", e(n.user)),
    s.WritableRoot: lambda _n, _e: ("", "writable root"),
    s.Allow: lambda n, _e: ("", f"allow {_what(n.what, n.capability)}"),
    s.Single: lambda _n, _e: ("", "single"),
    s.Serves: lambda n, _e: ("serves", _names(n.models)),
    s.Active: lambda n, _e: ("active", _window(n.window)),
    s.Lasts: lambda n, e: ("lasts", e(n.duration)),
    s.Every: _every,
    s.Between: _between,
    s.By: lambda n, _e: ("by", _time(n.time)),
    s.Retries: lambda n, e: ("retries", e(n.count)),
    s.Wave: _wave,
    s.AtOnce: _at_once,
    s.Proceed: lambda n, e: ("", ("proceed when healthy for ", e(n.healthy))),
    s.Otherwise: lambda _n, _e: ("", "otherwise roll back"),
    s.Rule: _rule,
    s.AtMostReplicas: lambda n, e: ("", ("at most ", e(n.count), " replicas")),
    s.AtMostTransfer: lambda n, e: ("", ("at most ", e(n.amount), f" per {n.per.text}")),
    s.Accept: lambda n, e: ("", ("accept services where ", e(n.predicate))),
    s.ChangeOnly: _change_only,
    s.Forbid: lambda n, _e: ("", f"forbid {_what(n.what, n.capability)}"),
    s.ModelFile: lambda n, e: ("file", e(n.path)),
    s.ModelVersion: lambda n, e: ("version", e(n.version)),
    s.Providers: lambda n, _e: ("providers", _names(n.providers)),
    s.Baseline: lambda n, e: ("baseline", e(n.path)),
    s.Retain: lambda n, e: ("retain", e(n.count)),
    s.Shadow: partial(_trial, "shadow"),
    s.Canary: partial(_trial, "canary"),
    s.TestInventory: lambda n, e: ("", ("inventory ", e(n.path))),
    s.TestRunning: lambda n, e: ("", ("running ", e(n.path))),
    s.Given: _given,
    s.GivenLike: lambda n, e: ("given", (f"{n.noun.text} ", e(n.subject), " like ", e(n.model))),
    s.Expect: _expect,
    s.ExpectMoves: lambda n, e: ("expect", (f"moves {n.operator} ", e(n.limit))),
}
