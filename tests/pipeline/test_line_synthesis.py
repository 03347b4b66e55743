"""Requests of lines: the source's pauses at their phrases, the inflection of the line, and neither where nothing was measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator, claimed, runner

from pipeline.apply_edits import Script
from pipeline.engines.protocols import Engines
from pipeline.line_synthesis import LineSynthesis, SpokenLine, describe_lost_pauses
from pipeline.prosody.delivery import Delivery
from pipeline.stages.synthesize import DROPPED_PAUSE_NOTE, SynthesisRequest
from pipeline.stages.translate import Translation
from pipeline.store.store import Store
from pipeline.text.pronunciation.lexicon import Lexicon, respell
from pipeline.timing.phrase_pauses import PhrasePause, SourcePause
from pipeline.values.inflection import Inflection
from pipeline.values.media import Artifact
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.takes.fixed_takes import LOST_TAKE_NOTE, FixedTake
from pipeline.values.timeline import Line, Segment, Span, Take, TextSource, Voice
from pipeline.verification.take_verification import VerifiedTakes

TEXT = "No sé quién eres, pero no vas a entrar."
VOICE = Voice("S1", "es-S1")


def line(number: int = 1, start: float = 1.0, seconds: float = 4.5) -> Line:
    return Line(Segment(number, Span(start, start + seconds), "I don't know who you are, but stay out.", "S1"), TEXT, "es")


def test_a_neutral_line_is_the_request_that_it_always_was() -> None:
    assert SpokenLine(line(), VOICE).build_request(2.0) == SynthesisRequest(TEXT, VOICE, 2.0)


def test_a_delivery_goes_into_the_request() -> None:
    delivery = Delivery((SourcePause(0.4, 0.6),), Inflection(1.5, 1.1))
    request = SpokenLine(line(), VOICE, delivery).build_request()
    assert request.pauses == (PhrasePause(17, 0.6),)
    assert request.voice == Voice("S1", "es-S1", inflection=Inflection(1.5, 1.1))


def test_the_plan_leaves_a_line_its_pauses_and_its_pace(tmp_path: Path, store: Store) -> None:
    _, lease = claimed(store)
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), FakeSynthesizer())
    run = runner(store, lease, tmp_path).with_language("es")
    script = Script("es", Translation((line(1), line(2, 20.0))), {"S1": VOICE}, subtitled=False)
    deliveries = {1: Delivery((SourcePause(0.4, 0.6),)), 2: Delivery(pace=1.1)}
    paused, hasty = LineSynthesis(engines, run, "en", 60.0, deliveries).plan_script(script, {})
    assert paused.build_request().pauses_s == 0.6
    assert round((paused.timing.seconds - 0.6) * paused.timing.rate, 6) == 3.8  # of two phrases, without the space between
    assert round(hasty.timing.seconds * hasty.timing.rate * 1.1, 6) == round(0.1 * len(TEXT), 6)


def test_a_long_pause_without_a_boundary_is_told_with_its_line() -> None:
    lost = {1: Delivery((SourcePause(0.9, 1.2),)), 2: Delivery((SourcePause(0.9, 0.5),)), 3: Delivery((SourcePause(0.4, 1.2),))}
    (note,) = describe_lost_pauses([line(1), line(2), line(3), line(4)], lost)
    assert (note.text, note.lines) == (DROPPED_PAUSE_NOTE, (1,))
    assert describe_lost_pauses([line(4)], lost) == ()


SIOBHAN = Pronunciation("Siobhan", "ʃiˈβon", "Chivón")


def named(number: int, text: str) -> Line:
    return replace(line(number, 10.0 * number), text=text)


def test_a_line_has_the_pronunciations_of_the_terms_that_are_in_it() -> None:
    lexicon = Lexicon([SIOBHAN, Pronunciation("Xhosa", "ˈxosa")])
    spoken = SpokenLine(named(1, "Hola, SIOBHAN, son 3."), VOICE).pronounce(lexicon)
    assert spoken.build_request() == SynthesisRequest("Hola, SIOBHAN, son tres.", VOICE, pronunciations=(SIOBHAN,))
    assert SpokenLine(line(), VOICE).pronounce(lexicon) == SpokenLine(line(), VOICE), "the others are as they always were"


def test_a_term_is_found_as_it_is_written_and_in_words() -> None:
    lexicon = Lexicon([Pronunciation("R2", respelling="erre dos"), Pronunciation("metros", respelling="métros")])
    request = SpokenLine(named(1, "Son 3 m, R2."), VOICE).pronounce(lexicon).build_request()
    assert [respell(each.term, [each]) for each in request.pronunciations] == ["métros", "erre dos"]
    assert respell(request.text, request.pronunciations) == "Son tres métros, erre dos."


def test_an_entry_makes_the_lines_again_that_have_its_term_and_no_others(tmp_path: Path, store: Store) -> None:
    _, lease = claimed(store)
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), FakeSynthesizer())
    run = runner(store, lease, tmp_path).with_language("es")
    texts = ("Hola, Siobhan.", "No sé quién eres, pero no vas a entrar de ningún modo aquí.", "Siobhan duerme.", TEXT)
    script = Script("es", Translation(tuple(map(named, range(1, 5), texts))), {"S1": VOICE}, subtitled=False)
    synthesis = LineSynthesis(engines, run, "en", 60.0)
    synthesis.synthesize_script(script, script)
    assert len(engines.synthesizer.calls) == 4
    pronounced = replace(synthesis, lexicon=Lexicon([SIOBHAN]))
    verified = pronounced.synthesize_script(script, script)
    assert sorted(engines.synthesizer.calls[4:]) == ["Chivón duerme.", "Hola, Chivón."]
    assert [each.text for each in verified.lines] == list(texts), "the script keeps its spelling"
    replace(synthesis, lexicon=Lexicon([SIOBHAN, Pronunciation("Xhosa", "ˈxosa")])).synthesize_script(script, script)
    assert len(engines.synthesizer.calls) == 6


def make_take(folder: Path, seconds: float = 2.5) -> Take:
    path = folder / "chosen.flac"
    soundfile.write(path, np.zeros(round(16_000 * seconds), np.float32), 16_000)
    return Take(Artifact.of(path), seconds, 1.0)


def test_a_fixed_take_is_used_as_it_is_and_no_line_is_synthesized_for_it(tmp_path: Path, store: Store) -> None:
    _, lease = claimed(store)
    synthesizer = FakeSynthesizer()
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), synthesizer)
    run = runner(store, lease, tmp_path).with_language("es")
    script = Script("es", Translation((line(1), line(2, 20.0))), {"S1": VOICE}, subtitled=False)
    before = LineSynthesis(engines, run, "en", 60.0).synthesize_script(script, script)
    synthesizer.calls.clear()
    chosen = FixedTake("es", 1, TEXT, make_take(tmp_path))
    after = LineSynthesis(engines, run, "en", 60.0, fixed_takes=(chosen,)).synthesize_script(script, script)
    assert after.takes == (chosen.take, before.takes[1])
    assert synthesizer.calls == []


def test_a_chosen_take_goes_with_its_text_and_a_locked_one_stays_whatever_the_translator_says(
    tmp_path: Path, store: Store
) -> None:
    _, lease = claimed(store)
    synthesizer = FakeSynthesizer()
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), synthesizer)
    run = runner(store, lease, tmp_path).with_language("es")
    take = make_take(tmp_path)
    changed = replace(line(1), text="Otra traducción.")
    draft = Script("es", Translation((changed, line(2, 20.0))), {"S1": Voice("S1", "es-other")}, subtitled=False)

    def speak(fixed: FixedTake, script: Script = draft) -> VerifiedTakes:
        return LineSynthesis(engines, run, "en", 60.0, fixed_takes=(fixed,)).synthesize_script(draft, script)

    assert speak(FixedTake("es", 1, TEXT, take)).takes[0] != take
    locked = speak(FixedTake("es", 1, TEXT, take, is_locked=True))
    assert (locked.takes[0], locked.lines[0].text) == (take, TEXT)
    by_hand = replace(draft, translation=Translation((replace(changed, source=TextSource.EDIT), line(2, 20.0))))
    assert speak(FixedTake("es", 1, TEXT, take, is_locked=True), by_hand).lines[0].text == "Otra traducción."
    lost = speak(FixedTake("es", 1, "Otra traducción.", None))
    assert [(note.text, note.lines) for note in lost.notes] == [(LOST_TAKE_NOTE, (1,))]
