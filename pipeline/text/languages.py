"""Languages: BCP 47 tags inside, ISO 639-2 codes in containers, names for people.

Region and script are kept where they are given (`pt-BR`), and never invented.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.errors import LanguageError
from pipeline.text import language_spellings

if TYPE_CHECKING:
    from langcodes import Language
    from py3langid.langid import LanguageIdentifier

UNKNOWN_LANGUAGE_CODES = frozenset(
    {"und", "mis", "mul", "zxx"}
)  # ISO 639: undetermined, uncoded, multiple, no linguistic content
PRIVATE_USE_CODE = re.compile(r"q[a-t][a-z]")  # ISO 639-2, reserved for local use
NORWEGIAN_CODES = frozenset({"nb", "nn"})  # CLDR does not count them under their macrolanguage, films do
VARIETIES = frozenset({"yue", "fil"})  # languages of films with a code of three letters; "Remastered" is found as Rema
MIN_NAME_LETTERS = 4  # of a language's name in a title: shorter words are codes
MAX_GUESS_CHARACTERS = 20_000  # characters: more text costs time and changes no guess


@lru_cache(maxsize=1024)
def normalize_tag(text: str) -> str | None:
    """BCP 47 tag of a language code of any kind: `eng` → `en`, `pt_br` → `pt-BR`, `cmn` → `zh`, `pob` → `pt-BR`.

    None where the code stands for an unknown language (`und`, `mul`, empty). LanguageError for text that is no code.
    """
    from langcodes import Language, standardize_tag, tag_parser

    asked = text.strip()
    if not asked or asked.lower() in UNKNOWN_LANGUAGE_CODES:
        return None
    asked = language_spellings.find_code(asked) or asked
    try:
        language = Language.get(standardize_tag(asked))
    except tag_parser.LanguageTagError as error:
        raise _make_error(text) from error
    code = language.language or ""
    if not re.fullmatch(r"[a-z]{2,3}", code) or PRIVATE_USE_CODE.fullmatch(code) or not language.is_valid():
        raise _make_error(text)
    return "zh" + str(language)[3:] if code == "cmn" else str(language)


def normalize_tag_or_none(text: str) -> str | None:
    """As `normalize_tag`, for the tags of media files: None also for text that is no code."""
    try:
        return normalize_tag(text)
    except LanguageError:
        return None


@lru_cache(maxsize=1024)
def find_tag_by_name(name: str) -> str | None:
    """BCP 47 tag of a language by its English or own name (`Spanish`, `español`), or a spelling of its region (`Español
    (Latinoamérica)`, `Brazilian`); None where there is none of that name.
    """
    from langcodes import find

    if (spelling := language_spellings.find_in_text(name)) and not re.fullmatch(r"[A-Za-z]{2,3}", name):
        return spelling
    try:
        return normalize_tag(str(find(name)))
    except LookupError:
        return None


@lru_cache(maxsize=1024)
def find_tag_in_title(title: str) -> str | None:
    """BCP 47 tag of the first language that a track's title names; None where it names none. A code counts where it stands alone:
    in "DTS-ES" and "HE-AAC" it is no language.
    """
    words = re.findall(r"[^\W\d_]+", title)
    if len(words) == 1 and len(title.strip()) in {2, 3} and (code := normalize_tag_or_none(title)):
        return code
    for start, word in enumerate(words):
        if spelling := language_spellings.find_phrase([each for each in words[start:] if len(each) > 2 or not each.isascii()]):
            return spelling[0]
        is_name = len(word) >= MIN_NAME_LETTERS or (not word.isascii() and len(word) >= 2)
        if is_name and (tag := find_tag_by_name(word)) and (len(tag.partition("-")[0]) == 2 or tag in VARIETIES):
            return tag
    return None


@lru_cache(maxsize=1024)
def measure_regional_distance(asked: str, own: str) -> int:
    """CLDR distance of two tags of one language where the one asked for names a region, a script or a variety; else 0."""
    from langcodes import tag_distance

    if not is_same_language(asked, own) or asked == base_language(asked) == find_macrolanguage(asked):
        return 0
    return tag_distance(asked, own)


def require_tag(text: str) -> str:
    """As `normalize_tag`, but an unknown language is a LanguageError, too."""
    found = normalize_tag(text)
    if found is None:
        raise _make_error(text)
    return found


def parse_tags(given: str | Iterable[str]) -> frozenset[str]:
    """BCP 47 tags of languages that a setting names, one by one or separated by commas. LanguageError for one that is none."""
    return frozenset(map(require_tag, given.split(",") if isinstance(given, str) else given))


def base_language(text: str) -> str:
    """The language subtag, without region and script: `pt-BR` → `pt`. LanguageError for text that is no code."""
    return require_tag(text).partition("-")[0]


def is_among(text: str, tags: Collection[str] | None) -> bool:
    """True if the tag or its base language is in `tags`; always where `tags` is None."""
    return tags is None or text in tags or base_language(text) in tags


def is_pair_among(source: str, target: str, pairs: Collection[tuple[str, str]] | None) -> bool:
    """True if the pair, by its tags or base languages, is in `pairs`; always where `pairs` is None."""
    return pairs is None or any(pair in pairs for pair in expand_pair(source, target))


def expand_pair(source: str, target: str) -> Iterator[tuple[str, str]]:
    """The pair with and without region and script, the most exact first."""
    for start in dict.fromkeys((source, base_language(source))):
        for goal in dict.fromkeys((target, base_language(target))):
            yield start, goal


def is_same_language(one: str, other: str) -> bool:
    """True if both tags name one language, whatever the region, the script or the code: `es` and `spa-MX`, `nb` and `no`."""
    return find_macrolanguage(one) == find_macrolanguage(other)


def is_heard(tag: str, heard: Iterable[str]) -> bool:
    """True if a film that can be heard in these languages needs no dub into `tag`: one of them is the same language.

    The rule of intake, library and coverage. Regions make no difference: a film in `pt` or `pt-PT` lacks no `pt-BR`.
    """
    return any(is_same_language(tag, each) for each in heard)


def get_terminology_code(text: str) -> str:
    """ISO 639-2/T code, as MP4 stores it: `fr` → `fra`."""
    return _find_alpha3(text, "T")


def get_bibliographic_code(text: str) -> str:
    """ISO 639-2/B code, as Matroska stores it: `fr` → `fre`."""
    return _find_alpha3(text, "B")


@lru_cache(maxsize=1024)
def get_autonym(text: str) -> str:
    """Name of the language in itself, for a track's title: `es` → `Español`."""
    name = _parse_language(text).autonym()
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=1024)
def get_english_name(text: str) -> str:
    """English name of the language: `es` → `Spanish`, `pt-BR` → `Portuguese (Brazil)`."""
    return _parse_language(text).display_name()


@dataclass(frozen=True, slots=True)
class Guess:
    """Result of language identification. `confidence`: posterior in 0..1; under 0.5 it means little."""

    language: str
    confidence: float


def guess_language(text: str, *, among: Collection[str] | None = None) -> Guess | None:
    """Language identification of a text by its letters (py3langid), as the likeliest of the tags `among`.

    None where the text has no letters, is no language (ISO 639-2 `zxx`), or none of them is known to the identifier.
    """
    if not any(character.isalpha() for character in text):
        return None
    if among is None:
        code, confidence = _load_identifier().classify(text[:MAX_GUESS_CHARACTERS])
        language = normalize_tag(code)
        return Guess(language, float(confidence)) if language else None
    for code, confidence in _load_identifier().rank(text[:MAX_GUESS_CHARACTERS]):  # the likeliest first
        if code in among:
            return Guess(code, float(confidence))
    return None


def _parse_language(text: str) -> "Language":
    from langcodes import Language

    return Language.get(require_tag(text))


@lru_cache(maxsize=1024)
def find_macrolanguage(text: str) -> str:
    """Code that all tags of one language share (`is_same_language`): `pt-BR` → `pt`, `nb` → `no`, `arb` → `ar`."""
    code = base_language(text)
    return "no" if code in NORWEGIAN_CODES else str(_parse_language(code).prefer_macrolanguage().language)


@lru_cache(maxsize=1024)
def _find_alpha3(text: str, variant: str) -> str:
    try:
        return _parse_language(text).to_alpha3(variant=variant)
    except LookupError as error:
        raise LanguageError(f"{text} has no ISO 639-2 code, which a film's tracks need; name another language") from error


@lru_cache(maxsize=1)
def _load_identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.7 s to unpack the model: so on the first use only

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _make_error(text: str) -> LanguageError:
    return LanguageError(f"{text[:40]!r} is not a language; give a BCP 47 tag such as en, es or pt-BR")
