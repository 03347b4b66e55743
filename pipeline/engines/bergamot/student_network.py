"""A Bergamot student (tiny11) in NumPy: transformer encoder, SSRU decoder, greedy search.

The architecture is that of Kim et al. 2019, "From Research to Production and Back": six post-norm encoder layers, two
decoder layers whose self-attention is a simpler simple recurrent unit. The 8-bit weights run as float32: the same answers
as the integer kernels at 15 ms a sentence, without native code.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.engines.bergamot.marian_file import EMBEDDING_TENSOR, Array, Shortlist, read_tensors

ATTENTION_HEADS = 8
END_TOKEN = 0  # id of the end-of-sentence token
MAX_SOURCE_TOKENS = 192  # source tokens; a film's sentence has 10 to 30
MAX_TARGET_PER_SOURCE_TOKEN = 2.5  # target tokens for one source token at most, as the model's own settings say
LAYER_NORM_EPSILON = np.float32(1e-9)


@dataclass(slots=True)
class DecoderState:
    """State of a decoder layer: keys and values of the source sentence's cross-attention, and the cell of the recurrent unit."""

    keys: Array  # (heads, source, dimension of a head)
    values: Array
    cell: Array  # (dimension,)


class StudentNetwork:
    """One translation direction. Stateless between calls, so that several threads may share it."""

    def __init__(self, model: Path, shortlist: Path) -> None:
        """Read the weights. ValueError or KeyError for files of another architecture."""
        self._tensors = read_tensors(model)
        self._shortlist = Shortlist(shortlist)
        self._embedding = self._tensors[EMBEDDING_TENSOR]  # (vocabulary, dimension), also the output layer
        self._dimension = self._embedding.shape[1]
        self._bias = self._tensors["decoder_ff_logit_out_b"][0]
        self._encoders = self._find_layers("encoder_l{}_self_Wq")
        self._decoders = self._find_layers("decoder_l{}_rnn_Wf")
        self._positions = _compute_positions(int(MAX_SOURCE_TOKENS * MAX_TARGET_PER_SOURCE_TOKEN) + 1, self._dimension)

    def translate(self, source: list[int]) -> list[int]:
        """Token ids of one sentence, without its end; at most `MAX_SOURCE_TOKENS` of them."""
        source = [*source, END_TOKEN]
        allowed = self._shortlist.tokens(source)
        output, bias = self._embedding[allowed], self._bias[allowed]
        memories = self._encode(source)
        target: list[int] = []
        embedded = np.zeros(self._dimension, np.float32)
        for position in range(int(len(source) * MAX_TARGET_PER_SOURCE_TOKEN)):
            state = self._decode_step(embedded + self._positions[position], memories)
            token = int(allowed[np.argmax(output @ state + bias)])
            if token == END_TOKEN:
                break
            target.append(token)
            embedded = self._embed_tokens(token)
        return target

    def _encode(self, source: list[int]) -> list[DecoderState]:
        states = self._embed_tokens(source) + self._positions[: len(source)]  # (source, dimension)
        for layer in self._encoders:
            prefix = f"encoder_l{layer}_self_"
            states = self._attend(states, prefix, *self._keys_and_values(states, prefix))
            states = self._feed_forward(states, f"encoder_l{layer}_ffn_")
        start = np.zeros(self._dimension, np.float32)
        return [DecoderState(*self._keys_and_values(states, f"decoder_l{layer}_context_"), start) for layer in self._decoders]

    def _decode_step(self, state: Array, memories: list[DecoderState]) -> Array:
        for layer, memory in zip(self._decoders, memories, strict=True):
            prefix = f"decoder_l{layer}_rnn_"
            forget = np.reciprocal(1 + np.exp(-self._project(state, prefix, "f")))
            memory.cell = forget * memory.cell + (1 - forget) * (state @ self._tensors[prefix + "W"])
            state = self._normalize_layer(state + np.maximum(memory.cell, 0), prefix + "ffn_ln")
            attended = self._attend(state[None], f"decoder_l{layer}_context_", memory.keys, memory.values)
            state = self._feed_forward(attended, f"decoder_l{layer}_ffn_")[0]
        return state

    def _attend(self, states: Array, prefix: str, keys: Array, values: Array) -> Array:
        queries = _split_heads(self._project(states, prefix, "q"))
        scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(np.float32(keys.shape[-1]))  # (heads, states, source)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        context = (weights @ values).transpose(1, 0, 2).reshape(states.shape)
        return self._normalize_layer(states + self._project(context, prefix, "o"), prefix + "Wo_ln")

    def _feed_forward(self, states: Array, prefix: str) -> Array:
        inner = np.maximum(self._project(states, prefix, "1"), 0)
        return self._normalize_layer(states + self._project(inner, prefix, "2"), prefix + "ffn_ln")

    def _keys_and_values(self, states: Array, prefix: str) -> tuple[Array, Array]:
        return _split_heads(self._project(states, prefix, "k")), _split_heads(self._project(states, prefix, "v"))

    def _project(self, states: Array, prefix: str, name: str) -> Array:
        bias = self._tensors[f"{prefix}b{name}"]
        return states @ self._tensors[f"{prefix}W{name}"] + (bias if states.ndim > 1 else bias[0])

    def _normalize_layer(self, states: Array, prefix: str) -> Array:
        centred = states - states.mean(-1, keepdims=True)
        deviation = np.sqrt((centred * centred).mean(-1, keepdims=True) + LAYER_NORM_EPSILON)
        return centred / deviation * self._tensors[prefix + "_scale"].ravel() + self._tensors[prefix + "_bias"].ravel()

    def _embed_tokens(self, tokens: int | list[int]) -> Array:
        return self._embedding[tokens] * np.sqrt(np.float32(self._dimension))

    def _find_layers(self, name: str) -> range:
        count = 0
        while name.format(count + 1) in self._tensors:
            count += 1
        if not count:
            raise KeyError(name.format(1))
        return range(1, count + 1)


def _split_heads(states: Array) -> Array:
    """States by attention head: (positions, dimension) → (heads, positions, dimension of a head)."""
    return states.reshape(len(states), ATTENTION_HEADS, -1).transpose(1, 0, 2)


def _compute_positions(count: int, dimension: int) -> Array:
    """Positional embeddings: sines in the first half of the dimensions, cosines in the second."""
    steps = dimension // 2
    angles = np.arange(count)[:, None] * np.exp(-np.arange(steps) * np.log(10_000) / (steps - 1))
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
