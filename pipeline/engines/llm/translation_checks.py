"""Validation of translations by language models: refusals, echoes, untranslated, repeated and shifted lines are filtered out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pipeline.engines.llm.untranslated_words import find_untranslated_words
from pipeline.text import languages
from pipeline.text.glossary_check import has_translation
from pipeline.values.film_context import Term

JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them; all other format characters are removed
CLOSING_QUOTES = {
    '"': '"',
    "“": "”",
    "„": "“",
    "«": "»",
    "»": "«",
    "‘": "’",
    "'": "'",
    "「": "」",
    "『": "』",
    "`": "`",
    "”": "”",
}
MIN_EQUAL_LETTERS = 8  # of a text whose equality to another is no coincidence

# Phrases of assistants about themselves, which no translation has unless its original does.
REFUSAL = re.compile(
    r"\bas an? (ai|artificial)\b|\blanguage model\b|\b(i|we) (can(no|['’]?)t|am (unable|not able)|['’]m (unable|not able))[^.]{0,30}"
    r"\b(translat\w+|assist|fulfil\w*|comply|provide (a|this|that|the)|process) ?|no puedo (traducir|ayudar)|"
    r"ne (peux|puis) pas (traduire|vous aider)|kann (das|dies\w*|ihnen|dir)? ?(dabei )?nicht (übersetzen|helfen)|"
    r"não posso (traduzir|ajudar)|non posso (tradurre|aiutar)|不能(翻译|協助|协助)|無法(翻譯|協助)|无法(翻译|协助)|翻訳できません",
    re.IGNORECASE,
)
APOLOGY = re.compile(
    r"\W*(i['’]m sorry|i am sorry|sorry|i apologi[sz]e|unfortunately)\b.{0,12}\b(i|we) (can|am|['’]m|will|won)", re.IGNORECASE
)


class RequestedLine(Protocol):
    """A line of a question to the model. `room`: characters that fit its time; `fair`: those of a full translation."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def speaker(self) -> str | None: ...
    @property
    def room(self) -> int: ...
    @property
    def fair(self) -> int: ...


def normalize_text(text: str) -> str:
    """The text on one line, without control, format, private and unassigned characters and halves of surrogate pairs; NFC."""
    kept = []
    for letter in text:
        category = unicodedata.category(letter)
        if category == "Cf":
            kept.append(letter if letter in JOINERS else "")
        else:
            kept.append(" " if category in {"Cc", "Cs", "Co", "Cn"} else letter)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def has_words(text: str) -> bool:
    """True if there is anything to translate; False for `…` or `♪ ♪`."""
    return any(letter.isalnum() for letter in text)


def strip_decoration(text: str, line: RequestedLine) -> str:
    """A translation without the control characters, quotes, emphasis and speaker's name that models put around it."""
    text = normalize_text(text)
    if line.speaker and text.casefold().startswith(label := f"{line.speaker}:".casefold()):
        text = text[len(label) :].lstrip()
    if text.startswith("**") and text.endswith("**") and len(text) > 4 and "**" not in line.text:
        text = text[2:-2].strip()
    closing = CLOSING_QUOTES.get(text[:1])
    if closing and len(text) > 2 and text.endswith(closing) and line.text[:1] not in CLOSING_QUOTES and closing not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def is_believable(text: str, line: RequestedLine, *, target: str, foreign: bool) -> bool:
    """True if a text can be the translation of one line. `foreign`: source and target are different languages."""
    if not has_words(text):
        return False
    if len(text) > min(8 * len(line.text) + 200, 4 * max(line.room, line.fair) + 40):
        return False
    if REFUSAL.search(text) and not REFUSAL.search(line.text):
        return False
    if APOLOGY.match(text) and not APOLOGY.match(line.text):
        english = languages.is_same_language(target, "en")
        if not english or len(text) > 1.6 * line.fair + 10:
            return False
    return not (foreign and is_untranslated(text, line.text))


def is_untranslated(text: str, original: str) -> bool:
    """True if a text is the same as its original and long enough to need translation; names stay as they are."""
    if _strip_to_letters(text) != _strip_to_letters(original):
        return False
    cased = any(letter.islower() or letter.isupper() for letter in original)
    if not cased:
        return sum(letter.isalpha() for letter in original) >= MIN_EQUAL_LETTERS
    if original.upper() == original:
        return len(original.split()) >= 4
    return sum(word[:1].islower() for word in re.findall(r"\w+", original)) >= 3


def filter_translations(
    lines: Sequence[RequestedLine], answers: Mapping[str, str], *, source: str, target: str, kept_terms: Collection[str] = ()
) -> dict[str, str]:
    """The valid ones of an answer's texts, by name: believable, without words of the source, not repeated, not another line's.

    `kept_terms`: terms that may stay as they are.
    """
    foreign = not languages.is_same_language(source, target)
    texts = {line.name: strip_decoration(answers[line.name], line) for line in lines if line.name in answers}
    kept = {
        line.name: texts[line.name]
        for line in lines
        if line.name in texts and is_believable(texts[line.name], line, target=target, foreign=foreign)
    }
    bad = find_repeated(lines, kept) | find_shifted(lines, kept) | (find_echoed(lines, texts) if foreign else set())
    bad |= {
        line.name
        for line in lines
        if line.name in kept
        and find_untranslated_words(kept[line.name], line.text, source=source, target=target, kept=kept_terms)
    }
    return {name: text for name, text in kept.items() if name not in bad}


def has_terms(text: str, line: RequestedLine, terms: Sequence[Term]) -> bool:
    """True if a translation has the settled terms of its line, with other endings at most."""
    for term in terms:
        is_meant = re.search(rf"\b{re.escape(term.source.casefold())}\b", line.text.casefold())
        if is_meant and not has_translation(text, term):
            return False
    return True


def find_repeated(lines: Sequence[RequestedLine], texts: Mapping[str, str]) -> set[str]:
    """Names of long texts that are the same for different originals."""
    said: dict[str, set[str]] = {}
    for line in lines:
        if line.name in texts and len(_strip_to_letters(texts[line.name])) >= 2 * MIN_EQUAL_LETTERS:
            said.setdefault(_strip_to_letters(texts[line.name]), set()).add(_strip_to_letters(line.text))
    twice = {text for text, originals in said.items() if len(originals) > 1}
    return {name for name, text in texts.items() if _strip_to_letters(text) in twice}


def find_echoed(lines: Sequence[RequestedLine], texts: Mapping[str, str]) -> set[str]:
    """Names of texts that repeat their original, if most do and at least three: then the question came back as its answer."""
    same = {
        line.name for line in lines if line.name in texts and _strip_to_letters(texts[line.name]) == _strip_to_letters(line.text)
    }
    return same if len(same) >= 3 and 2 * len(same) > len(texts) else set()


def find_shifted(lines: Sequence[RequestedLine], texts: Mapping[str, str]) -> set[str]:
    """Names of texts that seem to belong to a neighbouring line, from the first such line on.

    Detected by numbers and names, which a translation keeps. One that moved may be word order; two the same way are a shift.
    """
    order = [line for line in lines if line.name in texts]
    common = Counter(mark for line in lines for mark in _find_anchors(line.text))
    marks = [{mark for mark in _find_anchors(line.text) if common[mark] == 1} for line in order]  # those of one line only
    answered = [_find_anchors(texts[line.name]) for line in order]
    moved: Counter[int] = Counter()
    where: dict[int, list[int]] = {-1: [], 1: []}
    in_place = []
    for n in range(len(order)):
        if marks[n] & answered[n]:
            in_place.append(n)
            continue
        for step in (-1, 1):
            if 0 <= n + step < len(order) and marks[n] & answered[n + step] - marks[n + step]:
                moved[step] += 1
                where[step].append(n)
    for step, count in moved.most_common(1):
        first = where[step][0]
        if count >= 2 and count > sum(n >= first for n in in_place):
            begin = max(0, max((n for n in in_place if n < first), default=-1) + 1)
            return {line.name for line in order[begin:]}
    return set()


def _find_anchors(text: str) -> set[str]:
    """Words that a translation usually keeps: numbers, and names that do not begin the line."""
    words = re.findall(r"\w+", text)
    return {word for word in words if word.isdecimal()} | {word for word in words[1:] if len(word) >= 4 and word[:1].isupper()}


def _strip_to_letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
