"""Verification of takes with a recogniser that hears what the synthesizer spoke, but for the takes that are made bad."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fakes import DECAY_SAMPLES, FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator, claimed, runner

from pipeline.engines.protocols import Engines, SynthesizedSpeech, Utterance
from pipeline.errors import EngineError
from pipeline.runner import Runner
from pipeline.settings import TakeVerification
from pipeline.stages.synthesize import SynthesisRequest, synthesize
from pipeline.store.store import Store
from pipeline.values.notes import Severity
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.take_checks import Intelligibility
from pipeline.values.timeline import Line, Segment, Span, TextSource, Voice, Word
from pipeline.verification.round_trip import is_verified
from pipeline.verification.take_verification import VerifiedTakes, verify_takes

LEVEL_STEP = 0.01  # of a take's level: it names the text that the take speaks
TEXTS = ("Buenos días, amigos.", "Vamos a la playa esta tarde.", "No tengo nada que decir.", "El tren sale a las ocho.")
BABBLE = "aro tuvi neso"


@dataclass
class Speech:
    """Texts by the level of the takes that speak them: what a recogniser needs to hear them."""

    texts: list[str] = field(default_factory=list)

    def encode(self, text: str) -> float:
        if text not in self.texts:
            self.texts.append(text)
        return LEVEL_STEP * (self.texts.index(text) + 1)


@dataclass
class LevelSynthesizer(FakeSynthesizer):
    """Speaks each text at a level of its own. A text in `bad` is babble in as many variations as it says, one in `cut` has no
    silence at its end.
    """

    speech: Speech = field(default_factory=Speech)
    bad: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    varies: bool = True
    variations: list[tuple[str, int]] = field(default_factory=list)

    def speak(self, text, voice, *, language, seconds, variation=0) -> SynthesizedSpeech:
        self.variations.append((text, variation))
        spoken = BABBLE if variation < self.bad.get(text, 0) else text
        samples = round((seconds or 1.0) * 16_000)
        wave = np.full(samples, self.speech.encode(spoken), np.float32)
        if variation >= self.cut.get(text, 0):
            wave[-DECAY_SAMPLES:] = 0.0
        return SynthesizedSpeech(wave, 16_000, 1.0)


@dataclass
class LevelTranscriber(FakeTranscriber):
    """Reads the texts of a window off its levels."""

    speech: Speech = field(default_factory=Speech)
    languages: frozenset[str] | None = frozenset({"es"})
    across_speakers: bool = True
    longest_utterance: float = 28.0

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        self.calls.append(utterance)
        wave, _ = soundfile.read(utterance.audio.path)
        levels = np.round(wave / LEVEL_STEP).astype(int)
        starts = np.flatnonzero(np.diff(levels, prepend=0) > 0)
        words = [word for start in starts for word in self.speech.texts[levels[start] - 1].split()]
        return tuple(Word(Span(float(n), n + 0.5), word) for n, word in enumerate(words))


@dataclass
class Scene:
    """Lines of one language, their takes, and their verification."""

    run: Runner
    synthesizer: LevelSynthesizer
    transcriber: LevelTranscriber
    translator: FakeTranslator = field(default_factory=FakeTranslator)

    def verify(
        self, texts: Sequence[str] = TEXTS, *, source: TextSource = TextSource.TRANSLATION, previewed: range = range(0)
    ) -> VerifiedTakes:
        lines = [
            Line(Segment(n, Span(2.0 * n, 2.0 * n + 1.5), text, "S1"), text, "es", source) for n, text in enumerate(texts, 1)
        ]
        requests = [SynthesisRequest(line.text, Voice("S1", "v"), 1.5) for line in lines]
        takes = self.run.each(synthesize, requests, self.synthesizer)
        engines = Engines(self.transcriber, FakeDiarizer(), self.translator, self.synthesizer)
        return verify_takes(lines, requests, takes, engines, self.run, source="en", previewed=previewed)


@pytest.fixture
def scene(store: Store, tmp_path: Path) -> Scene:
    speech = Speech()
    _, lease = claimed(store)
    run = runner(store, lease, tmp_path).with_language("es")
    return Scene(run, LevelSynthesizer(speech=speech), LevelTranscriber(speech=speech))


def test_takes_that_are_understood_are_kept_after_one_window(scene):
    verified = scene.verify()
    assert [(check.number, check.wer, check.takes) for check in verified.checks] == [(n, 0.0, 1) for n in (1, 2, 3, 4)]
    assert len(scene.transcriber.calls) == 1
    assert verified.notes == ()


def test_takes_of_a_preview_are_not_recognised_again_in_the_whole_film(scene):
    scene.verify(TEXTS[1:3])
    whole = scene.verify(previewed=range(2, 4))
    assert len(scene.transcriber.calls) == 2, "the preview's window, and that of the other lines"
    assert [(check.number, check.wer) for check in whole.checks] == [(n, 0.0) for n in (1, 2, 3, 4)]


def test_babble_is_caught_and_made_again(scene):
    scene.synthesizer.bad = {TEXTS[1]: 1}
    verified = scene.verify()
    check = verified.checks[1]
    assert (check.takes, check.wer, check.verdict) == (2, 0.0, Intelligibility.GOOD)
    assert scene.synthesizer.variations[-1] == (TEXTS[1], 1)
    assert verified.takes[1].audio != scene.verify().takes[0].audio
    assert verified.notes == ()


def test_a_take_that_breaks_off_is_made_again_though_all_its_words_are_understood(scene):
    scene.synthesizer.cut = {TEXTS[1]: 1}
    verified = scene.verify()
    assert [check.takes for check in verified.checks] == [1, 2, 1, 1]
    assert verified.checks[1].verdict is Intelligibility.GOOD
    assert verified.notes == ()


def test_a_take_that_breaks_off_in_every_try_is_told_as_that(scene):
    scene.synthesizer.cut = {TEXTS[1]: 9}
    (note,) = scene.verify().notes
    assert (note.lines, note.severity) == ((2,), Severity.INFO)
    assert "breaks off" in note.text


def test_a_line_that_stays_babble_is_told_with_its_number_and_both_texts(scene):
    scene.synthesizer.bad = {TEXTS[1]: 9}
    verified = scene.verify()
    (note,) = verified.notes
    assert note.lines == (2,)
    assert note.severity is Severity.WARNING
    assert note.text == f"Possibly unintelligible: “{TEXTS[1]}”, heard as “{BABBLE}”"
    assert verified.checks[1].takes == 3
    assert [n for text, n in scene.synthesizer.variations if text == TEXTS[1]] == [0, 1, 2]


def test_an_engine_without_variations_is_never_asked_for_one(scene):
    scene.synthesizer.bad, scene.synthesizer.varies = {TEXTS[1]: 9}, False
    assert scene.verify().checks[1].takes == 1
    assert {n for _, n in scene.synthesizer.variations} == {0}


def test_the_second_retake_has_another_wording_where_the_translator_rephrases(scene):
    scene.synthesizer.bad, scene.translator.rephrases = {TEXTS[1]: 9}, True
    verified = scene.verify()
    assert verified.lines[1].text == TEXTS[1][: len(TEXTS[1]) // 2]
    assert verified.checks[1].wer == 0.0
    assert verified.notes == ()


@pytest.mark.parametrize("source", [TextSource.EDIT, TextSource.SUBTITLE])
def test_words_of_a_person_or_a_subtitle_are_not_rephrased(scene, source):
    scene.synthesizer.bad, scene.translator.rephrases = {TEXTS[1]: 9}, True
    assert scene.verify(source=source).lines[1].text == TEXTS[1]


def test_a_retake_that_lasts_longer_is_not_kept(scene, monkeypatch):
    class Slow(LevelSynthesizer):
        def speak(self, text, voice, *, language, seconds, variation=0):
            return super().speak(text, voice, language=language, seconds=seconds * (1 + 0.1 * variation), variation=variation)

    scene.synthesizer = Slow(speech=scene.synthesizer.speech, bad={TEXTS[1]: 1})
    verified = scene.verify()
    assert verified.takes[1].seconds == pytest.approx(1.5)
    assert verified.checks[1].verdict is Intelligibility.BAD


def test_a_recogniser_that_understands_nothing_judges_nothing(scene):
    scene.synthesizer.bad = dict.fromkeys(TEXTS, 9)
    verified = scene.verify()
    assert [check.takes for check in verified.checks] == [1] * 4
    (note,) = verified.notes
    assert "no take was judged" in note.text


def test_a_recogniser_that_fails_does_not_fail_the_dub(scene):
    class Broken(LevelTranscriber):
        def transcribe(self, utterance, *, language, prompt=""):
            raise EngineError("whisper", "its process died; try again")

    scene.transcriber = Broken(speech=scene.transcriber.speech)
    verified = scene.verify()
    assert (len(verified.takes), verified.checks) == (4, ())
    (note,) = verified.notes
    assert "whisper: its process died" in note.text
    assert note.severity is Severity.WARNING


def test_at_most_a_tenth_of_the_lines_is_made_again(scene):
    texts = [f"{word} {text}" for text in TEXTS for word in ("Primero", "Segundo", "Tercero", "Cuarto", "Quinto", "Sexto")]
    scene.synthesizer.bad = dict.fromkeys(texts[:8], 9)
    checks = scene.verify(texts).checks
    assert sorted(check.takes for check in checks) == [1] * 20 + [3] * 4


def test_one_changed_line_is_recognised_with_its_own_window_only(scene):
    texts = [f"{text} {n}" for n in "abcdefghij" for text in TEXTS]
    scene.verify(texts)
    before = len(scene.transcriber.calls)
    texts[6] = "Una frase completamente distinta."
    scene.verify(texts)
    assert before >= 4
    assert len(scene.transcriber.calls) == before + 1


@pytest.mark.parametrize(
    ("transcriber", "verification", "verified"),
    [
        (LevelTranscriber(), TakeVerification.AUTO, True),
        (LevelTranscriber(), TakeVerification.OFF, False),
        (LevelTranscriber(languages=frozenset({"en"})), TakeVerification.ALL, False),
        (LevelTranscriber(languages=None), TakeVerification.AUTO, True),
        (LevelTranscriber(across_speakers=False), TakeVerification.AUTO, False),
        (LevelTranscriber(across_speakers=False), TakeVerification.ALL, True),
    ],
)
def test_takes_are_verified_where_the_recogniser_knows_the_language(transcriber, verification, verified):
    assert is_verified("es-MX", transcriber, verification) is verified


def test_requests_without_a_variation_keep_their_cache_keys():
    from pipeline.cache.cache_key import describe_identity

    request = SynthesisRequest("Hola", Voice("S1", "v"), 1.0)
    assert "variation" not in describe_identity(request)
    assert describe_identity(replace(request, variation=1))["variation"] == 1


def test_a_term_with_a_pronunciation_is_not_made_again_for_its_spelling(scene):
    known = (Pronunciation("Tschaikowskaja", respelling="Chaikóvskaya"),)
    line = Line(Segment(1, Span(0.0, 1.5), "x", "S1"), "Tschaikowskaja.", "es")
    requests = [SynthesisRequest(line.text, Voice("S1", "v"), 1.5, pronunciations=known)]
    takes = scene.run.each(synthesize, requests, scene.synthesizer)
    engines = Engines(scene.transcriber, FakeDiarizer(), FakeTranslator(), scene.synthesizer)
    verified = verify_takes([line], requests, takes, engines, scene.run, source="en")
    assert scene.synthesizer.variations == [("Chaikóvskaya.", 0)]
    assert [(check.heard, check.wer, check.takes) for check in verified.checks] == [("chaikóvskaya", 0.0, 1)]
    assert verified.lines == (line,), "the script keeps its spelling"
