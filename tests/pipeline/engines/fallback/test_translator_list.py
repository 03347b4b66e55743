"""Fallback list of translators: the engine that translates a line, failures, and notes."""

from dataclasses import replace

import pytest
from failing_translator import PASSAGE, SEGMENTS, Translator

from pipeline.cache.cache_key import compute_cache_key
from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.translator_list import TranslatorList
from pipeline.engines.protocols import Translated
from pipeline.errors import EngineError, EngineLost, LanguageError
from pipeline.stages.translate import translate
from pipeline.values.film_context import FilmContext
from pipeline.values.timeline import Line


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def listed(llm: Translator, bergamot: Translator, *, pairs=frozenset({("en", "es"), ("en", "pt")}), clock=None) -> TranslatorList:
    llm.fingerprint, bergamot.fingerprint = "llm", "bergamot"
    return TranslatorList(
        [Member("llm", llm), Member("bergamot", bergamot)], {"llm": None, "bergamot": pairs}, clock=clock or Clock()
    )


def test_the_first_translates_what_it_can_and_the_next_is_not_asked() -> None:
    bergamot = Translator()
    answer = listed(Translator(), bergamot).translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("llm one", "llm two", "llm three") and answer.notes == () and not bergamot.passages


def test_lines_without_a_usable_text_go_to_the_next_and_are_told_by_number() -> None:
    bergamot = Translator()
    answer = listed(Translator(refuses=frozenset({"two", "three"})), bergamot).translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("llm one", "bergamot two", "bergamot three")
    assert [segment.number for segment in bergamot.passages[0].segments] == [2, 3]
    assert [str(note) for note in answer.notes] == ["Translated by bergamot, because llm gave no usable text (2 lines: 2, 3)"]


def test_words_that_an_engine_left_are_told_of_the_lines_that_are_its_own() -> None:
    class Leaver(Translator):
        def translate(self, passage, *, source, target):
            answer = super().translate(passage, source=source, target=target)
            return replace(answer, untranslated=tuple((text,) for text in answer.texts))

    answer = listed(Translator(refuses=frozenset({"two"})), Leaver()).translate(PASSAGE, source="en", target="es")
    assert answer.untranslated == ((), ("bergamot two",), ())


def test_a_server_that_is_not_there_leaves_all_to_the_next_and_its_reason_is_told() -> None:
    answer = listed(Translator(error=EngineError("llm", "no answer; start it")), Translator()).translate(
        PASSAGE, source="en", target="es"
    )
    assert answer.texts == ("bergamot one", "bergamot two", "bergamot three")
    (note,) = answer.notes
    assert note.text == "Translated by bergamot, because llm could not be asked (no answer; start it)" and note.lines == (1, 2, 3)


def test_what_nobody_can_say_stays_without_a_text() -> None:
    silent = frozenset({"two"})
    answer = listed(Translator(refuses=silent), Translator(refuses=silent)).translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("llm one", None, "llm three") and answer.notes == ()


def test_the_first_error_is_told_where_nobody_could_be_asked() -> None:
    dead = listed(Translator(error=EngineError("llm", "not there")), Translator(error=EngineError("bergamot", "broken")))
    with pytest.raises(EngineError, match="llm: not there"):
        dead.translate(PASSAGE, source="en", target="es")


def test_a_wrong_number_of_texts_counts_as_no_answer() -> None:
    class Short(Translator):
        def translate(self, passage, *, source, target):
            return Translated(("one",))

    answer = listed(Short(), Translator()).translate(PASSAGE, source="en", target="es")
    assert answer.texts[1] == "bergamot two" and "answered 1 texts for 3 segments" in answer.notes[0].text


def test_a_lost_process_is_not_taken_for_a_missing_server() -> None:
    lost = listed(Translator(error=EngineLost("llm", "its card is gone")), Translator())
    with pytest.raises(EngineLost):
        lost.translate(PASSAGE, source="en", target="es")
    with pytest.raises(EngineLost):
        lost.study(SEGMENTS, source="en", target="es")


def test_a_failed_engine_rests_and_is_asked_again_later() -> None:
    clock, llm = Clock(), Translator(error=EngineError("llm", "not there"))
    engine = listed(llm, Translator(), clock=clock)
    notes = [engine.translate(PASSAGE, source="en", target="es").notes for _ in range(2)]
    assert len(llm.passages) == 1 and notes[0] == notes[1], "its retries are not waited for passage by passage"
    clock.now, llm.error = 31.0, None
    assert engine.translate(PASSAGE, source="en", target="es").texts[0] == "llm one"


def test_a_pair_that_the_first_lacks_is_the_nexts_and_that_is_told() -> None:
    members = [Member("bergamot", Translator(fingerprint="b")), Member("llm", Translator(fingerprint="l"))]
    engine = TranslatorList(members, {"bergamot": frozenset({("en", "es")}), "llm": None})
    answer = engine.translate(PASSAGE, source="en-US", target="ja")
    assert answer.texts[0] == "l one"
    assert [str(note) for note in answer.notes] == [
        "English (United States) (en-US) to Japanese (ja) is translated by llm, because bergamot cannot translate it"
    ]
    assert engine.translate(PASSAGE, source="en-US", target="es-MX").texts[0] == "b one"


def test_a_pair_that_none_of_them_has_is_refused() -> None:
    engine = TranslatorList([Member("bergamot", Translator())], {"bergamot": frozenset({("en", "es")})})
    with pytest.raises(LanguageError, match=r"none of bergamot can translate English \(en\) to Japanese \(ja\)"):
        engine.translate(PASSAGE, source="en", target="ja")


def test_the_film_is_studied_by_the_first_that_can_be_asked() -> None:
    told = FilmContext(synopsis="a film")
    assert listed(Translator(brief=told), Translator()).study(SEGMENTS, source="en", target="es") == told
    dead = Translator(error=EngineError("llm", "not there"))
    assert listed(dead, Translator(brief=told)).study(SEGMENTS, source="en", target="es") == told
    assert listed(dead, Translator()).study(SEGMENTS, source="en", target="ja") == FilmContext()


def test_a_list_rephrases_where_one_does_and_takes_lines_as_the_choosiest_does() -> None:
    engine = listed(Translator(rephrases=True, lines_at_once=40), Translator(lines_at_once=None))
    assert (engine.rephrases, engine.lines_at_once) == (True, 40)
    line = Line(SEGMENTS[2], "una frase larga", "es")
    assert engine.rephrase(line, (0.5,), source="en") == ("una fra",)
    assert listed(Translator(), Translator()).rephrase(line, (0.5,), source="en") == ()
    assert listed(Translator(), Translator()).lines_at_once is None


def test_a_member_without_the_films_language_does_not_rephrase_its_lines() -> None:
    engine = listed(Translator(), Translator(rephrases=True))
    line = Line(SEGMENTS[2], "una frase larga", "es")
    assert (engine.rephrase(line, (0.5,), source="en"), engine.rephrase(line, (0.5,), source="it")) == (("una fra",), ())


def key(engine: TranslatorList, target: str) -> str:
    return compute_cache_key(translate, {"passage": PASSAGE, "translator": engine, "source": "en-US", "target": target})


def test_only_translators_that_have_the_pair_enter_the_keys_of_its_answers() -> None:
    before = listed(Translator(), Translator())
    after = listed(Translator(), Translator())
    after._members[1].engine.fingerprint = "bergamot-2"
    assert key(before, "es-MX") != key(after, "es-MX")
    assert key(before, "ja") == key(after, "ja"), "bergamot cannot answer there"


def test_answers_without_the_first_are_not_taken_for_its_own_once_it_is_back() -> None:
    class Unreachable(Translator):
        @property
        def fingerprint(self) -> str:
            if self.error:
                raise self.error
            return "llm"

        @fingerprint.setter
        def fingerprint(self, _: str) -> None: ...

    clock, llm = Clock(), Unreachable()
    llm.error = EngineError("llm", "not there")
    engine = listed(llm, Translator(), clock=clock)
    without = key(engine, "es")
    clock.now, llm.error = 31.0, None
    assert key(engine, "es") != without
