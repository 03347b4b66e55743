"""Neural translation with real weights: what is kept, what is split, and how good the default is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_models import model_folder

from pipeline.engines.apertium.pipelines import MODES
from pipeline.engines.bergamot import spanish_post_editing
from pipeline.engines.protocols import Passage
from pipeline.engines.translator_apertium import ApertiumTranslator
from pipeline.engines.translator_bergamot import BergamotTranslator
from pipeline.errors import EngineError, LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.timeline import Line, Segment, Span

LINES = Path(__file__).parent / "bergamot"
needs_pairs = pytest.mark.skipif(
    not {"eng-spa", "pt-es"} <= {path.stem for path in MODES.glob("*.mode")}, reason="apertium's language pairs are not installed"
)


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(n, Span(n, n + 1), text, None) for n, text in enumerate(texts, 1))


@pytest.fixture(scope="module")
def bergamot() -> Iterator[BergamotTranslator]:
    translator = BergamotTranslator(Hub(model_folder("bergamot-en-pt").parent))
    yield translator
    translator.close()


def translated(
    translator: BergamotTranslator, *texts: str, target: str = "pt", source: str = "en", terms: tuple[Term, ...] = ()
) -> list:
    return list(
        translator.translate(Passage(segments(*texts), brief=FilmContext(terms=terms)), source=source, target=target).texts
    )


def test_english_becomes_portuguese_and_comes_back(bergamot):
    assert translated(bergamot, "Where are the keys?", target="pt-BR") == ["Onde estão as chaves?"]
    assert translated(bergamot, "Onde estão as chaves?", source="pt", target="en") == ["Where are the keys?"]


def test_no_sentence_of_a_line_is_lost(bergamot):
    (answer,) = translated(bergamot, "I know. Sit down. Do you want coffee? No. There is no time.")
    assert answer.count(".") + answer.count("?") == 5
    assert translated(bergamot, "Yes. No.") == ["Sim. Não."]


def test_dashes_quotes_notes_and_shouting_are_kept(bergamot):
    dialogue, song, quoted, loud = translated(
        bergamot, "- Where is he?\n- I don't know.", "♪ I love the sea ♪", '"Close the door."', "CLOSE THE DOOR!"
    )
    assert dialogue.startswith("- ") and " - " in dialogue
    assert song.startswith("♪ ") and song.endswith(" ♪")
    assert quoted[0] == quoted[-1] == '"'
    assert loud == loud.upper() and loud.endswith("!")


def test_a_glossary_term_stands_as_the_glossary_has_it(bergamot):
    terms = (Term("Winterfell", "Invernalia"), Term("Rose", "Rose"))
    (answer,) = translated(bergamot, "We rode to Winterfell with Rose.", terms=terms)
    assert "Invernalia" in answer
    assert "Rose" in answer


def test_hostile_text_is_answered_line_by_line(bergamot):
    evil = ["", "…", "♪", "a\0b", "\u202e\x07", "x" * 4_000, "word " * 900, "^house<n><sg>$ [] {}"]
    answers = translated(bergamot, *evil, "x" * 6_000, "Tomorrow.")
    assert len(answers) == len(evil) + 2
    assert answers[:3] == ["", "…", "♪"]
    assert answers[5] == "x" * 4_000
    assert answers[-2:] == [None, "Amanhã."]


def test_a_language_without_a_route_is_refused(bergamot):
    with pytest.raises(LanguageError, match="bergamot cannot translate de to es; it can do .*en→pt"):
        translated(bergamot, "Guten Tag.", source="de", target="es")


def test_bergamot_does_not_rephrase(bergamot):
    assert not bergamot.rephrases
    with pytest.raises(EngineError, match="does not rephrase"):
        bergamot.rephrase(Line(segments("Hello.")[0], "Olá.", "pt"), (0.8,), source="en")


def test_missing_or_damaged_weights_are_told_with_the_way_out(tmp_path):
    with pytest.raises(ModelMissing, match="bergamot-en-pt"):
        BergamotTranslator(Hub(tmp_path, cache=tmp_path / "cache"))
    for name in ("bergamot-en-pt", "bergamot-pt-en"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.x.intgemm.alphas.bin").write_bytes(b"\1" + bytes(99))
    with pytest.raises(ModelMissing, match="PROFILE=draft"):
        translated(BergamotTranslator(Hub(tmp_path, cache=tmp_path / "cache")), "Hello.")


# --- Spanish over Portuguese ---


@needs_pairs
def test_names_numbers_and_capitals_reach_spanish(bergamot):
    answer, loud = translated(bergamot, "Linda paid 350 dollars to Frank in Chicago.", "WHERE ARE THE KEYS?", target="es")
    assert all(word in answer for word in ("Linda", "350", "Frank", "Chicago"))
    assert loud == "¿DÓNDE ESTÁN LAS LLAVES?"


@needs_pairs
def test_a_shouted_line_stays_in_capitals_to_its_shortest_sentence(bergamot):
    assert translated(bergamot, "I KNOW.", "WHERE ARE THE KEYS? NO.", target="es") == ["SÉ.", "¿DÓNDE ESTÁN LAS LLAVES? NO."]


@needs_pairs
def test_names_that_the_model_cannot_spell_are_kept(bergamot):
    answers = translated(bergamot, "Zoë, come here.", "I saw Zoë's car.", "ZOË, RUN!", target="es")
    assert all("zoë" in answer.lower() for answer in answers)
    assert translated(bergamot, "Søren met Müller in London.") == ["Søren conheceu Müller em Londres."]


@needs_pairs
def test_words_that_apertium_left_in_portuguese_are_told(bergamot):
    texts = segments("The hall was crowded.", "Have mercy on us, Whitaker.", "Sit down, have some soup.")
    terms = (Term("mercy", "misericórdia"),)
    answer = bergamot.translate(Passage(texts), source="en", target="es")
    assert answer.untranslated == (("lotado",), ("misericórdia",), ())
    assert "lotado" in (answer.texts[0] or "")
    answer = bergamot.translate(Passage(texts, brief=FilmContext(terms=terms)), source="en", target="es")
    assert answer.untranslated == (("lotado",), (), ())


@needs_pairs
def test_the_fingerprint_names_weights_rules_and_mends(bergamot):
    assert all(
        part in bergamot.fingerprint
        for part in ("bergamot;en-pt:", "pt-en:", ";rules=", f";mends={spanish_post_editing.RULES_VERSION}")
    )


@needs_pairs
@pytest.mark.slow
def test_the_default_is_eight_chrf_above_the_direct_pair(bergamot):
    sacrebleu = pytest.importorskip("sacrebleu")
    english, *references = zip(
        *(line.split("\t") for line in (LINES / "film_lines_en_es.tsv").read_text("utf-8").splitlines()), strict=True
    )
    assert len(english) == 60 and len(references) == 2
    ours = translated(bergamot, *english, target="es")
    apertium = ApertiumTranslator()
    direct = apertium.translate(Passage(segments(*english)), source="en", target="es").texts
    apertium.close()
    assert not [text for text, answer in zip(english, ours, strict=True) if not answer]
    ours_score, direct_score = (sacrebleu.corpus_chrf(list(answers), references).score for answers in (ours, direct))
    assert ours_score >= direct_score + 8


@needs_pairs
@pytest.mark.slow
def test_the_mends_help_on_lines_they_were_not_written_for(bergamot):
    sacrebleu = pytest.importorskip("sacrebleu")
    rows = [line.split("\t") for line in (LINES / "mend_held_out_lines.tsv").read_text("utf-8").splitlines()]
    english, spanish_lines = [row[0] for row in rows], [row[1] for row in rows]
    bare = BergamotTranslator(Hub(model_folder("bergamot-en-pt").parent), mends=())
    without = translated(bare, *english, target="es")
    bare.close()
    mended = translated(bergamot, *english, target="es")
    better = sacrebleu.corpus_chrf(mended, [spanish_lines]).score - sacrebleu.corpus_chrf(without, [spanish_lines]).score
    assert better >= 8
