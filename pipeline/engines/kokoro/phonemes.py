"""Grapheme-to-phoneme conversion (G2P) for Kokoro: phonemes by espeak-ng; punctuation is kept, the model reads it as prosody.

espeak-ng drops punctuation and splits at it, so the text is split at its marks first, converted in one run of the program with a
paragraph per piece, and joined again with the marks. Terms whose pronunciation is given in IPA take no part in that: each stands as a
placeholder between the words (a character for private use, of which the text has none), until its symbols take its place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.engines.kokoro.given_phonemes import to_given_symbols, to_possessive
from pipeline.engines.synthesizer_espeak import PROGRAM, strip_commands
from pipeline.errors import EngineError, ProgramError
from pipeline.processes.subprocesses import run
from pipeline.text.pronunciation.lexicon import Lexicon
from pipeline.values.pronunciation import Pronunciation

ESPEAK_TIMEOUT_S = 30.0  # for one line
QUOTE_TRANSLATION = str.maketrans(
    {"«": "“", "»": "”", "„": "“", "‹": "“", "›": "”", "¿": None, "¡": None, "–": "—", "―": "—", "’": "'", "‘": "'"}
)
# A point or comma between digits belongs to the number; a hyphen with spaces around it is a dash.
PUNCTUATION_MARK = re.compile(r"(?<!\d)[.,:](?!\s*$)|[.,:](?!\d)|[;!?…—()“”\"]|(?<=\s)-(?=\s)")
TITLE_ABBREVIATION = re.compile(
    r"\b(Mr|Mrs|Ms|Dr|St|Sr|Sra|Srta|Dra|Prof|Mme|Mlle)\.(?=\s+[\w\ue000-\uf8ff])"
)  # whose point ends no sentence
LANGUAGE_FLAG = re.compile(r"\([^()\s]*\)")  # "(en)" around words that espeak-ng reads in another language; ties may stand inside
SYLLABIC_CONSONANT = re.compile("(\\S)\u0329")
PAUSE_MARKS = ".,:;!?…—"
PLACEHOLDER = re.compile("([\ue000-\uf8ff])('[sS]\\b)?")  # of a term whose IPA is given, and the mark of its possessive
FIRST_PLACEHOLDER = 0xE000
TERM_STAND_IN = "tata"  # a content word in every language

# espeak-ng's phonemes, tied by ^ where two letters are one sound → Kokoro's symbols; the longest first.
TIED_SYMBOLS: Mapping[str, str] = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ", "t^ʃ": "ʧ",
    "ɔ^ɪ": "Y",
}  # fmt: skip
ENGLISH_SYMBOLS: Mapping[str, str] = {
    "ʔˌn\u0329": "ʔn", "ʔn\u0329": "ʔn", "a^ɪ": "I", "a^ʊ": "W", "d^ʒ": "ʤ", "e^ɪ": "A", "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "ə^l": "ᵊl",
    "ʲo": "jo", "ʲə": "jə", "e": "A", "ʲ": "", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ç": "k", "ɐ": "ə", "ɬ": "l", "\u0303": "",
}  # fmt: skip
AMERICAN_SYMBOLS: Mapping[str, str] = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}
BRITISH_SYMBOLS: Mapping[str, str] = {"e^ə": "ɛː", "i^ə": "ɪə", "iə": "ɪə", "ə^ʊ": "Q"}
COMMON_ENGLISH_SYMBOLS: Mapping[str, str] = {"o": "ɔ", "ɾ": "T", "ʔ": "t"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Words without punctuation marks, or one mark with the spaces that Kokoro expects around it."""

    text: str
    is_mark: bool


def to_phonemes(text: str, accent: str, pronunciations: Sequence[Pronunciation] = ()) -> str:
    """Convert a text to Kokoro's symbols, terms of it as they are given in `pronunciations`.

    `accent`: espeak-ng's name of the language. EngineError if nothing can be spoken.
    """
    words = strip_commands(text.translate(QUOTE_TRANSLATION))
    if not words:
        raise EngineError("kokoro", f"nothing in {text[:60]!r} can be spoken; leave the line out")
    words, given = _replace_terms(words, pronunciations)
    pieces = [part for piece in split_at_marks(words) for part in ([piece] if piece.is_mark else _split_at_placeholders(piece))]
    spoken = iter(_convert_words(pieces, accent))
    joined = "".join(
        piece.text if piece.is_mark else _keep_spaces(piece.text, to_symbols(next(spoken), accent)) for piece in pieces
    )
    return " ".join(PLACEHOLDER.sub(lambda found: _insert_symbols(found, given, accent), joined).split())


def _replace_terms(words: str, pronunciations: Sequence[Pronunciation]) -> tuple[str, tuple[str, ...]]:
    """The words with a placeholder for each term that has IPA, and the IPA of each; other terms are respelled."""
    if not pronunciations:
        return words, ()
    fragments = Lexicon(pronunciations).split(words)
    given = tuple(dict.fromkeys(each.pronunciation.ipa for each in fragments if each.pronunciation and each.pronunciation.ipa))

    def replace_term(text: str, known: Pronunciation | None) -> str:
        if known is None:
            return text
        return chr(FIRST_PLACEHOLDER + given.index(known.ipa)) if known.ipa else strip_commands(known.respelling)

    return "".join(replace_term(each.text, each.pronunciation) for each in fragments), given


def _split_at_placeholders(words: Piece) -> list[Piece]:
    """The words between placeholders, which are pieces like marks: they are not given to espeak-ng."""
    pieces: list[Piece] = []
    end = 0
    for found in PLACEHOLDER.finditer(words.text):
        pieces += [_make_words(words.text[end : found.start()]), Piece(found[0], is_mark=True)]
        end = found.end()
    return [piece for piece in (*pieces, _make_words(words.text[end:])) if piece.text]


def _convert_words(pieces: Sequence[Piece], accent: str) -> list[str]:
    """espeak-ng's phonemes of the pieces that are words.

    Those before a term are converted with another word in its place, and without that word's phonemes: `a` before a name is unstressed.
    """
    followed = [PLACEHOLDER.fullmatch(after.text) is not None for after in pieces[1:]] + [False]
    words = [
        (piece.text.strip(), before_term and piece.text[-1:].isspace())
        for piece, before_term in zip(pieces, followed, strict=True)
        if not piece.is_mark
    ]
    texts = [f"{text} {TERM_STAND_IN}" if before_term else text for text, before_term in words]
    converted = zip(words, _convert_pieces(texts, accent), strict=True)
    return [ipa.rpartition(" ")[0] or _run_espeak(text, accent) if before_term else ipa for (text, before_term), ipa in converted]


def _make_words(text: str) -> Piece:
    """A piece of words; a space where there are none."""
    return Piece(text, is_mark=False) if _is_speakable(text) else Piece(" " if text else "", is_mark=True)


def _keep_spaces(words: str, symbols: str) -> str:
    return f"{' ' if words[:1].isspace() else ''}{symbols}{' ' if words[-1:].isspace() else ''}"


def _insert_symbols(found: re.Match[str], given: Sequence[str], accent: str) -> str:
    symbols = to_symbols(to_given_symbols(given[ord(found[1]) - FIRST_PLACEHOLDER], accent), accent)
    return to_possessive(symbols) if found[2] else symbols


def split_at_marks(text: str) -> tuple[Piece, ...]:
    """Split a text into words and punctuation marks, in order. Pause marks at its beginning are left out."""
    text = TITLE_ABBREVIATION.sub(r"\1", text.replace("...", "…"))
    pieces: list[Piece] = []
    end = 0
    for found in PUNCTUATION_MARK.finditer(text):
        _append_words(pieces, text[end : found.start()])
        end = found.end()
        mark = "—" if found[0] == "-" else found[0]
        if pieces or mark not in PAUSE_MARKS:
            before = " " if text[: found.start()][-1:].isspace() and mark in "—(“" else ""
            after = " " if text[end : end + 1].isspace() else ""
            pieces.append(Piece(f"{before}{mark}{after}", is_mark=True))
    _append_words(pieces, text[end:])
    return tuple(pieces)


def _append_words(pieces: list[Piece], text: str) -> None:
    if _is_speakable(text):
        pieces.append(Piece(" ".join(text.split()), is_mark=False))


def _is_speakable(text: str) -> bool:
    return any(letter.isalnum() for letter in text) or PLACEHOLDER.search(text) is not None


def _convert_pieces(pieces: Sequence[str], accent: str) -> list[str]:
    """espeak-ng's phonemes of each piece: all in one run, or one by one if the program splits them differently."""
    together = _run_espeak("\n\n".join(pieces), accent).splitlines()
    if len(together) == len(pieces):
        return together
    return [" ".join(_run_espeak(piece, accent).split()) for piece in pieces]


def _run_espeak(text: str, accent: str) -> str:
    options = ["-q", "-b", "1", "--ipa", "--tie=^", "-v", accent, "--stdin"]
    try:
        answer = run([PROGRAM, *options], timeout=ESPEAK_TIMEOUT_S, stdin=text.encode())
    except ProgramError as error:
        raise EngineError("kokoro", f"espeak-ng gave no phonemes for {text[:60]!r} in {accent} ({error})") from error
    return "\n".join(line for line in answer.decode("utf-8", "replace").splitlines() if line.strip())


def to_symbols(ipa: str, accent: str) -> str:
    """Convert espeak-ng's phonemes to Kokoro's symbols."""
    ipa = LANGUAGE_FLAG.sub("", " ".join(ipa.split()))
    if not accent.startswith("en"):
        return _replace_all(ipa, TIED_SYMBOLS).replace("^", "").replace("-", "")
    if accent == "en-gb":
        ipa = _replace_all(ipa, BRITISH_SYMBOLS)  # before the rules for single e and i
    ipa = SYLLABIC_CONSONANT.sub(r"ᵊ\1", _replace_all(ipa, ENGLISH_SYMBOLS))
    if accent == "en-us":
        ipa = _replace_all(ipa, AMERICAN_SYMBOLS)
    return _replace_all(ipa, COMMON_ENGLISH_SYMBOLS).replace("^", "").replace("-", "")


def _replace_all(text: str, table: Mapping[str, str]) -> str:
    for old in sorted(table, key=lambda old: -len(old)):
        text = text.replace(old, table[old])
    return text
