"""Languages of a translation model, from its files: a list beside it, tags in its vocabulary, its tokenizer's settings, its name.

Models of many languages have a tag for each in their vocabulary: `spa_Latn` (NLLB), `__es__` (M2M-100), `<2es>` (MADLAD-400),
`>>spa<<` (OPUS-MT, for the target only). Models of one pair are named for it: `opus-mt-en-es`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from pipeline.errors import DubarrError
from pipeline.text import languages

PAIRS_FILE = "pairs.txt"  # beside a model: a pair of languages a line, source and target
VOCABULARY_FILES = ("shared_vocabulary", "source_vocabulary")
MAX_VOCABULARY_BYTES, MAX_SETTINGS_BYTES = 64 << 20, 1 << 20
MIN_TAGS = 2  # of a model of many languages
PAIR_IN_NAME = re.compile(
    r"(?:^|[-_])(?P<source>[a-z]{2,3}(?:_[A-Za-z]{2,4})?)-(?P<target>[a-z]{2,3}(?:_[A-Za-z]{2,4})?)"
    r"(?:[-_.](?:ct2|ctranslate2|onnx|quantized|q?int8|b?float16|fp16|int8_\w+))*$"
)

Pair = tuple[str, str]  # source, target: BCP 47


class TagStyle(Enum):
    """Place of language tags in a model's input and output."""

    NONE = "none"  # a model of one pair
    PREFIX = "prefix"  # the source's before the source, the target's before the target
    TARGET_TAG = "target tag"  # the target's before the source; the source's is not told
    TARGET_WORD = "target word"  # the same, as a word of the text


TAG_PATTERNS = (
    (TagStyle.PREFIX, re.compile(r"([a-z]{3}_[A-Z][a-z]{3})")),  # NLLB
    (TagStyle.PREFIX, re.compile(r"__([a-z]{2,3})__")),  # M2M-100
    (TagStyle.TARGET_WORD, re.compile(r"<2([a-z]{2,3}(?:_[A-Za-z]+)?)>")),  # MADLAD-400
)
TARGET_TAG_PATTERN = re.compile(r">>([a-z]{2,3}(?:_[A-Za-z]+)?)<<")  # OPUS-MT


@dataclass(frozen=True, slots=True)
class ModelLanguages:
    """Languages of a model. `tags`: BCP 47 → the token that stands for the language, empty for a model of one pair.

    `tokens`: all language tokens, which no text may hold.
    """

    style: TagStyle
    pairs: frozenset[Pair]
    tags: Mapping[str, str]
    tokens: frozenset[str] = frozenset()


def find_languages(folder: Path, name: str, given: Iterable[str] = ()) -> ModelLanguages:
    """Languages of the model in `folder`. `name`: as people name it; `given`: pairs in words ("en es"), which come first.

    ValueError for a list that cannot be read, or files that are no model's.
    """
    style, tags, tokens = _find_tags(_read_vocabulary(folder))
    listed = _parse_pairs(given) or _read_pairs_file(folder)
    if listed:
        return ModelLanguages(style, listed, tags, tokens)
    sources, targets = frozenset(tags), frozenset(tags)
    if style in {TagStyle.NONE, TagStyle.TARGET_TAG}:
        source, target = _find_own_pair(folder, name)
        sources = frozenset({source} if source else ())
        targets = targets or frozenset({target} if target else ())
    pairs = frozenset((s, t) for s in sources for t in targets if not languages.is_same_language(s, t))
    return ModelLanguages(style, pairs, tags, tokens)


def _parse_pairs(lines: Iterable[str]) -> frozenset[Pair]:
    found = set()
    for line in lines:
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2:
            raise ValueError(f"{line.strip()[:40]!r} is no pair of languages; write source and target, such as en es")
        try:
            found.add((languages.require_tag(words[0]), languages.require_tag(words[1])))
        except DubarrError as error:
            raise ValueError(str(error)) from error
    return frozenset(found)


def _read_pairs_file(folder: Path) -> frozenset[Pair]:
    path = folder / PAIRS_FILE
    return _parse_pairs(_read_text(path, MAX_SETTINGS_BYTES).splitlines()) if path.is_file() else frozenset()


def _read_vocabulary(folder: Path) -> Sequence[str]:
    """Tokens of the source: JSON, or a token a line in older models."""
    for name in VOCABULARY_FILES:
        if (path := folder / f"{name}.json").is_file():
            tokens = json.loads(_read_text(path, MAX_VOCABULARY_BYTES))
            if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
                raise ValueError(f"{path.name} is no list of tokens")
            return tokens
        if (path := folder / f"{name}.txt").is_file():
            return _read_text(path, MAX_VOCABULARY_BYTES).splitlines()
    raise ValueError(f"it has no {VOCABULARY_FILES[0]}.json or {VOCABULARY_FILES[1]}.json")


def _read_text(path: Path, most: int) -> str:
    if path.stat().st_size > most:
        raise ValueError(f"{path.name} is larger than {most >> 20} MiB")
    return path.read_text("utf-8")


def _find_tags(vocabulary: Sequence[str]) -> tuple[TagStyle, dict[str, str], frozenset[str]]:
    for style, pattern in TAG_PATTERNS:
        codes = {token: match[1] for token in vocabulary if (match := pattern.fullmatch(token))}
        if len(codes) >= MIN_TAGS:
            return style, _map_tags(codes), frozenset(codes)
    codes = {token: match[1] for token in vocabulary if (match := TARGET_TAG_PATTERN.fullmatch(token))}
    style = TagStyle.TARGET_TAG if codes else TagStyle.NONE
    return style, _map_tags(codes), frozenset(codes)


def _map_tags(codes: Mapping[str, str]) -> dict[str, str]:
    """BCP 47 tag → token. The usual script of a language is left out."""
    exact: dict[str, str] = {}
    usual: dict[str, str] = {}
    for token, code in codes.items():
        if found := _normalize_code(code):
            tag, is_usual = found
            (usual if is_usual else exact).setdefault(tag, token)
    rest = {tag.partition("-")[0]: token for tag, token in reversed(exact.items())}
    found_tags = rest | usual | exact
    if "nb" in found_tags:
        found_tags.setdefault("no", found_tags["nb"])
    return found_tags


@lru_cache(maxsize=2048)
def _normalize_code(code: str) -> tuple[str, bool] | None:
    """BCP 47 tag of a model's code, and if it is in the language's usual script; None for a code that is no language."""
    from langcodes import Language, standardize_tag, tag_parser

    try:
        given = Language.get(code)
        tag = languages.normalize_tag_or_none(standardize_tag(str(given.simplify_script()), macro=True))
        if tag is None:
            return None
        known = Language.get(tag)
        if known.script is None or Language.get(known.language or "und").maximize().script == known.script:
            return str(Language.make(language=known.language, territory=known.territory)), True
        return tag, False
    except tag_parser.LanguageTagError:
        return None


def _find_own_pair(folder: Path, name: str) -> tuple[str | None, str | None]:
    """Source and target of a model of one pair: from its tokenizer's settings, else from its name."""
    path = folder / "tokenizer_config.json"
    settings = json.loads(_read_text(path, MAX_SETTINGS_BYTES)) if path.is_file() else {}
    codes = [str(settings.get(key) or "") for key in ("source_lang", "target_lang")] if isinstance(settings, dict) else ["", ""]
    named = PAIR_IN_NAME.search(name)
    source, target = ((found[0] if (found := _normalize_code(code)) else None) for code in codes)
    if named:
        source = source or languages.normalize_tag_or_none(named["source"])
        target = target or languages.normalize_tag_or_none(named["target"])
    return source, target
