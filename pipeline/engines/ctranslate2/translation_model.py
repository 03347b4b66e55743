"""One translation model: tokenizer and decoder. Texts of single sentences in, translations out."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.engines.ctranslate2.model_folders import ENGINE, SETTING, TARGET_TOKENIZER, Direction, ModelFolder
from pipeline.engines.ctranslate2.model_tokenizer import WORD_START, load_tokenizer
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS

MAX_SOURCE_TOKENS = 160  # of a sentence; a film's has 10 to 30, and models are trained on few that are longer
MAX_TOKENS_PER_SOURCE_TOKEN, SPARE_TOKENS = 3, 16  # of a translation; a longer one does not end
BATCH_SENTENCES = 32  # decoded together
BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")
DEFAULT_END = "</s>"


@dataclass(frozen=True, slots=True)
class Decoding:
    """Decoding options, all of which change the answer. `compute_type`: "default" is that of the model's file."""

    beam_size: int = 4
    compute_type: str = "default"
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A translation. `score`: its log probability. `is_complete`: False if decoding was stopped before the end."""

    text: str
    score: float
    is_complete: bool


class TranslationModel:
    """A loaded model. Several threads may share it."""

    def __init__(self, folder: ModelFolder, decoding: Decoding, *, workers: int, threads: int) -> None:
        """ModelMissing if its files cannot be used. `workers`: batches at once, by `threads` threads each (0: the library's choice)."""
        from ctranslate2 import Translator

        self._beam_size = decoding.beam_size
        try:
            config = _read_config(folder.path)
            self._tokenize = load_tokenizer(folder.tokenizer)
            self._translator = Translator(
                str(folder.path),
                device=decoding.device,
                compute_type=decoding.compute_type,
                inter_threads=workers,
                intra_threads=threads,
            )
            if (target := folder.path / TARGET_TOKENIZER).is_file():
                load_tokenizer(target)  # damaged files are told now
        except UNUSABLE_MODEL_ERRORS as error:
            raise ModelMissing(
                ENGINE, f"the model in {folder.path} cannot be used ({error}); convert it again, or name another in {SETTING}"
            ) from error
        self._end = str(config.get("eos_token") or DEFAULT_END)
        self._appended = () if config.get("add_source_eos") else (self._end,)
        marks = {str(config.get(key)) for key in ("bos_token", "eos_token", "decoder_start_token")}
        self._reserved = folder.languages.tokens | marks | {DEFAULT_END, "<s>", "<pad>"}

    def tokenize(self, text: str) -> list[str]:
        """Tokens of a sentence; none that has a meaning of its own to the model."""
        return [token for token in self._tokenize(text) if token not in self._reserved]

    def translate(self, sentences: Sequence[Sequence[str]], direction: Direction) -> list[Hypothesis]:
        """The best translation of each sentence of tokens, at most `MAX_SOURCE_TOKENS` of them. EngineError."""
        return [found[0] for found in self._decode(sentences, direction, beam_size=self._beam_size, count=1, length_penalty=1.0)]

    def translate_shortly(
        self, sentences: Sequence[Sequence[str]], direction: Direction, *, count: int
    ) -> list[list[Hypothesis]]:
        """The `count` most probable translations of each sentence, which are shorter than usual: length is not made up for. EngineError."""
        return self._decode(sentences, direction, beam_size=count, count=count, length_penalty=0.0)

    def _decode(
        self, sentences: Sequence[Sequence[str]], direction: Direction, *, beam_size: int, count: int, length_penalty: float
    ) -> list[list[Hypothesis]]:
        order = sorted(range(len(sentences)), key=lambda n: len(sentences[n]))
        found: dict[int, list[Hypothesis]] = {}
        for start in range(0, len(order), BATCH_SENTENCES):  # of similar length, so that one without an end stops with the others
            batch = order[start : start + BATCH_SENTENCES]
            answers = self._decode_batch([sentences[n] for n in batch], direction, beam_size, count, length_penalty)
            found |= zip(batch, answers, strict=True)
        return [found[n] for n in range(len(sentences))]

    def _decode_batch(
        self, sentences: Sequence[Sequence[str]], direction: Direction, beam_size: int, count: int, length_penalty: float
    ) -> list[list[Hypothesis]]:
        limits = [MAX_TOKENS_PER_SOURCE_TOKEN * len(sentence) + SPARE_TOKENS for sentence in sentences]
        first = self._tokenize(direction.first_word) if direction.first_word else []
        before = [*direction.before, *first]
        options: dict[str, Any] = {"target_prefix": [list(direction.prefix)] * len(sentences)} if direction.prefix else {}
        try:
            answers = self._translator.translate_batch(
                [[*before, *sentence, *self._appended] for sentence in sentences],
                beam_size=beam_size,
                num_hypotheses=count,
                length_penalty=length_penalty,
                max_decoding_length=max(limits),
                disable_unk=True,
                return_scores=True,
                return_end_token=True,
                **options,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineError(ENGINE, f"it failed ({str(error).partition(chr(10))[0]}); try the task again") from error
        return [
            [self._read(tokens, score, limit, direction) for tokens, score in zip(answer.hypotheses, answer.scores, strict=True)]
            for answer, limit in zip(answers, limits, strict=True)
        ]

    def _read(self, tokens: Sequence[str], score: float, limit: int, direction: Direction) -> Hypothesis:
        words = list(tokens)[len(direction.prefix) :]
        is_complete = words[-1:] == [self._end] and len(words) <= limit
        return Hypothesis(join_tokens(token for token in words if token not in self._reserved), score, is_complete)


def join_tokens(tokens: Iterator[str]) -> str:
    """The text of SentencePiece tokens; bytes that are no UTF-8 become U+FFFD."""
    parts, spelled = list[str](), bytearray()
    for token in tokens:
        if match := BYTE_TOKEN.fullmatch(token):
            spelled.append(int(match[1], 16))
            continue
        parts.append(spelled.decode("utf-8", "replace"))
        parts.append(token)
        spelled.clear()
    parts.append(spelled.decode("utf-8", "replace"))
    return " ".join("".join(parts).replace(WORD_START, " ").split())


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if not isinstance(config, dict):
        raise ValueError("config.json is no object")
    return config
