"""Observations: measurements of one line or of one film, of which figures are computed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evaluation.film_evaluation.line_matching import find_passages, match_by_overlap, match_by_start
from evaluation.metrics import WordErrors, compute_chrf, count_errors_by_line, normalize_text
from pipeline.assessment.line_timing import compute_effective_rate
from pipeline.values.dub_report import LineReport
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Cue, Span

MIN_LONG_FILM_S, END_PART_S = 1800.0, 600.0  # a film from half an hour on is also measured in its first and last ten minutes


class Quantity(StrEnum):
    """Measured quantity of an observation."""

    RECOGNITION = "recognition_wer"  # word errors over words of the reference
    TRANSLATION = "chrf"  # chrF++ of the passage around a line, 0..100
    MATCHED = "line_matched"  # 1 where a dubbed line begins with the reference's, else 0
    ONSET = "onset_error_s"  # start of the dubbed line after the reference's
    ONSET_FIRST = "onset_error_first_10_min_s"
    ONSET_LAST = "onset_error_last_10_min_s"
    RATE = "rate"  # effective speaking rate, 1.0 is the voice's own pace
    OVERLAP = "speech_overlap"  # as in the dub's report
    FILL = "fill"  # likewise; a line that runs over counts as full
    ROUND_TRIP = "round_trip_wer"  # word errors of the takes, recognised again, over words
    DIARIZATION = "der"  # diarization errors over speech, collar .25 s
    DIARIZATION_STRICT = "der_no_collar"
    SPEAKERS = "speaker_count_error"  # speakers found beyond those that there are; negative: too few
    SPEECH_SI_SDR = "speech_si_sdr_db"
    BACKGROUND_SI_SDR = "background_si_sdr_db"
    SPEAKER_OVERLAPS = "speaker_overlaps"  # lines that sound while another of the same speaker does
    REAL_TIME_FACTOR = "real_time_factor"  # seconds of work over seconds of film


@dataclass(frozen=True, slots=True)
class Observation:
    """One measurement. `language`: of the dub, "" for the film itself; `line`: number of the reference's line, None for the film.

    `weight`: of the value in a mean: words, seconds, or 1.
    """

    film: str
    language: str
    quantity: Quantity
    value: float
    weight: float = 1.0
    line: int | None = None


@dataclass(frozen=True, slots=True)
class MeasuredDub:
    """A dub in one language: `rows`: its lines that are spoken, in order of time; `reports`: by line number.

    `round_trip`: word errors of each row's take; () where they were not measured.
    """

    film: str
    language: str
    rows: tuple[LineRow, ...]
    reports: dict[int, LineReport]
    round_trip: tuple[WordErrors, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Spans of the lines in the source."""
        return tuple(Span(row.start, row.end) for row in self.rows)


def observe_recognition(film: str, source: Sequence[Cue], rows: Iterable[LineRow]) -> Iterator[Observation]:
    """Word errors of the recognised dialogue, by line of the reference."""
    lines = {number: cue.text for number, cue in enumerate(source, 1) if normalize_text(cue.text)}
    heard = " ".join(row.source_text for row in sorted(rows, key=lambda row: row.start))
    for number, errors in zip(lines, count_errors_by_line(list(lines.values()), heard), strict=True):
        yield Observation(film, "", Quantity.RECOGNITION, errors.rate, errors.words, number)


def observe_dub(dub: MeasuredDub, source: Sequence[Cue], translation: Sequence[Cue]) -> Iterator[Observation]:
    """All measurements of a dub's lines. Each belongs to the reference's line that it overlaps most; without references, to its own number."""
    yield from _observe_lines(dub, source)
    if source:
        yield from _observe_onsets(dub, source)
    if translation:
        yield from _observe_translation(dub, translation)


def _observe_lines(dub: MeasuredDub, source: Sequence[Cue]) -> Iterator[Observation]:
    matches = match_by_overlap([cue.span for cue in source], dub.spans) if source else [row.number - 1 for row in dub.rows]
    for place, (row, match) in enumerate(zip(dub.rows, matches, strict=True)):
        if match is None:
            continue  # of no line of the reference: it was recognised where nobody speaks
        report = dub.reports.get(row.number)
        rate = compute_effective_rate(report) if report else row.rate * row.stretch
        line = Observation(dub.film, dub.language, Quantity.RATE, rate, line=match + 1)
        yield line
        if report and report.speech_overlap is not None:
            yield replace(line, quantity=Quantity.OVERLAP, value=report.speech_overlap)
        if report and report.fill is not None:
            yield replace(line, quantity=Quantity.FILL, value=min(1.0, report.fill), weight=row.end - row.start)
        if dub.round_trip and (errors := dub.round_trip[place]).words:
            yield replace(line, quantity=Quantity.ROUND_TRIP, value=errors.rate, weight=errors.words)


def _observe_onsets(dub: MeasuredDub, source: Sequence[Cue]) -> Iterator[Observation]:
    matches = match_by_start([cue.span for cue in source], dub.spans)
    end = max(cue.span.end for cue in source)
    for index, cue in enumerate(source):
        line = Observation(dub.film, dub.language, Quantity.MATCHED, float(index in matches), line=index + 1)
        yield line
        if index not in matches:
            continue
        onset = replace(line, quantity=Quantity.ONSET, value=dub.rows[matches[index]].dub_start - cue.span.start)
        yield onset
        if end >= MIN_LONG_FILM_S and cue.span.start < END_PART_S:
            yield replace(onset, quantity=Quantity.ONSET_FIRST)
        if end >= MIN_LONG_FILM_S and cue.span.start > end - END_PART_S:
            yield replace(onset, quantity=Quantity.ONSET_LAST)


def _observe_translation(dub: MeasuredDub, translation: Sequence[Cue]) -> Iterator[Observation]:
    """ChrF of each passage: lines of the reference with the dubbed lines that share their time, since both may be cut differently."""
    for lines, numbers in find_passages([cue.span for cue in translation], dub.spans):
        reference = " ".join(translation[line].text for line in lines)
        chrf = compute_chrf([reference], [" ".join(dub.rows[number].text for number in numbers)])
        for line in lines:
            yield Observation(dub.film, dub.language, Quantity.TRANSLATION, chrf, float(len(translation[line].text)), line + 1)
