"""What a symbol is, in Markdown, for hover and completion."""

from __future__ import annotations

from placelang.check.scope import Wrong
from placelang.facts import FACTS, METRICS, NOUNS, PROFILE, STATISTICS, FactSpec, MetricSpec
from placelang.lsp.analysis import Analysis
from placelang.lsp.symbols import FUNCTIONS, Symbol, all_mentions
from placelang.lsp.uses import path_to
from placelang.lsp.words import OBJECTIVES
from placelang.syntax import DeviceDeclaration, Name
from placelang.types import Type, show, units_of

_LONGEST = 400


def describe(symbol: Symbol, analysis: Analysis) -> str:
    """Type, unit and meaning, and how it is declared."""
    match symbol.kind:
        case "fact":
            return _fact(symbol, analysis)
        case "constant":
            return _joined(declaration(symbol, analysis), _value(symbol, analysis))
        case "function" if symbol.name in STATISTICS:
            return _joined(_code(f"{symbol.name}(METRIC)"), STATISTICS[symbol.name])
        case "function":
            returns, meaning = FUNCTIONS[symbol.name]
            return _joined(_code(f"{symbol.name}(…): {returns}"), meaning)
        case "metric" | "profile":
            spec: MetricSpec | FactSpec = (METRICS if symbol.kind == "metric" else PROFILE)[symbol.name]
            return _joined(_code(f"{symbol.name}: {spec.type}"), spec.meaning, units(spec.type.name))
        case "noun":
            return _joined(_code(symbol.name), NOUNS[symbol.name])
        case "variant":
            return _joined(
                _code("variant: string"), "which variant of the model that the service serves a replica has"
            )
        case "objective":
            return _joined(_code(symbol.name), OBJECTIVES.get(symbol.name))
        case "type":
            return _joined(_code(symbol.name), units(symbol.name))
        case _:
            return _joined(declaration(symbol, analysis) or _code(f"{symbol.kind} {symbol.name}"))


def spec_of(symbol: Symbol, analysis: Analysis) -> FactSpec | None:
    """The checked form of a fact, None if it was declared with a fault."""
    spec = analysis.names.facts.get(symbol.app or None, {}).get(symbol.noun, {}).get(symbol.name)
    return None if isinstance(spec, Wrong) else spec


def _fact(symbol: Symbol, analysis: Analysis) -> str:
    spec = spec_of(symbol, analysis)
    kind = spec.type if spec else (analysis.names.inventory or {}).get(symbol.noun, {}).get(symbol.name)
    title = _code(f"{symbol.noun}.{symbol.name}" + (f": {kind}" if kind else ""))
    if symbol.name in FACTS.get(symbol.noun, {}):
        meaning = f"{spec.meaning}" if spec else None
        return _joined(title, meaning, units(kind.name) if kind else None)
    written = declaration(symbol, analysis)
    origin = None if written else "a label of the inventory that no file declares"
    return _joined(title, written, origin, units(kind.name) if kind else None)


def _value(symbol: Symbol, analysis: Analysis) -> str | None:
    found = analysis.names.constants.get(symbol.app or None, {}).get(symbol.name)
    if found is None or isinstance(found, Wrong):
        return None
    return f"{found.type} = `{show(found.value, found.type)}`"


def units(kind: str) -> str | None:
    """The units in which a type is written."""
    names = units_of(Type(kind))
    return f"in {' '.join(names)}" if names else None


def declaration(symbol: Symbol, analysis: Analysis) -> str | None:
    """The text that declares a symbol, of most blocks the first line."""
    for mention in all_mentions(analysis):
        if mention.declares and mention.symbol == symbol:
            module = analysis.module(mention.span.path)
            nodes = path_to(module.tree, mention.span.start) if module else ()
            around = [node for node, _ in nodes if not isinstance(node, Name)]
            if module and around:
                start, end = around[-1].span.start, around[-1].span.end
                text = module.source.text[start : min(end, start + _LONGEST)]
                return _code(
                    (text if isinstance(around[-1], DeviceDeclaration) else text.partition("{\n")[0]).strip()
                )
    return None


def _code(text: str) -> str:
    return f"```place\n{text}\n```"


def _joined(*parts: str | None) -> str:
    return "\n\n".join(part for part in parts if part)
