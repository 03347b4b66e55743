"""Short films with five spoken lines, and the subtitle files and tracks that people have of such films."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LINES = (
    "Good morning. The train leaves at noon.",
    "I know. My suitcase is already packed.",
    "Did you call your brother last night?",
    "Yes. He will wait for us at the station.",
    "Then everything is ready for the trip.",
)
STARTS_S = (1.0, 5.0, 9.5, 13.0, 17.0)
ENDS_S = (4.2, 8.2, 12.2, 16.2, 20.0)
DURATION_S = 22.0
VOICES = ("en-us+m3", "en-us+f2")
DESCRIPTION = "A man walks in. She turns. They leave together."
SIGNS = """1
00:00:00,200 --> 00:00:01,000
Riding on the evening star

2
00:00:08,300 --> 00:00:09,300
North Station

3
00:00:20,200 --> 00:00:21,900
Until the morning comes
"""


@dataclass(frozen=True)
class Input:
    """A file that is muxed into a film, with ffmpeg's options for its streams."""

    path: Path
    options: tuple[str, ...] = ()


def make_dialogue_film(
    path: Path, *, lines: Sequence[str] = LINES, starts: Sequence[float] = STARTS_S, duration: float = DURATION_S
) -> Path:
    """A film in which two voices say the lines; one audio track tagged English."""
    clips, filters = [], ""
    for n, (line, start) in enumerate(zip(lines, starts, strict=True)):
        clip = path.with_name(f"{path.stem}-{n}.wav")
        subprocess.run(["espeak-ng", "-v", VOICES[n % 2], "-s", "150", "-w", clip, line], check=True)
        clips.append(clip)
        filters += f"[{n}:a]aresample=48000,adelay={round(1000 * start)}:all=1[a{n}];"
    count = len(clips)
    mixed = "".join(f"[a{n}]" for n in range(count)) + f"[{count}:a]amix=inputs={count + 1}:normalize=0:duration=longest[o]"
    sources = [part for clip in clips for part in ("-i", str(clip))]
    noise = ["-f", "lavfi", "-t", str(duration), "-i", "anoisesrc=a=0.002:r=48000:c=pink:s=1"]
    picture = ["-f", "lavfi", "-t", str(duration), "-i", "testsrc2=s=160x90:r=10"]
    encoding = [
        "-t",
        str(duration),
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "40",
        "-c:a",
        "aac",
        "-ac",
        "1",
        "-metadata:s:a:0",
        "language=eng",
    ]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *sources, *noise, *picture, "-filter_complex", filters + mixed]
    subprocess.run([*command, "-map", f"{count + 1}:v", "-map", "[o]", *encoding, path], check=True)
    for clip in clips:
        clip.unlink()
    return path


def format_subtitle(
    lines: Sequence[str] = LINES,
    *,
    offset: float = 0.0,
    ratio: float = 1.0,
    starts: Sequence[float] = STARTS_S,
    ends: Sequence[float] = ENDS_S,
) -> str:
    """SRT of the lines at their times, or at others: `ratio` × time + `offset`."""
    blocks = (
        f"{n}\n{_clock(ratio * start + offset)} --> {_clock(ratio * end + offset)}\n{line}\n"
        for n, (line, start, end) in enumerate(zip(lines, starts, ends, strict=True), 1)
    )
    return "\n".join(blocks)


def _clock(seconds: float) -> str:
    milliseconds = round(1000 * seconds)
    return (
        f"{milliseconds // 3_600_000:02}:{milliseconds // 60_000 % 60:02}:{milliseconds // 1000 % 60:02},{milliseconds % 1000:03}"
    )


def mux(film: Path, path: Path, *inputs: Input, options: Sequence[str] = ()) -> Path:
    """The film with more streams, copied. `options`: for the streams of the output."""
    files = [part for each in inputs for part in (*each.options, "-i", str(each.path))]
    maps = [part for n in range(len(inputs) + 1) for part in ("-map", str(n))]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", film, *files, *maps, "-c", "copy", *options, path], check=True
    )
    return path


def mix_description(film: Path, path: Path) -> Path:
    """The film's sound with an audio description over it, which a third voice says."""
    clip = path.with_name(f"{path.stem}-description.wav")
    subprocess.run(["espeak-ng", "-v", "en-gb+m7", "-w", clip, DESCRIPTION], check=True)
    mixing = ["-filter_complex", "[0:a][1:a]amix=inputs=2:normalize=0[o]", "-map", "[o]", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", film, "-i", clip, *mixing, path], check=True)
    clip.unlink()
    return path
