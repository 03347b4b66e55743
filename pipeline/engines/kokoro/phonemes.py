"""Kokoro's symbols for a text: phonemes by espeak-ng, punctuation as it stands, because the model reads it as prosody.

espeak-ng drops punctuation and splits at it, so the text is cut at its marks first, spoken in one run of the program, a
paragraph a piece, and joined again around the marks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.engines.synthesizer_espeak import PROGRAM, strip_commands
from pipeline.errors import EngineError, ProgramError
from pipeline.processes.subprocesses import run

TIMEOUT = 30.0  # s for one line
QUOTES = str.maketrans(
    {"«": "“", "»": "”", "„": "“", "‹": "“", "›": "”", "¿": None, "¡": None, "–": "—", "―": "—", "’": "'", "‘": "'"}
)
# A point or comma between digits belongs to the number; a hyphen with spaces around it is a dash.
MARK = re.compile(r"(?<!\d)[.,:](?!\s*$)|[.,:](?!\d)|[;!?…—()“”\"]|(?<=\s)-(?=\s)")
TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Sr|Sra|Srta|Dra|Prof|Mme|Mlle)\.(?=\s+\w)")  # whose point ends no sentence
FLAG = re.compile(r"\([^()\s]*\)")  # "(en)" around words that espeak-ng reads in another language; ties may stand inside
SYLLABIC = re.compile("(\\S)\u0329")
PAUSES = ".,:;!?…—"

# espeak-ng's phonemes, tied by ^ where two letters are one sound → Kokoro's symbols; the longest first.
TIED: Mapping[str, str] = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ", "t^ʃ": "ʧ",
    "ɔ^ɪ": "Y",
}  # fmt: skip
ENGLISH: Mapping[str, str] = {
    "ʔˌn\u0329": "ʔn", "ʔn\u0329": "ʔn", "a^ɪ": "I", "a^ʊ": "W", "d^ʒ": "ʤ", "e^ɪ": "A", "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "ə^l": "ᵊl",
    "ʲo": "jo", "ʲə": "jə", "e": "A", "ʲ": "", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ç": "k", "ɐ": "ə", "ɬ": "l", "\u0303": "",
}  # fmt: skip
AMERICAN: Mapping[str, str] = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}
BRITISH: Mapping[str, str] = {"e^ə": "ɛː", "i^ə": "ɪə", "iə": "ɪə", "ə^ʊ": "Q"}
BOTH: Mapping[str, str] = {"o": "ɔ", "ɾ": "T", "ʔ": "t"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Words without a mark inside, or one mark with the space around it as Kokoro reads it."""

    text: str
    is_mark: bool


def to_phonemes(text: str, accent: str) -> str:
    """The text in Kokoro's symbols. `accent`: espeak-ng's name of the language. EngineError where nothing can be spoken."""
    words = strip_commands(text.translate(QUOTES))
    if not words:
        raise EngineError("kokoro", f"nothing in {text[:60]!r} can be spoken; leave the line out")
    pieces = split_at_marks(words)
    spoken = iter(_run_pieces([piece.text for piece in pieces if not piece.is_mark], accent))
    joined = "".join(piece.text if piece.is_mark else to_symbols(next(spoken), accent) for piece in pieces)
    return " ".join(joined.split())


def split_at_marks(text: str) -> tuple[Piece, ...]:
    """The text in words and marks, in order. Marks at its beginning that only pause are left out."""
    text = TITLE.sub(r"\1", text.replace("...", "…"))
    pieces: list[Piece] = []
    end = 0
    for found in MARK.finditer(text):
        _append_words(pieces, text[end : found.start()])
        end = found.end()
        mark = "—" if found[0] == "-" else found[0]
        if pieces or mark not in PAUSES:
            before = " " if text[: found.start()][-1:].isspace() and mark in "—(“" else ""
            after = " " if text[end : end + 1].isspace() else ""
            pieces.append(Piece(f"{before}{mark}{after}", is_mark=True))
    _append_words(pieces, text[end:])
    return tuple(pieces)


def _append_words(pieces: list[Piece], text: str) -> None:
    if any(letter.isalnum() for letter in text):
        pieces.append(Piece(" ".join(text.split()), is_mark=False))


def _run_pieces(pieces: Sequence[str], accent: str) -> list[str]:
    """espeak-ng's phonemes of each piece: of all in one run, or one by one where the program draws other borders."""
    together = _run("\n\n".join(pieces), accent).splitlines()
    if len(together) == len(pieces):
        return together
    return [" ".join(_run(piece, accent).split()) for piece in pieces]


def _run(text: str, accent: str) -> str:
    options = ["-q", "-b", "1", "--ipa", "--tie=^", "-v", accent, "--stdin"]
    try:
        answer = run([PROGRAM, *options], timeout=TIMEOUT, stdin=text.encode())
    except ProgramError as error:
        raise EngineError("kokoro", f"espeak-ng gave no phonemes for {text[:60]!r} in {accent} ({error})") from error
    return "\n".join(line for line in answer.decode("utf-8", "replace").splitlines() if line.strip())


def to_symbols(ipa: str, accent: str) -> str:
    """espeak-ng's phonemes as Kokoro's symbols."""
    ipa = FLAG.sub("", " ".join(ipa.split()))
    if not accent.startswith("en"):
        return _replace_all(ipa, TIED).replace("^", "").replace("-", "")
    if accent == "en-gb":
        ipa = _replace_all(ipa, BRITISH)  # before a lone e and i are taken for something else
    ipa = SYLLABIC.sub(r"ᵊ\1", _replace_all(ipa, ENGLISH))
    if accent == "en-us":
        ipa = _replace_all(ipa, AMERICAN)
    return _replace_all(ipa, BOTH).replace("^", "").replace("-", "")


def _replace_all(text: str, table: Mapping[str, str]) -> str:
    for old in sorted(table, key=lambda old: -len(old)):
        text = text.replace(old, table[old])
    return text
