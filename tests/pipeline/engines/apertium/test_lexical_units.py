"""The Apertium stream format."""

from pipeline.engines.apertium.lexical_units import escape_text, find_tags, parse_analyses, unescape_text


def test_an_analysed_stream_gives_surface_forms_and_readings() -> None:
    stream = "^la/el<det><def><f><sg>/lo<prn><pro><p3><f><sg>$ ^lago/lago<n><m><sg>$, ^xyz/*xyz$"
    assert parse_analyses(stream) == [
        ("la", ("el<det><def><f><sg>", "lo<prn><pro><p3><f><sg>")),
        ("lago", ("lago<n><m><sg>",)),
        ("xyz", ("*xyz",)),
    ]
    assert find_tags("lago<n><m><sg>") == ("n", "m", "sg")


def test_an_escaped_slash_separates_no_readings() -> None:
    assert parse_analyses(r"^km\/h/km\/h<n><m><sp>$") == [(r"km\/h", (r"km\/h<n><m><sp>",))]


def test_escaped_text_holds_no_unit() -> None:
    text = "^a/b<c>$ [d] {e} @f *g ~h \\"
    assert parse_analyses(escape_text(text)) == []
    assert unescape_text(escape_text(text)) == text
