"""Real takes that are cut off and of another language: caught by the real recogniser, and made again by the real synthesizer."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeDiarizer, FakeTranslator, claimed, runner
from real_models import model_folder

from pipeline.engines.protocols import Engines, SynthesizedSpeech
from pipeline.engines.synthesizer_kokoro import KokoroSynthesizer
from pipeline.engines.transcriber_whisper import WhisperTranscriber
from pipeline.models.model_hub import Hub
from pipeline.stages.synthesize import SynthesisRequest, synthesize
from pipeline.store.store import Store
from pipeline.values.take_checks import Intelligibility
from pipeline.values.timeline import Line, Segment, Span, TextSource, Voice
from pipeline.verification.take_verification import verify_takes

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")]

CUT, FOREIGN = "Mi abuela me dio ayer un tarro de miel.", "¿Dónde has estado toda la noche?"
TEXTS = ("Siéntese, por favor.", CUT, FOREIGN)
KEPT_SHARE = 0.8  # of the take that is cut off


class FaultySynthesizer(KokoroSynthesizer):
    """Kokoro whose first take of one line ends early, and of another is English."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub=hub)
        self.variations: list[tuple[str, int]] = []
        self._lock = threading.Lock()

    def speak(self, text, voice, *, language, seconds, variation=0) -> SynthesizedSpeech:
        with self._lock:
            self.variations.append((text, variation))
        if text == FOREIGN and variation == 0:
            english = Voice("S1", self.voices(language="en")[0])
            return super().speak("I never thought that he would come.", english, language="en", seconds=None)
        spoken = super().speak(text, voice, language=language, seconds=seconds, variation=variation)
        is_cut = text == CUT and variation == 0
        return replace(spoken, wave=spoken.wave[: int(KEPT_SHARE * len(spoken.wave))]) if is_cut else spoken


def test_a_cut_take_and_one_of_another_language_are_caught_and_repaired(store: Store, tmp_path: Path):
    hub = Hub(model_folder("kokoro-82m").parent)
    synthesizer, transcriber = FaultySynthesizer(hub), WhisperTranscriber(hub=Hub(model_folder("whisper-base").parent))
    _, lease = claimed(store)
    run = runner(store, lease, tmp_path).with_language("es")
    voice = Voice("S1", synthesizer.voices(language="es")[0])
    lines = [
        Line(Segment(n, Span(4.0 * n, 4.0 * n + 3.0), text, "S1"), text, "es", TextSource.SUBTITLE)
        for n, text in enumerate(TEXTS, 1)
    ]
    requests = [SynthesisRequest(text, voice, synthesizer.seconds(text, voice, language="es")) for text in TEXTS]
    takes = run.each(synthesize, requests, synthesizer)
    verified = verify_takes(
        lines, requests, takes, Engines(transcriber, FakeDiarizer(), FakeTranslator(), synthesizer), run, source="en"
    )
    assert [check.takes > 1 for check in verified.checks] == [False, True, True]
    assert [check.verdict for check in verified.checks] == [Intelligibility.GOOD] * 3
    assert sum(check.word_errors for check in verified.checks) <= 1
    assert verified.takes[0].audio == takes[0].audio
    assert {text for text, variation in synthesizer.variations if variation} == {CUT, FOREIGN}
    assert verified.takes[1].seconds > 1.15 * takes[1].seconds
    assert verified.notes == ()
