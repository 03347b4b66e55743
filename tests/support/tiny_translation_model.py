"""A translation model small enough for a test: CTranslate2's own transformer, whose weights are a dictionary.

Decoder position t attends to the source's token t by position, and the output layer maps that token to its translations.
Tokens and positions have a dimension each. `ENDLESS` draws all attention to itself, so that the translation never ends.
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

POSITIONS = 512
SPECIAL = ("<unk>", "<s>", "</s>")
ENDLESS = "forever"
GAIN, LOSS = 2.0, 0.1  # of the output layer; of it, for each further translation of a word: about two nats

Dictionary = Mapping[str, str | Sequence[str]]  # word → its translations, the most probable first


def tiny_translation_model(
    folder: Path,
    dictionary: Dictionary,
    *,
    tags: Sequence[str] = (),
    tokenizers: Sequence[str] = ("source.spm", "target.spm"),
    is_prefixed: bool = False,
) -> Path:
    """A CTranslate2 directory. `tags`: language tokens; `is_prefixed`: the target's stands before the translation, as NLLB has it.

    Words are matched with a capital or without; a punctuation mark stays as it is.
    """
    from ctranslate2.specs import transformer_spec

    words = _spell(dictionary)
    targets = dict.fromkeys(text for several in words.values() for text in several)
    vocabulary = list(dict.fromkeys([*SPECIAL, *tags, *words, *targets]))
    at = {token: number for number, token in enumerate(vocabulary)}
    folder.mkdir(parents=True, exist_ok=True)
    for name in tokenizers:
        (folder / name).write_bytes(sentencepiece_model([*words, *targets], tags))
    spec = transformer_spec.TransformerSpec.from_config((1, 1), 1, pre_norm=True)
    size = len(vocabulary)
    width = size + POSITIONS
    _fill_with_zeros(spec, width)
    positions = np.concatenate([np.zeros((POSITIONS, size)), np.eye(POSITIONS)], axis=1)
    for part in (spec.encoder, spec.decoder):
        part.scale_embeddings = False
        part.position_encodings.encodings = positions.astype(np.float32)
    spec.encoder.embeddings[0].weight = np.eye(size, width, dtype=np.float32)
    spec.decoder.embeddings.weight = np.zeros((size, width), np.float32)
    _attend_by_position(spec.decoder.layer[0].attention, size, at.get("▁" + ENDLESS), shift=int(bool(tags)) - int(is_prefixed))
    spec.decoder.projection.weight = _map_words(words, at, width)
    spec.decoder.projection.bias = np.zeros(size, np.float32)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization="float32")
    spec.save(str(folder))
    return folder


def sentencepiece_model(pieces: Sequence[str], user_defined: Sequence[str] = (), *, is_bpe: bool = False) -> bytes:
    """A SentencePiece model file: a vocabulary of words, each with the same score; of a BPE model, minus its rank."""
    typed = [(SPECIAL[0], 0.0, 2), *((name, 0.0, 3) for name in SPECIAL[1:]), *((tag, 0.0, 4) for tag in user_defined)]
    typed += [(piece, -float(n) if is_bpe else -1.0, 1) for n, piece in enumerate(dict.fromkeys([*pieces, "▁"]))]
    found = b"".join(
        _field(1, _field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + b"\x18" + bytes([kind]))
        for text, score, kind in typed
    )
    return found + _field(2, b"\x18" + bytes([2 if is_bpe else 1])) + _field(3, b"\x18\x01\x20\x01")


def _field(number: int, content: bytes) -> bytes:
    size, length = bytearray(), len(content)
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([number << 3 | 2]) + bytes([*size, length]) + content


def _spell(dictionary: Dictionary) -> dict[str, tuple[str, ...]]:
    """Pieces of words, capitals too, with their translations' pieces; marks and the end stay as they are."""
    found = {mark: (mark,) for mark in (".", ",", "?", "!", "</s>")}
    for word, given in dictionary.items():
        several = (given,) if isinstance(given, str) else tuple(given)
        found["▁" + word] = tuple("▁" + text for text in several)
        found["▁" + word.capitalize()] = tuple("▁" + text.capitalize() for text in several)
    return found


def _fill_with_zeros(spec, width):
    """Layers that add nothing, and layer normalization without weights of its own."""
    for stack in (spec.encoder, spec.decoder):
        norms = [stack.layer_norm]
        for layer in stack.layer:
            attentions = [layer.self_attention, *([layer.attention] if hasattr(layer, "attention") else [])]
            for attention in attentions:
                sizes = {2: (3, 1), 3: (1, 2, 1)}[len(attention.linear)]
                for linear, times in zip(attention.linear, sizes, strict=True):
                    linear.weight, linear.bias = np.zeros((times * width, width), np.float32), np.zeros(times * width, np.float32)
            for linear in (layer.ffn.linear_0, layer.ffn.linear_1):
                linear.weight, linear.bias = np.zeros((width, width), np.float32), np.zeros(width, np.float32)
            norms += [*(each.layer_norm for each in attentions), layer.ffn.layer_norm]
        for norm in norms:
            norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def _attend_by_position(attention, size, endless, *, shift):
    width = size + POSITIONS
    queries = np.zeros((width, width), np.float32)
    for position in range(POSITIONS):
        if 0 <= position + shift < POSITIONS:
            queries[size + position + shift, size + position] = 10.0
    keys = np.diag(np.concatenate([np.zeros(size), np.ones(POSITIONS)])).astype(np.float32)
    if endless is not None:
        keys[size:, endless] = 40.0
    values = np.diag(np.concatenate([np.ones(size), np.zeros(POSITIONS)])).astype(np.float32)
    attention.linear[0].weight = queries
    attention.linear[1].weight = np.concatenate([keys, values])
    attention.linear[2].weight = np.eye(width, dtype=np.float32)


def _map_words(words, at, width):
    output = np.zeros((len(at), width), np.float32)
    for word, several in words.items():
        for rank, text in enumerate(several):
            output[at[text], at[word]] = GAIN * (1 - LOSS * rank)
    return output
