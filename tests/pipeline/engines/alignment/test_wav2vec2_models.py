"""Alignment by the real library on a model that hears loudness: words must come to lie where the sound is."""

import logging
from itertools import pairwise

import numpy as np
import pytest
from tiny_wav2vec2 import tiny_wav2vec2

from pipeline.errors import ModelMissing
from pipeline.models.model_hub import Hub

pytestmark = pytest.mark.models

RATE = 16_000
TEXT = "And so, my 12 fellow Americans."


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_wav2vec2(tmp_path_factory.mktemp("models"))


@pytest.fixture
def aligners(model):
    from pipeline.engines.alignment.wav2vec2_models import Aligners

    def made(hub=None, **named):
        return Aligners("cpu", hub or Hub(), {code: str(model) if name is ... else name for code, name in named.items()})

    return made


def burst(start, end, seconds=6.0):
    """Silence, with noise from `start` to `end`."""
    wave = np.zeros(round(seconds * RATE), np.float32)
    loud = slice(round(start * RATE), round(end * RATE))
    wave[loud] = 0.1 * np.random.default_rng(1).standard_normal(loud.stop - loud.start)
    return wave


@pytest.mark.parametrize(("start", "end"), [(0.5, 2.0), (2.0, 4.0), (4.5, 5.8)])
def test_words_are_moved_to_where_the_sound_is(aligners, start, end):
    tokens = aligners(en=...).time_tokens(TEXT, "en", burst(start, end))
    assert [token.text for token in tokens] == TEXT.split()
    assert start - 0.05 <= tokens[0].start and tokens[-1].end <= end + 0.05
    assert all(one.end <= other.start for one, other in pairwise(tokens))
    assert all(0.0 < token.confidence <= 1.0 for token in tokens)


def test_a_sentence_that_ends_inside_a_word_keeps_the_times_of_all(aligners):
    text = "What?! Dr. No said: go!! Where?!? There... I see."
    tokens = aligners(en=...).time_tokens(text, "en", burst(1.0, 5.0))
    assert [token.text for token in tokens] == text.split()
    assert all(0.9 < token.start < token.end < 5.1 for token in tokens)


def test_where_words_stand_together_characters_are_timed_in_every_such_language(aligners):
    for code in ("zh", "yue", "th"):
        tokens = aligners(**{code: ...}).time_tokens("ab c。", code, burst(2.0, 4.0))
        assert [token.text for token in tokens] == ["a", "b", "c", "。"]
        assert 1.9 < tokens[0].start < tokens[-1].end < 4.1


def test_a_language_without_a_model_has_no_times_and_is_mentioned_once(aligners, caplog):
    without = aligners(en="")
    for code in ("en", "ga", "en"):
        assert [(token.text, token.start) for token in without.time_tokens("Hello you", code, burst(1, 2))] == [
            ("Hello", None),
            ("you", None),
        ]
    assert [record.args[1] for record in caplog.records if "no alignment model" in record.message] == ["en", "ga"]


def test_text_that_does_not_fit_into_its_sound_has_no_times(aligners):
    tokens = aligners(en=...).time_tokens("far too many letters for so little", "en", burst(0.0, 0.1, seconds=0.1))
    assert [token.text for token in tokens] == ["far", "too", "many", "letters", "for", "so", "little"]
    assert {token.start for token in tokens} == {None}


@pytest.mark.parametrize("text", ["…", "—", "12 %", "ΑΒΓ", "?!", "a\u0301", "<s> [PAD] |", "x" * 300])
def test_text_of_any_kind_is_aligned_or_left_without_times(aligners, text):
    assert [token.text for token in aligners(en=...).time_tokens(text, "en", burst(1.0, 5.0))] == text.split()


def test_the_same_question_has_the_same_answer(aligners):
    wave = burst(2.0, 4.0)
    assert aligners(en=...).time_tokens(TEXT, "en", wave) == aligners(en=...).time_tokens(TEXT, "en", wave)


def test_the_last_two_models_are_kept_and_one_where_memory_is_full(aligners):
    several = aligners(en=..., de=..., fr=...)
    wave = burst(1.0, 2.0, seconds=2.5)
    first = {}
    for code in ("en", "de", "en", "fr"):
        several.time_tokens("hello", code, wave)
        first.setdefault(code, several._loaded[code][0])
    assert list(several._loaded) == ["en", "fr"]
    several.time_tokens("hello", "en", wave)
    assert several._loaded["en"][0] is first["en"]
    several.time_tokens("hello", "en", wave, keep=1)
    assert list(several._loaded) == ["en"]


def test_a_model_that_cannot_be_had_is_named_with_the_option_that_chooses_another(aligners, monkeypatch, tmp_path):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # whatever this machine could reach
    with pytest.raises(ModelMissing, match=r"WAV2VEC2_ASR_BASE_960H cannot be fetched .* aligners: en"):
        aligners(hub=Hub(tmp_path)).time_tokens("hello", "en", burst(1, 2))
    with pytest.raises(ModelMissing, match=r"there is no model 'nowhere'.*aligners: en"):
        aligners(en="nowhere").time_tokens("hello", "en", burst(1, 2))
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match=r"half is no wav2vec2 model .* has no preprocessor_config\.json"):
        aligners(en=str(tmp_path / "half")).time_tokens("hello", "en", burst(1, 2))


def test_a_model_in_models_dir_is_used_by_its_name(aligners, model):
    found = aligners(hub=Hub(model.parent), en="somebody/wav2vec2")
    assert found.time_tokens("hello", "en", burst(2.0, 4.0))[0].start == pytest.approx(2.0, abs=0.1)


def test_another_model_is_another_fingerprint(aligners, model):
    plain, named, off = (
        aligners().compute_fingerprint(),
        aligners(en=...).compute_fingerprint(),
        aligners(en="").compute_fingerprint(),
    )
    assert len({plain, named, off}) == 3
    assert aligners(hub=Hub(model.parent), en="wav2vec2").compute_fingerprint() == named  # the same files under another name


def test_no_sentence_models_are_downloaded(aligners, monkeypatch):
    import nltk

    asked = []
    monkeypatch.setattr(nltk, "download", lambda *args, **kwargs: asked.append(args))
    for code in ("en", "sv", "ka"):
        assert aligners(**{code: ...}).time_tokens("Hello. You.", code, burst(1.0, 2.0))[0].start is not None
    assert not asked


def test_a_real_architecture_without_training_breaks_nothing(tmp_path):
    """Random weights answer anything: only the order is promised."""
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    from pipeline.engines.alignment.wav2vec2_models import Aligners

    folder = tiny_wav2vec2(tmp_path)
    config = Wav2Vec2Config.from_pretrained(folder)
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    tokens = Aligners("cpu", Hub(), {"en": str(folder)}).time_tokens(TEXT, "en", burst(1.0, 5.0))
    assert [token.text for token in tokens] == TEXT.split()


def test_loading_says_which_model_it_loads(aligners, caplog, model):
    with caplog.at_level(logging.INFO):
        aligners(en=...).time_tokens("hello", "en", burst(1.0, 2.0))
    assert f"loads the alignment model {model} for 'en'" in caplog.text
