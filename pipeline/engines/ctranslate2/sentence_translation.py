"""Translation of many sentences at once: long ones in parts, those whose translation does not end once more in halves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.engines.bergamot import sentence_splitter
from pipeline.engines.ctranslate2.model_folders import Direction
from pipeline.engines.ctranslate2.translation_model import MAX_SOURCE_TOKENS, Hypothesis, TranslationModel


@dataclass(frozen=True, slots=True)
class TranslatedSentence:
    """A sentence's translation; `text` None if the model gave none that ends. `is_divided`: it was translated in parts."""

    text: str | None
    is_divided: bool


def translate_sentences(model: TranslationModel, direction: Direction, sentences: Iterable[str]) -> dict[str, TranslatedSentence]:
    """Each sentence with its translation, in one batch; equal ones are translated once."""
    parts = {sentence: tuple(divide_sentence(model, sentence)) for sentence in dict.fromkeys(sentences)}
    found = _translate_parts(model, direction, (part for divided in parts.values() for part in divided))
    endless = [part for part, hypothesis in found.items() if not hypothesis.is_complete]
    halves = {part: tuple(half for half in sentence_splitter.halve_sentence(part) if half) for part in endless}
    again = _translate_parts(model, direction, (half for pair in halves.values() for half in pair))
    texts = {part: hypothesis.text for part, hypothesis in found.items() if hypothesis.is_complete}
    for part, pair in halves.items():
        if len(pair) > 1 and all(again[half].is_complete for half in pair):
            texts[part] = sentence_splitter.join_sentences(again[half].text for half in pair)
    return {sentence: _join_parts(divided, texts, halves.keys()) for sentence, divided in parts.items()}


def divide_sentence(model: TranslationModel, sentence: str) -> Iterator[str]:
    """Parts of a sentence that the model takes, in order: the sentence itself, if it is short enough. None without a token."""
    tokens = model.tokenize(sentence)
    if len(tokens) <= MAX_SOURCE_TOKENS:
        if tokens:
            yield sentence
        return
    for half in sentence_splitter.halve_sentence(sentence):
        if 0 < len(half) < len(sentence):
            yield from divide_sentence(model, half)


def _translate_parts(model: TranslationModel, direction: Direction, parts: Iterable[str]) -> dict[str, Hypothesis]:
    different = list(dict.fromkeys(parts))
    return dict(zip(different, model.translate([model.tokenize(part) for part in different], direction), strict=True))


def _join_parts(divided: tuple[str, ...], texts: dict[str, str], halved: Iterable[str]) -> TranslatedSentence:
    is_divided = len(divided) > 1 or not set(divided).isdisjoint(halved)
    if not divided or any(not texts.get(part) for part in divided):
        return TranslatedSentence(None, is_divided)
    return TranslatedSentence(sentence_splitter.join_sentences(texts[part] for part in divided), is_divided)
