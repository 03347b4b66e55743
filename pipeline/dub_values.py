"""Values of a dub: its specification, the analysis of its film, the dub of each language, and the dubbed film."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.engines.protocols import Usage
from pipeline.prosody.delivery import Delivery
from pipeline.settings import DefaultTrack, FollowedProsody, RoomMatching, TakeVerification
from pipeline.stages.read_subtitles import Subtitles
from pipeline.text.glossary import Entry
from pipeline.values.dub_report import Report
from pipeline.values.edits import FilmEdits
from pipeline.values.media import DubTrack, Film, Source, Stems, StereoTrack
from pipeline.values.notes import Note
from pipeline.values.preview import PreviewRange
from pipeline.values.take_checks import TakeCheck
from pipeline.values.takes.fixed_takes import FixedTake
from pipeline.values.timeline import Clip, Diarization, KnownVoice, Line, Placement, Segment, Span, Voice
from pipeline.values.track_selection import TrackSelection


@dataclass(frozen=True, slots=True)
class DubSpec:
    """Specification of a dub. `destination`: path of the finished film; with
    `is_sidecar` the film's own, beside which its dubs are written as audio files. `source_lang`, `speakers`: None where unknown.
    `selection`: tracks that a person chose. `followed`: prosody of the source lines that their takes follow.
    `stereo_dub`: each surround dub gets a stereo fold-down behind it. `preview`: the part of the film that alone is dubbed;
    `previewed`: the part that was dubbed by itself before, whose lines stay; `range`: in an excerpt of a film, the part whose lines
    are dubbed. `room_match`: lines sound as in their rooms. `fixed_takes`: of lines that are not synthesized again. `voices`: names
    that speakers are cast from. `notes`: shown with each dub.
    """

    source: Source
    target_langs: tuple[str, ...]
    destination: str
    source_lang: str | None = None
    speakers: int | None = None
    edits: FilmEdits = field(default_factory=FilmEdits)
    glossary: tuple[Entry, ...] = ()
    known: tuple[KnownVoice, ...] = ()
    default_track: DefaultTrack = DefaultTrack.ORIGINAL
    stereo_dub: bool = False
    room_match: RoomMatching = RoomMatching.OFF
    verify_takes: TakeVerification = TakeVerification.AUTO
    selection: TrackSelection = field(default_factory=TrackSelection)
    followed: FollowedProsody = field(default_factory=FollowedProsody)
    preview: PreviewRange | None = None
    previewed: PreviewRange | None = None
    has_preview_edits: bool = False  # line edits by the numbers of the preview
    range: Span | None = None
    fixed_takes: tuple[FixedTake, ...] = ()
    voices: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    is_sidecar: bool = False


@dataclass(frozen=True, slots=True)
class PreviewWindow:
    """The part of a preview's excerpt whose lines are dubbed, and whether it begins and ends in pauses."""

    span: Span
    is_clean: bool


@dataclass(frozen=True, slots=True)
class FilmAnalysis:
    """The film's dialogue as it was analyzed, for every target language. `notes`: shown with each dub."""

    source: Source
    film: Film
    language: str
    stems: Stems
    diarization: Diarization
    subtitles: tuple[Subtitles, ...]
    segments: tuple[Segment, ...]
    clips: tuple[Clip, ...] = ()
    notes: tuple[Note, ...] = ()
    window: PreviewWindow | None = None  # of a preview's excerpt
    previewed: "PreviewedPart | None" = None  # the part that was dubbed before, whose lines stay
    rest: "FilmAnalysis | None" = None  # the film without that part
    unrecognized: tuple[Span, ...] = ()  # speech without words, where the segments were recognised


@dataclass(frozen=True, slots=True)
class PreviewedPart:
    """The part of a film that was dubbed as a preview: the analysis of its excerpt, whose beginning in the film is `offset` (s)."""

    analysis: FilmAnalysis
    offset: float

    @property
    def span(self) -> Span:
        """The span in the film whose lines the preview has."""
        assert self.analysis.window is not None  # an excerpt has one
        window = self.analysis.window.span
        return Span(window.start + self.offset, window.end + self.offset)


@dataclass(frozen=True, slots=True)
class Dub:
    """One film in one language. `undubbed`: lines that keep the original audio; `usage`: cost of the translation; `notes`: for
    the users.

    `checks`: round trip of each line; empty where takes were not verified. `voices`: diarizer label → the voice of that speaker. `subtitled`: the lines are those of subtitles in this language.
    """

    track: DubTrack
    placements: tuple[Placement, ...]
    voices: Mapping[str, Voice]
    subtitled: bool
    undubbed: tuple[Line, ...] = ()
    usage: Usage = field(default_factory=Usage)
    notes: tuple[Note, ...] = ()
    stereo: StereoTrack | None = None  # the fold-down of `track`, where it was asked for
    checks: tuple[TakeCheck, ...] = ()
    number_shift: int = 0  # of the lines of a preview, which come after so many others in the film
    deliveries: Mapping[int, Delivery] = field(default_factory=dict)  # by line number

    @property
    def tracks(self) -> tuple[DubTrack | StereoTrack, ...]:
        """The audio tracks of this dub, in the order in which the film gets them."""
        return (self.track, self.stereo) if self.stereo else (self.track,)


@dataclass(frozen=True, slots=True)
class DubbedFilm:
    """The finished film, with the analysis, the dub and the report of each language."""

    output: Source
    analysis: FilmAnalysis
    dubs: tuple[Dub, ...]
    reports: tuple[Report, ...]
