"""Results as people, programs and build servers read them: lines of text, JSON and JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from xml.etree import ElementTree as ET

from placelang.cite import cite
from placelang.diagnostics import Source
from placelang.render import printable
from placelang.testing.result import Failure, Result

FORMAT = "placelang/test/1"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text after its `lead`: where it has to be broken to fit, its further parts stand below its first."""

    lead: str
    text: str


def failure_lines(result: Result, sources: Mapping[str, Source]) -> Iterator[Line]:
    """What failed of a test: the expectation as written, what was expected, what is, and why."""
    for failure in result.failures:
        clause = cite(sources, failure.span)
        yield Line("  ", f"{clause.text}  [{clause.at}]")
        yield Line("    expected  ", printable(failure.expected))
        yield Line("    actual    ", printable(failure.actual))
        for number, reason in enumerate(failure.because):
            yield Line("              " if number else "    because   ", printable(reason))


def failure_text(result: Result, sources: Mapping[str, Source]) -> str:
    """The lines as they are, for those who lay out no text."""
    return "\n".join(f"{line.lead}{line.text}" for line in failure_lines(result, sources))


def place(result: Result, sources: Mapping[str, Source]) -> str:
    """`retail.place:94`, where the test begins."""
    span = result.test.span
    return f"{span.path}:{sources[span.path].position(span.start).line}"


def tally(results: Sequence[Result]) -> str:
    """`1 failed, 3 passed`."""
    failed = sum(not result.passed for result in results)
    counts = ((failed, "failed"), (len(results) - failed, "passed"))
    return ", ".join(f"{number} {word}" for number, word in counts if number)


def as_json(results: Sequence[Result], sources: Mapping[str, Source]) -> str:
    """All results as one JSON document; the same results are the same bytes."""
    failed = sum(not result.passed for result in results)
    document = {
        "format": FORMAT,
        "passed": len(results) - failed,
        "failed": failed,
        "tests": [
            {
                "title": result.test.title,
                "file": result.test.span.path,
                "line": sources[result.test.span.path].position(result.test.span.start).line,
                "passed": result.passed,
                "failures": [_failure(failure, sources) for failure in result.failures],
            }
            for result in results
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _failure(failure: Failure, sources: Mapping[str, Source]) -> dict[str, object]:
    start = sources[failure.span.path].position(failure.span.start)
    return {
        "line": start.line,
        "column": start.column,
        "clause": cite(sources, failure.span).text,
        "expected": failure.expected,
        "actual": failure.actual,
        "because": list(failure.because),
    }


def as_junit(results: Sequence[tuple[Result, float]], sources: Mapping[str, Source]) -> str:
    """The results, each with the seconds that it took, as JUnit's XML: one suite a file."""
    root = ET.Element("testsuites", _counts("placelang", results))
    for path in dict.fromkeys(result.test.span.path for result, _ in results):
        of_file = [(r, seconds) for r, seconds in results if r.test.span.path == path]
        suite = ET.SubElement(root, "testsuite", _counts(printable(path), of_file))
        for result, seconds in of_file:
            case = ET.SubElement(suite, "testcase", _case(result, seconds, sources))
            if not result.passed:
                first = result.failures[0]
                message = printable(f"expected {first.expected}, actual {first.actual}")
                failed = ET.SubElement(case, "failure", {"message": message, "type": "expectation"})
                failed.text = failure_text(result, sources)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _counts(name: str, results: Sequence[tuple[Result, float]]) -> dict[str, str]:
    failures = sum(not result.passed for result, _ in results)
    seconds = sum(seconds for _, seconds in results)
    return {
        "name": name,
        "tests": str(len(results)),
        "failures": str(failures),
        "errors": "0",
        "time": f"{seconds:.3f}",
    }


def _case(result: Result, seconds: float, sources: Mapping[str, Source]) -> dict[str, str]:
    span = result.test.span
    return {
        "classname": printable(str(PurePath(span.path).with_suffix("")).replace("/", ".")),
        "name": printable(result.test.title),
        "file": printable(span.path),
        "line": str(sources[span.path].position(span.start).line),
        "time": f"{seconds:.3f}",
    }
