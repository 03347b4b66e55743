"""The sample film of `./dubarr demo`, made from nothing: flite speaks, numpy plays, ffmpeg draws.

Two audio tracks (the dialogue over music, and the music alone), chapters, and an English subtitle track where wanted.
It is the one place beside `pipeline/ffmpeg/` that calls ffmpeg: it makes media, and opens none but its own.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluation.sample.music import synthesize_music
from evaluation.sample.sample_script import ANNA, BEN, CARL, SCENES, TITLE, Scene, Sentence
from pipeline.processes import subprocesses
from pipeline.text.subtitles.subtitle_writer import format_srt
from pipeline.values.timeline import Cue, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Wave = NDArray[np.float32]  # (samples, 2) where stereo, nominally -1..1

NAME = "a-morning-at-the-lake"
VERSION = 2  # bump when the film changes: an older one in DATA_DIR/demo is not taken for it
RATE = 48_000  # Hz
SIZE, FRAME_RATE = "640x360", 24
LEAD, PAUSE, SCENE_PAUSE, END = 1.6, 0.65, 1.8, 2.0  # s: before the first sentence, between them, between scenes, at the end
SPEECH_PEAK, MUSIC_PEAK = 0.5, 0.06  # the music lies about 18 dB under the speech, as in a quiet film
PAN = {ANNA: 0.0, BEN: -0.25, CARL: 0.25}  # -1 left, 1 right: where they sit
PROGRAM_LIMIT_S = 120.0  # s that one program may take


@dataclass(frozen=True, slots=True)
class Chapter:
    """A scene on the film's axis."""

    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sound:
    """All that is heard: `speech` and `music` (samples, 2) at 48 kHz, and what is said when."""

    speech: Wave
    music: Wave
    cues: tuple[Cue, ...]
    chapters: tuple[Chapter, ...]

    @property
    def seconds(self) -> float:
        """The film's duration."""
        return len(self.speech) / RATE


def make_sample_film(folder: Path, *, subtitles: bool) -> Path:
    """The sample film in `folder`, made if it is not there yet. ProgramError where flite or ffmpeg fails."""
    film = folder / f"{NAME}{'-subtitled' if subtitles else ''}-v{VERSION}.mkv"
    if not film.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as workdir:
            _make(Path(workdir), subtitles=subtitles).replace(film)
    return film


def _make(workdir: Path, *, subtitles: bool) -> Path:
    import soundfile

    sound = synthesize_sound(SCENES, workdir)
    soundfile.write(workdir / "mix.wav", sound.speech + sound.music, RATE)
    soundfile.write(workdir / "music.wav", sound.music, RATE)
    (workdir / "chapters.txt").write_text(format_chapters(sound.chapters))
    (workdir / "english.srt").write_text(format_srt(sound.cues, until=sound.seconds))
    subprocesses.run(build_film_command(workdir, sound, subtitles=subtitles), timeout=PROGRAM_LIMIT_S)
    return workdir / "film.mkv"


# Sound --------------------------------------------------------------------------------------------------------------


def synthesize_sound(scenes: "Sequence[Scene]", workdir: Path) -> Sound:
    """Speak all scenes, one sentence after the other, and lay music under them."""
    placed: list[tuple[float, Wave]] = []
    cues: list[Cue] = []
    chapters: list[Chapter] = []
    now, opens = LEAD, 0.0
    for scene in scenes:
        for sentence in scene.sentences:
            wave = speak_sentence(sentence, workdir)
            placed.append((now, wave))
            cues.append(Cue(Span(now, now + len(wave) / RATE), sentence.text))
            now = cues[-1].span.end + PAUSE
        now += SCENE_PAUSE - PAUSE
        chapters.append(Chapter(scene.title, Span(opens, now - SCENE_PAUSE / 2)))
        opens = chapters[-1].span.end
    seconds = np.ceil(cues[-1].span.end + END)
    chapters[-1] = Chapter(chapters[-1].title, Span(chapters[-1].span.start, float(seconds)))
    speech = np.zeros((int(seconds) * RATE, 2), np.float32)
    for start, wave in placed:
        speech[round(start * RATE) :][: len(wave)] += wave
    return Sound(speech, MUSIC_PEAK * synthesize_music(float(seconds), RATE), tuple(cues), tuple(chapters))


def speak_sentence(sentence: Sentence, workdir: Path) -> Wave:
    """One sentence by its flite voice, stereo, without the silence around it."""
    import soundfile
    import soxr

    path = workdir / "sentence.wav"
    subprocesses.run(["flite", "-voice", sentence.voice, "-t", sentence.text, "-o", str(path)], timeout=PROGRAM_LIMIT_S)
    wave, rate = soundfile.read(path, dtype="float32")  # (samples,)
    loud = np.flatnonzero(np.abs(wave) > 0.01)
    wave = soxr.resample(wave[loud[0] : loud[-1] + 1], rate, RATE)
    wave *= SPEECH_PEAK / np.abs(wave).max()
    angle = (PAN[sentence.voice] + 1) * np.pi / 4  # equal power
    return np.stack([wave * np.cos(angle), wave * np.sin(angle)], axis=1).astype(np.float32)


# Picture and container ----------------------------------------------------------------------------------------------


def build_film_command(workdir: Path, sound: Sound, *, subtitles: bool) -> list[str]:
    """Draw the picture, encode all of it and write it as Matroska."""
    inputs = ["-i", f"{workdir}/mix.wav", "-i", f"{workdir}/music.wav", "-f", "ffmetadata", "-i", f"{workdir}/chapters.txt"]
    tracks = ["-map", "[picture]", "-map", "0:a", "-map", "1:a", "-map_chapters", "2", "-disposition:a:0", "default"]
    tags = {"g": f"title={TITLE}", "s:a:0": "title=English", "s:a:1": "title=Music and effects"}
    languages = {"s:a:0": "eng", "s:a:1": "zxx"}  # zxx: no language in it
    if subtitles:
        inputs += ["-i", f"{workdir}/english.srt"]
        tracks += ["-map", "3:s", "-c:s", "srt"]
        tags["s:s:0"], languages["s:s:0"] = "title=English", "eng"
    named = [f"{stream} {tag}" for stream, tag in tags.items()] + [
        f"{stream} language={tag}" for stream, tag in languages.items()
    ]
    metadata = [part for name in named for part in (f"-metadata:{name.partition(' ')[0]}", name.partition(" ")[2])]
    video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p", "-g", str(10 * FRAME_RATE)]
    drawn = ["-filter_complex", build_picture_filter(sound)]
    end = ["-c:a", "aac", "-b:a", "128k", "-t", str(sound.seconds), "-f", "matroska", f"{workdir}/film.mkv"]
    return ["ffmpeg", "-nostdin", "-v", "error", *inputs, *drawn, *tracks, *metadata, *video, *end]


def build_picture_filter(sound: Sound) -> str:
    """A slow morning sky, the sound as a line across it, and the chapters' titles where a font is there: a filter graph."""
    sky = f"gradients=s={SIZE}:r={FRAME_RATE}:d={sound.seconds}:speed=0.008:c0=0x1d3557:c1=0xf4a261:c2=0x457b9d:nb_colors=3"
    graph = (
        f"{sky}[sky];[0:a]showwaves=s=640x90:r={FRAME_RATE}:mode=cline:colors=white@0.5[line];[sky][line]overlay=0:235:shortest=1"
    )
    fonts = (path for name in ("DejaVuSans.ttf", "*Sans*.ttf", "*.ttf") for path in Path("/usr/share/fonts").rglob(name))
    if font := next(fonts, None):
        graph += _build_title_filter(TITLE, font, size=34, y=70)
        for chapter in sound.chapters:
            graph += (
                _build_title_filter(chapter.title, font, size=22, y=125)
                + f":enable='between(t,{chapter.span.start},{chapter.span.end})'"
            )
    return f"{graph}[picture]"


def _build_title_filter(text: str, font: Path, *, size: int, y: int) -> str:
    return f",drawtext=text='{text}':fontfile='{font}':fontsize={size}:fontcolor=white:x=(w-tw)/2:y={y}"


def format_chapters(chapters: "Sequence[Chapter]") -> str:
    """Chapters in ffmpeg's metadata format, times in milliseconds."""
    blocks = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={round(chapter.span.start * 1000)}\nEND={round(chapter.span.end * 1000)}\ntitle={chapter.title}\n"
        for chapter in chapters
    ]
    return ";FFMETADATA1\n" + "".join(blocks)


def make_silent_film(path: Path) -> Path:
    """A film of twenty seconds in which nobody speaks."""
    picture = [
        "-f",
        "lavfi",
        "-i",
        "color=c=0x203040:s=640x360:r=10:d=20",
        "-f",
        "lavfi",
        "-i",
        "anullsrc=r=48000:cl=stereo:d=20",
    ]
    coding = ["-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac", "-metadata:s:a:0", "language=eng"]
    subprocesses.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *picture, *coding, str(path)], timeout=120.0)
    return path


def make_plain_film(path: Path, sound: Wave, subtitles: "Mapping[str, str]", *, title: str) -> Path:
    """A film of one colour with this sound. `subtitles`: ISO 639-2 of their language → SubRip. Cheap: 0.2 s of work."""
    import soundfile

    with tempfile.TemporaryDirectory(prefix="dubarr-film-") as temporary:
        workdir = Path(temporary)
        soundfile.write(workdir / "sound.wav", sound, RATE)
        for language, text in subtitles.items():
            (workdir / f"{language}.srt").write_text(text)
        made = workdir / "film.mkv"
        files = {language: workdir / f"{language}.srt" for language in subtitles}
        make_plain_picture(made, workdir / "sound.wav", len(sound) / RATE, title=title, subtitles=files)
        return Path(shutil.move(made, path))


def make_plain_picture(
    path: Path, sound: Path, seconds: float, *, title: str, subtitles: "Mapping[str, Path] | None" = None, limit_s: float = 120.0
) -> None:
    """Write a film of one colour with the sound of a file, which becomes FLAC. The same input gives the same bytes."""
    inputs, tracks = ["-f", "lavfi", "-i", "color=c=0x1d3557:s=160x90:r=10", "-i", str(sound)], []
    for number, (language, file) in enumerate((subtitles or {}).items()):
        inputs += ["-i", str(file)]
        tracks += ["-map", f"{number + 2}:s", f"-metadata:s:s:{number}", f"language={language}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "flac", "-c:s", "srt"]
    tags = ["-metadata", f"title={title}", "-metadata:s:a:0", "language=eng", "-t", str(seconds)]
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]  # neither dates nor random identifiers
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, "-map", "0:v", "-map", "1:a", *tracks, *coding, *tags, *exact]
    subprocesses.run([*command, str(path)], timeout=limit_s)
