"""Every ffmpeg and ffprobe command of the dubbing (`ffmpeg_play` has those for people): what it is (`…_command`, pure, for tests to read) and how it is run.

Media is hostile. A playlist or concat script under a film's name makes ffmpeg open other files, so that every input of
others' making stands behind a protocol and a format whitelist, after `file:`; every run has limits of time and memory. Which
paths may be read is for `path_guard`: a film that it holds open is read by the name that it gives.
ffmpeg's axis is ours: it counts from the container's start time, as players do.
"""

import fcntl
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from pipeline.processes import subprocesses
from pipeline.errors import ProgramError
from pipeline.ffmpeg.codecs import Codec, Layout
from pipeline.values.media import SPEECH_RATE, Artifact, TrackKind

Block = NDArray[np.float32]  # (samples, channels), -1..1

FILM_SAMPLE_RATE_HZ = 48_000  # Hz, what films are mixed at
FILM_FORMATS = "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts"  # what others' files may be
ARTIFACT_FORMATS = "matroska,wav,flac,srt"  # what our own may be
FFMPEG_QUIET = ("ffmpeg", "-hide_banner", "-nostdin", "-v", "error")
MAX_SUBTITLE_BYTES = 32 << 20  # bytes of text: a season of talk is 2 MB
MAX_HEADER_BYTES = 32 << 20  # bytes of ffprobe's JSON: tags and chapters; the richest films have some hundred kB
MAX_COVER_BYTES = 64 << 20  # bytes
FFMPEG_MEMORY_LIMIT_BYTES = 2 << 30  # bytes of data; decoding sound takes 50 MB, and up to 1 GB where the sound has a gap of 20 minutes
ALIGNED_RESAMPLING = {"async": 1, "first_pts": 0}  # aresample's way to honour a late start and to fill gaps with silence


def compute_time_limit(seconds: float) -> float:
    """How long a run over `seconds` of film may take: many times what the slowest machine needs, and not for ever."""
    return 300.0 + 4.0 * seconds


# Inputs and outputs -------------------------------------------------------------------------------------------------


def film_input(path: Path, **options: object) -> Any:
    """A file of others' making as the input of a graph, behind the whitelists."""
    return ffmpeg.input(format_file_url(path), protocol_whitelist="file", format_whitelist=FILM_FORMATS, **options)


def artifact_input(path: Path, **options: object) -> Any:
    return ffmpeg.input(format_file_url(path), protocol_whitelist="file", format_whitelist=ARTIFACT_FORMATS, **options)


def compile_command(output: Any, *, start: Sequence[str] = FFMPEG_QUIET) -> list[str]:
    """The argument list of a graph. ffmpeg-python takes an option once; `name#2` is the option `name` once more."""
    args: list[str] = ffmpeg.compile(output, cmd=list(start), overwrite_output=True)
    return [arg.partition("#")[0] if arg.startswith("-") else arg for arg in args]


# Probe --------------------------------------------------------------------------------------------------------------


def build_probe_command(path: Path) -> list[str]:
    """The command line of ffprobe, no graph: it has one input and no output."""
    shown = ("-show_format", "-show_streams", "-show_chapters", "-of", "json")
    limits = ("-protocol_whitelist", "file", "-format_whitelist", FILM_FORMATS)
    return ["ffprobe", "-hide_banner", "-v", "error", *limits, *shown, "-i", format_file_url(path)]


def run_ffprobe(path: Path) -> dict[str, Any]:
    """What ffprobe answers: `format`, `streams`, `chapters`. ProgramError where the file is no film."""
    answer: dict[str, Any] = json.loads(
        subprocesses.run(build_probe_command(path), timeout=120.0, most=MAX_HEADER_BYTES, memory=FFMPEG_MEMORY_LIMIT_BYTES)
    )
    return answer


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it is stored. `start`, `duration`: seconds on the container's own clock; 0.0 where it states no duration."""

    stream: int
    start: float
    duration: float


def build_packets_command(path: Path, since: float | None) -> list[str]:
    """List the packets of all streams, from the key frame before `since` on."""
    shown = ("-show_entries", "packet=stream_index,pts_time,dts_time,duration_time", "-of", "compact=p=0")
    limits = ("-protocol_whitelist", "file", "-format_whitelist", FILM_FORMATS)
    interval = () if since is None else ("-read_intervals", f"{since:.3f}%")
    return ["ffprobe", "-hide_banner", "-v", "error", *limits, *shown, *interval, "-i", format_file_url(path)]


class _Enough(Exception):
    """The reader of packets wants no more of them."""


@contextmanager
def read_packets(path: Path, *, since: float | None, timeout: float) -> Iterator[Iterator[Packet]]:
    """A film's packets as they come; leaving the block ends the reading. ProgramError where the film breaks off."""
    with suppress(_Enough), subprocesses.start_process(build_packets_command(path, since), timeout=timeout, memory=FFMPEG_MEMORY_LIMIT_BYTES) as process:
        assert process.stdout
        found = map(parse_packet, process.stdout)
        ended = False

        def every() -> Iterator[Packet]:
            nonlocal ended
            yield from (packet for packet in found if packet)
            ended = True

        yield every()
        if not ended:
            raise _Enough  # leaving `started` by an exception kills the program


def parse_packet(line: bytes) -> Packet | None:
    """Read `stream_index=1|pts_time=21.994000|dts_time=21.994000|duration_time=0.021000`; None where it states no time."""
    fields = dict(part.partition("=")[::2] for part in line.decode("ascii", "replace").strip().split("|"))
    times = [_number(fields.get(name, "")) for name in ("pts_time", "dts_time", "duration_time")]
    start = times[0] if times[0] is not None else times[1]
    stream = fields.get("stream_index", "")
    return Packet(int(stream), start, times[2] or 0.0) if stream.isdecimal() and start is not None else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # "N/A"
        return None


# Decode -------------------------------------------------------------------------------------------------------------


def build_speech_command(path: Path, index: int, *, centre: bool, seconds: float, destination: Path) -> list[str]:
    """Decode a track to 16 kHz mono WAV on the film's axis, `seconds` long. `centre`: its dialogue is in the centre channel."""
    audio = film_input(path, threads=1, vn=None, sn=None)[str(index)]
    if centre:
        weighted = f"{CENTRE_WEIGHT}*FC+{FRONT_WEIGHT}*FL+{FRONT_WEIGHT}*FR"
        audio = audio.filter("pan", **{"mono|c0": weighted})  # pan=mono|c0=…, whose `=` must not be escaped
    audio = audio.filter("aresample", SPEECH_RATE, **ALIGNED_RESAMPLING).filter("aformat", channel_layouts="mono")
    audio = _cut_to_length(audio, round(seconds * SPEECH_RATE))
    return compile_command(audio.output(format_file_url(destination), f="wav", acodec="pcm_s16le", rf64="auto", bitexact=None))


CENTRE_WEIGHT, FRONT_WEIGHT = 0.6, 0.2  # together 1: cannot clip; a voice in the centre alone comes out at 0.6


def extract_speech(path: Path, index: int, *, centre: bool, seconds: float, destination: Path) -> Artifact:
    """The dialogue as the recognisers want it: see `speech_command`."""
    command = build_speech_command(path, index, centre=centre, seconds=seconds, destination=destination)
    subprocesses.run(command, timeout=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES)
    return Artifact.of(destination)


def build_decode_command(path: Path, index: int, layout: Layout, samples: int, *, ours: bool = False) -> list[str]:
    """Decode a track to float32 PCM at 48 kHz on stdout, on the film's axis, exactly `samples` long.

    `ours`: the file is an artifact of ours rather than a film.
    """
    audio = (artifact_input if ours else film_input)(path, threads=1, vn=None, sn=None)[str(index)]
    audio = audio.filter("aresample", FILM_SAMPLE_RATE_HZ, **ALIGNED_RESAMPLING).filter("aformat", channel_layouts=layout.name)
    return compile_command(_cut_to_length(audio, samples).output("pipe:1", f="f32le", acodec="pcm_f32le"))


def _cut_to_length(audio: Any, samples: int) -> Any:
    """Exactly so many samples: silence where the track ends early, nothing after (a lying timestamp fills no disk)."""
    return audio.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


@contextmanager
def decode_blocks(path: Path, index: int, layout: Layout, samples: int, *, block: int, ours: bool = False) -> Iterator[Iterator[Block]]:
    """A track's blocks of `block` samples, the last one shorter; all blocks together are `samples` long."""
    command = build_decode_command(path, index, layout, samples, ours=ours)
    with subprocesses.start_process(command, timeout=compute_time_limit(samples / FILM_SAMPLE_RATE_HZ), memory=FFMPEG_MEMORY_LIMIT_BYTES) as process:
        assert process.stdout
        widen_pipe(process.stdout)
        yield _blocks(process.stdout.read, layout.channels, samples, block)


def _blocks(read: Callable[[int], bytes], channels: int, samples: int, block: int) -> Iterator[Block]:
    for start in range(0, samples, block):
        length = min(block, samples - start)
        pcm = read(length * channels * 4)
        if len(pcm) < length * channels * 4:
            return  # ffmpeg died, which its exit code tells
        yield np.frombuffer(pcm, np.float32).reshape(length, channels)


def widen_pipe(pipe: IO[bytes]) -> None:
    """Let a pipe hold 1 MiB instead of 64 KiB, so that ffmpeg works on while we do."""
    with suppress(PermissionError):  # the user has too many wide pipes open: slower, nothing else
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


# Encode -------------------------------------------------------------------------------------------------------------


def build_encode_command(codec: Codec, layout: Layout, destination: Path) -> list[str]:
    """Encode float32 PCM at 48 kHz from stdin into a Matroska file of one track."""
    audio = ffmpeg.input("pipe:0", f="f32le", ar=FILM_SAMPLE_RATE_HZ, ac=layout.channels, protocol_whitelist="pipe")
    if layout.channels > 2:  # raw PCM says how many channels there are, not which
        order = "|".join(str(n) for n in range(layout.channels))
        audio = audio.filter("channelmap", map=order, channel_layout=layout.name)
    bitrate = codec.bit_rate(layout)
    options = codec.options | ({"b:a": str(bitrate)} if bitrate else {})
    return compile_command(audio.output(format_file_url(destination), f="matroska", acodec=codec.encoder, bitexact=None, **options))


@contextmanager
def open_encoder(codec: Codec, layout: Layout, destination: Path, *, seconds: float) -> Iterator[Callable[[Block], None]]:
    """A function that takes blocks (samples, channels) in order; the file is finished when the block is left."""
    command = build_encode_command(codec, layout, destination)
    with subprocesses.start_process(command, timeout=compute_time_limit(seconds), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        pipe = process.stdin
        widen_pipe(pipe)

        def write(block: Block) -> None:
            pipe.write(np.ascontiguousarray(block, np.float32).data)
            pipe.flush()

        try:
            yield write
        except BrokenPipeError as error:  # the encoder is gone: its exit code tells why
            if process.wait() == 0:
                raise ProgramError(command[0], 0, "it stopped reading before the end") from error


def build_stretch_command(audio: Path, tempo: float, destination: Path) -> list[str]:
    """Play a mono take `tempo` times faster at the same pitch, into a WAV."""
    faster = artifact_input(audio, threads=1).audio.filter("atempo", f"{tempo:.6f}")
    return compile_command(faster.output(format_file_url(destination), f="wav", acodec="pcm_s16le", bitexact=None))


def stretch_audio(audio: Artifact, tempo: float, destination: Path) -> Artifact:
    """A take, `tempo` times faster at the same pitch."""
    subprocesses.run(build_stretch_command(audio.path, tempo, destination), timeout=60.0)
    return Artifact.of(destination)


# Measure ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128: `integrated` in LUFS (-70 where there is silence), `true_peak` in dBTP (-inf where there is silence)."""

    integrated: float
    true_peak: float


def build_loudness_command(path: Path, index: int, *, ours: bool = False) -> list[str]:
    """Measure a track by EBU R128; the summary comes on stderr, at level info, without the log of each frame."""
    audio = (artifact_input if ours else film_input)(path, threads=1, vn=None, sn=None)[str(index)]
    measured = audio.filter("ebur128", peak="true", framelog="verbose")
    return compile_command(measured.output("-", f="null"), start=("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-v", "info"))


def measure_loudness(path: Path, index: int, *, seconds: float, ours: bool = False) -> Loudness:
    """The loudness of a track, to 0.1."""
    return parse_loudness(
        subprocesses.run_for_stderr(build_loudness_command(path, index, ours=ours), timeout=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES)
    )


def parse_loudness(text: str) -> Loudness:
    """Read ebur128's summary: `I: -23.0 LUFS` and `Peak: -1.5 dBFS` at the end of what ffmpeg says."""
    found: dict[str, float] = {}
    for line in text.rpartition("Summary:")[2].splitlines():
        name, colon, figure = line.strip().partition(":")
        if colon and name in {"I", "Peak"} and figure.strip():
            found[name] = float(figure.split()[0])
    if found.keys() != {"I", "Peak"}:
        raise ProgramError("ffmpeg", 0, "ebur128 gave no summary; the track holds no audio")
    return Loudness(found["I"], found["Peak"])


def build_hash_command(path: Path, streams: Sequence[str]) -> list[str]:
    """Hash the packets of streams (`v:0`, `a:1`, …) as they are stored."""
    film = film_input(path)
    mapped = {"map" if n == 0 else f"map#{n}": f"0:{stream}" for n, stream in enumerate(streams)}
    return compile_command(film.output("pipe:1", c="copy", f="streamhash", hash="murmur3", **mapped))


def hash_streams(path: Path, streams: Sequence[str], *, seconds: float) -> tuple[str, ...]:
    """One hash per stream, in order: equal hashes, equal packets. Not against malice: the hash is a fast one."""
    answer = subprocesses.run(build_hash_command(path, streams), timeout=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES)
    return tuple(line.partition("=")[2] for line in answer.decode().splitlines())


# Pictures, subtitles, mux --------------------------------------------------------------------------------------------------


def build_subtitle_command(path: Path, index: int) -> list[str]:
    """Turn an embedded text subtitle into SRT on stdout."""
    return compile_command(film_input(path, vn=None, an=None)[str(index)].output("pipe:1", f="srt", fs=MAX_SUBTITLE_BYTES))


def extract_subtitle(path: Path, index: int) -> str:
    """The SRT text of an embedded text subtitle, times on the film's axis."""
    command = build_subtitle_command(path, index)
    return subprocesses.run(command, timeout=900.0, most=2 * MAX_SUBTITLE_BYTES, memory=FFMPEG_MEMORY_LIMIT_BYTES).decode("utf-8", "replace")


def build_cover_command(path: Path, index: int) -> list[str]:
    """The bytes of an attached picture on stdout."""
    return compile_command(film_input(path, an=None, sn=None)[str(index)].output("pipe:1", c="copy", f="rawvideo"))


def extract_cover(path: Path, index: int) -> bytes:
    """An attached picture, as the file it was."""
    return subprocesses.run(build_cover_command(path, index), timeout=120.0, most=MAX_COVER_BYTES, memory=FFMPEG_MEMORY_LIMIT_BYTES)


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture to attach to a Matroska film, read from `path`."""

    path: Path
    filename: str
    mimetype: str
    title: str


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A track to add to a film: the only stream of an artifact of ours. `language`: ISO 639-2."""

    path: Path
    kind: TrackKind  # audio or subtitle
    codec: str  # "copy", or the encoder that turns SRT into what the container holds
    language: str
    title: str


@dataclass(frozen=True, slots=True)
class MuxPlan:
    """What goes into a dubbed film: the streams `kept` of `film`, in order, then `added`, each kind in its order."""

    film: Path
    container: str  # ffmpeg's muxer
    kept: tuple[int, ...]
    audios: int  # how many audio tracks are kept, and so before ours
    subtitles: int
    added: tuple[NewTrack, ...]
    mark: str  # what our container tag DUBARR says, where the container takes such tags
    destination: Path
    largest: int | None = None  # bytes: what is longer is cut off, and then fails its check
    attachments: int = 0  # how many are kept, and so before the covers
    covers: tuple[Cover, ...] = ()


def build_mux_command(plan: MuxPlan) -> list[str]:
    """Copy a film's streams, chapters, attachments and tags as they are, and add ours behind them."""
    generated = {"fflags": "+genpts"} if plan.container == "avi" else {}  # AVI stores no timestamps
    film = film_input(plan.film, **generated)
    streams = [film[str(index)] for index in plan.kept] + [artifact_input(track.path)["0"] for track in plan.added]
    options: dict[str, object] = {"c": "copy", "map_metadata": 0, "map_chapters": 0, "metadata:g#dubarr": f"DUBARR={plan.mark}"}
    options |= {"max_muxing_queue_size": 4096} | MUXER_OPTIONS.get(plan.container, {})
    if plan.largest is not None:
        options["fs"] = plan.largest
    counts = {TrackKind.AUDIO: plan.audios, TrackKind.SUBTITLE: plan.subtitles}
    for track in plan.added:
        stream = f"{track.kind[0]}:{counts[track.kind]}"
        counts[track.kind] += 1
        options |= {f"c:{stream}": track.codec, f"disposition:{stream}": 0}
        for tag, value in (("language", track.language), ("title", track.title), ("handler_name", track.title)):
            options[f"metadata:s:{stream}#{tag}"] = f"{tag}={value}"
    for number, cover in enumerate(plan.covers, plan.attachments):
        options[f"attach#{number}"] = format_file_url(cover.path)
        for tag, value in (("filename", cover.filename), ("mimetype", cover.mimetype), ("title", cover.title)):
            options[f"metadata:s:t:{number}#{tag}"] = f"{tag}={value}"
    return compile_command(ffmpeg.output(*streams, format_file_url(plan.destination), f=plan.container, **options))


MUXER_OPTIONS: dict[str, dict[str, object]] = {
    "matroska": {"default_mode": "passthrough"},  # FlagDefault as it was, also where no track has it
    "mp4": {"strict": "experimental"},  # a film may hold FLAC or TrueHD, which ffmpeg still calls experimental
    "mov": {"strict": "experimental"},
    "mpegts": {"copy_unknown": None},
}


def run_mux(plan: MuxPlan, *, seconds: float, progress: subprocesses.ProgressCallback = lambda _: None) -> None:
    """Write the dubbed film, telling the progress."""
    command = [*build_mux_command(plan), "-progress", "pipe:1", "-stats_period", "1"]
    limit = compute_time_limit(seconds) + 3600.0
    with subprocesses.start_process(
        command, timeout=limit, memory=subprocesses.MEMORY_LIMIT_BYTES
    ) as process:  # a slow disk is no fault of the film
        assert process.stdout
        for line in process.stdout:
            name, _, value = line.decode("ascii", "replace").strip().partition("=")
            if name == "out_time_us" and value.isdecimal():
                progress(min(1.0, int(value) / 1e6 / seconds))


def format_file_url(path: Path) -> str:
    """A path ffmpeg cannot take for an option or a protocol."""
    return f"file:{path.absolute()}"
