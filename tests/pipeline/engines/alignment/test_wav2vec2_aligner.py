"""The aligner over whisperx's models, by the real library on a model that hears loudness."""

import numpy as np
import pytest
import soundfile
from tiny_wav2vec2 import tiny_wav2vec2

from pipeline.engines.protocols import Utterance
from pipeline.engines.registry.engine_builder import build_engine
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span

pytestmark = pytest.mark.models

RATE = 16_000


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny_wav2vec2(tmp_path_factory.mktemp("models")))


@pytest.fixture
def utterance(tmp_path):
    """Ten seconds of silence, with noise from 6 to 8, of which the last six are asked for."""
    wave = np.zeros(10 * RATE, np.float32)
    wave[6 * RATE : 8 * RATE] = 0.1 * np.random.default_rng(1).standard_normal(2 * RATE)
    soundfile.write(tmp_path / "speech.wav", wave, RATE)
    return Utterance(Artifact.of(tmp_path / "speech.wav"), Span(4.0, 10.0))


def test_words_lie_where_the_sound_is_from_the_start_of_the_film(model, utterance):
    aligner = build_engine("aligner", "wav2vec2", device="cpu", aligners={"en": model})
    words = aligner.align(utterance, "And so, my 12 fellows", language="en-GB")
    assert [word.text for word in words] == ["And", "so,", "my", "12", "fellows"]
    assert 5.9 < words[0].span.start < words[-1].span.end < 8.1
    assert all(word.confidence is not None and word.confidence > 0.0 for word in words)
    aligner.check()


def test_characters_are_timed_where_words_stand_together(model, utterance):
    words = build_engine("aligner", "wav2vec2", model=model, device="cpu").align(utterance, "ab c", language="zh")
    assert [word.text for word in words] == ["a", "b", "c"] and words[0].span.start > 5.9


def test_a_language_without_a_model_and_text_that_does_not_fit_are_not_aligned(model, utterance):
    aligner = build_engine("aligner", "wav2vec2", device="cpu", aligners={"en": model, "de": ""})
    assert "en" in aligner.languages and "de" not in aligner.languages
    assert aligner.align(utterance, "hallo", language="de") == aligner.align(utterance, "hei", language="kmr") == ()
    short = Utterance(utterance.audio, Span(6.0, 6.1))
    assert aligner.align(short, "far too many letters for so little", language="en") == ()
    assert aligner.align(Utterance(utterance.audio, Span(0.0, 2.0)), "silence", language="en") == ()


def test_the_languages_that_the_class_names_are_those_of_the_library():
    from whisperx.alignment import DEFAULT_ALIGN_MODELS_HF, DEFAULT_ALIGN_MODELS_TORCH

    from pipeline.engines.alignment.wav2vec2_models import LANGUAGES
    from pipeline.engines.whisper.whisper_languages import to_tag

    assert LANGUAGES - {"nb"} == {to_tag(code) for code in {**DEFAULT_ALIGN_MODELS_HF, **DEFAULT_ALIGN_MODELS_TORCH}}


def test_another_model_is_another_fingerprint(model):
    own, named = build_engine("aligner", "wav2vec2", device="cpu"), build_engine("aligner", "wav2vec2", model=model, device="cpu")
    assert own.fingerprint != named.fingerprint and named.languages is None
