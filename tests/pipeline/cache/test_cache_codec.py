"""Every stage's answer as JSON and back, and the files it speaks of."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_type_hints

import pytest

from pipeline.cache.cache_codec import CACHE_MISS, AnswerCodec
from pipeline.cache.cache_key import describe_identity
from pipeline.engines.protocols import Usage
from pipeline.recognition.recognized_words import collect_words
from pipeline.recognition.second_pass import collect_unrecognized
from pipeline.stages.align import align
from pipeline.stages.assess import assess
from pipeline.stages.cast_voices import cast_voices
from pipeline.stages.diarize import diarize
from pipeline.stages.identify_language import identify_language
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.plan_timing import plan_timing
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import Subtitles, read_subtitles
from pipeline.stages.reference_clips import extract_reference_clips
from pipeline.stages.segment import segment_cues, segment_words
from pipeline.stages.separate import separate
from pipeline.stages.synthesize import synthesize
from pipeline.stages.transcribe import transcribe
from pipeline.stages.translate import Translation, rephrase, study, translate
from pipeline.text.languages import Guess
from pipeline.values.dub_report import LineReport, Pace, Report, Timing, VoiceMatch
from pipeline.values.film_context import Character, FilmContext, Gender, Term
from pipeline.values.media import Artifact, BackgroundStems, DubTrack, Film, Sidecar, Source, Stems, Track, TrackKind
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import (
    Clip,
    Cue,
    Diarization,
    Line,
    Placement,
    Segment,
    Slot,
    Span,
    Speaker,
    Take,
    TextSource,
    Turn,
    Voice,
    Word,
)

SEGMENT = Segment(1, Span(0.1, 1 / 3), "¿Quién?\n«Yo»", None)
LINE = Line(SEGMENT, "Qui?", "ca", TextSource.EDIT)


def artifact(folder: Path, name: str = "take.flac") -> Artifact:
    path = folder / "synthesize-1-ab" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(name)
    return Artifact.of(path)


def film_file(folder: Path) -> Source:
    """A film and a subtitle outside the artifacts folder."""
    (folder / "film.mkv").write_text("film")
    return Source.of(folder / "film.mkv", (Sidecar(folder / "film.es.srt", "d1", "es", forced=True),))


ANSWERS = {
    probe: lambda folder: Film("matroska", 8.0, (Track(1, TrackKind.AUDIO, "aac", dispositions=("default",)),), 1, 2, "Dubarr 1"),
    separate: lambda folder: Stems(
        artifact(folder), artifact(folder, "b.flac"), artifact(folder, "v.flac"),
        BackgroundStems(artifact(folder, "m.flac"), artifact(folder, "e.flac")),
    ),
    diarize: lambda folder: Diarization((Turn(Span(0, 1), "S1"),), (Speaker("S1", 1.0, None, 1005.5, (0.6, -0.8)),)),
    read_subtitles: lambda folder: Subtitles("es", (Cue(Span(0.0, 1.5), "uno\ndos"),)),
    transcribe: lambda folder: (Word(Span(0.1, 0.2), "a", 0.5), Word(Span(0.2, 0.3), "b")),
    collect_unrecognized: artifact,
    align: lambda folder: (Word(Span(0.1, 0.2), "a", 0.0),),
    collect_words: lambda folder: (Word(Span(0.0, 1.0), "hello", 0.5),),
    segment_words: lambda folder: (SEGMENT,),
    segment_cues: lambda folder: (),
    identify_language: lambda folder: (Guess("de", 0.9), Guess("nl", 0.1)),
    extract_reference_clips: lambda folder: (Clip("S1", artifact(folder)),),
    study: lambda folder: FilmContext("s", (Character("S1", "Ann", Gender.FEMALE, "curt"), Character("S2")), (Term("a", "b"),), "tú"),
    translate: lambda folder: Translation((LINE,), Usage(1, 2, 0.1), (Note("Left out", Severity.WARNING, (1, 2)),)),
    rephrase: lambda folder: (LINE,),
    cast_voices: lambda folder: (Voice("S1", "es+f2", 180.0), Voice("S2", "cloned", None, artifact(folder))),
    synthesize: lambda folder: Take(artifact(folder), 1.2, 1.0, (Note("Spoken by another"),)),
    plan_timing: lambda folder: (Placement(LINE, Slot(SEGMENT.span, 2.0), artifact(folder), 0.1, 0.2, 1.0, 1.25),),
    mix: lambda folder: DubTrack("ca", artifact(folder, "a.mka"), artifact(folder, "a.flac"), -23.0, -1.5, -22.9),
    mux: lambda folder: film_file(folder.parent),
    assess: lambda folder: Report(
        "ca", (LineReport(1, "ca", None, 0.0, 1.0, 2.0, 0.0, 0.9, 1.0, 1.0, 0.0, 0.0, 0.9),), -23, -23, -2, 0.9, 0, 0, 1, True, 0,
        losses=("track 2",), timing=Timing(0.7, 0.7, 0.1, 0.2, 0.0, 0.9, 1, 0.3), pace=Pace(0.9, 1.0, 1.1, 4.5), voices=VoiceMatch(1, 0.9, None),
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "artifacts").mkdir()
    return tmp_path / "artifacts"


def answers(function, folder: Path) -> AnswerCodec:
    return AnswerCodec(get_type_hints(function)["return"], folder)


@pytest.mark.parametrize("function", ANSWERS, ids=lambda function: function.__name__)
def test_the_answer_of_every_stage_survives(function, folder):
    answer = ANSWERS[function](folder)
    written = answers(function, folder).build_row("key", function.__name__, answer)
    assert answers(function, folder).read_answer(written.answer) == answer
    assert (written.key, written.stage) == ("key", function.__name__)


def test_the_row_names_each_file_once_and_relative_to_the_folder(folder):
    takes = (artifact(folder, "b.flac"), artifact(folder, "a.flac"), artifact(folder, "b.flac"))
    row = AnswerCodec(tuple[Artifact, ...], folder).build_row("key", "synthesize", takes)
    assert row.files == ("synthesize-1-ab/a.flac", "synthesize-1-ab/b.flac")
    assert str(folder) not in row.answer


def test_files_inside_values_are_named_too(folder):
    row = answers(cast_voices, folder).build_row("key", "voice", ANSWERS[cast_voices](folder))
    assert row.files == ("synthesize-1-ab/take.flac",)


def test_stems_keep_every_file_from_garbage_collection_and_without_one_they_are_made_again(folder):
    row = answers(separate, folder).build_row("key", "separate", ANSWERS[separate](folder))
    assert [Path(name).name for name in row.files] == ["b.flac", "e.flac", "m.flac", "take.flac", "v.flac"]
    (folder / row.files[1]).unlink()
    assert answers(separate, folder).read_answer(row.answer) is CACHE_MISS


def test_stems_from_before_music_and_effects_were_apart_are_read_and_have_the_same_identity(folder):
    two = replace(ANSWERS[separate](folder), background_stems=None)
    old = json.loads(answers(separate, folder).format_answer(two))
    del old["background_stems"]
    assert answers(separate, folder).read_answer(json.dumps(old)) == two
    assert set(describe_identity(two)) == {"", "speech", "background", "voices"}
    assert "background_stems" in describe_identity(ANSWERS[separate](folder))


def test_a_film_is_no_file_of_ours(folder):
    row = answers(mux, folder).build_row("key", "mux", ANSWERS[mux](folder))
    assert row.files == () and json.loads(row.answer)["path"] == str(folder.parent / "film.mkv")


def test_a_file_outside_the_folder_is_refused(folder, tmp_path):
    (tmp_path / "stray.wav").write_text("stray")
    with pytest.raises(ValueError, match="stray.wav"):
        AnswerCodec(Artifact, folder).build_row("key", "separate", Artifact.of(tmp_path / "stray.wav"))


def test_an_answer_is_found_where_the_folder_went(folder, tmp_path):
    text = answers(synthesize, folder).build_row("key", "synthesize", ANSWERS[synthesize](folder)).answer
    moved = folder.rename(tmp_path / "moved")
    assert answers(synthesize, folder).read_answer(text) is CACHE_MISS
    assert answers(synthesize, moved).read_answer(text).audio.path == moved / "synthesize-1-ab" / "take.flac"


@pytest.mark.parametrize(
    "function", [separate, cast_voices, synthesize, plan_timing, mix], ids=lambda function: function.__name__
)
def test_an_answer_with_a_file_gone_is_none_at_all(function, folder):
    row = answers(function, folder).build_row("key", function.__name__, ANSWERS[function](folder))
    (folder / row.files[0]).unlink()
    assert answers(function, folder).read_answer(row.answer) is CACHE_MISS


def test_a_dub_that_somebody_changed_is_no_answer(folder):
    text = answers(mux, folder).build_row("key", "mux", ANSWERS[mux](folder)).answer
    (folder.parent / "film.mkv").write_text("another film")
    assert answers(mux, folder).read_answer(text) is CACHE_MISS


@pytest.mark.parametrize("how", ["absolute", "up", "link"])
def test_a_row_that_names_a_file_outside_the_artifacts_is_a_miss(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "artifacts"
    folder.mkdir()
    secret = tmp_path / "secret.wav"
    secret.write_text("secret")
    (folder / "link.wav").symlink_to(secret)
    name = {"absolute": str(secret), "up": "../secret.wav", "link": "link.wav"}[how]
    found = Artifact.of(secret)
    answer = json.dumps(
        {"speech": {"file": name, "size": found.size, "digest": found.digest}, "background": None, "voices": None}
    )
    assert AnswerCodec(Stems, folder).read_answer(answer) is CACHE_MISS


@pytest.mark.parametrize("function", [translate, synthesize, assess], ids=lambda function: function.__name__)
def test_an_answer_from_before_there_were_notes_has_none(function, folder):
    written = answers(function, folder).build_row("key", function.__name__, ANSWERS[function](folder))
    old = json.loads(written.answer)
    del old["notes"]
    assert answers(function, folder).read_answer(json.dumps(old)).notes == ()


def test_a_note_on_a_take_changes_no_key_of_what_is_made_of_it(folder):
    take = ANSWERS[synthesize](folder)
    assert describe_identity(take) == describe_identity(replace(take, notes=()))
