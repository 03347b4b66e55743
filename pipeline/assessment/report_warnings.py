"""Warnings about a finished dub, in plain sentences with the numbers of their lines, the most harmful to a viewer first.

There is no grade: a dub is good where nothing is said here. Bounds come from studies of dubs and from broadcast practice.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from pipeline.assessment.line_risk import WRONG_CONFIDENCE
from pipeline.assessment.line_timing import (
    HEARD_OVERLAP_S,
    MAX_ONSET_ERROR_S,
    compute_effective_rate,
    is_off_onset,
)
from pipeline.assessment.speech_overlap import HUMAN_MEAN
from pipeline.values.dub_report import LineReport, Report
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import TextSource

MAX_DUB_WER = 0.25
MAX_RATE, MIN_RATE = 1.25, 0.85  # × natural pace; stretch up to 1.2 goes unheard, 1.5 is where studies cap it
MAX_EARLY_END_S = (
    MAX_ONSET_ERROR_S  # s for which the source may speak on: the bound of a late or early start holds for the end too
)
MAX_SHARE_UNTIMED = 0.05  # of the lines that may start off their source before it is a warning
MAX_BACKGROUND_CHANGE_DB = 4.0  # dB; under it a change of level is hardly noticed
MAX_LOUDNESS_CHANGE_LU = 1.05  # EBU R128: 1 LU around the target, and rounding
MAX_TRUE_PEAK_DBTP = -1.0  # EBU R128
MAX_DURATION_CHANGE_S = 0.5
MAX_LISTED_WORDS = 10  # words that were not translated that a warning lists
DOUBTFUL_RECOGNITION = "The film's words were recognised with low confidence and are probably wrong"
OFF_ONSET = f"Starts more than {MAX_ONSET_ERROR_S:g} s before or after its source does"
RUSHED = f"Rushed: faster than {MAX_RATE:g} times the voice's natural pace"
DRAWN_OUT = f"Drawn out: slower than {MIN_RATE:g} times the voice's natural pace"
UNTRANSLATED = "not translated"
MEASURED_WARNINGS = frozenset({DOUBTFUL_RECOGNITION, OFF_ONSET, RUSHED, DRAWN_OUT})


def rank_notes(report: Report, notes: Iterable[Note] = ()) -> tuple[Note, ...]:
    """Warnings about a dub and the `notes` on its making, in order of harm: losses of the film, words that are missing or
    misunderstood (which `notes` tell), flawed lines, flaws of the whole.
    """
    flaws = (*_find_flawed_lines(report), *_find_flaws(report))
    return (*_warn(_find_losses(report)), *notes, *_warn(flaws))


Finding = tuple[str, tuple[int, ...]]


def _warn(findings: Iterable[Finding]) -> Iterable[Note]:
    return (Note(text, Severity.WARNING, lines) for text, lines in findings)


def _find_losses(report: Report) -> Iterable[Finding]:
    """Losses of the whole film: streams, length, words that nobody understands, or that were not understood in the film."""
    if not report.streams_kept:
        yield (
            f"Not everything of the original is in the dubbed film: {'; '.join(report.losses) or 'some of its streams differ'}",
            (),
        )
    if abs(report.duration_difference) > MAX_DURATION_CHANGE_S:
        yield f"The dubbed film is {_compare(report.duration_difference, 'longer', 'shorter', ' s')} than the original", ()
    if report.round_trip_wer is not None and report.round_trip_wer > MAX_DUB_WER:
        yield f"A speech recogniser misunderstands {report.round_trip_wer:.0%} of the dub's words", ()
    if doubtful := tuple(line.number for line in report.lines if is_recognition_doubtful(line)):
        yield DOUBTFUL_RECOGNITION, doubtful
    if left := {line.number: line.untranslated for line in report.lines if line.untranslated}:
        yield describe_untranslated(dict.fromkeys(word for words in left.values() for word in words)), tuple(left)


def describe_untranslated(words: Collection[str]) -> str:
    """The warning on words that are spoken as the translator left them, in another language."""
    listed, more = ", ".join([*words][:MAX_LISTED_WORDS]), len(words) - MAX_LISTED_WORDS
    counted = "1 word was" if len(words) == 1 else f"{len(words)} words were"
    return f"{counted} {UNTRANSLATED}: {listed}{f' and {more} more' if more > 0 else ''}"


def is_of_measure(note: Note) -> bool:
    """True for a warning that says what a measure of its lines says too, which is a sign of their risk by itself."""
    return note.text in MEASURED_WARNINGS or f" {UNTRANSLATED}: " in note.text


def is_recognition_doubtful(line: LineReport) -> bool:
    """True for a line whose source words are probably wrong, and which nobody has rewritten."""
    return line.confidence is not None and line.confidence <= WRONG_CONFIDENCE and line.text_source != TextSource.EDIT


def _get_rate(line: LineReport) -> float:
    return round(compute_effective_rate(line), 3)


def _is_nearer_to_another_voice(line: LineReport) -> bool:
    own, nearest = line.voice_similarity, line.nearest_voice_similarity
    return own is not None and nearest is not None and nearest > own


LINE_FLAWS: Sequence[tuple[str, Callable[[LineReport], bool]]] = (
    ("Sounds while another line of the same speaker does", lambda line: line.overlap > HEARD_OVERLAP_S),
    (OFF_ONSET, is_off_onset),
    (RUSHED, lambda line: _get_rate(line) > MAX_RATE),
    (DRAWN_OUT, lambda line: _get_rate(line) < MIN_RATE),
    ("Sounds more like another voice of this dub than its own", _is_nearer_to_another_voice),
    (
        f"Ends early: its source still speaks for more than {MAX_EARLY_END_S:g} s",
        lambda line: (line.speaks_on or 0.0) > MAX_EARLY_END_S,
    ),
    (
        f"Background more than {MAX_BACKGROUND_CHANGE_DB:g} dB louder or quieter than in the original",
        lambda line: abs(line.background_change or 0.0) > MAX_BACKGROUND_CHANGE_DB,
    ),
)


def _find_flawed_lines(report: Report) -> Iterable[Finding]:
    for text, is_flawed in LINE_FLAWS:
        flawed = tuple(line.number for line in report.lines if is_flawed(line))
        tolerated = MAX_SHARE_UNTIMED * len(report.lines) if is_flawed is is_off_onset else 0
        if len(flawed) > tolerated:
            yield text, flawed


def _find_flaws(report: Report) -> Iterable[Finding]:
    """Flaws of the dub as a whole."""
    if report.timing and report.timing.overlap < HUMAN_MEAN:
        yield f"Speech overlap is {report.timing.overlap:.2f}; human dubs reach {HUMAN_MEAN:.2f} on average", ()
    change = report.loudness - report.original_loudness
    if abs(change) > MAX_LOUDNESS_CHANGE_LU:
        yield f"The dub is {_compare(change, 'louder', 'quieter', ' LU')} than the original", ()
    if report.true_peak > MAX_TRUE_PEAK_DBTP:
        yield f"The dub's true peak is {report.true_peak:.1f} dBTP: it may distort where players convert it", ()


def _compare(difference: float, more: str, less: str, unit: str) -> str:
    return f"{abs(difference):.1f}{unit} {more if difference > 0 else less}"
