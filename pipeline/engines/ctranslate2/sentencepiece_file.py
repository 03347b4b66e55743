"""SentencePiece model files read as data, and built as a tokenizer of the `tokenizers` library.

The file is a protocol buffer (`ModelProto`): pieces with scores and types, the settings of training, and those of
normalization. https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_FILE_BYTES = 64 << 20  # NLLB's, with 256,000 pieces, has 5 MB
MAX_VARINT_BYTES = 10
WORD_START = "▁"  # stands for the space before a word
PIECES, TRAINING, NORMALIZATION = 1, 2, 3  # fields of ModelProto
MODEL_TYPE, BYTE_FALLBACK = 3, 35  # fields of TrainerSpec
CHARACTER_MAP, ADD_DUMMY_PREFIX = 2, 3  # fields of NormalizerSpec
UNIGRAM, BPE = 1, 2  # model types that are read

Value = int | bytes


class PieceType(IntEnum):
    """Type of a piece, as the format numbers them."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the vocabulary. `score`: its log probability, or minus its rank among the merges."""

    text: str
    score: float
    type: PieceType


def load_tokenizer(path: Path) -> "Tokenizer":
    """The tokenizer of a SentencePiece model of type unigram or BPE. ValueError for a file that is damaged or something else."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path.name} is larger than a SentencePiece model can be")
    try:
        fields = list(_read_fields(path.read_bytes()))
        pieces = [_parse_piece(value) for number, value in fields if number == PIECES and isinstance(value, bytes)]
        training, normalization = (
            dict(_read_fields(b"".join(value for number, value in fields if number == field and isinstance(value, bytes))))
            for field in (TRAINING, NORMALIZATION)
        )
        return _build_tokenizer(pieces, training, normalization)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no SentencePiece model: {error}") from error


def _read_fields(content: bytes) -> Iterator[tuple[int, Value]]:
    """Fields of a message in order: number, and bytes or an integer (of fixed width: its little-endian bytes)."""
    position = 0
    while position < len(content):
        key, position = _read_varint(content, position)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, position = _read_varint(content, position)
            yield number, value
            continue
        if kind == 2:
            size, position = _read_varint(content, position)
        elif kind in {1, 5}:
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"it is no SentencePiece model: it has a field of type {kind}")
        if position + size > len(content):
            raise ValueError("it is no SentencePiece model, or not all of one")
        yield number, content[position : position + size]
        position += size


def _read_varint(content: bytes, position: int) -> tuple[int, int]:
    value = 0
    for count in range(MAX_VARINT_BYTES):
        byte = content[position + count]
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, position + count + 1
    raise ValueError("it is no SentencePiece model: it has a number without an end")


def _parse_piece(content: bytes) -> Piece:
    fields = dict(_read_fields(content))
    text, score, kind = fields.get(1, b""), fields.get(2, bytes(4)), fields.get(3, PieceType.NORMAL)
    if not isinstance(text, bytes) or not isinstance(score, bytes) or not isinstance(kind, int):
        raise ValueError("it is no SentencePiece model: a piece is no piece")
    return Piece(text.decode(), struct.unpack("<f", score)[0], PieceType(kind))


def _build_tokenizer(pieces: list[Piece], training: dict[int, Value], normalization: dict[int, Value]) -> "Tokenizer":
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    unknown = next((n for n, piece in enumerate(pieces) if piece.type is PieceType.UNKNOWN), None)
    if unknown is None:
        raise ValueError("it is no SentencePiece model: it has no unknown piece")
    # Control pieces, such as </s>, must not be found in a text: a subtitle may hold anything.
    texts = [piece.text if piece.type is not PieceType.CONTROL else f"\0{n}" for n, piece in enumerate(pieces)]
    byte_fallback = bool(training.get(BYTE_FALLBACK, 0))
    match training.get(MODEL_TYPE, UNIGRAM):
        case 1:
            scored = [(text, piece.score) for text, piece in zip(texts, pieces, strict=True)]
            tokenizer = Tokenizer(models.Unigram(scored, unknown, byte_fallback))
        case 2:
            ranks = {text: n for n, text in enumerate(texts)}
            merges = _find_merges(pieces, ranks)
            model = models.BPE(ranks, merges, unk_token=texts[unknown], fuse_unk=True, byte_fallback=byte_fallback)
            tokenizer = Tokenizer(model)
        case other:
            raise ValueError(f"a SentencePiece model of type {other!r} is not read; only unigram and BPE are")
    rules: list[normalizers.Normalizer] = []
    if isinstance(characters := normalization.get(CHARACTER_MAP), bytes) and characters:
        rules.append(normalizers.Precompiled(characters))
    rules += [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    tokenizer.normalizer = normalizers.Sequence(rules)
    scheme = "always" if normalization.get(ADD_DUMMY_PREFIX, 1) else "never"
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(WORD_START, scheme)
    return tokenizer


def _find_merges(pieces: list[Piece], ranks: dict[str, int]) -> list[tuple[str, str]]:
    """Merges of a BPE model, which the file does not list: each piece by the two that it is made of, by score."""
    found: list[tuple[float, int, int, str, str]] = []
    for piece in pieces:
        if piece.type is PieceType.NORMAL:
            for place in range(1, len(piece.text)):
                left, right = piece.text[:place], piece.text[place:]
                if left in ranks and right in ranks:
                    found.append((-piece.score, ranks[left], ranks[right], left, right))
    return [(left, right) for *_, left, right in sorted(found)]
