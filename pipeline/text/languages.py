"""Languages: BCP 47 tags inside, ISO 639-2 codes in containers, names for people.

Country and script are kept where they are given (`pt-BR`), and never invented.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.errors import LanguageError

if TYPE_CHECKING:
    from langcodes import Language
    from py3langid.langid import LanguageIdentifier

UNSPOKEN = frozenset({"und", "mis", "mul", "zxx"})  # ISO 639's ways to say: no one language
PRIVATE = re.compile(r"q[a-t][a-z]")  # ISO 639-2 leaves these to everyone's own use
NORWEGIAN = frozenset({"nb", "nn"})  # CLDR does not count them under their macrolanguage, films do
GUESS_LENGTH = 20_000  # characters: more text costs time and changes no guess


@lru_cache(maxsize=1024)
def tag(text: str) -> str | None:
    """The BCP 47 tag of a language code of any kind: `eng` → `en`, `pt_br` → `pt-BR`, `cmn` → `zh`.

    None where the code says that the language is not known (`und`, `mul`, empty). LanguageError for what is no code.
    """
    from langcodes import Language, standardize_tag, tag_parser

    asked = text.strip()
    if not asked or asked.lower() in UNSPOKEN:
        return None
    try:
        language = Language.get(standardize_tag(asked))
    except tag_parser.LanguageTagError as error:
        raise _nonsense(text) from error
    code = language.language or ""
    if not re.fullmatch(r"[a-z]{2,3}", code) or PRIVATE.fullmatch(code) or not language.is_valid():
        raise _nonsense(text)
    return "zh" + str(language)[3:] if code == "cmn" else str(language)


def tag_or_none(text: str) -> str | None:
    """`tag`, for what files say of themselves: nonsense counts as unknown."""
    try:
        return tag(text)
    except LanguageError:
        return None


@lru_cache(maxsize=1024)
def named(name: str) -> str | None:
    """The tag of a language by its English or own name (`Spanish`, `español`); None where there is none of that name."""
    from langcodes import find

    try:
        return tag(str(find(name)))
    except LookupError:
        return None


def required(text: str) -> str:
    """`tag`, where a language must be named. LanguageError also where the code says that it is not known."""
    found = tag(text)
    if found is None:
        raise _nonsense(text)
    return found


def base(text: str) -> str:
    """The language alone, without country and script: `pt-BR` → `pt`. LanguageError for nonsense."""
    return required(text).partition("-")[0]


def is_among(text: str, tags: Collection[str] | None) -> bool:
    """Whether the language is among these, by its own tag or by its plain one. None: any language is."""
    return tags is None or text in tags or base(text) in tags


def is_pair_among(source: str, target: str, pairs: Collection[tuple[str, str]] | None) -> bool:
    """Whether this pair is among these, by the tags themselves or by the plain languages. None: any pair is."""
    return pairs is None or any(pair in pairs for pair in pairs_of(source, target))


def pairs_of(source: str, target: str) -> Iterator[tuple[str, str]]:
    """The pair under all its names, the most exact first: with and without country and script."""
    for start in dict.fromkeys((source, base(source))):
        for goal in dict.fromkeys((target, base(target))):
            yield start, goal


def same(one: str, other: str) -> bool:
    """Whether both tags name one language, whatever the country, the script or the code: `es` and `spa-MX`, `nb` and `no`."""
    return _macrolanguage(one) == _macrolanguage(other)


def terminology(text: str) -> str:
    """The ISO 639-2/T code, which MP4 wants: `fr` → `fra`."""
    return _alpha3(text, "T")


def bibliographic(text: str) -> str:
    """The ISO 639-2/B code, which Matroska wants: `fr` → `fre`."""
    return _alpha3(text, "B")


@lru_cache(maxsize=1024)
def autonym(text: str) -> str:
    """What the language calls itself, for a track's title: `es` → `Español`."""
    name = _language(text).autonym()
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=1024)
def english_name(text: str) -> str:
    """What English calls it: `es` → `Spanish`, `pt-BR` → `Portuguese (Brazil)`."""
    return _language(text).display_name()


@dataclass(frozen=True, slots=True)
class Guess:
    """The language that a text seems to be in. `confidence`: posterior in 0..1; under 0.5 it means little."""

    language: str
    confidence: float


def guess(text: str) -> Guess | None:
    """The language of a text, from its letters alone. None where there are no letters to judge by."""
    if not any(character.isalpha() for character in text):
        return None
    code, confidence = _identifier().classify(text[:GUESS_LENGTH])
    return Guess(required(code), float(confidence))


def _language(text: str) -> "Language":
    from langcodes import Language

    return Language.get(required(text))


@lru_cache(maxsize=1024)
def _macrolanguage(text: str) -> str:
    code = base(text)
    return "no" if code in NORWEGIAN else str(_language(code).prefer_macrolanguage().language)


@lru_cache(maxsize=1024)
def _alpha3(text: str, variant: str) -> str:
    try:
        return _language(text).to_alpha3(variant=variant)
    except LookupError as error:
        raise LanguageError(f"{text} has no ISO 639-2 code, which a film's tracks need; name another language") from error


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.7 s to unpack the model: only where asked for

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _nonsense(text: str) -> LanguageError:
    return LanguageError(f"{text[:40]!r} is not a language; give a BCP 47 tag such as en, es or pt-BR")
