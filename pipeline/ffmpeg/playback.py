"""Playback in the browser: live transcoding of a film with one of its audio tracks to fragmented MP4, and excerpts as FLAC.

Browsers play few of the codecs that films hold, so picture and sound are encoded anew, small, while they are watched.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.ffmpeg.command_line import (
    ALIGNED_RESAMPLING,
    FILM_SAMPLE_RATE_HZ,
    build_film_input,
    compile_command,
    format_file_url,
)
from pipeline.values.media import Film, TrackKind
from pipeline.values.timeline import Span

MAX_PICTURE_HEIGHT = 480  # of the picture, at most
MAX_PICTURE_WIDTH = 1_280  # pixels, whatever shape the file claims
MAX_DECODED_PIXELS = 8_192 * 8_192  # of a picture that is decoded at all; 8K has half of that
FRAGMENT_S = 1.0  # s of film in a fragment: sent at once, and the step of the pacing
# Seconds decoded before the start and thrown away: the picture there may have begun earlier, and seeking in MPEG-TS hits late.
SEEK_LEAD_S, SEEK_LEADS_S = 1.0, {"mpegts": 5.0}
# Frames per second: the film's up to 30, every second one above that, 25 where the file states nonsense.
FRAME_RATE = "if(between(source_fps,1,30.01),source_fps,if(between(source_fps,30.01,60.01),source_fps/2,25))"
WATCH_ENCODER_OPTIONS = {
    "c:v": "libx264",
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": 26,
    "maxrate": "1600k",
    "bufsize": "1600k",
}


def build_watch_command(path: Path, film: Film, sound: int, start: float, *, sound_file: Path | None = None) -> list[str]:
    """The film from `start` (seconds) on with the track `sound`, as fragmented MP4 on stdout: H.264 and stereo AAC.

    `sound_file`: that the track lies in, beside the film; None: in the film. Time 0 is `start`. Both streams last to the film's end, silent or still where theirs ends earlier. The picture has
    square pixels, even sides and a steady frame rate; each fragment is `FRAGMENT_S` seconds and begins with a key frame.
    """
    lead = min(start, SEEK_LEADS_S.get(film.container, SEEK_LEAD_S))
    source = build_film_input(path, ss=f"{start - lead:.3f}", sn=None, dn=None, max_pixels=MAX_DECODED_PIXELS)
    picture = next(track for track in film.of_kind(TrackKind.VIDEO) if not track.cover)
    video = source[str(picture.index)].filter("yadif", deint="interlaced")
    video = video.filter("fps", fps=FRAME_RATE, start_time=0).filter("tpad", stop=-1, stop_mode="clone")
    video = video.filter("trim", start=f"{lead:.3f}").filter("setpts", f"PTS-{lead:.3f}/TB")
    video = video.filter(
        "scale", w=f"2*max(1,round(min({MAX_PICTURE_WIDTH},oh*dar)/2))", h=f"2*max(1,trunc(min({MAX_PICTURE_HEIGHT},ih)/2))"
    )
    audio = (
        _open_sound(source, sound_file, ss=f"{start - lead:.3f}")[str(sound)]
        .filter("aresample", FILM_SAMPLE_RATE_HZ, **ALIGNED_RESAMPLING)
        .filter("aformat", channel_layouts="stereo")
        .filter("apad")
    )
    audio = audio.filter("atrim", start=f"{lead:.3f}").filter("asetpts", f"PTS-{lead:.3f}/TB")
    options: dict[str, object] = WATCH_ENCODER_OPTIONS | {"pix_fmt": "yuv420p", "threads:v": 2, "sc_threshold": 0, "g": 1_000}
    options |= {"force_key_frames": f"expr:gte(t,n_forced*{FRAGMENT_S:g})", "c:a": "aac", "b:a": "128k", "aac_coder": "fast"}
    options |= {"t": f"{film.duration - start:.3f}", "map_metadata": -1, "map_chapters": -1}
    movflags = "frag_keyframe+empty_moov+default_base_moof"
    return compile_command(ffmpeg.output(video.filter("setsar", 1), audio, "pipe:1", f="mp4", movflags=movflags, **options))


def _open_sound(film: Any, sound_file: Path | None, **options: object) -> Any:
    """The input that the sound is read from: the film's own, or a file beside it."""
    return film if sound_file is None else build_film_input(sound_file, vn=None, sn=None, dn=None, **options)


def build_excerpt_command(path: Path, film: Film, sound: int, spans: Sequence[Span], destination: Path) -> list[str]:
    """Spans of the track `sound`, one after the other, as a FLAC of at most two channels. Only these spans are read."""
    pieces = []
    for span in spans:
        lead = min(span.start, SEEK_LEADS_S.get(film.container, SEEK_LEAD_S))
        options = {"ss": f"{span.start - lead:.3f}", "t": f"{lead + span.duration:.3f}"}
        piece = build_film_input(path, **options, threads=1, vn=None, sn=None, dn=None)[str(sound)]
        piece = piece.filter("aresample", FILM_SAMPLE_RATE_HZ, **ALIGNED_RESAMPLING).filter(
            "aformat", channel_layouts="mono|stereo"
        )
        end = round((lead + span.duration) * FILM_SAMPLE_RATE_HZ)
        piece = piece.filter("apad", whole_len=end).filter(
            "atrim", start_sample=round(lead * FILM_SAMPLE_RATE_HZ), end_sample=end
        )
        pieces.append(piece.filter("asetpts", "N/SR/TB"))
    joined = pieces[0] if len(pieces) == 1 else ffmpeg.concat(*pieces, v=0, a=1)
    return compile_command(joined.output(format_file_url(destination), f="flac", sample_fmt="s16", map_metadata=-1))
