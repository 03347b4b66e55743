"""AudioSeal's own library on tiny random weights: they hide nothing, but load, have the right lengths and levels, and leave no seams."""

import pickle
import sys

import numpy as np
import pytest

from pipeline.engines.registry.engine_builder import build_watermarker
from pipeline.engines.separation.overlap_add import Overlap
from pipeline.engines.watermark.watermark_signal import MAX_LEVEL_DB, MODEL_RATE_HZ, add_watermark
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub

RATE = 24_000


def test_without_its_library_the_way_out_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "audioseal", None)
    with pytest.raises(EngineError, match="audioseal is not installed; run ./dubarr setup with WATERMARK=1, or set WATERMARK=0"):
        build_watermarker(None, Hub())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import torch
    from tiny_audioseal import tiny_audioseal

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small networks gain nothing from more, and lose on a busy machine
    yield tiny_audioseal(tmp_path_factory.mktemp("models") / "audioseal")
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def watermarker(folder):
    from tiny_audioseal import tiny_card

    from pipeline.engines.watermark.audioseal_models import GENERATOR_CARD
    from pipeline.engines.watermark.audioseal_watermarker import AudioSealWatermarker

    return AudioSealWatermarker(hub=Hub(folder.parent), card=tiny_card(GENERATOR_CARD))


def say(seconds: float, rate: int = RATE) -> np.ndarray:
    """Syllables of a voice's harmonics."""
    at = np.arange(round(seconds * rate)) / rate
    voice = sum(np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 30))
    return (0.1 * voice * (at % 0.28 < 0.18)).astype(np.float32)


def level(wave: np.ndarray) -> float:
    return 20 * np.log10(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


@pytest.mark.models
@pytest.mark.parametrize("seconds", [0.0001, 0.01, 0.5, 3.21])
def test_a_take_of_any_length_keeps_it_and_its_watermark_is_bounded(watermarker, seconds):
    wave = say(seconds)
    marked = watermarker.mark(wave, RATE)
    assert (marked.dtype, marked.shape) == (np.float32, wave.shape)
    if seconds > 0.1:
        assert level(marked - wave) - level(wave) <= MAX_LEVEL_DB + 0.01
        assert not np.array_equal(marked, wave)
    np.testing.assert_array_equal(watermarker.mark(wave, RATE), marked)  # the same take gives the same sound


@pytest.mark.models
def test_a_long_take_in_segments_has_the_watermark_of_the_whole(watermarker):
    wave = say(12.0, MODEL_RATE_HZ)
    whole = add_watermark(wave, MODEL_RATE_HZ, watermarker._generate) - wave
    parts = add_watermark(wave, MODEL_RATE_HZ, watermarker._generate, Overlap(4 * MODEL_RATE_HZ, 3 * MODEL_RATE_HZ)) - wave
    assert level(parts - whole) - level(whole) < -20.0
    jumps = np.abs(np.diff(parts))
    seams = [jumps[start + shift] for start in range(3 * MODEL_RATE_HZ, len(wave), 3 * MODEL_RATE_HZ) for shift in range(-2, 2)]
    assert max(seams) <= 1.5 * np.max(np.abs(np.diff(whole)))


@pytest.mark.models
def test_the_fingerprint_holds_weights_and_message(watermarker, folder):
    from pipeline.engines.watermark.audioseal_models import GENERATOR_FILE
    from pipeline.values.media import compute_digest

    assert watermarker.fingerprint.startswith("audioseal 0.")
    assert compute_digest(folder / GENERATOR_FILE) in watermarker.fingerprint and "message=4455" in watermarker.fingerprint


@pytest.mark.models
def test_checkpoints_of_training_and_plain_ones_give_the_same_weights(watermarker, tmp_path):
    """Those of training hold length and direction, and here a direction three times too long, which makes no difference."""
    import torch
    from tiny_audioseal import audioseal, tiny_card

    from pipeline.engines.watermark.audioseal_models import GENERATOR_CARD, GENERATOR_FILE, load_generator

    folder = audioseal(tmp_path, tiny_card)
    plain = load_generator(folder / GENERATOR_FILE, tiny_card(GENERATOR_CARD)).state_dict()
    trained = watermarker._model.state_dict()
    assert plain.keys() == trained.keys()
    for name, weights in plain.items():
        torch.testing.assert_close(trained[name], weights)


@pytest.mark.models
def test_the_detector_answers_for_blocks_of_any_length(watermarker, folder):
    from tiny_audioseal import tiny_card

    from pipeline.engines.watermark.audioseal_detector import AudioSealDetector
    from pipeline.engines.watermark.audioseal_models import DETECTOR_CARD

    detector = AudioSealDetector(hub=Hub(folder.parent), card=tiny_card(DETECTOR_CARD))
    marked = watermarker.mark(say(2.5, MODEL_RATE_HZ), MODEL_RATE_HZ)
    found = detector.detect([marked[:32_000], marked[32_000:]])
    assert found.samples == len(marked) and 0.0 <= found.share <= 1.0
    assert len(found.bits) == 16 and set(found.bits) <= {0, 1}
    assert detector.detect([]).share == 0.0


class Malicious:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.models
@pytest.mark.parametrize("content", ["code", "other weights", "no checkpoint"])
def test_a_checkpoint_that_cannot_be_used_is_an_error_and_runs_nothing(folder, tmp_path, capsys, content):
    import torch
    from tiny_audioseal import tiny_card

    from pipeline.engines.watermark.audioseal_models import GENERATOR_CARD, GENERATOR_FILE
    from pipeline.engines.watermark.audioseal_watermarker import AudioSealWatermarker

    path = tmp_path / GENERATOR_FILE
    match content:
        case "code":
            torch.save({"model": Malicious()}, path)
        case "other weights":
            torch.save({"model": {"encoder.weight": torch.zeros(2)}}, path)
        case _:
            path.write_bytes(pickle.dumps(Malicious())[:-3])
    with pytest.raises(EngineError, match="cannot be loaded .*; fetch it again, or name another directory in WATERMARK_MODEL"):
        AudioSealWatermarker(str(tmp_path), card=tiny_card(GENERATOR_CARD))
    assert "run" not in capsys.readouterr().out


@pytest.mark.models
def test_a_directory_without_weights_is_told(tmp_path):
    (tmp_path / "audioseal").mkdir()
    with pytest.raises(ModelMissing, match="has no generator_base.pth; put it there"):
        build_watermarker(None, Hub(tmp_path))
