"""Quality report of a dub as values: measures of each line, and summaries of timing, pace, voices and background.

A measure is None where it was not taken: the report is of an older version, or the film has nothing to measure it on.
"""

from dataclasses import dataclass

from pipeline.values.notes import Note


@dataclass(frozen=True, slots=True)
class LineReport:
    """Quality measures of one dubbed line. All times in seconds, points from the start of the film."""

    number: int
    language: str
    speaker: str | None
    slot_start: float
    slot_end: float
    latest_end: float
    start: float
    seconds: float
    rate: float  # 1.0 is the voice's natural pace
    stretch: float
    lateness: float  # from the source line's start to the dubbed one's
    overlap: float  # seconds during which another line of this speaker sounds
    covered: float  # fraction of the source span in which the dub speaks, 0..1
    speech_overlap: float | None = None  # time in which both speak over time in which either does, 0..1
    fill: float | None = None  # spoken time over the source line's duration
    syllables_per_second: float | None = None
    source_syllables_per_second: float | None = None
    voice_similarity: float | None = None  # cosine of the take to the other takes of its voice
    nearest_voice_similarity: float | None = None  # cosine to the nearest other voice of the dub
    background_change: float | None = (
        None  # dB of the sound under the voice against the original's; None: it is not audible there
    )
    speaks_on: float | None = None  # seconds for which the source still speaks after the dubbed line's end, and the dub does not
    round_trip_wer: float | None = None  # word error rate of the take as a recogniser understands it
    round_trip_homophone_wer: float | None = None  # the same, words that are pronounced alike counting as equal
    heard: str = ""  # what the recogniser understood
    takes: int = 1  # syntheses of the line, of which the best was kept
    intelligibility: str = ""  # verdict on the round trip: good, doubtful or bad; "" where the take was not recognised again
    confidence: float | None = None  # of the source's recognised words, 0..1; None where they were not recognised
    text_source: str = ""  # of the line's text, as in `TextSource`
    untranslated: tuple[str, ...] = ()  # words of the text that the translator left as they were


@dataclass(frozen=True, slots=True)
class LeftOutLine:
    """A line of the source that the dub does not speak: the original audio is kept there. Times in seconds.

    `text_source`: why, as in `TextSource`: an edit (skip), a sound without words (original), no translation (none); any other:
    its text has nothing to speak.
    """

    number: int
    start: float
    end: float
    text: str
    text_source: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Timing of a dub's lines. `overlap`, `overlap_median`: speech overlap over the lines, 0..1.

    `onset_error_p50`, `onset_error_p95`: percentiles of the distance of a line's start from its source's, in seconds.
    `late_share`: fraction of the lines that start more than 0.3 s early or late. `fill`: spoken time over the source's, a line
    that runs over counting as full. `holes`: lines filled under 95 %, which leave `hole_seconds` of silence.
    """

    overlap: float
    overlap_median: float
    onset_error_p50: float
    onset_error_p95: float
    late_share: float
    fill: float
    holes: int
    hole_seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Speaking pace of a dub's lines. `rate_p5`, `rate_p50`, `rate_p95`: percentiles of the effective rate (synthesizer's rate
    times stretch; 1.0 is the voice's natural pace). Syllables a second: over all lines; None in a script without a counter.
    """

    rate_p5: float
    rate_p50: float
    rate_p95: float
    syllables_per_second: float | None = None
    source_syllables_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class VoiceMatch:
    """Likeness of the takes to their voices, over `lines` takes long enough to tell. Cosines of speaker embeddings, medians.

    `own`: to the other takes of the same voice. `nearest`: to the nearest other voice; None where the dub has one voice.
    """

    lines: int
    own: float
    nearest: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Quality report of one dub. Loudness in LUFS, true peak in dBTP, durations in seconds."""

    language: str
    lines: tuple[LineReport, ...]
    loudness: float
    original_loudness: float
    true_peak: float
    coverage: float  # fraction of the time of all source lines, left-out ones too, in which the dub speaks, 0..1
    max_lateness: float  # the largest distance of a line from its source's start, early or late
    overlaps: int  # lines that sound while another of the same speaker does
    max_stretch: float
    streams_kept: bool
    duration_difference: float  # of the dubbed film to the film
    round_trip_wer: float | None = None  # word error rate over the words of all lines that a recogniser heard
    round_trip_homophone_wer: float | None = None  # the same, words that are pronounced alike counting as equal
    notes: tuple[Note, ...] = ()  # for the users; `dub` adds them
    losses: tuple[str, ...] = ()  # of the film's streams, in words
    timing: Timing | None = None
    pace: Pace | None = None
    voices: VoiceMatch | None = None
    background_change: float | None = None  # dB, median over the lines
    left_out: tuple[LeftOutLine, ...] = ()
    is_recognized: bool | None = None  # False where the text is that of subtitles; None in an older report
