"""The translator over CTranslate2, on the real library with weights made here: a dictionary in a transformer."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tiny_translation_model import tiny_translation_model

from pipeline.engines.ctranslate2.translator import (
    DIVIDED_NOTE,
    ENDLESS_NOTE,
    MAX_SEGMENT_CHARS,
    TOO_LONG_NOTE,
    UNTRANSLATED_NOTE,
    CTranslate2Translator,
)
from pipeline.engines.protocols import Passage, Translated
from pipeline.engines.registry import language_support
from pipeline.errors import LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.timeline import Line, Segment, Span
from serve.intake import supported_languages
from serve.profile_loader import load_profile

ENGLISH = {
    "hello": "hola", "my": "mi", "friend": "amigo", "where": "dónde", "are": "estás", "you": "tú", "come": "ven", "Bruno": "Bruno",
    "immediately": ("inmediatamente", "ahora"), "forever": "siempre", "the": "la", "ring": "sortija", "i": "yo", "say": "digo",
    "same": "same", "words": "words", "as": "as", "before": "before", "Zorvan": "Zorvan",
}  # fmt: skip
PORTUGUESE = {"olá": "hello", "meu": "my", "amigo": "friend"}


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(n, Span(n, n + 1.0), text, None) for n, text in enumerate(texts, 1))


def translate(
    engine: CTranslate2Translator, *texts: str, source: str = "en", target: str = "es", terms: Sequence[Term] = ()
) -> Translated:
    return engine.translate(Passage(segments(*texts), brief=FilmContext(terms=tuple(terms))), source=source, target=target)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of two pairs, and one of several languages."""
    models = tmp_path_factory.mktemp("models") / "pairs"
    tiny_translation_model(models / "opus-mt-en-es", ENGLISH)
    tiny_translation_model(models / "opus-mt-pt-en", PORTUGUESE)
    nllb = {"hello": "bonjour", "hola": "bonjour", "my": "mon", "friend": "ami"}
    tags = ("eng_Latn", "spa_Latn", "fra_Latn")
    tiny_translation_model(models / "nllb", nllb, tags=tags, tokenizers=["sentencepiece.bpe.model"], is_prefixed=True)
    return models


@pytest.fixture(scope="module")
def engine(folder: Path) -> CTranslate2Translator:
    return CTranslate2Translator(str(folder))


def test_each_sentence_keeps_its_marks_and_case(engine: CTranslate2Translator) -> None:
    answer = translate(engine, "Hello, my friend!", "- Where are you? - Hello.", "HELLO MY FRIEND!", "hello")
    assert answer.texts == ("Hola, mi amigo!", "- Dónde estás tú? - Hola.", "HOLA MI AMIGO!", "hola")
    assert answer.notes == ()


def test_empty_lines_have_no_text_and_wordless_ones_stay(engine: CTranslate2Translator) -> None:
    assert translate(engine, "", " \n ", "♪ ♪", "Hmm.", "42").texts == (None, None, "♪ ♪", "Hmm.", "42")


def test_a_long_sentence_is_translated_in_parts_and_told(engine: CTranslate2Translator) -> None:
    answer = translate(engine, "Hello.", "My friend " * 90 + ".")
    assert answer.texts[1] is not None and answer.texts[1].casefold().count("mi amigo") == 90
    assert [(note.text, note.lines) for note in answer.notes] == [(DIVIDED_NOTE, (2,))]


def test_a_line_that_is_far_too_long_is_not_translated(engine: CTranslate2Translator) -> None:
    answer = translate(engine, "x" * (MAX_SEGMENT_CHARS + 1), "Hello.")
    assert answer.texts == (None, "Hola.") and [(note.text, note.lines) for note in answer.notes] == [(TOO_LONG_NOTE, (1,))]


def test_a_translation_without_an_end_is_none_and_told(engine: CTranslate2Translator) -> None:
    answer = translate(engine, "Hello.", "My friend forever.", "Hello.")
    assert answer.texts == ("Hola.", None, "Hola.")
    assert [(note.text, note.lines) for note in answer.notes] == [(ENDLESS_NOTE, (2,))]


def test_a_line_that_the_model_leaves_as_it_is_counts_as_untranslated(engine: CTranslate2Translator) -> None:
    answer = translate(engine, "same words as before", "Bruno!")
    assert answer.texts == (None, "Bruno!") and [(note.text, note.lines) for note in answer.notes] == [(UNTRANSLATED_NOTE, (1,))]


def test_a_glossary_settles_a_term(engine: CTranslate2Translator) -> None:
    assert translate(engine, "The ring.").texts == ("La sortija.",)
    assert translate(engine, "The ring.", terms=[Term("ring", "Anillo")]).texts == ("La Anillo.",)


def test_tokens_of_the_model_in_a_subtitle_mean_nothing(engine: CTranslate2Translator) -> None:
    (plain, hostile) = translate(engine, "Hello my friend.", "Hello </s> my friend.").texts
    assert hostile is not None and hostile.endswith("mi amigo.") and plain == "Hola mi amigo."


def test_each_pair_goes_to_the_model_that_has_it(engine: CTranslate2Translator) -> None:
    assert translate(engine, "Olá meu amigo", source="pt-BR", target="en").texts == ("Hello my friend",)
    assert translate(engine, "Hello my friend.", target="fr").texts == ("Bonjour mon ami.",)
    assert translate(engine, "Hola.", source="es-MX", target="fr-CA").texts == ("Bonjour.",)
    assert engine.fingerprints is not None and engine.fingerprints["en→es"] != engine.fingerprints["en→fr"]


def test_a_pair_that_no_model_has_is_refused_in_words(engine: CTranslate2Translator) -> None:
    with pytest.raises(LanguageError, match=r"cannot translate en to de; its models can do .*en→es.*pairs\.txt"):
        translate(engine, "Hello.", target="de")


@pytest.mark.parametrize(("tags", "tokenizer"), [((">>spa<<", ">>por<<"), "source.spm"), (("<2es>", "<2en>"), "spiece.model")])
def test_a_tag_before_the_source_names_the_target(tmp_path: Path, tags: tuple[str, ...], tokenizer: str) -> None:
    tokenizers = ["source.spm", "target.spm"] if tokenizer == "source.spm" else [tokenizer]
    model = tiny_translation_model(tmp_path / "opus-mt-en-roa", ENGLISH, tags=tags, tokenizers=tokenizers)
    found = translate(CTranslate2Translator(str(model)), "Hello my friend.").texts[0]
    assert found is not None and "amigo" in found


def test_shorter_wordings_are_shorter_keep_names_and_come_longest_first(engine: CTranslate2Translator) -> None:
    assert engine.rephrases
    (segment,) = segments("Bruno come immediately.")
    line = Line(segment, "Bruno ven inmediatamente.", "es")
    assert engine.rephrase(line, [0.9, 0.7], source="en") == ("Bruno ven ahora.",)
    assert engine.rephrase(Line(segments("Hello.")[0], "Hola.", "es"), [0.7], source="en") == ()


@pytest.mark.parametrize("is_one_model", [True, False])
def test_a_wording_is_in_the_words_of_the_films_language(tmp_path: Path, is_one_model: bool) -> None:
    """Of a line whose words are of both languages, by a model of each, or by one of both, which is told the language by its tag."""
    if is_one_model:
        tags = ("eng_Latn", "ita_Latn", "spa_Latn")
        words = {"come": ("enseguida", "ahora")}
        tiny_translation_model(tmp_path / "nllb", words, tags=tags, tokenizers=["sentencepiece.bpe.model"], is_prefixed=True)
    else:
        tiny_translation_model(tmp_path / "opus-mt-en-es", {"come": ("enseguida", "ahora")})
        tiny_translation_model(tmp_path / "opus-mt-it-es", {"come": ("enseguida", "luego")})
    engine = CTranslate2Translator(str(tmp_path))
    line = Line(segments("Come.")[0], "Enseguida.", "es")
    assert engine.rephrase(line, [0.6], source="en") == ("Ahora.",)
    assert engine.rephrase(line, [0.6], source="it") == ("Ahora." if is_one_model else "Luego.",)


def test_the_pairs_are_known_before_the_engine_is_built(folder: Path) -> None:
    options = {"ctranslate2": {"model": "pairs", "hub": Hub(folder.parent)}}
    pairs = language_support.find_pairs("ctranslate2", options)
    assert pairs is not None and {("en", "es"), ("pt", "en"), ("en", "fr"), ("es", "fr")} <= pairs and ("en", "de") not in pairs
    assert language_support.find_pairs("ctranslate2") == frozenset(), "no model is named"
    assert language_support.find_pairs("ctranslate2", {"ctranslate2": {"model": "not/here"}}) is None, "it may be on the hub"
    assert language_support.find_targets("pt", translator="ctranslate2", synthesizer="espeak", options=options) == ("en",)


def test_the_service_knows_the_languages_of_the_settings_model(folder: Path) -> None:
    settings = Settings(translator="ctranslate2", translator_model="pairs", models_dir=folder.parent)
    profile = load_profile(settings)
    assert set(supported_languages.list_source_languages(profile)) == {"en", "pt", "es", "fr"}
    supported_languages.require_targets(profile, "en", ["es"], [])
    with pytest.raises(LanguageError, match="ctranslate2 cannot translate from English"):
        supported_languages.require_targets(profile, "en", ["ca"], [])


def test_a_model_that_is_not_there_or_not_converted_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="TRANSLATOR_MODEL"):
        CTranslate2Translator()
    with pytest.raises(ModelMissing, match="there is no model 'opus-mt-en-es'"):
        CTranslate2Translator("opus-mt-en-es", hub=Hub(tmp_path))
    (tmp_path / "opus-mt-en-es").mkdir()
    with pytest.raises(ModelMissing, match="ct2-transformers-converter --copy_files source.spm target.spm"):
        CTranslate2Translator("opus-mt-en-es", hub=Hub(tmp_path))
    (tmp_path / "opus-mt-en-es" / "model.bin").write_bytes(b"nothing")
    with pytest.raises(ModelMissing, match="has no tokenizer"):
        CTranslate2Translator("opus-mt-en-es", hub=Hub(tmp_path))


def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    model = tiny_translation_model(tmp_path / "opus-mt-en-es", ENGLISH)
    (model / "model.bin").write_bytes((model / "model.bin").read_bytes()[:1000])
    with pytest.raises(ModelMissing, match="cannot be used"):
        translate(CTranslate2Translator(str(model)), "Hello.")
    (model / "shared_vocabulary.json").write_text("{")
    with pytest.raises(ModelMissing, match="cannot be used"):
        CTranslate2Translator(str(model))
