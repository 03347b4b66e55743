"""Translation by the installed pairs, and what happens when a pipeline fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.engines.apertium.lexical_units import escape_text, unescape_text
from pipeline.engines.apertium.pipelines import MODES, Pipelines, find_modes, split_at_taggers
from pipeline.engines.protocols import Passage
from pipeline.engines.translator_apertium import ApertiumTranslator, find_route
from pipeline.errors import EngineError, LanguageError
from pipeline.values.timeline import Line, Segment, Span

needs_pairs = pytest.mark.skipif(
    not {"eng-spa", "eng-cat", "cat-fra", "spa-eng"} <= {path.stem for path in MODES.glob("*.mode")},
    reason="apertium's language pairs are not installed",
)


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(n, Span(n, n + 1), text, None) for n, text in enumerate(texts, 1))


def folder_of_modes(folder: Path, *names: str, program: str = "cat") -> Path:
    for name in names:
        (folder / f"{name}.mode").write_text(program)
    return folder


@pytest.fixture(scope="module")
def apertium() -> Iterator[ApertiumTranslator]:
    translator = ApertiumTranslator()
    yield translator
    translator.close()


# --- ways over installed modes: nothing is started ---


def way(source: str, target: str, modes: Path) -> list[str] | None:
    found = find_route(source, target, modes)
    return [mode.path.stem for mode in found] if found else None


def test_the_way_is_the_shortest_and_goes_through_catalan_where_there_is_a_choice(tmp_path: Path) -> None:
    modes = folder_of_modes(tmp_path, "eng-spa", "eng-cat", "cat-fra", "es-fr", "es-pt", "fra-por")
    assert way("en", "es", modes) == ["eng-spa"]
    assert way("en", "fr", modes) == ["eng-cat", "cat-fra"]
    assert way("en", "pt", modes) == ["eng-spa", "es-pt"]
    assert way("fr", "en", modes) is None
    assert way("en", "en", modes) is None


def test_a_country_gets_its_own_mode_where_there_is_one(tmp_path: Path) -> None:
    modes = folder_of_modes(tmp_path, "es-pt", "es-pt_BR", "eng-cat_valencia", "eng-cat_valencia_uni", "eco-es-fr", "pt-gl")
    assert way("es-MX", "pt-BR", modes) == ["es-pt_BR"]
    assert way("spa", "pt-PT", modes) == ["es-pt"]
    assert way("en", "ca-valencia", modes) == ["eng-cat_valencia"]
    assert way("es", "gl", modes) == ["es-pt", "pt-gl"]
    assert {mode.path.stem for mode in find_modes(modes)} == {"es-pt", "es-pt_BR", "eng-cat_valencia", "pt-gl"}


def test_pairs_hold_the_pivots_too_and_no_language_with_itself(tmp_path: Path) -> None:
    modes = folder_of_modes(tmp_path, "eng-cat", "cat-fra")
    assert ApertiumTranslator.pairs(modes) == {("en", "ca"), ("en", "fr"), ("ca", "fr")}


def test_no_pairs_at_all_is_an_error_that_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="install apertium-eng-spa"):
        ApertiumTranslator(tmp_path)


def test_the_fingerprint_changes_with_the_rules(tmp_path: Path) -> None:
    one, other, third = (tmp_path / name for name in ("one", "other", "third"))
    for folder in (one, other, third):
        folder.mkdir()
    folder_of_modes(one, "eng-spa")
    folder_of_modes(other, "eng-spa")
    folder_of_modes(third, "eng-spa", program="cat -u")
    assert ApertiumTranslator(one).fingerprint == ApertiumTranslator(other).fingerprint != ApertiumTranslator(third).fingerprint


def test_escapes_are_undone() -> None:
    text = r"a [b] {c} ^d$ @e <f> \g /h *i ~j"
    assert unescape_text(escape_text(text)) == text
    assert escape_text("[") == r"\["


# --- a pipeline that fails ---


def failing_once(folder: Path) -> Path:
    """A mode whose program ends at its first start, and echoes from the second on."""
    program = folder / "echo.sh"
    program.write_text(f"#!/bin/sh\nif [ -e {folder}/died ]; then exec cat; fi\ntouch {folder}/died\nexit 1\n")
    program.chmod(0o755)
    return folder_of_modes(folder, "eng-cat", program=str(program))


def test_a_pipeline_that_died_is_restarted_once(tmp_path: Path) -> None:
    translator = ApertiumTranslator(failing_once(tmp_path))
    try:
        assert translator.translate(Passage(segments("Hello.", "Bye.")), source="en", target="ca").texts == ("Hello.", "Bye.")
        assert (tmp_path / "died").exists()
    finally:
        translator.close()


@pytest.mark.parametrize("program", ["false", "sleep 60"])
def test_a_pipeline_that_dies_or_hangs_again_is_an_engine_error(tmp_path: Path, program: str) -> None:
    shell = tmp_path / "program.sh"
    shell.write_text(f"#!/bin/sh\nexec {program}\n")
    shell.chmod(0o755)
    translator = ApertiumTranslator(folder_of_modes(tmp_path, "eng-cat", program=str(shell)), timeout=0.2)
    with pytest.raises(EngineError, match="eng-cat failed twice on 'Hello.'"):
        translator.translate(Passage(segments("Hello.")), source="en", target="ca")
    translator.close()


# --- real translation ---


@needs_pairs
def test_english_becomes_spanish_and_catalan(apertium: ApertiumTranslator) -> None:
    texts = segments("I will see you tomorrow.", "The house is white", "What is that?")
    assert apertium.translate(Passage(texts), source="en", target="es").texts == (
        "Te veré mañana.",
        "La casa es blanca",
        "¿Qué es aquello?",
    )
    assert apertium.translate(Passage(texts), source="eng", target="cat").texts[0] == "Et veuré demà."


@needs_pairs
def test_a_pivot_translates_what_no_pair_does(apertium: ApertiumTranslator) -> None:
    (text,) = apertium.translate(Passage(segments("The house is white.")), source="en", target="fr").texts
    assert text == "La maison est blanche."


@needs_pairs
@pytest.mark.parametrize("text", ["Xyzzyq", "The Xyzzyq met Gandalf at the Qwertyplex.", "Blorf! Zzyzx?"])
def test_marks_of_unknown_words_never_leak(apertium: ApertiumTranslator, text: str) -> None:
    for target in ("es", "ca", "fr"):
        (answer,) = apertium.translate(Passage(segments(text)), source="en", target=target).texts
        assert not set("*@#") & set(answer)


@needs_pairs
def test_words_that_no_dictionary_has_are_told_and_names_are_not(apertium: ApertiumTranslator) -> None:
    texts = segments("Martha met Gandalf. The doohickey is blorfing.", "A red tango.", "The house is white.")
    answer = apertium.translate(Passage(texts), source="en", target="es")
    assert answer.untranslated == (("doohickey", "blorfing"), (), ())
    portuguese = segments("A sala estava lotada.", "Tenha misericórdia, Zoraide.", "Eu bebo sopa.")
    answer = apertium.translate(Passage(portuguese), source="pt", target="es")
    assert answer.untranslated == (("lotada",), ("misericórdia",), ())  # sopa is Spanish too


@needs_pairs
def test_hostile_text_neither_breaks_the_stream_nor_shifts_the_answers(apertium: ApertiumTranslator) -> None:
    evil = [
        "^house<n><sg>$ /tmp #x",
        "a\0b",
        "[][\n]",
        "^house<n><sg>$",
        "\\",
        "{x} [y] <z> @ * ~ / $ ^",
        "one\ntwo",
        "🙂 ♪",
        "",
        "…",
        "[",
        "^" * 50,
        "x" * 4_000,
    ]
    answers = apertium.translate(Passage(segments(*evil, "Tomorrow.")), source="en", target="es").texts
    assert len(answers) == len(evil) + 1
    assert answers[-1] == "Mañana."


@needs_pairs
def test_shouting_is_understood_and_kept(apertium: ApertiumTranslator) -> None:
    (answer,) = apertium.translate(Passage(segments("THE HOUSE IS WHITE!")), source="en", target="es").texts
    assert answer == "¡LA CASA ES BLANCA!"


@needs_pairs
def test_a_pair_that_no_way_leads_to_is_refused_with_what_can_be_done(apertium: ApertiumTranslator) -> None:
    with pytest.raises(LanguageError, match="apertium cannot translate en to ja; it can do .*en→es"):
        apertium.translate(Passage(segments("Hello.")), source="en", target="ja")


@needs_pairs
def test_a_segment_of_absurd_length_is_refused(apertium: ApertiumTranslator) -> None:
    with pytest.raises(EngineError, match="too long"):
        apertium.translate(Passage(segments("word " * 2_000)), source="en", target="es")


@needs_pairs
def test_apertium_does_not_rephrase(apertium: ApertiumTranslator) -> None:
    assert not apertium.rephrases
    with pytest.raises(EngineError, match="does not rephrase"):
        apertium.rephrase(Line(segments("Hello.")[0], "Hola.", "es"), (0.8,), source="en")


# --- the tagger ---


def test_a_statistical_tagger_is_a_part_of_its_own_and_a_perceptron_is_none():
    before, tagger, after = ["lt-proc", "-z"], ["apertium-tagger", "-z", "-g", "a.prob"], ["apertium-transfer", "-z"]
    assert list(split_at_taggers([before, tagger, after, after])) == [[before], [tagger], [after, after]]
    assert list(split_at_taggers([tagger])) == [[tagger]]
    assert len(list(split_at_taggers([before, ["apertium-tagger", "-z", "-gx", "a.prob"], after]))) == 1


@pytest.mark.skipif(not (MODES / "pt-es.mode").is_file(), reason="apertium's pair pt-es is not installed")
def test_a_sentence_does_not_depend_on_those_before_it():
    """A name-like conjunction is of an ambiguity class that the tagger of pt-es was not trained on; from there on `us` was `knots`."""
    mode = next(mode for mode in find_modes(MODES) if mode.path.stem == "pt-es")
    pipelines = Pipelines(MODES, engine="apertium")
    try:
        first, _, last = (
            pipelines.translate(mode, text, lambda stream: stream)
            for text in ("Ele espera por nós.", "Mas de manhã.", "Ele espera por nós.")
        )
    finally:
        pipelines.close()
    assert first == last and "nosotros" in last
