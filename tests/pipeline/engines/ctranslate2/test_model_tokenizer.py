"""Tokenizers of translation models: unigram and BPE models are read, hostile ones are refused in words."""

from contextlib import suppress
from pathlib import Path

import pytest
from tiny_translation_model import sentencepiece_model

from pipeline.engines.ctranslate2.model_tokenizer import load_tokenizer


def tokens(path: Path, text: str) -> list[str]:
    return load_tokenizer(path)(text)


def test_a_unigram_model_splits_words_at_their_most_probable_pieces(tmp_path: Path) -> None:
    path = tmp_path / "source.spm"
    path.write_bytes(sentencepiece_model(["▁hello", "▁wor", "ld", "."]))
    assert tokens(path, "hello   world.") == ["▁hello", "▁wor", "ld", "."]


def test_a_bpe_model_merges_by_rank(tmp_path: Path) -> None:
    path = tmp_path / "sentencepiece.bpe.model"
    letters = ["▁", "h", "e", "l", "o"]
    path.write_bytes(sentencepiece_model(["▁h", "ll", "▁he", "llo", *letters], is_bpe=True))
    assert tokens(path, "hello") == ["▁he", "llo"]


def test_a_language_tag_is_a_token(tmp_path: Path) -> None:
    path = tmp_path / "spiece.model"
    path.write_bytes(sentencepiece_model(["▁hello"], ["<2es>"]))
    assert tokens(path, "<2es> hello") == ["▁", "<2es>", "▁hello"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\x0a",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x0a\x7f",
        b"\x0b\x00",
        b"\x0a\x03\x0a\x01\xff",
        b"\xff" * 40,
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.spm"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="SentencePiece"):
        load_tokenizer(path)


def test_every_cut_of_a_file_is_read_or_refused(tmp_path: Path) -> None:
    whole, path = sentencepiece_model(["▁hello", "▁world"]), tmp_path / "cut.spm"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with suppress(ValueError):
            load_tokenizer(path)
