"""Metrics against a reference: word error rate (WER), diarization error rate (DER), chrF of translations, SI-SDR of stems.

Errors are counted rather than rated, so that those of several recordings add up: long ones weigh more than short ones.
"""

import importlib.util
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import NotPossible
from pipeline.values.timeline import Turn, merge_spans

SCORING_LIBRARIES = ("jiwer", "sacrebleu", "pyannote.metrics")

Samples = NDArray[np.float32]

COLLAR_S = 0.25  # around a turn's edges that count for nothing: people do not mark them more closely than that
APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Word errors: edits that turn a recognised text into the reference. `words`: of the reference."""

    words: int
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(
            self.words + other.words,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )

    @property
    def count(self) -> int:
        """Words that are wrong, missing or too many."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Word error rate, 0 at best; over 1 where more was made up than was said."""
        return self.count / self.words

    @property
    def margin(self) -> float:
        """Half of the rate's 95 % interval, as if each word were wrong by a chance of its own. In truth it is wider."""
        share = min(1.0, self.rate)
        return 1.96 * math.sqrt(share * (1.0 - share) / self.words)


@dataclass(frozen=True, slots=True)
class TurnErrors:
    """Seconds of a diarization that are wrong. `speech`: of the reference, speakers who talk at once counted each."""

    speech: float
    missed: float = 0.0
    false: float = 0.0  # taken for speech
    confused: float = 0.0  # given to another speaker

    def __add__(self, other: "TurnErrors") -> "TurnErrors":
        return TurnErrors(
            self.speech + other.speech, self.missed + other.missed, self.false + other.false, self.confused + other.confused
        )

    @property
    def rate(self) -> float:
        """Diarization error rate, 0 at best."""
        return (self.missed + self.false + self.confused) / self.speech


def require_libraries(command: str) -> None:
    """NotPossible where the libraries of WER, DER and chrF are not installed. `command`: the one that installs them."""
    if missing := [name for name in SCORING_LIBRARIES if not _is_installed(name)]:
        raise NotPossible(f"{', '.join(missing)} is not installed here; run {command}, which installs it")


def _is_installed(module: str) -> bool:
    """True if a module can be imported; a package that holds it is imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its package is missing
        return False


def normalize_text(text: str) -> str:
    """Text as words alone: lower case, no punctuation, an apostrophe where it stands inside a word."""
    folded = unicodedata.normalize("NFKC", text).translate(APOSTROPHES).casefold()
    return " ".join(re.findall(r"\w+(?:'\w+)*", folded))


def count_word_errors(reference: str, heard: str) -> WordErrors:
    """The errors of a recognised text; case and punctuation do not count. ValueError where the reference has no words."""
    import jiwer

    said = normalize_text(reference)
    if not said:
        raise ValueError("a reference without words tells nothing about a recogniser")
    found = jiwer.process_words(said, normalize_text(heard))
    return WordErrors(len(said.split()), found.substitutions, found.deletions, found.insertions)


def count_errors_by_line(references: Sequence[str], heard: str) -> tuple[WordErrors, ...]:
    """The errors of a recognised text for each line of the reference, by the best alignment of the whole.

    Words that nobody said count to the line before them. ValueError for a line without words.
    """
    import jiwer

    lines = [normalize_text(text).split() for text in references]
    if not lines or not all(lines):
        raise ValueError("a reference line without words tells nothing about a recogniser")
    owners = [number for number, words in enumerate(lines) for _ in words]
    found = jiwer.process_words(" ".join(word for words in lines for word in words), normalize_text(heard))
    counts = [{"substitute": 0, "delete": 0, "insert": 0} for _ in lines]
    for chunk in found.alignments[0]:
        if chunk.type == "insert":
            counts[owners[max(0, chunk.ref_start_idx - 1)]]["insert"] += chunk.hyp_end_idx - chunk.hyp_start_idx
        elif chunk.type != "equal":
            for word in range(chunk.ref_start_idx, chunk.ref_end_idx):
                counts[owners[word]][chunk.type] += 1
    return tuple(
        WordErrors(len(words), each["substitute"], each["delete"], each["insert"])
        for words, each in zip(lines, counts, strict=True)
    )


def count_turn_errors(reference: Sequence[Turn], found: Sequence[Turn], *, collar: float = COLLAR_S) -> TurnErrors:
    """The errors of a diarization, whatever it calls the speakers. `collar`: seconds around the reference's edges left out."""
    from pyannote.metrics.diarization import DiarizationErrorRate

    if not reference:
        raise ValueError("a reference without turns tells nothing about a diarizer")
    metric = DiarizationErrorRate(collar=2 * collar)  # theirs is the width of the whole gap
    parts = metric.compute_components(
        _build_annotation(reference), _build_annotation(found), uem=_build_timeline([*reference, *found])
    )
    return TurnErrors(
        speech=float(parts["total"]),
        missed=float(parts["missed detection"]),
        false=float(parts["false alarm"]),
        confused=float(parts["confusion"]),
    )


def compute_jaccard_error(reference: Sequence[Turn], found: Sequence[Turn]) -> float:
    """Jaccard error rate (JER) of a diarization, without collar: each speaker counts alike, however little they say. 0 at best."""
    from pyannote.metrics.diarization import JaccardErrorRate

    if not reference:
        raise ValueError("a reference without turns tells nothing about a diarizer")
    score = JaccardErrorRate(collar=0.0)(
        _build_annotation(reference), _build_annotation(found), uem=_build_timeline([*reference, *found])
    )
    return float(score)


def compute_bleu(references: Sequence[str], translations: Sequence[str]) -> float:
    """Corpus BLEU of translations against one reference each, 0 to 100: sacreBLEU's, its tokenizer 13a, case counts."""
    import sacrebleu

    if len(references) != len(translations):
        raise ValueError(f"{len(translations)} translations have {len(references)} references; each line wants its own")
    return float(sacrebleu.corpus_bleu(list(translations), [list(references)]).score)


def compute_chrf(references: Sequence[str], translations: Sequence[str]) -> float:
    """chrF++ of translations against one reference each, 0 to 100: how many runs of characters and words they share."""
    import sacrebleu

    if len(references) != len(translations):
        raise ValueError(f"{len(translations)} translations have {len(references)} references; each line wants its own")
    return float(sacrebleu.corpus_chrf(list(translations), [list(references)], word_order=2).score)


def compute_gains(wave: Samples, *known: Samples) -> tuple[float, ...]:
    """The factor of each known signal in a wave, by least squares. All of them: (samples,)."""
    basis = np.stack(known, axis=1).astype(np.float64)  # (samples, signals)
    return tuple(map(float, np.linalg.lstsq(basis, wave.astype(np.float64), rcond=None)[0]))


def compute_si_sdr(reference: Samples, estimate: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio of an estimate, dB (Le Roux et al., 2019). Both: (samples,)."""
    wanted, found = reference.astype(np.float64), estimate.astype(np.float64)
    target = (found @ wanted) / (wanted @ wanted) * wanted
    return to_decibels(float(np.linalg.norm(target) / np.linalg.norm(found - target)))


def to_decibels(factor: float) -> float:
    """An amplitude factor in dB; at least -180."""
    return 20.0 * math.log10(max(abs(factor), 1e-9))


def _build_annotation(turns: Sequence[Turn]) -> object:
    """The turns in pyannote.core's form. A speaker's turns that overlap are one."""
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for speaker in dict.fromkeys(turn.speaker for turn in turns):
        for span in merge_spans([turn.span for turn in turns if turn.speaker == speaker]):
            annotation[Segment(span.start, span.end), speaker] = speaker
    return annotation


def _build_timeline(turns: Sequence[Turn]) -> object:
    from pyannote.core import Segment, Timeline

    return Timeline([Segment(0.0, max(turn.span.end for turn in turns))])
