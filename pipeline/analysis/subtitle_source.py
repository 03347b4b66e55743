"""Subtitles of a film as a source of its dialogue: candidates by kind, coverage of the speech, synchronization, and the choice in words."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import StageError, TrackRefused
from pipeline.stages.read_subtitles import SubtitleCandidate, Subtitles
from pipeline.text import languages
from pipeline.text.subtitles.subtitle_coverage import Coverage, can_cover, is_possible, measure_coverage
from pipeline.text.subtitles.subtitle_sync import Match, SubtitleSync, align_to_speech, align_to_words
from pipeline.text.track_choice import describe_track, list_numbered_tracks
from pipeline.text.track_kinds import SubtitleKind, classify_subtitle
from pipeline.values.media import Film, Source, Track, TrackKind
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Span, Turn, Word, merge_spans
from pipeline.values.track_selection import NO_SUBTITLES, TrackSelection

MAX_SUBTITLE_TRACKS = 64  # subtitles of a film that are read: the film goes by once for each
TEXT_CODECS = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})
DIALOGUE_KINDS = (SubtitleKind.FULL, SubtitleKind.HEARING_IMPAIRED)
COVERAGE_STEP = 0.1  # candidates of one language that differ by less cover the speech equally well
EVERY_TRACK = TrackSelection()

Recognize = Callable[[], tuple[Word, ...]]  # words of parts of the film, by speech recognition


def list_subtitle_candidates(
    source: Source, film: Film, selection: TrackSelection = EVERY_TRACK
) -> tuple[tuple[SubtitleCandidate, ...], tuple[Note, ...]]:
    """Text subtitles that may hold the dialogue: the film's own tracks, then the files beside it; and notes on the others.

    `selection`: only the subtitle that a person chose, or none. TrackRefused where the film has no such subtitle.
    """
    if selection.subtitles == NO_SUBTITLES:
        return (), ()  # the note on the recognition tells it
    if selection.subtitles is not None:
        return (find_chosen_subtitle(source, film, selection),), ()
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
        kind = SubtitleKind(sidecar.kind) if sidecar.kind else SubtitleKind.FULL
        if sidecar.forced or kind not in DIALOGUE_KINDS:
            others.append(f"{sidecar.path.name} ({SubtitleKind.FORCED if sidecar.forced else kind})")
        else:
            candidates.append(SubtitleCandidate(sidecar, f"the file {sidecar.path.name}"))
    notes = [Note(f"Subtitles without the dialogue were not used: {', '.join(others)}")] if others else []
    if pictures := [each for each in film.of_kind(TrackKind.SUBTITLE) if each.codec not in TEXT_CODECS]:
        named = ", ".join(f"{describe_track(track)} ({track.codec})" for track in pictures[:MAX_SUBTITLE_TRACKS])
        notes.append(Note(f"Subtitle tracks that are pictures or in an unknown format were not used: {named}"))
    if len(ranked) > MAX_SUBTITLE_TRACKS:
        notes.append(Note(f"Of {len(ranked)} subtitle tracks the last {len(ranked) - MAX_SUBTITLE_TRACKS} were not read"))
    return tuple(candidates), tuple(notes)


def find_chosen_subtitle(source: Source, film: Film, selection: TrackSelection) -> SubtitleCandidate:
    """The subtitle that a person chose by its number or its file. TrackRefused, with those that there are, for any other."""
    name, tracks = source.path.name, film.of_kind(TrackKind.SUBTITLE)
    offers = [list_numbered_tracks(tracks)] if tracks else []
    names = {sidecar: describe_place(sidecar.path, source.path.parent) for sidecar in source.sidecars}
    offers += names.values()
    offer = f"choose one of: {'; '.join((*offers, NO_SUBTITLES))}"
    if (number := selection.subtitle_number) is not None:
        if not 1 <= number <= len(tracks):
            raise TrackRefused(f"{name} has no subtitle track {number}; {offer}")
        track = tracks[number - 1]
        if track.codec not in TEXT_CODECS:
            raise TrackRefused(f"subtitle track {number} of {name} is no text but pictures ({track.codec}); {offer}")
        return SubtitleCandidate(track, f"the subtitle track {describe_track(track)}")
    asked = unicodedata.normalize("NFC", selection.subtitle_file or "")
    for sidecar, place in names.items():
        if asked in {unicodedata.normalize("NFC", spelling) for spelling in (place, sidecar.path.name, str(sidecar.path))}:
            return SubtitleCandidate(sidecar, f"the file {sidecar.path.name}")
    raise TrackRefused(f"{name} has no subtitle file {asked[:200]}; {offer}")


def describe_place(path: Path, folder: Path) -> str:
    """The path of a subtitle file from the film's folder; its whole path where it lies elsewhere."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


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
        notes.extend(note for note in text.notes if note.severity is Severity.WARNING)  # also of one that is not needed
        is_same = languages.is_same_language(text.language, language)
        synced, sync_notes = synchronize_subtitles(text, speech, film, recognize if is_same else None)
        coverage = measure_coverage(synced.cues or text.cues, speech, film.duration)
        if synced.cues and coverage.is_full and is_possible(synced.cues, film.duration):
            usable.append((coverage.speech, replace(synced, notes=(*text.notes, *sync_notes))))
        elif synced.cues or not can_cover(text.cues, speech):
            notes.append(Note(f"{capitalize(text.label)} was not used: {describe_coverage(coverage)}"))
        else:
            notes.extend(sync_notes)
    ranked = sorted(usable, key=lambda pair: -round(pair[0] / COVERAGE_STEP))  # stable: the film's own order among equals
    return tuple(text for _, text in ranked), tuple(notes)


def use_chosen_subtitles(
    candidates: Sequence[SubtitleCandidate],
    texts: Sequence[Subtitles],
    turns: Sequence[Turn],
    film: Film,
    *,
    language: str,
    recognize: Recognize,
) -> tuple[Subtitles, ...]:
    """The subtitle that a person chose, if any; `language` and `recognize` as for `choose_subtitles`. StageError."""
    return tuple(
        use_chosen_subtitle(
            text,
            get_candidate_kind(candidate),
            turns,
            film,
            recognize=recognize if languages.is_same_language(text.language, language) else None,
        )
        for candidate, text in zip(candidates, texts, strict=True)
    )


def use_chosen_subtitle(
    text: Subtitles, kind: SubtitleKind, turns: Sequence[Turn], film: Film, *, recognize: Recognize | None
) -> Subtitles:
    """The subtitle that a person chose, at its times in the film, whatever its kind and coverage: its notes say so.

    StageError where nothing of it can be used.
    """
    speech, name = merge_spans([turn.span for turn in turns]), capitalize(text.label)
    cues = tuple(cue for cue in text.cues if cue.span.start < film.duration)
    if not cues:
        raise StageError("read", f"{text.label} was chosen, but cannot be used: {describe_uselessness(text)}; choose another")
    synced, notes = synchronize_subtitles(replace(text, cues=cues), speech, film, recognize)
    if not synced.cues:
        synced = replace(text, cues=cues)
        notes = (
            Note(f"{name} does not match the film's speech: it was used unchanged, because it was chosen", Severity.WARNING),
        )
    coverage = measure_coverage(synced.cues, speech, film.duration)
    doubts = [f"it is named {kind}"] if kind not in DIALOGUE_KINDS else []
    doubts += [] if coverage.is_full else [describe_coverage(coverage)]
    doubts += [f"{len(text.cues) - len(cues)} of its cues lie after the film's end"] if len(cues) < len(text.cues) else []
    if doubts:
        notes = (*notes, Note(f"{name} was used because it was chosen, though {' and '.join(doubts)}", Severity.WARNING))
    return replace(synced, notes=(*text.notes, *notes))


def describe_coverage(coverage: Coverage) -> str:
    """The share of the film's speech that a subtitle covers, and the long part without any cue, in words."""
    covered = f"it covers {coverage.speech:.0%} of the film's speech"
    return f"{covered} and lacks {coverage.missing_share:.0%} of it in a row" if coverage.lacks_part else covered


def describe_uselessness(text: Subtitles) -> str:
    """The reason for which a subtitle has no usable cue, in words."""
    if text.cues:
        return "all of its cues lie after the film's end"
    return "; ".join(note.text for note in text.notes) or "it has no lines that are said"


def get_candidate_kind(candidate: SubtitleCandidate) -> SubtitleKind:
    """The kind of a candidate: by its title and dispositions, or by its file's name."""
    subtitle = candidate.subtitle
    if isinstance(subtitle, Track):
        return classify_subtitle(subtitle.title, subtitle.dispositions)
    return SubtitleKind.FORCED if subtitle.forced else SubtitleKind(subtitle.kind or SubtitleKind.FULL)


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
        case Match.OTHER_CUT:
            note = Note(
                f"{name} was not used: parts of it fit the film's speech at different shifts, as that of another cut or of a broadcast "
                "with advertisements does",
                Severity.WARNING,
            )
            return replace(text, cues=()), (note,)
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
