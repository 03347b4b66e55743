"""Tracks that people choose, and containers with their flags and faults, through the command line: the chosen track is dubbed, and told."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dialogue_film import LINES, SIGNS, format_subtitle, make_dialogue_film, mix_description
from real_service import PATIENCE, Running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("espeak-ng") is None or shutil.which("apertium") is None, reason="no voices or no translator"
    ),
]
ROOT = Path(__file__).parents[2]
MERGE_DISC_SOUND = ROOT.parent / "shared" / "cases" / "coretrue.py"  # puts AC-3 on TrueHD's PID, as Blu-ray does
COMMENTARY = (
    "We had only three days for this picture.",
    "The camera broke on the very first morning.",
    "Nobody told the actors about the weather.",
    "My father built that house with his hands.",
    "The music was written a year later.",
)
OWN_LINES = tuple(line.replace("train", "boat") for line in LINES)
SIGNS_SAID = ("Riding on the evening star", "North Station", "Until the morning comes")
AUDIO_TITLES = ("English (Audiodescription)", "English", "Director's Commentary")
SUBTITLE_TITLES = ("Signs & Songs", "English (Full)")


@dataclass(frozen=True)
class Command:
    """An ended `./dubarr dub`: its exit status, the paths of the dubs by their films' names, its tables and sentences."""

    status: int
    dubs: dict[str, Path]
    said: str


@dataclass(frozen=True)
class Films:
    """The films of these tests, in a folder of the library, and a subtitle file outside it."""

    folder: Path
    subtitle: Path


def run_ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def probe_streams(path: Path) -> list[dict[str, Any]]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", path]
    return list(json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"])


def list_flags(stream: dict[str, Any]) -> set[str]:
    return {flag for flag, is_set in stream["disposition"].items() if is_set}


@pytest.fixture(scope="module")
def films(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Films:
    folder, scratch = running.library / "chosen", tmp_path_factory.mktemp("scratch")
    folder.mkdir()
    film = make_dialogue_film(scratch / "film.mkv")
    make_films_with_many_tracks(film, folder, scratch)
    make_damaged_films(film, folder)
    make_disc(film, folder, scratch)
    subtitle = scratch / "mine.srt"
    subtitle.write_text(format_subtitle(OWN_LINES))
    return Films(folder, subtitle)


def make_films_with_many_tracks(film: Path, folder: Path, scratch: Path) -> None:
    """A film with three audio and two subtitle tracks under several names; one in MP4, with its subtitle beside it."""
    signs, full = scratch / "signs.srt", scratch / "full.srt"
    signs.write_text(SIGNS)
    full.write_text(format_subtitle())
    description = mix_description(film, scratch / "description.mka")
    commentary = make_dialogue_film(scratch / "commentary.mkv", lines=COMMENTARY)
    inputs = [part for path in (film, description, commentary, signs, full) for part in ("-i", path)]
    audio = ["-map", "0:v", "-map", "1:a", "-map", "0:a", "-map", "2:a"]
    flags = ["-disposition:a", "0", "-disposition:a:1", "default"]
    run_ffmpeg(*inputs, *audio, "-map", "3", "-map", "4", "-c", "copy", *format_tags(), *flags, folder / "second.mkv")
    for name in ("third.mkv", "signs.mkv"):
        shutil.copy(folder / "second.mkv", folder / name)
    titles = format_tags()[: 4 * len(AUDIO_TITLES)]
    run_ffmpeg(*inputs, *audio, "-c", "copy", *titles, *flags, "-disposition:a:2", "comment", folder / "flags.mp4")
    shutil.copy(full, folder / "flags.en.srt")


def format_tags() -> list[str]:
    """Options of ffmpeg for the languages and titles of audio and subtitle tracks."""
    named = [("a", number, title) for number, title in enumerate(AUDIO_TITLES)]
    named += [("s", number, title) for number, title in enumerate(SUBTITLE_TITLES)]
    streams = [(f"-metadata:s:{kind}:{number}", title) for kind, number, title in named]
    return [part for stream, title in streams for part in (stream, "language=eng", stream, f"title={title}")]


def make_damaged_films(film: Path, folder: Path) -> None:
    """Copies of the film that broke off: after a third, and shortly before the end."""
    content = film.read_bytes()
    for name, part in (("third-of-it", 1 / 3), ("nearly-all", 0.9)):
        (folder / f"{name}.mkv").write_bytes(content[: round(part * len(content))])
        (folder / f"{name}.en.srt").write_text(format_subtitle())


def make_disc(film: Path, folder: Path, scratch: Path) -> None:
    """A Blu-ray's transport stream: Dolby TrueHD with its AC-3 core, on one PID where the program that merges them is there."""
    two, disc = scratch / "two.m2ts", folder / "disc.m2ts"
    codecs = ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb", "-c:a:0", "truehd", "-c:a:1", "ac3", "-ac", "2", "-strict", "-2"]
    maps = ["-map", "0:v", "-map", "0:a", "-map", "0:a"]
    run_ffmpeg("-i", film, *maps, *codecs, "-mpegts_m2ts_mode", "1", "-f", "mpegts", two)
    if MERGE_DISC_SOUND.is_file():
        subprocess.run([sys.executable, MERGE_DISC_SOUND, two, disc, "0x1100", "0x1101"], check=True)
    else:
        shutil.copy(two, disc)
    (folder / "disc.en.srt").write_text(format_subtitle())


COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # name → its films, its options
    "nothing chosen": (("flags.mp4", "third-of-it.mkv", "nearly-all.mkv", "disc.m2ts"), ()),
    "second audio track and a file": (("second.mkv",), ("--audio", "2", "--subtitles", "mine.srt")),
    "third audio track": (("third.mkv",), ("--audio", "3", "--subtitles", "none")),
    "first tracks": (("signs.mkv", "nearly-all.mkv"), ("--audio", "1", "--subtitles", "1")),
}


@pytest.fixture(scope="module")
def commands(running: Running, films: Films) -> dict[str, Command]:
    """All commands, at one time."""
    environment = os.environ | running.environment | {"PYTHONPATH": str(ROOT), "COLUMNS": "400"}
    started = {}
    for name, (names, options) in COMMANDS.items():
        words = [sys.executable, "-P", "-m", "cli", "dub", *(str(films.folder / each) for each in names), "--to", "es", *options]
        started[name] = subprocess.Popen(
            words, env=environment, cwd=films.subtitle.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    ended = {name: process.communicate(timeout=PATIENCE) for name, process in started.items()}
    return {
        name: Command(started[name].returncode, {Path(line).name: Path(line) for line in out.splitlines()}, told)
        for name, (out, told) in ended.items()
    }


def read_lines(running: Running, dub: Path) -> tuple[str, ...]:
    return tuple(line["source_text"] for line in running.client.lines(find_task(running, dub)["id"], "es"))


def find_task(running: Running, dub: Path) -> dict[str, Any]:
    (task,) = [task for task in running.client.tasks() if task["output"] == str(dub)]
    return task


def test_the_chosen_audio_track_is_dubbed_from_the_chosen_file(running: Running, commands: dict[str, Command]) -> None:
    command = commands["second audio track and a file"]
    assert command.status == 0
    assert 'Dubbed from the chosen audio track "English", English' in command.said
    task = find_task(running, command.dubs["second.mkv"])
    assert task["audio_track"] == 2
    assert any("Dubbed from the chosen audio track" in note["text"] for note in task["notes"])
    assert read_lines(running, command.dubs["second.mkv"]) == OWN_LINES
    audio = [stream for stream in probe_streams(command.dubs["second.mkv"]) if stream["codec_type"] == "audio"]
    assert [list_flags(stream) for stream in audio] == [set(), {"default", "original"}, set(), {"dub"}]


def test_a_chosen_commentary_without_subtitles_is_recognized(running: Running, commands: dict[str, Command]) -> None:
    command = commands["third audio track"]
    assert command.status == 0
    assert '"Director\'s Commentary", English, 1 channel, which is named commentary' in command.said
    assert "subtitles were not used, as chosen" in command.said
    spoken, found = (
        set(re.findall("[a-z]+", " ".join(said).casefold()))
        for said in (COMMENTARY, read_lines(running, command.dubs["third.mkv"]))
    )
    assert len(spoken & found) > 0.5 * len(spoken), sorted(spoken - found)
    streams = probe_streams(command.dubs["third.mkv"])
    assert [stream["codec_type"] for stream in streams] == ["video", *3 * ["audio"], *2 * ["subtitle"], "audio", "subtitle"]
    assert "original" not in list_flags(streams[3])


def test_chosen_signs_and_a_chosen_description_are_dubbed_with_a_warning(running: Running, commands: dict[str, Command]) -> None:
    command = commands["first tracks"]
    assert read_lines(running, command.dubs["signs.mkv"]) == SIGNS_SAID
    assert "was used because it was chosen, though it is named signs and songs" in command.said
    assert '"English (Audiodescription)", English, 1 channel, which is named audio description' in command.said
    assert find_task(running, command.dubs["signs.mkv"])["warnings"]


def test_a_track_that_a_film_lacks_is_refused_with_those_that_it_has(commands: dict[str, Command]) -> None:
    command = commands["first tracks"]
    assert command.status != 0
    assert "nearly-all.mkv has no subtitle track 1; choose one of: nearly-all.en.srt; none" in command.said


def test_the_plain_track_of_an_mp4_is_dubbed_and_its_flags_and_names_stay(films: Films, commands: dict[str, Command]) -> None:
    command = commands["nothing chosen"]
    assert 'Dubbed from the audio track "English", English' in command.said
    assert '(audio description), "Director\'s Commentary", English, 1 channel (commentary)' in command.said
    before, dub = films.folder / "flags.mp4", command.dubs["flags.mp4"]
    own, found = probe_streams(before), probe_streams(dub)
    assert [list_flags(stream) for stream in own] == [{"default"}, set(), {"default"}, {"comment"}]
    assert [list_flags(stream) for stream in found] == [*map(list_flags, own), {"dub"}, set()]
    assert found[-1]["codec_type"] == "subtitle"
    assert [title.encode() in dub.read_bytes() for title in AUDIO_TITLES] == [True, True, True]


def test_a_truncated_film_is_refused_or_told(films: Films, commands: dict[str, Command]) -> None:
    command = commands["nothing chosen"]
    assert "third-of-it.mkv ends at 7 s of 22 s" in command.said
    assert re.search(r"nearly-all\.mkv .*warning +The film ends at \d\d s of 22 s", command.said)
    assert {path.name for path in command.dubs.values()} == {"flags.mp4", "nearly-all.mkv"}


def test_a_discs_truehd_is_refused_at_once_with_the_way_out(running: Running, commands: dict[str, Command]) -> None:
    assert "disc.m2ts holds Dolby TrueHD in MPEG-TS" in commands["nothing chosen"].said
    assert "remux it as Matroska, where all is kept" in commands["nothing chosen"].said
    assert commands["nothing chosen"].status != 0
    assert not [task for task in running.client.tasks() if task["path"].endswith("disc.m2ts")]
