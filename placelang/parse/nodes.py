"""From the values of a rule's symbols to its node: one entry for each rule of the grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from placelang import syntax as s

if TYPE_CHECKING:
    from collections.abc import Callable

    from placelang.diagnostics import Span


def _block(node: Callable[..., object]) -> Callable[..., object]:
    return lambda span, name, *clauses: node(span, name, clauses)


def _run(operator: str) -> Callable[..., object]:
    return lambda span, *operands: s.Logic(span, operator, operands)


def _listed(node: Callable[..., object]) -> Callable[..., object]:
    return lambda span, *items: node(span, items)


def _env(span: Span, unsafe: s.Name | None, *entries: tuple[Span, s.Name, s.Expression]) -> s.Env:
    return s.Env(span, tuple(s.EnvEntry(*entry, unsafe is not None) for entry in entries))


def _health(span: Span, kind: s.Name, *rest: Any) -> s.Health:
    *target, (every, timeout, retries) = rest
    return s.Health(span, kind, tuple(target), every, timeout, retries)


def _window(span: Span, *parts: Any) -> s.Window:
    *days, opens, closes = parts
    return s.Window(span, tuple(days), opens, closes)


def _what(node: Callable[..., object], what: str) -> Callable[..., object]:
    return lambda span, capability=None: node(span, what, capability)


def _scope(span: Span, noun: s.Name, predicate: s.Expression, *clauses: s.PolicyClause) -> s.Scope:
    return s.Scope(span, noun, predicate, clauses)


def _refused(outcome: str) -> Callable[..., object]:
    return lambda span, subject, place, because: s.Expect(
        span, outcome, None, subject, place[0], place[1], because
    )


def _expect(span: Span, outcome: str, *parts: Any) -> s.Expect:
    count, subject, (site, hosts), because = parts
    return s.Expect(span, outcome, count, subject, site, hosts, because)


BUILDERS: dict[str, Callable[..., object]] = {
    "start": lambda _span, *statements: statements,
    "import": s.Import,
    "param": s.Param,
    "let": s.Let,
    "label": s.LabelDeclaration,
    "resource": s.ResourceDeclaration,
    "type": lambda span, name: s.TypeName(span, name, is_list=False),
    "list_type": lambda span, name: s.TypeName(span, name, is_list=True),
    "device": _block(s.DeviceDeclaration),
    "udev": s.UdevRule,
    "optimize": _listed(s.Optimize),
    "objective": s.Objective,
    "app": _block(s.App),
    "service": lambda span, name, *clauses: s.Service(span, name, False, clauses),
    "sidecar": lambda span, name, *clauses: s.Service(span, name, True, clauses),
    "job": _block(s.Job),
    "rollout": _listed(s.Rollout),
    "monitor": _block(s.Monitor),
    "alert": lambda span, when, lasting: s.Rule(span, "alert", None, when, lasting),
    "roll_back": lambda span, when, lasting: s.Rule(span, "roll-back", None, when, lasting),
    "run": lambda span, job, when, lasting: s.Rule(span, "run", job, when, lasting),
    "where": s.Where,
    "spread": s.Spread,
    "at_most_per": s.AtMostPer,
    "at_least": s.AtLeastDifferent,
    "same": s.Same,
    "different": s.Different,
    "link": lambda span, every, service, *bounds: s.Link(span, every is not None, service, bounds),
    "bound": lambda span, fact, relation, limit: s.Bound(span, fact, relation.text, limit),
    "survive": s.Survive,
    "prefer": s.Prefer,
    "replicas": s.Replicas,
    "needs": _listed(s.Needs),
    "need_amount": s.NeedAmount,
    "need_gpu": lambda span, share, *rest: s.NeedGpu(span, share is not None, *rest),
    "need_device": lambda span, shared, *rest: s.NeedDevice(span, shared is not None, *rest),
    "priority": lambda span, value: s.Priority(span, value, at_most=False),
    "image": s.Image,
    "command": _listed(s.Command),
    "tags": _listed(s.Tags),
    "port": s.Port,
    "env": _env,
    "env_entry": lambda span, name, value: (span, name, value),
    "volume": lambda span, path, source, keep, readonly: s.Volume(
        span, path, source, keep is not None, readonly is not None
    ),
    "health": _health,
    "probing": lambda _span, every, timeout, retries: (every, timeout, retries),
    "restart": s.Restart,
    "after": s.After,
    "user": s.User,
    "writable_root": s.WritableRoot,
    "allow_capability": _what(s.Allow, "capability"),
    "allow_host_network": _what(s.Allow, "host-network"),
    "allow_privileged": _what(s.Allow, "privileged"),
    "single": s.Single,
    "serves": _listed(s.Serves),
    "active": s.Active,
    "lasts": s.Lasts,
    "every": lambda span, duration: s.Every(span, duration, ()),
    "every_day": lambda span, *days: s.Every(span, None, days),
    "between": s.Between,
    "by": s.By,
    "retries": s.Retries,
    "window": _window,
    "wave": lambda span, name, size, predicate, healthy, approved: s.Wave(
        span, name, size, predicate, healthy, approved is not None
    ),
    "wave_size": lambda _span, size, _of: size,
    "all_sites": lambda _span: None,
    "at_once": s.AtOnce,
    "proceed": s.Proceed,
    "otherwise": s.Otherwise,
    "policy": _block(s.Policy),
    "scope": _scope,
    "reserve": s.Reserve,
    "at_most_replicas": s.AtMostReplicas,
    "at_most_transfer": s.AtMostTransfer,
    "accept": s.Accept,
    "change_only": s.ChangeOnly,
    "priority_at_most": lambda span, value: s.Priority(span, value, at_most=True),
    "forbid_capability": _what(s.Forbid, "capability"),
    "forbid_host_network": _what(s.Forbid, "host-network"),
    "forbid_privileged": _what(s.Forbid, "privileged"),
    "forbid_writable_root": _what(s.Forbid, "writable-root"),
    "model": _block(s.Model),
    "model_version": s.ModelVersion,
    "providers": _listed(s.Providers),
    "baseline": s.Baseline,
    "retain": s.Retain,
    "shadow": lambda span, share, lasts, *bounds: s.Shadow(span, share, lasts, bounds),
    "canary": lambda span, share, lasts, *bounds: s.Canary(span, share, lasts, bounds),
    "variant": _block(s.Variant),
    "model_file": s.ModelFile,
    "test": _block(s.Test),
    "test_inventory": s.TestInventory,
    "test_running": s.TestRunning,
    "given_state": lambda span, noun, subject, state: s.Given(span, noun, subject, None, state, None),
    "given_fact_state": lambda span, noun, subject, fact, state: s.Given(
        span, noun, subject, fact, state, None
    ),
    "given_value": lambda span, noun, subject, fact, value: s.Given(span, noun, subject, fact, None, value),
    "given_like": s.GivenLike,
    "expect_placed": lambda span, count, *rest: _expect(span, "placed", count, *rest, None),
    "expect_left_out": lambda span, *rest: _expect(span, "left-out", None, *rest),
    "expect_undecided": lambda span, *rest: _expect(span, "undecided", None, *rest),
    "expect_moves": lambda span, relation, limit: s.ExpectMoves(span, relation.text, limit),
    "expected_place": lambda _span, site, hosts: (site, hosts),
    "disjunction": _run("or"),
    "conjunction": _run("and"),
    "negation": s.Not,
    "binary": lambda span, left, operator, right: s.Binary(span, operator.text, operator.span, left, right),
    "negative": s.Negative,
    "member": s.Member,
    "call": lambda span, function, *arguments: s.Call(span, function, arguments),
    "filtered": s.Filtered,
    "true": lambda span: s.Boolean(span, value=True),
    "false": lambda span: s.Boolean(span, value=False),
    "list": _listed(s.ListOf),
    "paren": s.Paren,
}
