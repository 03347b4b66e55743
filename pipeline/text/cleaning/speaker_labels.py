"""Speaker labels (`JOHN: Come in.`): removed where the file writes speakers so.

Counter-examples that stay: "NASA: we have a problem", "P.S.: I love you", and in a file all in capitals "HERE IS THE TRUTH: I TOOK
THE MONEY": a label is short, in capitals, and belongs to a file with labels; where everything is in capitals it comes back.
"""

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.text.cleaning.timed_text import Removals, TimedText

REASON = "names of speakers"
LABEL = re.compile(
    r"^(?P<dash>[^\S\n]*(?:[-–—‐][^\S\n]*)?)(?P<name>(?:Mc|Mac|O')?[^\W\d_a-zß-öø-ÿ][\w .'’&/#-]{0,30}):(?=\s|$)", re.MULTILINE
)
MAX_LABEL_WORDS = 4
MIN_LABELS = 2  # of different speakers or of one, in a file of mixed case
MIN_REPEATS = 2  # of one label, where the whole file is in capitals, or its labels are not
MIN_WRITTEN_SHARE = 0.2  # of the cues, that begin with a name in small letters
MAX_NAME_WORDS = 2
MIN_CAPITALS_SHARE = 0.7  # of a file's letters, for a file in capitals


def remove_speaker_labels(texts: Sequence[TimedText], removals: Removals) -> list[TimedText]:
    """The texts without speaker labels; those with nothing else are left out."""
    labels = find_labels(texts)

    def replace(match: re.Match[str]) -> str:
        if match["name"] not in labels:
            return match[0]
        removals.add(REASON)
        return match["dash"]

    cleaned = [
        text.with_text("\n".join(" ".join(row.split()) for row in LABEL.sub(replace, text.text).split("\n") if row.strip()))
        for text in texts
    ]
    return [text for text in cleaned if text.text.strip(" -–—‐")]


def find_labels(texts: Sequence[TimedText]) -> frozenset[str]:
    """The names that this file writes before what they say."""
    matches = [match for text in texts for match in LABEL.finditer(text.text)]
    counts = Counter(match["name"] for match in matches if _is_label(match["name"]))
    if is_in_capitals(texts):
        return _select_repeated(counts)
    labels = frozenset(counts) if counts.total() >= MIN_LABELS else frozenset[str]()
    return labels | _find_written_names(matches, len(texts))


def _find_written_names(matches: Sequence[re.Match[str]], cues: int) -> frozenset[str]:
    """Names in small letters (`Mary: Thanks.`) of a file that labels many cues: "Look: there it is." goes on in small letters."""
    names = Counter(
        match["name"] for match in matches if match["name"].istitle() and len(match["name"].split()) <= MAX_NAME_WORDS
    )
    spoken = {match["name"] for match in matches if match.string[match.end() :].lstrip()[:1].islower()}
    names = Counter({name: count for name, count in names.items() if name not in spoken})
    return _select_repeated(names) if names.total() >= MIN_WRITTEN_SHARE * cues else frozenset()


def _select_repeated(names: Counter[str]) -> frozenset[str]:
    """Those that stand before more than one cue, where they are several speakers or one who says much: "LISTEN: GO." is speech."""
    is_labelled = len(names) > 1 or names.total() > MIN_REPEATS
    return frozenset(name for name, count in names.items() if is_labelled and count >= MIN_REPEATS)


def is_in_capitals(texts: Sequence[TimedText]) -> bool:
    """True for a file written in capitals."""
    letters = [letter for text in texts for letter in text.text if letter.upper() != letter.lower()]
    return bool(letters) and sum(letter.isupper() for letter in letters) > MIN_CAPITALS_SHARE * len(letters)


def _is_label(name: str) -> bool:
    """True for a name in capitals (`MR. SMITH`, `McCOY`); abbreviations by dots alone (`P.S.`) are none."""
    core = re.sub(r"^(?:Mc|Mac|O')", "", name)
    return core == core.upper() and len(name.split()) <= MAX_LABEL_WORDS and not re.fullmatch(r"(?:\w\.)+\w?", name)
