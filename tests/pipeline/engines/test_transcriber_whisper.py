"""Speech by Whisper base on its real weights: its words, their times, the language, and no words where nobody speaks."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from real_models import model_folder
from synthetic_speech import RATE, Wave, recording, written
from transcripts import READING, transcripts

from evaluation import metrics
from evaluation.rttm import read_rttm
from pipeline.engines.protocols import Diarizer, Transcriber, Utterance
from pipeline.engines.registry import engine_builder
from pipeline.engines.transcriber_whisper import WhisperTranscriber
from pipeline.errors import EngineError, LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.stages.identify_language import choose_identification_windows, choose_likeliest_language, measure_speech_seconds
from pipeline.stages.transcribe import cut_utterances
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span, Turn, Word

pytestmark = pytest.mark.slow

PAUSE = np.zeros(RATE // 2, np.float32)
ENGLISH_WER, GERMAN_WER = 0.10, 0.15


@pytest.fixture(scope="module")
def whisper() -> WhisperTranscriber:
    return WhisperTranscriber(hub=Hub(model_folder("whisper-base").parent))


@pytest.fixture(scope="module")
def diarizer() -> Diarizer:
    return engine_builder.build_engine("diarizer", "ge2e")


@pytest.fixture(scope="module")
def jfk(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Utterance:
    return whole(recording(recordings / "jfk.flac"), tmp_path_factory.mktemp("jfk") / "jfk.wav")


def whole(wave: Wave, path: Path) -> Utterance:
    return Utterance(written(np.asarray(wave, np.float32), path), Span(0.0, len(wave) / RATE))


def said(words: tuple[Word, ...] | list[Word]) -> str:
    return " ".join(word.text for word in words)


def turns_of(audio: Artifact, diarizer: Diarizer) -> tuple[Turn, ...]:
    return diarizer.diarize(audio, speakers=None).turns


def words_of(audio: Artifact, turns: tuple[Turn, ...], engine: Transcriber, language: str) -> list[Word]:
    """As a film's words are found: windows over its turns, each recognised by itself."""
    return [word for window in cut_utterances(audio, turns, engine) for word in engine.transcribe(window, language=language)]


def test_english_recordings_are_understood(whisper, diarizer, recordings, tmp_path):
    reading = np.concatenate([part for name in READING for part in (recording(recordings / f"{name}.flac"), PAUSE)])
    texts = transcripts(recordings)
    films = [
        (reading, " ".join(texts[name] for name in READING)),
        (recording(recordings / "jfk.flac"), texts["jfk"]),
        (recording(recordings / "sonnet1.en.mp3"), texts["sonnet1"]),
    ]
    errors = metrics.WordErrors(0)
    for n, (wave, text) in enumerate(films):
        audio = whole(wave, tmp_path / f"{n}.wav").audio
        errors += metrics.count_word_errors(text, said(words_of(audio, turns_of(audio, diarizer), whisper, "en")))
    assert errors.words > 250
    assert errors.rate <= ENGLISH_WER, errors


def test_german_is_told_by_ear_and_understood(whisper, diarizer, recordings, tmp_path):
    audio = whole(recording(recordings / "simplicissimus.de.mp3"), tmp_path / "de.wav").audio
    turns = turns_of(audio, diarizer)
    windows = choose_identification_windows(audio, turns, whisper)
    heard = choose_likeliest_language(
        [(whisper.identify(window), measure_speech_seconds(window.span, turns)) for window in windows]
    )
    assert heard == "de"
    errors = metrics.count_word_errors(transcripts(recordings)["simplicissimus"], said(words_of(audio, turns, whisper, heard)))
    assert errors.rate <= GERMAN_WER, errors


SECONDS = 20
AT = np.arange(SECONDS * RATE) / RATE
NOISE = np.random.default_rng(3).standard_normal(len(AT))
NOTHING_SAID = {
    "silence": np.zeros(len(AT)),
    "faint noise": 1e-4 * NOISE,
    "loud noise": 0.3 * NOISE,
    "noise that swells like syllables": 0.2 * NOISE * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * AT)),
    "hum": 0.1 * np.sin(2 * np.pi * 50 * AT),
    "clicks": np.where(np.arange(len(AT)) % 8_000 == 0, 0.8, 0.02 * NOISE),
}


@pytest.mark.parametrize("sound", [*NOTHING_SAID, "music-battle.ogg", "music-northern_mountains.ogg"])
def test_where_nobody_speaks_there_are_no_words(whisper, diarizer, recordings, tmp_path, sound):
    wave = NOTHING_SAID[sound] if sound in NOTHING_SAID else recording(recordings / sound)
    utterance = whole(wave[: 28 * RATE], tmp_path / "sound.wav")
    assert words_of(utterance.audio, turns_of(utterance.audio, diarizer), whisper, "en") == []
    assert whisper.transcribe(utterance, language="en") == ()
    assert whisper.identify(utterance) == ()


def test_words_lie_where_somebody_speaks_and_none_over_its_neighbour(whisper, diarizer, recordings, tmp_path):
    audio = whole(recording(recordings / "two-speakers.wav"), tmp_path / "two.wav").audio
    words = words_of(audio, turns_of(audio, diarizer), whisper, "en")
    assert len(words) > 50
    spoken = [turn.span for turn in read_rttm(recordings / "two-speakers.rttm")]
    outside = [word for word in words if sum(word.span.overlap(span) for span in spoken) < word.span.duration / 2]
    assert outside == []
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))


def test_music_between_two_sentences_is_not_listened_to_and_moves_no_words(whisper, recordings, tmp_path):
    first, second = (recording(recordings / f"LJ001-000{n}.flac") for n in (2, 8))
    bed = recording(recordings / "music-battle.ogg")[: 20 * RATE]
    utterance = whole(np.concatenate([first, bed, second]), tmp_path / "film.wav")
    words = whisper.transcribe(utterance, language="en")
    assert metrics.normalize_text(said(words)) == "in being comparatively modern has never been surpassed"
    begins = len(first) / RATE + 20.0
    assert words[3].span.end < len(first) / RATE + 0.1 and words[4].span.start > begins - 0.1
    assert words[-1].span.end <= utterance.span.end


def test_words_that_lie_in_neighbouring_utterances_are_not_heard_twice(whisper, recordings, tmp_path):
    wave = recording(recordings / "LJ001-0001.flac")
    audio = whole(wave, tmp_path / "film.wav").audio
    halves = [whisper.transcribe(Utterance(audio, span), language="en") for span in (Span(0.0, 4.5), Span(4.5, len(wave) / RATE))]
    assert halves[0][-1].span.end <= 4.5 <= halves[1][0].span.start
    text = transcripts(recordings)["LJ001-0001"]
    assert metrics.count_word_errors(text, said([*halves[0], *halves[1]])).insertions <= 1


def test_a_prompt_gives_names_their_spelling_and_the_next_call_forgets_it(whisper, recordings, tmp_path):
    two = whole(recording(recordings / "two-speakers.wav")[6 * RATE : 18 * RATE], tmp_path / "two.wav")
    plain = said(whisper.transcribe(two, language="en"))
    assert "Dyane" not in plain
    assert "Dyane" in said(whisper.transcribe(two, language="en", prompt="Dyane, Sheila"))
    assert said(whisper.transcribe(two, language="en")) == plain


def test_two_threads_get_what_one_gets(whisper, jfk, recordings, tmp_path):
    other = whole(recording(recordings / "LJ001-0003.flac"), tmp_path / "lj.wav")
    alone = [whisper.transcribe(utterance, language="en") for utterance in (jfk, other)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda utterance: whisper.transcribe(utterance, language="en"), (jfk, other))) == alone


def test_a_language_that_whisper_or_this_model_never_learned_is_a_language_error(whisper, jfk):
    with pytest.raises(LanguageError, match="whisper does not know Irish"):
        whisper.transcribe(jfk, language="ga")
    with pytest.raises(LanguageError, match=r"never learned 'yue'; name a newer one in TRANSCRIBER_MODEL"):
        whisper.transcribe(jfk, language="yue")


def test_a_model_that_cannot_be_read_is_an_engine_error(tmp_path):
    cut = shutil.copytree(model_folder("whisper-base"), tmp_path / "cut")
    (cut / "model.bin").write_bytes((cut / "model.bin").read_bytes()[:1000])
    with pytest.raises(EngineError, match=r"cut cannot be loaded as int8 .* check TRANSCRIBER_MODEL"):
        WhisperTranscriber(str(cut))


def test_an_unknown_model_is_named_with_its_setting(tmp_path):
    with pytest.raises(ModelMissing, match="TRANSCRIBER_MODEL"):
        WhisperTranscriber("larger-v9", hub=Hub(tmp_path))


def test_the_fingerprint_names_all_that_changes_an_answer(whisper):
    def fingerprint(**options: object) -> str:
        return WhisperTranscriber(hub=Hub(model_folder("whisper-base").parent), **options).fingerprint

    assert len({whisper.fingerprint, fingerprint(beam_size=1), fingerprint(compute_type="float32")}) == 3
    assert fingerprint(workers=1, threads=2) == whisper.fingerprint
    assert WhisperTranscriber(str(model_folder("whisper-base"))).fingerprint.split("@")[1] == whisper.fingerprint.split("@")[1]
