"""Subtitles of a film as a source of its dialogue: candidates by kind, coverage of the speech, synchronization, and the choice in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pipeline.stages.read_subtitles import SubtitleCandidate, Subtitles
from pipeline.text import languages
from pipeline.text.subtitle_coverage import is_possible, measure_coverage
from pipeline.text.subtitle_sync import Match, SubtitleSync, align_to_speech, align_to_words
from pipeline.text.track_choice import describe_track
from pipeline.text.track_kinds import SubtitleKind, classify_subtitle
from pipeline.values.media import Film, Source, TrackKind
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Span, Turn, Word, merge_spans

MAX_SUBTITLE_TRACKS = 64  # subtitles of a film that are read: the film goes by once for each
TEXT_CODECS = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})
DIALOGUE_KINDS = (SubtitleKind.FULL, SubtitleKind.HEARING_IMPAIRED)
COVERAGE_STEP = 0.1  # candidates of one language that differ by less cover the speech equally well

Recognize = Callable[[], tuple[Word, ...]]  # words of parts of the film, by speech recognition


def list_subtitle_candidates(source: Source, film: Film) -> tuple[tuple[SubtitleCandidate, ...], tuple[Note, ...]]:
    """Text subtitles that may hold the dialogue: the film's own tracks, then the files beside it; and notes on the others."""
    tracks = [track for track in film.of_kind(TrackKind.SUBTITLE) if track.codec in TEXT_CODECS]
    ranked = sorted(tracks, key=lambda track: classify_subtitle(track.title, track.dispositions) is not SubtitleKind.FULL)
    candidates: list[SubtitleCandidate] = []
    others: list[str] = []
    for track in ranked[:MAX_SUBTITLE_TRACKS]:
        label, kind = f"the subtitle track {describe_track(track)}", classify_subtitle(track.title, track.dispositions)
        if kind in DIALOGUE_KINDS:
            candidates.append(SubtitleCandidate(track, label))
        else:
            others.append(f"{describe_track(track)} ({kind})")
    for sidecar in source.sidecars:
        if sidecar.forced:
            others.append(f"{sidecar.path.name} ({SubtitleKind.FORCED})")
        else:
            candidates.append(SubtitleCandidate(sidecar, f"the file {sidecar.path.name}"))
    notes = (Note(f"Subtitles without the dialogue were not used: {', '.join(others)}"),) if others else ()
    return tuple(candidates), notes


def choose_subtitles(
    texts: Iterable[Subtitles], turns: Sequence[Turn], film: Film, *, language: str, recognize: Recognize | None
) -> tuple[tuple[Subtitles, ...], tuple[Note, ...]]:
    """The usable subtitles, the best of each language first, at their times in the film; and notes on the others.

    `language`: of the film's speech. `recognize`: words of parts of it, for subtitles in this language that voice activity
    alone neither confirms nor denies; None where no recogniser hears the language.
    """
    speech = merge_spans([turn.span for turn in turns])
    usable: list[tuple[float, Subtitles]] = []
    notes: list[Note] = []
    for text in texts:
        if not text.cues:
            notes.extend(text.notes)
            continue
        is_same = languages.is_same_language(text.language, language)
        synced, sync_notes = synchronize_subtitles(text, speech, film, recognize if is_same else None)
        coverage = measure_coverage(synced.cues, speech, film.duration)
        if synced.cues and coverage.is_full and is_possible(synced.cues, film.duration):
            usable.append((coverage.speech, replace(synced, notes=(*text.notes, *sync_notes))))
        else:
            reason = f"it covers {coverage.speech:.0%} of the film's speech" if synced.cues else ""
            notes.extend(sync_notes or (Note(f"{capitalize(text.label)} was not used: {reason}"),))
    ranked = sorted(usable, key=lambda pair: -round(pair[0] / COVERAGE_STEP))  # stable: the film's own order among equals
    return tuple(text for _, text in ranked), tuple(notes)


def synchronize_subtitles(
    text: Subtitles, speech: Sequence[Span], film: Film, recognize: Recognize | None
) -> tuple[Subtitles, tuple[Note, ...]]:
    """The subtitle at its times in the film, without cues where it is another film's; and the note on it."""
    sync = align_to_speech(text.cues, speech, film.duration)
    if sync.match in {Match.UNKNOWN, Match.OTHER_FILM} and recognize is not None:
        by_words = align_to_words(text.cues, recognize())
        sync = by_words if by_words.match is not Match.UNKNOWN or sync.match is Match.UNKNOWN else sync
    name = capitalize(text.label)
    match sync.match:
        case Match.IN_SYNC:
            return text, ()
        case Match.SHIFTED:
            return replace(text, cues=sync.apply_to(text.cues)), (
                Note(f"{name} was {describe_shift(sync)} to match the film's speech"),
            )
        case Match.OTHER_FILM:
            note = Note(
                f"{name} was not used: it does not match the film's speech and belongs to another film or cut", Severity.WARNING
            )
            return replace(text, cues=()), (note,)
        case _:
            return text, (Note(f"{name} could not be compared with the film's speech for certain: check its timing"),)


def describe_shift(sync: SubtitleSync) -> str:
    """`shifted by -2.5 s`, `scaled by 1.0427 (25 to 23.976 frames/s) and shifted by 3.0 s`."""
    shift = f"shifted by {sync.offset_s:+.2f} s"
    return shift if sync.ratio == 1.0 else f"scaled by {sync.ratio:.4f} (another frame rate) and {shift}"


def capitalize(label: str) -> str:
    """A label at the beginning of a sentence."""
    return label[:1].upper() + label[1:]


def describe_use(text: Subtitles, *, is_target: bool = False) -> tuple[Note, ...]:
    """The notes on a subtitle that was used: which one, and what was done to it."""
    purpose = "The dub's lines are those of" if is_target else "The dialogue was taken from"
    return (Note(f"{purpose} {text.label} ({languages.get_english_name(text.language)})"), *text.notes)
