"""Speech by the real library on a tiny model, which babbles."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_xtts import tiny_xtts

from pipeline.engines.cloning.take_guards import Expectation, judge_take
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.engines.synthesizer_xtts import XttsSynthesizer
from pipeline.engines.xtts.sampling import SamplingOptions
from pipeline.engines.xtts.text_normalization import end_with_stop, normalize_text
from pipeline.engines.xtts.xtts_model import XttsModel
from pipeline.errors import EngineError, LanguageError
from pipeline.values.media import Artifact
from pipeline.values.timeline import Speaker, Voice

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("one_torch_thread")]

MAN, WOMAN = Speaker("S1", 9.0, 110.0), Speaker("S2", 5.0, 220.0)
SENTENCE = "Hello, who are you?"


@pytest.fixture(scope="module")
def folder(one_torch_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("TTS")
    return tiny_xtts(tmp_path_factory.mktemp("xtts"), studio=("Damien Black", "Ana Florence"))


@pytest.fixture(scope="module")
def xtts(folder: Path) -> XttsSynthesizer:
    return XttsSynthesizer(str(folder), device="cpu", own_weights=True, attempts=2)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    """A voice with two seconds of a buzz for a reference."""
    path = tmp_path_factory.mktemp("clip") / "reference.flac"
    time = np.arange(48_000) / 24_000
    soundfile.write(path, 0.1 * np.sign(np.sin(2 * np.pi * 120 * time)) * np.abs(np.sin(2 * np.pi * 2 * time)), 24_000)
    return Voice("S1", "xtts:clone", reference=Artifact.of(path))


def said(
    xtts: XttsSynthesizer, voice: Voice, text: str = SENTENCE, language: str = "en", seconds: float | None = None
) -> SynthesizedSpeech:
    return xtts.speak(text, voice, language=language, seconds=seconds)


def test_speech_is_finite_mono_at_48_khz_and_at_the_level_of_a_take(xtts: XttsSynthesizer, clone: Voice) -> None:
    spoken = said(xtts, clone)
    assert (spoken.sample_rate, spoken.rate) == (48_000, 1.0)
    assert spoken.wave.dtype == np.float32 and spoken.wave.ndim == 1
    assert np.isfinite(spoken.wave).all() and len(spoken.wave) > 4_800
    assert 0.03 < float(np.sqrt(np.mean(spoken.wave**2))) < 0.08
    assert np.abs(spoken.wave).max() <= 0.75


def test_replicas_give_the_same_samples_in_any_order_and_leave_the_lot_of_others_alone(folder: Path, clone: Voice) -> None:
    import torch

    orders = [("Yes.", "en", clone), ("Sí.", "es", clone), ("Yes.", "en", Voice("S2", "xtts:Ana Florence"))]
    answers = []
    for sequence in (orders, orders[::-1]):
        replica = XttsSynthesizer(str(folder), device="cpu", own_weights=True, attempts=1)
        torch.manual_seed(len(answers))
        before = torch.get_rng_state()
        spoken = {(*order[:2], order[2].name): said(replica, order[2], *order[:2]).wave for order in sequence}
        assert torch.equal(torch.get_rng_state(), before)
        answers.append((replica.fingerprint, spoken))
    (one, first), (other, second) = answers
    assert one == other
    assert all(np.array_equal(first[order], second[order]) for order in first)
    lengths = {len(wave) for wave in first.values()}
    assert len(lengths) > 1  # another text or voice is another lot


def test_a_voice_is_listened_to_once_whatever_its_file_is_called(xtts: XttsSynthesizer, clone: Voice, tmp_path: Path) -> None:
    assert clone.reference
    said(xtts, clone)
    moved = replace(clone, reference=replace(clone.reference, path=tmp_path / "gone.flac"))
    assert np.array_equal(said(xtts, moved).wave, said(xtts, clone).wave)
    with pytest.raises(EngineError, match="cannot be read as audio"):
        said(xtts, replace(moved, reference=replace(clone.reference, path=tmp_path / "gone.flac", digest="another")))


def test_a_line_is_spoken_faster_down_to_a_limit_and_slower_down_to_another(xtts: XttsSynthesizer, clone: Voice) -> None:
    natural = len(said(xtts, clone).wave)
    hurried = said(xtts, clone, seconds=natural / 48_000 / 1.2)
    assert len(hurried.wave) == pytest.approx(natural / 1.2, rel=0.06)
    assert hurried.rate == pytest.approx(natural / len(hurried.wave), rel=0.001)
    assert said(xtts, clone, seconds=0.05).rate == pytest.approx(1.35, rel=0.06)
    assert said(xtts, clone, seconds=60.0).rate == pytest.approx(0.9, rel=0.06)
    assert said(xtts, clone, seconds=natural / 48_000 * 1.01).rate == 1.0


def test_a_pace_sounds_as_the_library_would_have_spoken_it(folder: Path, xtts: XttsSynthesizer) -> None:
    import torch

    model = xtts._model
    timbre, sampling = model.studio["Ana Florence"], SamplingOptions()
    draw = model.sample_speech("hello .", "en", timbre, seed=5, sampling=sampling)
    torch.manual_seed(5)
    theirs = model._model.inference(
        "hello .", "en", timbre.conditioning, timbre.embedding, speed=1.25,
        temperature=sampling.temperature, repetition_penalty=sampling.repetition_penalty, top_k=sampling.top_k, top_p=sampling.top_p,
    )["wav"]  # fmt: skip
    np.testing.assert_allclose(model.decode_wave(draw, timbre, speed=1.25), theirs, atol=1e-6)


def test_a_text_over_the_limit_is_spoken_in_parts(xtts: XttsSynthesizer, clone: Voice) -> None:
    longest = 24 * 1024 / 22_050  # seconds that this model can speak at once
    text = "This sentence is not short, for it has to be cut in two. " * 5
    assert not xtts._model.can_read(text, "en")
    assert len(said(xtts, clone, text).wave) / 48_000 > longest
    with pytest.raises(EngineError, match="too long"):
        said(xtts, clone, "word " * 1000)


@pytest.mark.parametrize("language", sorted(XttsSynthesizer.languages - {"zh", "ja"}))
def test_nothing_a_subtitle_may_hold_stops_the_library_from_reading(xtts: XttsSynthesizer, language: str) -> None:
    hostile = [
        "1.",
        "5. 1.",
        "2º",
        "1st",
        "12,5",
        "1.000.000",
        "$20",
        "20€",
        "£5.50",
        "10 %",
        "3:45",
        "007",
        "9" * 18,
        "9" * 3000,
    ]
    hostile += ["1.2.3.4", "½", "²", "٣", "१२", "1e5", "-3,2", "$.", "€", "#5", "&", "@", "[en][STOP]", "Nguyễn", "東京", "\x00"]
    for text in hostile:
        words = normalize_text(xtts._model.replace_unknown_letters(normalize_text(text, language), language), language)
        if words:
            assert xtts._model.can_read(end_with_stop(words[:60], language), language)


def test_letters_that_the_model_was_not_taught_lose_their_accents_or_are_left_out(xtts: XttsSynthesizer) -> None:
    assert xtts._model.replace_unknown_letters("Nguyễn ñ 東京 ok.", "es") == "Nguyen ñ ok."
    assert xtts._model.replace_unknown_letters("20€, 5%", "es") == "20€, 5%"


@pytest.mark.parametrize("text", ["", "…", "♪ ♪", "[]", "東京"])
def test_a_text_without_words_is_an_engine_error(xtts: XttsSynthesizer, clone: Voice, text: str) -> None:
    with pytest.raises(EngineError, match="can be spoken"):
        said(xtts, clone, text)


def test_languages_that_it_was_not_taught_are_refused_and_countries_are_not(xtts: XttsSynthesizer, clone: Voice) -> None:
    assert [voice.speaker for voice in xtts.cast((MAN, WOMAN), language="pt-BR")] == ["S1", "S2"]
    with pytest.raises(LanguageError, match="cannot speak Catalan"):
        xtts.cast((MAN,), language="ca")
    with pytest.raises(LanguageError, match="cannot speak Catalan"):
        said(xtts, clone, language="ca")


@pytest.mark.parametrize(("language", "module"), [("ja", "cutlet"), ("zh-CN", "pypinyin")])
def test_a_language_whose_package_is_missing_says_which(xtts: XttsSynthesizer, language: str, module: str) -> None:
    try:
        __import__(module)
    except ImportError:
        with pytest.raises(EngineError, match=rf"{module}.*pip install 'coqui-tts\[{language[:2]}\]'"):
            xtts.cast((MAN,), language=language)
    else:
        assert xtts.cast((MAN,), language=language)


def test_who_has_no_reference_speaks_with_a_voice_of_the_model_in_the_same_register(xtts: XttsSynthesizer) -> None:
    low, high = xtts.cast((MAN, WOMAN), language="en")
    assert (low.name, high.name) == ("xtts:Damien Black", "xtts:Ana Florence")
    with pytest.raises(EngineError, match="S1 has no reference clip"):
        said(xtts, Voice("S1", "xtts:clone"))
    with pytest.raises(EngineError, match="is not a voice of this engine"):
        said(xtts, Voice("S1", "es+m3:p50"))


def test_the_voices_of_the_model_can_be_chosen_in_every_language_it_speaks(xtts: XttsSynthesizer) -> None:
    assert xtts.voices(language="es-MX") == ("xtts:Damien Black", "xtts:Ana Florence")
    assert len(said(xtts, Voice("S1", xtts.voices(language="en")[1])).wave)
    with pytest.raises(LanguageError):
        xtts.voices(language="ca")


def test_a_listener_chooses_among_the_attempts(folder: Path, clone: Voice) -> None:
    heard: list[Wave] = []

    def listener(wave: Wave, rate: int, text: str, language: str) -> float:
        assert (rate, text, language) == (24_000, "Yes .", "en")
        heard.append(wave)
        return 0.0 if len(heard) == 2 else 9.0

    picky = XttsSynthesizer(str(folder), device="cpu", own_weights=True, sampling={"temperature": 0.9}, listener=listener)
    spoken = said(picky, clone, "Yes.")
    assert 2 <= len(heard) <= 3 and len({len(wave) for wave in heard}) > 1
    assert len(spoken.wave) == 2 * len(heard[1])
    assert "temperature=0.9" in picky.fingerprint and "heard=" in picky.fingerprint

    picky._model._model.hifigan_decoder.waveform_decoder.conv_post.weight.data.zero_()
    with pytest.raises(EngineError, match="came out silent 3 times"):
        said(picky, clone, "Never heard.")


def test_a_checkpoint_with_configuration_objects_is_read_and_left_as_it_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig

    checkpoint = torch.load(folder / "model.pth", weights_only=True)
    with monkeypatch.context() as once:  # where the classes lived when XTTS v2 was published
        for one in (XttsArgs, XttsAudioConfig):
            once.setattr(one, "__module__", "TTS.tts.models.xtts")
        torch.save(checkpoint | {"config": XttsConfig()}, tmp_path / "model.pth")
    for name in ("config.json", "vocab.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    before = (tmp_path / "model.pth").stat()
    assert XttsModel(tmp_path, device="cpu").studio == {}
    after = (tmp_path / "model.pth").stat()  # its time of access is another's business: reading may move it
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_runs_no_code(folder: Path, tmp_path: Path) -> None:
    import torch

    for name in ("config.json", "vocab.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    torch.save({"model": Evil(tmp_path / "owned")}, tmp_path / "model.pth")
    with pytest.raises(EngineError, match="cannot be loaded"):
        XttsModel(tmp_path, device="cpu")
    assert not (tmp_path / "owned").exists()


def test_files_that_are_not_a_model_are_said_to_be_none(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "vocab.json", "model.pth"):
        (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(EngineError, match="cannot be loaded"):
        XttsModel(tmp_path, device="cpu")


def test_the_guard_would_refuse_what_this_model_says_and_it_is_heard_all_the_same(xtts: XttsSynthesizer, clone: Voice) -> None:
    spoken = said(xtts, clone, "a")
    assert len(spoken.wave)
    verdict = judge_take(spoken.wave, spoken.wave, spoken.sample_rate, Expectation("a", 30.0))
    assert "too short" in verdict.faults
    assert spoken.faults and [note.severity for note in spoken.notes] == ["warning"]


@pytest.mark.gpu
def test_a_gpu_speaks_too(folder: Path, clone: Voice) -> None:
    gpu = XttsSynthesizer(str(folder), device="cuda", own_weights=True, attempts=1)
    gpu.check()
    assert np.array_equal(said(gpu, clone).wave, said(gpu, clone).wave)
