"""Coverage-guided fuzzing of parse, check, lint, format and of how diagnostics are shown, with atheris.

    make fuzz                                       # ten minutes
    python tests/fuzz.py [--seconds N] [--seed N] [--findings DIR]

Every text that the fuzzer makes is read as the root file of a fleet. It must be read without an exception, what is said
of it must show without a control character, and a text without a fault must format to one that means the same, and that
formats to itself. Each way to break this is kept once, as a file in DIR; exit 1 if there is any. A finding that is
mended becomes a golden case.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 3_000
SENTENCES = 300
_PLACE = re.compile(r"^```place[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[A-Za-z][A-Za-z.-]+|[=!<>]=|\d+[A-Za-z%]+")
_FUZZING = "--fuzzing"


def texts() -> Iterator[str]:
    """What to start from: the examples, all that the documentation and the golden cases show, random sentences."""
    from tests.syntax.sentences import sentence

    for path in sorted([*ROOT.glob("examples/*/*.place"), *ROOT.glob("tests/**/*.place")]):
        yield path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/cases/*.md")]):
        yield from _PLACE.findall(path.read_text(encoding="utf-8"))
    yield from map(sentence, range(SENTENCES))


def prepare(folder: Path) -> tuple[Path, Path]:
    """A corpus and a dictionary of the language's words, in the form that libFuzzer reads."""
    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir()
    known: set[str] = set()
    for number, text in enumerate(texts()):
        (corpus / f"{number:05}").write_text(text, encoding="utf-8")
        known.update(_WORD.findall(text))
    words.write_text("".join(f'"{word}"\n' for word in sorted(known)), encoding="ascii")
    return corpus, words


def judge(text: str, folder: Path) -> None:
    """Raises if one of the laws is broken."""
    from placelang.diagnostics import Source, has_errors
    from placelang.format import format_source, same_meaning
    from placelang.parse import parse
    from placelang.render import render
    from tests.verdicts import Judge

    path = folder / "fuzzed.place"
    said, sources = Judge().said(path, text)
    shown = render(said, sources, color=False)
    odd = [c for c in shown if not c.isprintable() and c != "\n"]
    assert not odd, f"shown raw: {odd}"
    source = Source(path.name, text)
    tree, faults = parse(source)
    formatted, _ = format_source(source)
    assert (formatted is None) == has_errors(faults), "a file is formatted if and only if it is read"
    if formatted is not None:
        again, misread = parse(Source(path.name, formatted))
        assert not misread, f"formatted to what is not read:\n{formatted}"
        assert same_meaning(tree, again), f"formatted to what means something else:\n{formatted}"
        assert format_source(Source(path.name, formatted))[0] == formatted, "formats differently twice"


def signature(error: BaseException) -> str:
    """Where it was raised: one finding a place, not one an input."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).stem}:{f.lineno}" for f in reversed(frames[-3:]))


def fuzz(findings: Path, flags: list[str]) -> None:
    """Runs until libFuzzer ends it; its process does not come back from here."""
    import atheris

    (empty := findings / "empty").mkdir(exist_ok=True)
    with atheris.instrument_imports(include=["placelang", "placelang_grammar"]):
        judge("", empty)  # imports all that it uses
    known: set[str] = set()

    def one(data: bytes) -> None:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return
        if "\0" in text:
            return
        try:
            judge(text, empty)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            if (place := signature(error)) not in known:
                known.add(place)
                stem = findings / f"{len(known):03}"
                stem.with_suffix(".place").write_text(text, encoding="utf-8")
                stem.with_suffix(".txt").write_text(traceback.format_exc(), encoding="utf-8")

    atheris.Setup([sys.argv[0], *flags], one)
    atheris.Fuzz()


def main() -> int:
    """Fuzz in a process of its own, then tell what it found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    for old in options.findings.glob("[0-9][0-9][0-9].*"):
        old.unlink()
    with tempfile.TemporaryDirectory() as temporary:
        corpus, words = prepare(Path(temporary))
        flags = [
            f"-max_total_time={options.seconds}",
            f"-seed={options.seed}",
            f"-max_len={LONGEST}",
            f"-dict={words}",
        ]
        flags += [
            "-timeout=20",
            "-rss_limit_mb=4096",
            "-print_final_stats=1",
            f"-artifact_prefix={options.findings}/",
        ]
        command = [sys.executable, __file__, _FUZZING, str(options.findings), *flags, str(corpus)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    told = [line for line in ended.stderr.splitlines() if "cov:" in line or line.startswith(("stat::", "=="))]
    print("\n".join(told[-8:]))
    found = sorted(options.findings.glob("*.txt"))
    for path in found:
        print(f"\n{path}\n{path.read_text(encoding='utf-8')}")
    print(f"{len(found)} findings in {options.seconds} s, seed {options.seed}")
    if ended.returncode:
        print(ended.stderr[-2_000:])
    return int(bool(found) or ended.returncode != 0)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]
    if _FUZZING in sys.argv[1:2]:
        fuzz(Path(sys.argv[2]), sys.argv[3:])
    sys.exit(main())
