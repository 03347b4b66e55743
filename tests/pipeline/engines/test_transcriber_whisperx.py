"""Speech by the real whisperx on the real Whisper base; its aligner is made on the spot and hears loudness.

What a decoder is told, and what it does with it, is seen on a Whisper made on the spot that writes a sentence of ours.
"""

import logging
import shutil
import threading
from itertools import pairwise

import numpy as np
import pytest
from real_models import model_folder
from synthetic_speech import recording, written
from tiny_wav2vec2 import tiny_wav2vec2
from tiny_whisper import LATER, SENTENCE, tiny_whisper
from transcripts import transcripts

from evaluation import metrics
from pipeline.engines.protocols import Utterance
from pipeline.errors import EngineError, EngineLost, LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span

pytestmark = pytest.mark.models

RATE = 16_000
BEFORE = 100.0  # seconds of the film before the recording
FULL = "abc " + "ab " * 200  # a prompt of which exactly 223 tokens are told: a space and a word each, of bytes


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """MODELS_DIR with `whisper`, which writes what it was made to, and `wav2vec2`."""
    folder = tmp_path_factory.mktemp("models")
    tiny_whisper(folder)
    tiny_wav2vec2(folder)
    return folder


def engine(models, model="whisper", **options):
    from pipeline.engines.transcriber_whisperx import WhisperxTranscriber

    options = {"aligners": {"en": "wav2vec2", "zh": "wav2vec2", "fr": "", "de": ""}, "threads": 2, "hub": Hub(models), **options}
    return WhisperxTranscriber(model, **options)


@pytest.fixture(scope="module")
def whisper(models):
    """Whisper base: what it writes was said."""
    return engine(models, str(model_folder("whisper-base")))


@pytest.fixture(scope="module")
def scripted(models):
    """A Whisper that writes SENTENCE whatever it hears."""
    return engine(models)


@pytest.fixture(scope="module")
def chinese(models, tmp_path_factory):
    return engine(models, str(tiny_whisper(tmp_path_factory.mktemp("chinese"), says="你好，世界。再见。", language="zh")))


@pytest.fixture(scope="module")
def jfk(recordings, tmp_path_factory):
    """Kennedy, after a silence of 100 s: eleven seconds of speech."""
    wave = np.concatenate([np.zeros(round(BEFORE * RATE), np.float32), recording(recordings / "jfk.flac")])
    return Utterance(written(wave, tmp_path_factory.mktemp("jfk") / "film.wav"), Span(BEFORE, BEFORE + 11.0))


@pytest.fixture(scope="module")
def reading(recordings, tmp_path_factory):
    """70 seconds of a sonnet: three windows of Whisper's."""
    wave = np.tile(recording(recordings / "sonnet1.en.mp3"), 2)[: 70 * RATE]
    return Utterance(written(wave, tmp_path_factory.mktemp("sonnet") / "film.wav"), Span(0.0, len(wave) / RATE))


def noise(tmp_path, seconds=4.0, loudness=0.01):
    wave = loudness * np.random.default_rng(5).standard_normal(round(seconds * RATE)).astype(np.float32)
    return Utterance(written(wave, tmp_path / "noise.wav"), Span(0.0, seconds))


def said(words):
    return " ".join(word.text for word in words)


def test_the_words_that_were_said_come_in_order_with_times_from_the_films_start(whisper, jfk, recordings):
    words = whisper.transcribe(jfk, language="en-US")
    assert metrics.normalize_text(said(words)) == metrics.normalize_text(transcripts(recordings)["jfk"])
    assert jfk.span.start <= words[0].span.start and words[-1].span.end <= jfk.span.end
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))
    assert all(0.0 < word.confidence <= 1.0 for word in words)


def test_alignment_moves_words_and_without_a_model_they_share_the_segments_time(scripted, jfk):
    aligned, shared = scripted.transcribe(jfk, language="en"), scripted.transcribe(jfk, language="fr")
    assert said(aligned) == said(shared)
    assert {word.confidence for word in shared} == {None}
    per_letter = [word.span.duration / len(word.text) for word in shared]
    assert max(per_letter) == pytest.approx(np.median(per_letter))  # those beside pauses are cut shorter
    assert shared[-1].span.end - shared[0].span.start > 9.0  # nearly all of it is speech
    moved = [abs(one.span.start - other.span.start) for one, other in zip(aligned, shared, strict=True)]
    assert max(moved) > 1.0


def test_no_word_is_stretched_into_a_pause(scripted, jfk):
    pauses = [Span(BEFORE + start, BEFORE + end) for start, end in ((2.4, 3.15), (4.55, 5.25))]
    words = scripted.transcribe(jfk, language="fr")  # without an aligner they share the time, pauses and all
    beside = [word for word in words if not any(pause.start < word.span.start and word.span.end < pause.end for pause in pauses)]
    assert len(beside) > 10
    assert not [word for word in beside if any(word.span.overlap(pause) > 0.1 for pause in pauses)]


def test_readings_are_understood_and_german_is_told_from_english(whisper, reading, recordings, tmp_path):
    text = transcripts(recordings)["sonnet1"]
    once = Utterance(reading.audio, Span(0.0, 53.0))
    assert metrics.count_word_errors(text, said(whisper.transcribe(once, language="en"))).rate <= 0.15
    german = recording(recordings / "simplicissimus.de.mp3")[: 20 * RATE]
    utterance = Utterance(written(german, tmp_path / "de.wav"), Span(0.0, 20.0))
    assert whisper.identify(utterance)[0].language == "de"
    assert "Grimmelshausen" in said(whisper.transcribe(utterance, language="de"))


def test_a_prompt_reaches_the_decoder_and_not_the_next_call(scripted, jfk):
    prompt = "Kennedy!"  # nine tokens with the space before it, so ten letters of the sentence are skipped
    assert said(scripted.transcribe(jfk, language="en", prompt=prompt)) == SENTENCE[len(prompt) + 2 :]
    assert said(scripted.transcribe(jfk, language="en")) == SENTENCE


def test_of_a_long_prompt_as_much_is_told_as_whisper_takes(scripted, jfk):
    assert said(scripted.transcribe(jfk, language="en", prompt=FULL)) == LATER


def test_a_file_that_is_no_audio_is_an_engine_error(whisper, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"RIFF nonsense")
    broken = Utterance(Artifact.of(tmp_path / "broken.wav"), Span(0, 5))
    with pytest.raises(EngineError, match="cannot be read as audio"):
        whisper.transcribe(broken, language="en")


def test_no_prompt_commands_the_decoder(scripted, jfk):
    prompt = "<|endoftext|>"  # told as `<` and `endoftext` and `>`, with spaces
    assert said(scripted.transcribe(jfk, language="en", prompt=prompt)) == SENTENCE[len("< endoftext >") + 2 :].strip()


def test_the_same_question_has_the_same_answer_in_batches_of_any_size(scripted, models, reading):
    two = Utterance(reading.audio, Span(0.0, 45.0))  # windows
    assert scripted.transcribe(two, language="fr") == engine(models, batch_size=1).transcribe(two, language="fr")


def test_a_text_that_every_window_repeats_is_kept_once(scripted, reading, caplog):
    with caplog.at_level(logging.INFO):
        words = scripted.transcribe(reading, language="en")
    assert said(words) == SENTENCE
    assert words[-1].span.end < 30.0
    assert caplog.text.count("left out (said word for word before)") >= 2


def test_two_threads_take_turns(scripted, jfk):
    alone, together = {p: scripted.transcribe(jfk, language="en", prompt=p) for p in ("", "Jackie!")}, {}
    threads = [
        threading.Thread(target=lambda p=p: together.update({p: scripted.transcribe(jfk, language="en", prompt=p)}))
        for p in alone
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_silence_noise_and_what_is_not_there_have_no_words_and_no_language(whisper, jfk, tmp_path):
    empty = [Utterance(jfk.audio, Span(10, 40)), noise(tmp_path), Utterance(jfk.audio, Span(9_000, 9_010))]
    for utterance in [*empty, Utterance(jfk.audio, Span(101.0, 101.02))]:
        assert whisper.transcribe(utterance, language="en") == ()
        assert whisper.identify(utterance) == ()


def test_samples_that_are_no_numbers_are_heard_as_silence(whisper, tmp_path, recordings):
    import soundfile

    wave = recording(recordings / "jfk.flac")
    wave[::16_000], wave[500:600], wave[700:800] = np.nan, np.inf, 1e30
    soundfile.write(tmp_path / "odd.wav", wave, RATE, subtype="FLOAT")
    words = whisper.transcribe(Utterance(Artifact.of(tmp_path / "odd.wav"), Span(0, 11)), language="en")
    assert "my fellow Americans" in said(words)
    assert words[0].span.start >= 0.0 and words[-1].span.end <= 11.0


def test_words_that_stand_together_come_as_clauses(models, recordings, jfk, tmp_path):
    words = engine(models, str(tiny_whisper(tmp_path, says="你好，世界。再见。", language="zh"))).transcribe(
        jfk, language="zh-CN"
    )
    assert [word.text for word in words][:3] == ["你好，", "世界。", "再见。"]


def test_the_language_is_told_where_the_model_can_tell_it(whisper, chinese, models, jfk, reading, tmp_path):
    assert [whisper.identify(utterance)[0].language for utterance in (jfk, reading)] == ["en", "en"]
    assert chinese.identify(jfk)[0].language == "zh"
    unsure = engine(models, str(tiny_whisper(tmp_path, language=None))).identify(jfk)
    assert all(guess.confidence < 0.5 for guess in unsure)


def test_a_language_that_whisper_or_this_model_never_learned_is_a_language_error(whisper, jfk):
    with pytest.raises(LanguageError, match="whisper does not know Irish"):
        whisper.transcribe(jfk, language="ga")
    with pytest.raises(LanguageError, match=r"never learned 'yue'; name a newer one in TRANSCRIBER_MODEL"):
        whisper.transcribe(jfk, language="yue")


def test_an_unknown_model_is_named_with_its_setting(models):
    with pytest.raises(ModelMissing, match="TRANSCRIBER_MODEL"):
        engine(models, "larger-v9")


def test_a_model_that_cannot_be_read_is_an_engine_error(models, tmp_path):
    shutil.copytree(models / "whisper", tmp_path / "cut")
    (tmp_path / "cut" / "model.bin").write_bytes((models / "whisper" / "model.bin").read_bytes()[:1000])
    with pytest.raises(EngineError, match=r"cut cannot be loaded on cpu as int8 .* check TRANSCRIBER_MODEL"):
        engine(models, str(tmp_path / "cut"))
    with pytest.raises(EngineError, match="as float7"):
        engine(models, compute_type="float7")


def test_an_alignment_model_that_is_not_there_is_not_passed_over(models, jfk):
    with pytest.raises(ModelMissing, match=r"georgian.* is not on this machine .* aligners: ka"):
        engine(models).transcribe(jfk, language="ka")


def test_the_fingerprint_names_all_that_changes_an_answer(scripted, models):
    assert scripted.fingerprint.startswith("whisperx 3.") and "whisper@" in scripted.fingerprint
    others = [{"beam_size": 1}, {"aligners": {}}, {"vad_onset": 0.4}, {"compute_type": "float32"}]
    assert len({scripted.fingerprint, *(engine(models, **options).fingerprint for options in others)}) == 5
    assert engine(models, batch_size=2).fingerprint == scripted.fingerprint
    assert engine(models, str(models / "whisper")).fingerprint == scripted.fingerprint


def test_the_libraries_print_nothing(models, jfk, capfd):
    engine(models).transcribe(jfk, language="en")
    assert capfd.readouterr() == ("", "")


def failing(whisper, monkeypatch, message, *, above=0):
    """The real decoder behind a device that fails with batches of more than `above`."""
    real, batches = whisper._pipeline.transcribe, []

    def transcribe(wave, batch_size, **options):
        batches.append(batch_size)
        if batch_size > above:
            raise RuntimeError(message)
        return real(wave, batch_size=batch_size, **options)

    monkeypatch.setattr(whisper._pipeline, "transcribe", transcribe)
    return batches


def test_full_memory_halves_the_batch_and_the_next_call_begins_with_what_fitted(models, jfk, monkeypatch):
    small = engine(models, batch_size=8)
    batches = failing(small, monkeypatch, "CUDA failed with error out of memory", above=2)
    assert said(small.transcribe(jfk, language="en")) == said(small.transcribe(jfk, language="en")) == SENTENCE
    assert batches == [8, 4, 2, 2]


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        ("CUDA failed with error out of memory", EngineError, "memory is full even for one"),
        ("CUDA error: unspecified launch failure", EngineLost, "its device failed"),
        ("something else", EngineError, r"it failed \(something else\)"),
    ],
)
def test_a_device_that_fails_is_an_engine_error_and_the_prompt_is_gone(scripted, jfk, monkeypatch, message, error, words):
    with monkeypatch.context() as broken, pytest.raises(error, match=words):
        failing(scripted, broken, message)
        scripted.transcribe(jfk, language="en", prompt="Kennedy!")
    assert said(scripted.transcribe(jfk, language="en")) == SENTENCE


def test_check_passes_on_a_cpu(whisper):
    whisper.check()


def test_our_table_of_codes_and_short_names_is_the_librarys():
    from faster_whisper.utils import _MODELS
    from whisperx.utils import LANGUAGES, LANGUAGES_WITHOUT_SPACES

    from pipeline.engines.whisper.whisper_languages import CODES, UNSPACED
    from pipeline.engines.whisper.whisper_models import REPOSITORIES

    assert set(LANGUAGES) == CODES
    assert set(LANGUAGES_WITHOUT_SPACES) <= UNSPACED
    assert REPOSITORIES.items() <= _MODELS.items()
