"""Tokenizers of translation models: SentencePiece models by their own library, `tokenizer.json` by tokenizers."""

from collections.abc import Callable
from pathlib import Path

from pipeline.models import tokenizer_file

MAX_FILE_BYTES = 64 << 20  # NLLB's, with 256,000 pieces, has 5 MB
WORD_START = "▁"  # stands for the space before a word

Tokenize = Callable[[str], list[str]]


def load_tokenizer(path: Path) -> Tokenize:
    """Load a tokenizer: a function from a text to its tokens, without marks of its beginning and end.

    ValueError for a file that is missing, damaged or something else. SentencePiece takes no control symbol from a text.
    """
    if path.suffix == ".json":
        library = tokenizer_file.load_tokenizer(path)
        return lambda text: list(library.encode(text, add_special_tokens=False).tokens)
    return _load_sentencepiece(path)


def _load_sentencepiece(path: Path) -> Tokenize:
    from sentencepiece import SentencePieceProcessor

    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path.name} is larger than a SentencePiece model can be")
    processor = SentencePieceProcessor()
    try:
        is_loaded = processor.LoadFromSerializedProto(path.read_bytes())
    except RuntimeError as error:
        raise ValueError(f"{path.name} is no SentencePiece model: {error}") from error
    if not is_loaded or not processor.GetPieceSize():
        raise ValueError(f"{path.name} is no SentencePiece model: it has no pieces")
    return lambda text: list(processor.EncodeAsPieces(text))
