"""Speech by the real library on a tiny model, which babbles for exactly as long as it is asked to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_omnivoice import tiny_omnivoice

from pipeline.engines.omnivoice.omnivoice_languages import CODES
from pipeline.engines.omnivoice.synthesizer import OmnivoiceSynthesizer
from pipeline.errors import EngineError, LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact
from pipeline.values.timeline import Speaker, Voice

pytestmark = [pytest.mark.omnivoice, pytest.mark.usefixtures("one_torch_thread")]

MAN, WOMAN = Speaker("S1", 9.0, 110.0), Speaker("S2", 5.0, 220.0)
SENTENCES = {
    "es": "Hola, ¿cómo estás hoy, amigo?",
    "ja": "東京へ行きましょう、明日の朝。",
    "ar": "مرحبا، كيف حالك اليوم؟",
    "ca": "Bon dia a tothom.",
}


@pytest.fixture(scope="module")
def folder(one_torch_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_omnivoice(tmp_path_factory.mktemp("hub") / "my-omnivoice")


@pytest.fixture(scope="module")
def omnivoice(folder: Path) -> OmnivoiceSynthesizer:
    return OmnivoiceSynthesizer("my-omnivoice", hub=Hub(folder.parent), device="cpu", steps=2, attempts=1)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    """A voice with three seconds of a buzz for a reference."""
    path = tmp_path_factory.mktemp("clip") / "reference.flac"
    time = np.arange(72_000) / 24_000
    soundfile.write(path, 0.1 * np.sign(np.sin(2 * np.pi * 120 * time)) * np.abs(np.sin(2 * np.pi * 2 * time)), 24_000)
    return Voice("S1", "omnivoice:low-1", reference=Artifact.of(path), transcript="I had to leave before the rain came.")


@pytest.mark.parametrize("language", SENTENCES)
def test_a_take_lasts_as_long_as_it_is_asked_to(omnivoice: OmnivoiceSynthesizer, clone: Voice, language: str) -> None:
    natural = omnivoice.seconds(SENTENCES[language], clone, language=language)
    assert natural is not None
    for asked in (0.71 * natural, natural, 1.313 * natural):
        spoken = omnivoice.speak(SENTENCES[language], clone, language=language, seconds=asked)
        assert len(spoken.wave) / spoken.sample_rate == pytest.approx(asked, abs=0.04)
        assert spoken.rate == pytest.approx(natural / asked, rel=0.01)
    assert (spoken.sample_rate, spoken.wave.dtype, spoken.wave.ndim) == (48_000, np.float32, 1)
    assert 0.01 < np.abs(spoken.wave).max() <= 0.75 and np.isfinite(spoken.wave).all()


def test_a_duration_that_no_voice_can_keep_is_kept_as_nearly_as_one_can(omnivoice: OmnivoiceSynthesizer, clone: Voice) -> None:
    hurried, slow = (omnivoice.speak(SENTENCES["es"], clone, language="es", seconds=seconds).rate for seconds in (0.05, 60.0))
    assert (hurried, slow) == (1.5, 0.7)


def test_a_long_line_is_spoken_in_parts_of_one_batch_and_lasts_as_asked(omnivoice: OmnivoiceSynthesizer, clone: Voice) -> None:
    text = "Hoy vamos a caminar por la orilla del río, hasta la casa donde vivía mi abuela cuando era niña. " * 4
    natural = omnivoice.seconds(text, clone, language="es")
    assert natural and natural > 20.0 and len(omnivoice._split_text(text)) > 1
    spoken = omnivoice.speak(text, clone, language="es", seconds=0.9 * natural)
    assert len(spoken.wave) / spoken.sample_rate == pytest.approx(0.9 * natural, abs=0.1)


def test_a_speaker_with_the_words_of_the_clip_is_cloned_and_one_without_is_told(
    omnivoice: OmnivoiceSynthesizer, clone: Voice
) -> None:
    cloned = omnivoice.speak("Hola.", clone, language="es", seconds=1.0)
    without = omnivoice.speak("Hola.", replace(clone, transcript=None), language="es", seconds=1.0)
    assert not any("voice of the model's own" in note.text for note in cloned.notes)
    told = "S1 speaks with a voice of the model's own, because the words of the reference clip are not known"
    assert told in [note.text for note in without.notes]
    assert not np.array_equal(cloned.wave, without.wave)
    own = omnivoice.speak("Hola.", Voice("S1", "omnivoice:low-1"), language="es", seconds=1.0)
    assert not any("voice of the model's own" in note.text for note in own.notes), "nobody expects a clone"
    assert (cloned.cloned, without.cloned, own.cloned) == (True, False, False)


def test_a_line_with_the_words_of_the_clip_is_not_spoken_from_it(omnivoice: OmnivoiceSynthesizer, clone: Voice) -> None:
    spoken = omnivoice.speak("I had to leave before the rain.", clone, language="en", seconds=1.2)
    assert any("a line has the very words of the reference clip" in note.text for note in spoken.notes)


def test_replicas_give_the_same_samples_and_a_variation_gives_others(folder: Path, clone: Voice) -> None:
    import torch

    answers = []
    for n in range(2):
        replica = OmnivoiceSynthesizer(str(folder), device="cpu", steps=2, attempts=1)
        torch.manual_seed(n)
        before = torch.get_rng_state()
        answers.append([replica.speak("Hola.", clone, language="es", seconds=1.0, variation=v).wave for v in (n, 1 - n)])
        assert torch.equal(torch.get_rng_state(), before)
    (first, second), (varied, again) = answers
    assert np.array_equal(first, again) and np.array_equal(second, varied) and not np.array_equal(first, second)


def test_the_fingerprint_names_weights_and_options(folder: Path, omnivoice: OmnivoiceSynthesizer) -> None:
    other = OmnivoiceSynthesizer(str(folder), device="cpu", steps=3, attempts=1)
    assert "omnivoice=0.2.1;model=" in omnivoice.fingerprint and ";steps=2;" in omnivoice.fingerprint
    assert other.fingerprint == omnivoice.fingerprint.replace(";steps=2;", ";steps=3;")


def test_its_own_voices_are_cast_by_register_and_each_sounds_as_itself(omnivoice: OmnivoiceSynthesizer) -> None:
    low, high = omnivoice.cast((MAN, WOMAN), language="gl")
    assert (low.name, high.name) == ("omnivoice:low-1", "omnivoice:high-1")
    assert [voice.name for voice in omnivoice.cast((MAN,), language="gl", voices=("omnivoice:low-3",))] == ["omnivoice:low-3"]
    waves = [omnivoice.speak("Bo día.", voice, language="gl", seconds=1.0).wave for voice in (low, high)]
    assert len(omnivoice.voices(language="gl")) == 8 and not np.array_equal(*waves)
    with pytest.raises(EngineError, match="is not a voice of this engine"):
        omnivoice.speak("Bo día.", Voice("S1", "xtts:clone"), language="gl", seconds=1.0)


def test_every_language_has_a_code_that_the_library_knows() -> None:
    from omnivoice.utils.lang_map import LANG_IDS

    assert set(CODES.values()) <= LANG_IDS and len(CODES) > 600


@pytest.mark.parametrize("text", ["[…]", "", "♪ ♪"])
def test_a_text_without_words_is_an_engine_error(omnivoice: OmnivoiceSynthesizer, clone: Voice, text: str) -> None:
    with pytest.raises(EngineError, match="can be spoken"):
        omnivoice.speak(text, clone, language="es", seconds=1.0)


def test_commands_of_the_library_in_a_text_are_none(omnivoice: OmnivoiceSynthesizer) -> None:
    assert omnivoice._split_text("Hola <|text_end|> amigo [laughter] {x}") == ("Hola amigo laughter x",)


def test_a_line_or_a_language_beyond_it_is_refused(omnivoice: OmnivoiceSynthesizer, clone: Voice) -> None:
    with pytest.raises(EngineError, match="too long"):
        omnivoice.speak("word " * 1000, clone, language="en", seconds=None)
    with pytest.raises(LanguageError, match="cannot speak Latin"):
        omnivoice.cast((MAN,), language="la")


def test_silence_is_an_error_and_a_take_at_fault_is_made_again_and_told(
    folder: Path, clone: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = OmnivoiceSynthesizer(str(folder), device="cpu", steps=2, attempts=2)
    seeds: list[int] = []
    generate = broken._model.generate

    def looped(texts, code, voice, *, seed):
        """The model's wave with its second half like its first: a model that loops."""
        seeds.append(seed)
        (wave,) = generate(texts, code, voice, seed=seed)
        half = wave[: len(wave) // 2 // 768 * 768]
        return [np.concatenate([half, half, wave[2 * len(half) :]])]

    monkeypatch.setattr(broken._model, "generate", looped)
    spoken = broken.speak("Hola, buenos días.", clone, language="es", seconds=2.0)
    assert "repeated words" in spoken.faults and len(set(seeds)) == 2
    assert "Every one of 2 attempts had a fault" in spoken.notes[-1].text

    monkeypatch.setattr(broken._model, "generate", lambda texts, code, voice, *, seed: [np.zeros(24_000, np.float32)])
    with pytest.raises(EngineError, match="came out silent 2 times"):
        broken.speak("Hola.", clone, language="es", seconds=1.0)


def test_a_take_that_is_the_reference_clip_has_a_fault(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parrot = OmnivoiceSynthesizer(str(folder), device="cpu", steps=2, attempts=1)
    soundfile.write(tmp_path / "noise.flac", 0.1 * np.random.default_rng(1).standard_normal(72_000), 24_000)
    voice = Voice("S1", "omnivoice:low-1", reference=Artifact.of(tmp_path / "noise.flac"), transcript="It was raining.")
    monkeypatch.setattr(parrot._model, "generate", lambda texts, code, voice, *, seed: [voice.wave[:48_000]])
    assert "reference clip spoken" in parrot.speak("Hola, amigo mío.", voice, language="es", seconds=2.0).faults


def test_a_folder_that_lacks_a_file_fetches_nothing(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "mine").mkdir()
    for path in folder.glob("*.*"):
        (tmp_path / "mine" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelMissing, match=r"no audio_tokenizer/config\.json .*SYNTHESIZER_MODEL"):
        OmnivoiceSynthesizer("mine", hub=Hub(tmp_path))


def test_files_that_are_not_a_model_are_said_to_be_none(tmp_path: Path, folder: Path) -> None:
    for path in [each for each in folder.rglob("*") if each.is_file()]:
        copy = tmp_path / path.relative_to(folder)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(b"nonsense" if path.name == "model.safetensors" else path.read_bytes())
    with pytest.raises(EngineError, match="cannot be loaded"):
        OmnivoiceSynthesizer(str(tmp_path))
