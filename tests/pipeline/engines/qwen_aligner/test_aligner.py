"""Forced alignment by the real library on tiny models: one whose times rise from mark to mark, and one of random weights."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_qwen_aligner import STEP_MS, count_step, tiny_qwen_aligner

from pipeline.engines.alignment.aligned_words import split_words
from pipeline.engines.protocols import Utterance
from pipeline.engines.qwen_aligner.aligner import QwenAligner
from pipeline.engines.qwen_aligner.aligner_languages import LANGUAGES, NAMES
from pipeline.errors import EngineError, LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span

pytestmark = pytest.mark.models

TEXTS = {
    "en": "Ask not — what we can do for you, ask what you do!",
    "de": "Es ist «schön», daß du da bist.",
    "fr": "L'été, c'est mieux.",
    "ru": "Привет, как дела?",
    "pt-BR": "Não sei… talvez amanhã.",
    "ja": "今日は「良い」天気ですね。ＡＢＣ、１２３人。",
    "ko": "안녕하세요 여러분, 오늘은 날씨가 좋아요.",
    "zh": "你好，我们明天去 Paris 吧。",
    "yue": "你好呀。",
}


@pytest.fixture(scope="module", autouse=True)
def qwen_asr(one_torch_thread: None) -> None:
    pytest.importorskip("qwen_asr", reason="qwen-asr is not installed; run ALIGNER=qwen3 ./dubarr setup --profile cpu-models")


@pytest.fixture(scope="module")
def folder(qwen_asr: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_qwen_aligner(tmp_path_factory.mktemp("hub") / "my-aligner")


@pytest.fixture(scope="module")
def aligner(folder: Path) -> QwenAligner:
    return QwenAligner("my-aligner", hub=Hub(folder.parent), device="cpu")


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Twelve seconds: six of noise in bursts, three of silence, three of noise."""
    path = tmp_path_factory.mktemp("audio") / "speech.wav"
    time = np.arange(12 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
    noise = np.random.default_rng(3).normal(scale=0.1, size=len(time)) * np.abs(np.sin(2 * np.pi * time))
    soundfile.write(path, np.where((time >= 6) & (time < 9), 0.0, noise), SPEECH_RATE_HZ)
    return Artifact.of(path)


@pytest.mark.parametrize("language", TEXTS)
def test_each_word_of_the_text_is_in_the_answer_in_order_and_within_the_utterance(
    aligner: QwenAligner, audio: Artifact, language: str
) -> None:
    words = aligner.align(Utterance(audio, Span(1.0, 5.5)), TEXTS[language], language=language)
    assert tuple(word.text for word in words) == split_words(TEXTS[language], language=language)
    assert words[0].span.start >= 1.0 and words[-1].span.end <= 5.5
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))
    letters = [word for word in words if any(map(str.isalnum, word.text))]
    assert all(word.confidence is None for word in letters)
    assert all(word.confidence == 0.0 for word in words if word not in letters)


def test_a_word_has_the_times_of_its_marks(aligner: QwenAligner, audio: Artifact) -> None:
    words = aligner.align(Utterance(audio, Span(1.0, 6.0)), "one two three, four", language="en")
    starts = [1.0 + count_step(mark, 5) * STEP_MS / 1000 for mark in (1, 3, 5, 7)]
    ends = [1.0 + count_step(mark, 5) * STEP_MS / 1000 for mark in (2, 4, 6, 8)]
    assert [word.span.start for word in words] == pytest.approx(starts)
    assert [word.span.end for word in words] == pytest.approx(ends)
    assert [(word.text, word.confidence) for word in words] == [(text, None) for text in ("one", "two", "three,", "four")]


def test_the_library_answers_the_same_where_its_times_are_in_order(folder: Path, aligner: QwenAligner, audio: Artifact) -> None:
    from qwen_asr import Qwen3ForcedAligner

    wave, rate = soundfile.read(audio.path, stop=5 * SPEECH_RATE_HZ, dtype="float32")
    theirs = Qwen3ForcedAligner.from_pretrained(str(folder)).align((wave, rate), TEXTS["fr"], "French")[0]
    ours = aligner.align(Utterance(audio, Span(0.0, 5.0)), TEXTS["fr"], language="fr")
    assert [word.span.start for word in ours] == pytest.approx([item.start_time for item in theirs])
    assert [word.span.end for word in ours] == pytest.approx([item.end_time for item in theirs])


@pytest.mark.parametrize("seed", range(1, 6))
def test_times_of_random_weights_are_put_in_order_or_refused(audio: Artifact, tmp_path: Path, seed: int) -> None:
    words = QwenAligner(str(tiny_qwen_aligner(tmp_path, seed=seed)), device="cpu").align(
        Utterance(audio, Span(1.0, 5.5)), TEXTS["en"], language="en"
    )
    assert tuple(word.text for word in words) in ((), split_words(TEXTS["en"], language="en"))
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))
    assert sum(word.confidence is None for word in words) < 10, "most are all the same, or out of order"


def test_replicas_give_the_same_answer_and_other_weights_another(folder: Path, audio: Artifact, tmp_path: Path) -> None:
    answers, other = [], tiny_qwen_aligner(tmp_path / "other", seed=1)
    for place in (folder, folder, other):
        replica = QwenAligner(str(place), device="cpu")
        answers.append((replica.fingerprint, replica.align(Utterance(audio, Span(0.0, 5.0)), TEXTS["en"], language="en")))
    assert answers[0] == answers[1]
    assert answers[0][0] != answers[2][0] and answers[0][1] != answers[2][1]
    assert "qwen-asr=0.0.6;model=" in answers[0][0]


@pytest.mark.parametrize("text", ["", " \n", "…", "♪ ♪", "<|audio_pad|>"[:2]])
def test_a_text_without_letters_gives_no_words(aligner: QwenAligner, audio: Artifact, text: str) -> None:
    assert aligner.align(Utterance(audio, Span(0.0, 5.0)), text, language="en") == ()


def test_marks_of_the_model_in_a_text_are_words(aligner: QwenAligner, audio: Artifact) -> None:
    text = "<timestamp> <|audio_pad|><timestamp> hello"
    words = aligner.align(Utterance(audio, Span(0.0, 5.0)), text, language="en")
    assert [word.text for word in words] == text.split()


def test_silence_and_an_unknown_language_give_no_words(aligner: QwenAligner, audio: Artifact) -> None:
    assert aligner.align(Utterance(audio, Span(6.5, 8.5)), "Hello.", language="en") == ()
    assert aligner.align(Utterance(audio, Span(20.0, 22.0)), "Hello.", language="en") == (), "beyond the end of the film"
    assert aligner.align(Utterance(audio, Span(0.0, 5.0)), "Bon dia.", language="ca") == ()
    with pytest.raises(LanguageError):
        aligner.align(Utterance(audio, Span(0.0, 5.0)), "Hello.", language="no language")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "word " * 2000), ("ja", "今日は良い天気です" * 1112), ("en", "a" * 10_000)]
)
def test_ten_thousand_characters_are_not_said_in_five_seconds(
    aligner: QwenAligner, audio: Artifact, language: str, text: str
) -> None:
    assert aligner.align(Utterance(audio, Span(0.0, 5.0)), text, language=language) == ()


def test_ten_thousand_characters_are_aligned_with_five_minutes_of_speech(aligner: QwenAligner, tmp_path: Path) -> None:
    noise = np.random.default_rng(4).normal(scale=0.1, size=290 * SPEECH_RATE_HZ)
    soundfile.write(tmp_path / "long.wav", noise, SPEECH_RATE_HZ)
    words = aligner.align(Utterance(Artifact.of(tmp_path / "long.wav"), Span(0.0, 290.0)), "word " * 2000, language="en")
    assert len(words) == 2000 and words[-1].span.end <= 290.0
    with pytest.raises(EngineError, match="over 300 s; align it in parts"):
        aligner.align(Utterance(Artifact.of(tmp_path / "long.wav"), Span(0.0, 301.0)), "word", language="en")


def test_languages_are_those_that_the_model_lists(folder: Path, aligner: QwenAligner, tmp_path: Path) -> None:
    from qwen_asr.inference.utils import SUPPORTED_LANGUAGES

    assert aligner.languages == LANGUAGES, "the model lists none"
    assert set(NAMES.values()) == set(SUPPORTED_LANGUAGES)
    own = QwenAligner(str(tiny_qwen_aligner(tmp_path / "own", support_languages=["English", "thai"])), device="cpu")
    assert own.languages == {"en", "th"}


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "tokenizer_config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_no_model(folder: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / name).unlink()
    with pytest.raises(ModelMissing, match=f"has no {name}; give ALIGNER_MODEL"):
        QwenAligner(str(tmp_path / "broken"), device="cpu")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0{}      "),  # sound, and without any weights
        ("model.safetensors", b"nothing"),
        ("config.json", b"{}"),
        ("config.json", b"\xff"),
        ("tokenizer.json", b"{"),
        ("preprocessor_config.json", b"[]"),
    ],
)
def test_a_damaged_folder_is_an_engine_error(folder: Path, tmp_path: Path, name: str, content: bytes) -> None:
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / name).write_bytes(content)
    with pytest.raises(EngineError, match="cannot be loaded"):
        QwenAligner(str(tmp_path / "broken"), device="cpu")


def test_a_tokenizer_whose_merges_are_anothers_is_an_engine_error(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / "tokenizer.json").unlink()
    QwenAligner(str(tmp_path / "broken"), device="cpu")
    (tmp_path / "broken" / "merges.txt").write_text("xx yy\n")
    with pytest.raises(EngineError, match="cannot be loaded .*out of vocabulary"):
        QwenAligner(str(tmp_path / "broken"), device="cpu")


def test_a_model_that_recognises_speech_is_no_aligner(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "asr")
    config = json.loads((tmp_path / "asr" / "config.json").read_text())
    config["thinker_config"]["model_type"] = "qwen3_asr_thinker"
    (tmp_path / "asr" / "config.json").write_text(json.dumps(config))
    with pytest.raises(EngineError, match="recognises speech, no forced aligner"):
        QwenAligner(str(tmp_path / "asr"), device="cpu")


def test_an_unknown_name_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="give ALIGNER_MODEL a directory"):
        QwenAligner("nothing", hub=Hub(tmp_path), device="cpu")
