import subprocess
import sys

import numpy as np
import pytest
import soundfile
from synthetic_speech import flite, music, needs_flite, recording, scene, written

from pipeline.engines.speakers.vad_silero import HOP_SAMPLES, SileroDetector, find_package_folder, find_speech_spans
from pipeline.errors import EngineError
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span

SENTENCES = ("The ferry leaves at nine.", "Nobody told me that the harbor was closed.", "Wait for the second bell, then run.")


@pytest.fixture(scope="module")
def detector():
    return SileroDetector()


def covered(part, spans):
    return sum(part.overlap(span) for span in spans) / part.duration


@needs_flite
@pytest.mark.parametrize("music_db", [None, -6.0])
def test_every_sentence_is_found_even_under_music(detector, tmp_path, music_db):
    parts = [(voice, flite(voice, text, tmp_path)) for voice in ("kal16", "slt", "rms") for text in SENTENCES]
    film = scene(parts, tmp_path / "film.wav", gap=1.0, music_db=music_db)
    spans = detector.detect(film.audio)
    assert min(covered(turn.span, spans) for turn in film.turns) > 0.75
    speech = sum(turn.span.duration for turn in film.turns)
    outside = sum(span.duration for span in spans) - sum(turn.span.overlap(span) for turn in film.turns for span in spans)
    assert outside < 0.15 * speech


def test_silence_noise_and_music_are_not_speech(detector, tmp_path):
    noise = np.random.default_rng(0).standard_normal(160_000).astype(np.float32) * np.float32(0.05)
    for name, wave in {
        "silence": np.zeros(160_000, np.float32),
        "noise": noise,
        "music": music(160_000) * np.float32(0.1),
    }.items():
        assert detector.detect(written(wave, tmp_path / f"{name}.wav")) == ()


def test_an_empty_file_has_no_speech(detector, tmp_path):
    assert detector.detect(written(np.zeros(0, np.float32), tmp_path / "empty.wav")) == ()


def test_the_pauses_of_jfk_are_found_at_any_rate_and_channel_count(detector, recordings, tmp_path):
    whole = detector.detect(Artifact.of(recordings / "jfk.flac"))  # 44.1 kHz stereo
    assert len(whole) == 4
    mono = detector.detect(written(recording(recordings / "jfk.flac"), tmp_path / "jfk.wav"))
    assert np.allclose([[s.start, s.end] for s in whole], [[s.start, s.end] for s in mono], atol=0.07)


def test_no_span_ends_after_the_file(detector, recordings):
    audio = Artifact.of(recordings / "two-speakers.wav")
    assert detector.detect(audio)[-1].end <= soundfile.info(audio.path).duration


def test_blocks_do_not_show_in_the_answer(detector, recordings, tmp_path):
    """The network's state goes on over the blocks of 20 s: a film's speech is found where it is."""
    jfk = recording(recordings / "jfk.flac")
    late = written(np.concatenate([np.zeros(16_000 * 35, np.float32), jfk]), tmp_path / "late.wav")
    spans = detector.detect(late)
    alone = detector.detect(written(jfk, tmp_path / "jfk.wav"))
    assert np.allclose([s.start - 35.0 for s in spans], [s.start for s in alone], atol=0.1)


def test_hysteresis_keeps_a_dip_and_drops_a_blip():
    step = HOP_SAMPLES / 16_000
    probabilities = np.zeros(100, np.float32)
    probabilities[10:30] = 0.9
    probabilities[20:22] = 0.4  # over the lower bar
    probabilities[26:29] = 0.1  # 0.1 s: shorter than the shortest silence
    probabilities[50:53] = 0.9  # 0.1 s: shorter than the shortest speech
    probabilities[60:80] = 0.45  # never over the upper bar
    assert find_speech_spans(probabilities) == (Span(10 * step, 30 * step),)


def test_neither_detector_nor_diarizer_imports_torch():
    code = (
        "import sys; from pipeline.engines.diarizer_ge2e import Ge2eDiarizer; Ge2eDiarizer(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_missing_package_says_what_to_do():
    with pytest.raises(EngineError, match="no_such_package.*./dubarr setup"):
        find_package_folder("no_such_package")
