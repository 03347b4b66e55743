"""preview excerpt: the part of a film that a preview dubs, as a short film with its subtitles, copied without encoding."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.analysis.film_analysis import analyze_film
from pipeline.analysis.preview_window import describe_preview
from pipeline.analysis.previewed_part import join_part
from pipeline.dub_values import DubSpec, FilmAnalysis, PreviewedPart
from pipeline.engines.protocols import Engines
from pipeline.errors import FilmError
from pipeline.ffmpeg import ffprobe, muxer, packets
from pipeline.ffmpeg.muxer import KeptStream, MuxPlan
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import Runner, stage
from pipeline.stages.probe import probe
from pipeline.text.subtitles import subtitle_reader
from pipeline.values.media import Artifact, Film, Sidecar, Source, TrackKind
from pipeline.values.preview import PreviewRange, format_time
from pipeline.values.timeline import Cue, Span

LEAD_S, TAIL_S = 6.0, 4.0  # s of film before and after the range: separation settles, and a pause is found to begin and end in
SEEK_BACKS_S = (0.0, 10.0, 30.0)  # s by which to seek earlier, where seeking hits late, as in MPEG-TS
SIZE_MARGIN_RATIO = 1.5  # of the film's mean rate: the excerpt may be its busiest part
MIN_SIZE_BYTES = 64 << 20  # that are reserved for an excerpt


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a film as a film of its own. `offset`: its beginning in the film, seconds. `sidecars`: the parts of the film's
    subtitle files, in their order; None for one that cannot be read.
    """

    film: Artifact
    offset: float
    sidecars: tuple[Artifact | None, ...]


@stage(version=1, name="excerpt")
def extract_excerpt(source: Source, film: Film, preview: PreviewRange, *, workdir: Path) -> Excerpt:
    """Copy a range of a film, from the key frame before it on. FilmError where the film ends before it."""
    preview.require_within(film.duration, source.path.name)
    end = min(film.duration, preview.end + TAIL_S)
    begin, key_frame = _find_beginning(source, film, max(0.0, preview.start - LEAD_S))
    path = workdir / source.path.name
    size = round(SIZE_MARGIN_RATIO * source.size * (end - begin) / film.duration) + MIN_SIZE_BYTES
    with reserve_disk_space(workdir, size, "preview"):
        muxer.run_mux(_plan_cut(source, film, Span(begin, end), path), seconds=end - begin)
    offset = max(0.0, key_frame - ffprobe.probe_film(path).track(_find_picture(film, path)).start)
    texts = tuple(
        _cut_sidecar(each, offset, end, workdir / f"sidecar-{number}.srt") for number, each in enumerate(source.sidecars)
    )
    return Excerpt(Artifact.of(path), round(offset, 6), texts)


def build_excerpt_spec(spec: DubSpec, run: Runner, preview: PreviewRange) -> tuple[DubSpec, float]:
    """The specification of the dub of an excerpt, whose `range` is that of the preview in it; and the excerpt's beginning in the film."""
    film = run(probe, spec.source, dialogue_language=spec.source_lang)
    excerpt = run(extract_excerpt, spec.source, film, preview)
    pairs = zip(spec.source.sidecars, excerpt.sidecars, strict=True)
    sidecars = tuple(replace(each, digest=text.digest, real=text.path) for each, text in pairs if text)
    source = Source.of(excerpt.film.path, sidecars)
    start = max(0.0, preview.start - excerpt.offset)
    within = Span(start, max(start + 1.0, preview.end - excerpt.offset))
    return replace(spec, source=source, range=within, preview=None, previewed=None), excerpt.offset


def analyze_preview(
    spec: DubSpec, engines: Engines, run: Runner, require: Callable[[FilmAnalysis], None] = lambda analysis: None
) -> FilmAnalysis:
    """The analysis of the excerpt of a preview: a film of its own, with notes that say which part of the film it is."""
    assert spec.preview is not None
    excerpt, offset = build_excerpt_spec(spec, run, spec.preview)
    analysis = analyze_film(excerpt, engines, run, require)
    assert analysis.window is not None  # an excerpt has one
    return replace(analysis, notes=(*describe_preview(spec.preview, analysis.window, offset), *analysis.notes))


def analyze_whole(
    spec: DubSpec, engines: Engines, run: Runner, require: Callable[[FilmAnalysis], None] = lambda analysis: None
) -> FilmAnalysis:
    """The analysis of a whole film. The part that was previewed is taken from the cache, and the rest is analyzed around it."""
    if spec.previewed is None:
        return analyze_film(spec, engines, run, require)
    excerpt, offset = build_excerpt_spec(spec, run, spec.previewed)
    part = PreviewedPart(analyze_film(excerpt, engines, run, require), offset)
    return join_part(analyze_film(spec, engines, run, require, part), part)


def _find_beginning(source: Source, film: Film, wanted: float) -> tuple[float, float]:
    """The second to seek to, and the time of the key frame that is hit, both in the film. FilmError where none is found."""
    index = next((track.index for track in film.of_kind(TrackKind.VIDEO) if not track.cover), film.dialogue)
    for back in SEEK_BACKS_S:
        begin = max(0.0, wanted - back)
        found = packets.find_key_frame(source.content, index, begin)
        if found is not None and (found <= wanted or begin == 0.0):
            return begin, found
    raise FilmError(
        f"{source.path.name} cannot be cut at {format_time(wanted)}: seeking in it fails; dub the whole film, or remux it"
    )


def _find_picture(film: Film, path: Path) -> int:
    """The index in the excerpt of the stream whose key frame it begins with."""
    wanted = next((track.index for track in film.of_kind(TrackKind.VIDEO) if not track.cover), film.dialogue)
    return muxer.select_copied_streams(film, path.suffix).index(wanted)


def _plan_cut(source: Source, film: Film, cut: Span, path: Path) -> MuxPlan:
    kept = tuple(
        KeptStream(index, film.track(index).dispositions, film.track(index).title)
        for index in muxer.select_copied_streams(film, path.suffix)
    )
    audios, subtitles = len(film.of_kind(TrackKind.AUDIO)), len(film.of_kind(TrackKind.SUBTITLE))
    return MuxPlan(source.content, film.container, kept, audios, subtitles, (), "", path, cut=cut)


def _cut_sidecar(sidecar: Sidecar, offset: float, end: float, path: Path) -> Artifact | None:
    """The part of a subtitle file, at its times in the excerpt; None for a file that cannot be read, or has nothing there."""
    try:
        parsed = subtitle_reader.read_subtitle_file(sidecar.content, digest=sidecar.digest, language=sidecar.language)
    except FilmError:
        return None  # the dub of the whole film says why
    cues = tuple(_move_cues(parsed.cues, offset, end))
    path.write_text("".join(map(_format_cue, cues)), encoding="utf-8")
    return Artifact.of(path)


def _move_cues(cues: tuple[Cue, ...], offset: float, end: float) -> Iterator[Cue]:
    for cue in cues:
        if cue.span.start >= offset and cue.span.end <= end:
            yield Cue(Span(cue.span.start - offset, cue.span.end - offset), cue.text)


def _format_cue(cue: Cue) -> str:
    """A cue in SubRip, at its exact times, which the subtitles of a dub would round for reading."""
    text = "\n".join(line for line in cue.text.splitlines() if line.strip())
    return f"1\n{_format_time(cue.span.start)} --> {_format_time(cue.span.end)}\n{text}\n\n"


def _format_time(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
