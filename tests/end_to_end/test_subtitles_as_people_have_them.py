"""Films with the subtitles and tracks that people have, dubbed through the command line: the right words are dubbed, and the rest is told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dialogue_film import LINES, SIGNS, STARTS_S, Input, format_subtitle, make_dialogue_film, mix_description, mux
from real_models import model_folder
from real_service import Running, real_service

from pipeline.text.spoken_forms.verbalize import verbalize

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("espeak-ng") is None or shutil.which("apertium") is None, reason="no voices or no translator"
    ),
]
LETREROS = SIGNS.replace("Riding on the evening star", "Montada en la estrella").replace("North Station", "Estación Norte")
CAPITALS = (
    "I HAVE ONE RULE: NEVER LIE TO ME.",
    "THEN HERE IS THE TRUTH: I TOOK THE MONEY.",
    "DID YOU CALL YOUR BROTHER LAST NIGHT?",
    "YOU HAVE TWO CHOICES: RUN OR STAY.",
    "THEN EVERYTHING IS READY FOR THE TRIP.",
)
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
Style: Signs,Arial,20
Style: Romaji,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    model_folder("whisper-base")  # skips where it is missing
    with real_service(tmp_path_factory.mktemp("service"), TRANSCRIBER="whisper") as found:
        yield found


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dialogue_film(tmp_path_factory.mktemp("film") / "film.mkv")


@dataclass(frozen=True)
class Dubbed:
    """A dub: its lines in the film's language and in the dub's, where they begin, its notes."""

    said: tuple[str, ...]
    texts: tuple[str, ...]
    starts: tuple[float, ...]
    notes: str


@dataclass(frozen=True)
class Desk:
    """Puts films with subtitles into the library, under the names of their cases."""

    library: Path
    film: Path
    scratch: Path

    def beside(self, name: str, content: str | bytes, suffix: str = ".en.srt") -> None:
        """A film with this file beside it."""
        shutil.copy(self.film, self.library / f"{name}.mkv")
        (self.library / f"{name}{suffix}").write_bytes(content.encode() if isinstance(content, str) else content)

    def inside(self, name: str, *tracks: tuple[str, str, str, str]) -> None:
        """A film with these subtitle tracks: content, suffix, language, title."""
        inputs, tags = [], []
        for n, (content, suffix, language, title) in enumerate(tracks):
            path = self.scratch / f"{name}-{n}{suffix}"
            path.write_text(content, "utf-8")
            inputs.append(Input(path))
            tags += [f"-metadata:s:s:{n}", f"language={language}", f"-metadata:s:s:{n}", f"title={title}"]
        mux(self.film, self.library / f"{name}.mkv", *inputs, options=tags)


CREDITS = (LINES[0], "I saw it on www.oldmaps.com.", "The judge corrected the record by hand.", *LINES[3:])
OTHER_FILM = (
    "Nothing of this kind was ever heard of in our village.",
    "The baker swears that he has seen two wolves.",
    "Bring me a lantern and the old hunting rifle.",
    "Grandmother keeps silent whenever strangers arrive.",
    "Tomorrow the river will carry our boats away.",
)
NUMBERS = (
    "The town has 1,234,567 people.",
    "It costs $5.50, not 3 €.",
    "I need ½ cup of flour.",
    "Meet me on 12/05/2024.",
    LINES[4],
)
SPARSE = ("The sea is very quiet tonight.", "Tomorrow I will reach the shore.")
TIMES = (
    f"1\n00:00:01 --> 00:00:04\n{LINES[0]}\n\n2\n0:00:05.000 --> 0:00:08.200\n\n{LINES[1]}\n\n3\n00:00:09,500 --> 00:00:12,200\n{LINES[2]}\n"
    "4\n00:00:13,000 --> 00:00:16,200\n42\n\n5\n00:17,000 --> 00:20,000 X1:100 X2:200 Y1:300 Y2:400\n"
    f'{{\\an8}}<font color="#ffff00">{LINES[4]}</font>\n'
)


def make_films(desk: Desk) -> None:
    """A film of every case."""
    desk.beside("credits", format_subtitle(CREDITS))
    desk.beside("capitals", format_subtitle(CAPITALS))
    desk.beside("rolling", roll_captions(), ".en.vtt")
    desk.inside("styles", (ASS + format_events(), ".ass", "eng", "English"))
    marked = "".join(f"\u200f{line}\n" if line.isdigit() else f"{line}\n" for line in format_subtitle().split("\n"))
    desk.beside("marks", marked.encode("utf-16"))
    desk.beside("bilingual", format_subtitle([f"{line}\n早上好。火车中午出发 {n}。" for n, line in enumerate(LINES)]))
    desk.beside("times", TIMES)
    desk.beside("numbers", format_subtitle(NUMBERS))
    desk.inside("full", (SIGNS, ".srt", "eng", "Signs & Songs"), (format_subtitle(), ".srt", "eng", "English (Full)"))
    desk.inside("untitled", (SIGNS, ".srt", "eng", ""), (format_subtitle(), ".srt", "eng", ""))
    desk.inside("letreros", (format_subtitle(), ".srt", "eng", ""), (LETREROS, ".srt", "spa", "Letreros y canciones"))
    desk.beside("early", format_subtitle(offset=-0.9))
    desk.beside("late", format_subtitle(offset=2.5))
    desk.beside("other", format_subtitle(OTHER_FILM, starts=(2.9, 7.0, 11.4, 15.1, 19.0), ends=(4.9, 9.0, 13.4, 16.9, 21.5)))
    make_dialogue_film(desk.library / "sparse.mkv", lines=SPARSE, starts=(20.0, 60.0), duration=80.0)
    rows = f"1\n00:00:20,000 --> 00:00:23,000\n{SPARSE[0]}\n\n2\n00:01:00,000 --> 00:01:03,500\n{SPARSE[1]}\n"
    (desk.library / "sparse.en.srt").write_text(rows)
    describe_film(desk)


def roll_captions() -> str:
    """WebVTT as web video has it: each half of a line rises when the next one comes."""
    cut = [line[: len(line) // 2].rpartition(" ")[0] for line in LINES]
    rows = [row for line, half in zip(LINES, cut, strict=True) for row in (half, line[len(half) + 1 :])]
    times = [time for start in STARTS_S for time in (start, start + 1.5)]
    cues, before = "WEBVTT\n\n", " "
    for row, start in zip(rows, times, strict=True):
        words = row.replace(" ", f"<{clock(start + 0.3)}><c> ", 1) + ("</c>" if " " in row else "")
        cues += f"{clock(start)} --> {clock(start + 1.4)} align:start position:0%\n{before}\n{words}\n\n"
        cues += f"{clock(start + 1.4)} --> {clock(start + 1.41)} align:start position:0%\n{row}\n \n\n"
        before = row
    return cues


def clock(seconds: float) -> str:
    return f"00:00:{seconds:06.3f}"


def format_events() -> str:
    """ASS events: the lines, a sign, karaoke, a drawing."""
    rows = "".join(
        f"Dialogue: 0,0:00:{start:05.2f},0:00:{start + 3:05.2f},Default,,0,0,0,,{line}\n"
        for start, line in zip(STARTS_S, LINES, strict=True)
    )
    rows += "Dialogue: 0,0:00:04.30,0:00:05.00,Signs,,0,0,0,,{\\an5\\pos(320,100)}Bakery open daily\n"
    rows += "Dialogue: 0,0:00:08.30,0:00:09.40,Romaji,,0,0,0,,{\\k30}yo{\\k30}ru {\\k30}no {\\k30}kisha\n"
    return rows + "Dialogue: 0,0:00:12.30,0:00:12.90,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100 0 100{\\p0}\n"


def describe_film(desk: Desk) -> None:
    """A film whose first audio track is its audio description; both are defaults."""
    description = mix_description(desk.film, desk.scratch / "description.mka")
    subtitle = desk.scratch / "description.srt"
    subtitle.write_text(format_subtitle())
    inputs = [part for path in (desk.film, description, subtitle) for part in ("-i", path)]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "0:a", "-map", "2", "-c", "copy", "-disposition:a", "default"]
    languages = [part for stream in ("a:0", "a:1", "s:0") for part in (f"-metadata:s:{stream}", "language=eng")]
    titles = ["-metadata:s:a:0", "title=English (Audiodescription)", "-metadata:s:a:1", "title=English"]
    target = desk.library / "described.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *inputs, *maps, *languages, *titles, target], check=True)


@pytest.fixture(scope="module")
def dubs(service: Running, film: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dubbed]:
    """Every case's film, dubbed by one command."""
    make_films(Desk(service.library, film, tmp_path_factory.mktemp("scratch")))
    films = sorted(service.library.glob("*.mkv"))
    command = [sys.executable, "-P", "-m", "cli", "dub", *map(str, films), "--to", "es"]
    done = subprocess.run(command, env=os.environ | service.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {Path(task["path"]).stem: read_dub(service, task["id"]) for task in service.client.tasks()}


def read_dub(service: Running, task: int) -> Dubbed:
    lines = service.client.lines(task, "es")
    said = tuple(line["source_text"].replace("\n", " ") for line in lines)
    notes = " | ".join(note["text"] for note in service.client.report(task)["es"]["notes"])
    return Dubbed(said, tuple(line["text"] for line in lines), tuple(line["start"] for line in lines), notes)


def test_speech_that_looks_like_a_credit_is_dubbed(dubs: dict[str, Dubbed]) -> None:
    assert dubs["credits"].said == CREDITS


def test_capitals_before_a_colon_are_no_names(dubs: dict[str, Dubbed]) -> None:
    assert dubs["capitals"].said == CAPITALS


def test_rolling_captions_are_said_once(dubs: dict[str, Dubbed]) -> None:
    assert " ".join(dubs["rolling"].said).split() == " ".join(LINES).split()
    assert "repetitions of rolling captions" in dubs["rolling"].notes


def test_an_embedded_ass_keeps_its_styles(dubs: dict[str, Dubbed]) -> None:
    assert dubs["styles"].said == LINES
    assert "3 signs, songs and drawings" in dubs["styles"].notes


def test_marked_numbers_in_utf_16_are_not_spoken(dubs: dict[str, Dubbed]) -> None:
    assert dubs["marks"].said == LINES


def test_bilingual_cues_are_dubbed_from_their_own_language(dubs: dict[str, Dubbed]) -> None:
    assert dubs["bilingual"].said == LINES
    assert "5 rows in another language" in dubs["bilingual"].notes


def test_times_in_other_notations_are_read(dubs: dict[str, Dubbed]) -> None:
    assert dubs["times"].said == (*LINES[:3], "42", LINES[4])


def test_numbers_and_dates_follow_the_target_language(dubs: dict[str, Dubbed]) -> None:
    assert dubs["numbers"].said == NUMBERS
    town, price, _, date, _ = dubs["numbers"].texts
    assert "1.234.567" in town and "5,50" in price and "05/12/2024" in date
    spoken = verbalize(f"{town} {price} {date}", "es")
    assert "un millón doscientas treinta y cuatro mil quinientas sesenta y siete" in spoken
    assert "cinco de diciembre de dos mil veinticuatro" in spoken


def test_the_full_track_is_chosen_over_signs_and_songs(dubs: dict[str, Dubbed]) -> None:
    assert dubs["full"].said == LINES
    assert '"Signs & Songs", English (signs and songs)' in dubs["full"].notes


def test_signs_without_a_title_are_told_by_what_they_cover(dubs: dict[str, Dubbed]) -> None:
    assert dubs["untitled"].said == LINES


def test_signs_in_the_target_language_are_no_script(dubs: dict[str, Dubbed]) -> None:
    assert dubs["letreros"].said == LINES


@pytest.mark.parametrize("case", ["early", "late"])
def test_a_shifted_subtitle_is_held_against_the_speech(dubs: dict[str, Dubbed], case: str) -> None:
    assert dubs[case].said == LINES
    assert dubs[case].starts == pytest.approx(STARTS_S, abs=0.15)
    assert "shifted by" in dubs[case].notes


def test_a_subtitle_of_another_film_is_told_and_not_used(dubs: dict[str, Dubbed]) -> None:
    assert not set(OTHER_FILM) & set(dubs["other"].said)
    assert "belongs to another film" in dubs["other"].notes


def test_a_sparse_subtitle_of_a_sparse_film_is_used(dubs: dict[str, Dubbed]) -> None:
    assert dubs["sparse"].said == SPARSE


def test_the_audio_description_is_not_dubbed(dubs: dict[str, Dubbed]) -> None:
    assert dubs["described"].said == LINES
    assert 'the audio track "English"' in dubs["described"].notes
    assert "audio description" in dubs["described"].notes
