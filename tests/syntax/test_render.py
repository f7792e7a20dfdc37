from __future__ import annotations

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Label, Severity, Source, Span
from placelang.render import WIDTH, printable, render

FIRST = Source("first.place", "app a {\n\tlet näme = 日本 + x\n}\n\n\nlet end = 1\n")
SECOND = Source("dir/second.place", "let x = 1\n")


def shown(
    *diagnostics: Diagnostic, color: bool = False, sources: tuple[Source, ...] = (FIRST, SECOND)
) -> str:
    return render(diagnostics, {source.path: source for source in sources}, color=color)


def span(text: str, source: Source = FIRST) -> Span:
    start = source.text.index(text)
    return Span(source.path, start, start + len(text))


def test_labels_in_other_lines_and_files_are_shown_with_their_own_marks() -> None:
    diagnostic = Diagnostic(
        Code.DUPLICATE,
        "two of one name",
        span("end"),
        (Label(span("app"), "in this app"), Label(span("x", SECOND), "and here")),
        ("a note",),
        "rename one",
    )
    assert shown(diagnostic) == (
        "error[duplicate]: two of one name\n"
        " --> first.place:6:5\n"
        "  |\n"
        "1 | app a {\n"
        "  | --- in this app\n"
        "...\n"
        "6 | let end = 1\n"
        "  |     ^^^\n"
        " ::: dir/second.place:1:5\n"
        "  |\n"
        "1 | let x = 1\n"
        "  |     - and here\n"
        "  = note: a note\n"
        "  = hint: rename one\n"
    )


def test_marks_stand_under_wide_characters_and_behind_tabs() -> None:
    assert shown(Diagnostic(Code.SYNTAX, "m", span("本 +"))).splitlines()[3:] == [
        "2 |     let näme = 日本 + x",
        "  |                  ^^^^",
    ]


def test_a_warning_has_its_own_word_and_mark() -> None:
    lines = shown(Diagnostic(Code.SYNTAX, "m", span("end"), severity=Severity.WARNING)).splitlines()
    assert lines[0] == "warning[syntax]: m"
    assert lines[-1].strip(" |") == "~~~"


def test_a_long_line_is_cut_around_its_mark() -> None:
    source = Source("a", "x" * 500 + "HERE" + "y" * 500)
    _, _, _, line, marks = shown(
        Diagnostic(Code.SYNTAX, "m", Span("a", 500, 504)), sources=(source,)
    ).splitlines()
    assert len(line) <= WIDTH + 10
    assert line[marks.index("^") : marks.rindex("^") + 1] == "HERE"
    assert line.count("…") == 2


def test_a_span_over_several_lines_is_marked_on_its_first() -> None:
    assert shown(Diagnostic(Code.SYNTAX, "m", Span("first.place", 0, 30))).splitlines()[3:] == [
        "1 | app a {",
        "  | ^^^^^^^",
    ]


def test_an_empty_span_and_one_beyond_the_end_have_a_mark() -> None:
    for start in (7, len(FIRST.text), len(FIRST.text) + 10):
        assert shown(Diagnostic(Code.SYNTAX, "m", Span("first.place", start, start))).rstrip().endswith("^")


def test_what_has_no_text_is_told_by_its_path() -> None:
    assert shown(Diagnostic(Code.UNREADABLE, "m", path="x/y")) == "error[unreadable]: m\n --> x/y\n"
    assert shown(Diagnostic(Code.UNREADABLE, "m")) == "error[unreadable]: m\n"
    assert (
        shown(Diagnostic(Code.UNREADABLE, "m", Span("unknown", 3, 4)))
        == "error[unreadable]: m\n --> unknown\n"
    )


def test_nothing_reaches_the_terminal_raw() -> None:
    evil = "\x1b[31m\x9b\u202e\u2066\ud800\x7f\x00\r"
    source = Source(evil, f"let x = '{evil}'")
    diagnostic = Diagnostic(
        Code.SYNTAX, evil, Span(evil, 4, 5), (Label(Span(evil, 0, 3), evil),), (evil,), evil
    )
    out = shown(diagnostic, sources=(source,))
    assert all(character == "\n" or character.isprintable() for character in out)
    assert r"\x1b[31m\x9b\u202e\u2066\ud800\x7f\x00\r" in out


def test_printable_keeps_what_can_be_seen() -> None:
    assert printable("aé日\t…") == "aé日    …"


def test_colour_adds_escapes_and_changes_nothing_else() -> None:
    diagnostic = Diagnostic(Code.SYNTAX, "m", span("end"), (Label(span("app"), "l"),), ("n",), "h")
    painted = shown(diagnostic, color=True)
    assert "\x1b[1;31m" in painted
    plain = painted
    for code in ("0", "1", "1;31", "1;33", "1;34"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == shown(diagnostic)


def test_diagnostics_are_parted_by_a_blank_line() -> None:
    one = Diagnostic(Code.UNREADABLE, "m", path="a")
    assert shown(one, one) == shown(one) + "\n" + shown(one)
    assert shown() == ""
