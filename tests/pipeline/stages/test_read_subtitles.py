"""Subtitles read from tracks and files, with notes on what was left out of them and on those that cannot be used."""

from dataclasses import replace
from pathlib import Path

import pytest
from cancelling import kill_running_processes
from hostile_subtitles import hostile_subtitle

from pipeline.errors import ProgramError
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import SubtitleCandidate, Subtitles, read_subtitles
from pipeline.text.subtitles import subtitle_writer
from pipeline.values.media import Sidecar, Source, Track, TrackKind, compute_digest
from pipeline.values.notes import Severity
from pipeline.values.timeline import Cue, Span

CUES = (Cue(Span(1.0, 2.5), "Buenos días, señora."), Cue(Span(5.0, 6.5), "Hasta mañana por la noche."))


def subtitle(index: int, codec: str = "subrip", *dispositions: str) -> Track:
    return Track(index, TrackKind.SUBTITLE, codec, "es", dispositions=dispositions)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "film.mkv").write_text("film")
    return Source.of(tmp_path / "film.mkv")


def beside(source: Source, text: str, language: str | None = "es") -> Sidecar:
    path = source.path.with_suffix(".srt")
    path.write_text(text, "utf-8")
    return Sidecar(path, compute_digest(path), language)


def read(subtitle: Track | Sidecar, source: Source) -> Subtitles:
    return read_subtitles(SubtitleCandidate(subtitle, "the subtitle"), source)


class TestRead:
    def test_a_track_in_the_film_gives_its_cues_in_the_language_of_its_tag(self, rich_mp4):
        source = Source.of(rich_mp4)
        (track,) = probe(source).of_kind(TrackKind.SUBTITLE)
        found = read(track, source)
        assert (found.language, [cue.text for cue in found.cues]) == ("en", ["Good morning.", "Good night."])
        assert found.cues[0].span.start == pytest.approx(1.0, abs=0.05)

    def test_a_file_beside_it_gives_its_cues_in_the_language_of_its_name(self, source):
        found = read(beside(source, subtitle_writer.format_srt(CUES), "es-MX"), source)
        assert (found.language, found.cues) == ("es-MX", CUES)

    def test_the_words_tell_the_language_where_no_name_does(self, source):
        found = read(beside(source, subtitle_writer.format_srt(CUES), None), source)
        assert found.language == "es"

    def test_a_name_that_the_words_contradict_is_corrected_and_told(self, source):
        french = "Bonjour, le train part à midi. Ma valise est déjà prête. As-tu appelé ton frère hier soir ? Il nous attendra à la gare."
        found = read(beside(source, subtitle_writer.format_srt([Cue(Span(1.0, 9.0), french)]), "en"), source)
        assert found.language == "fr" and found.cues
        (note,) = found.notes
        assert note.severity is Severity.WARNING
        assert note.text == "The subtitle is named English, but its text is French: it was taken for French"

    def test_a_few_foreign_words_or_a_language_near_to_the_named_contradict_no_name(self, source):
        few = (Cue(Span(1.0, 2.0), "Bonjour, mon ami."),)
        assert read(beside(source, subtitle_writer.format_srt(few), "en"), source).language == "en"
        catalan = "Bon dia, el tren surt al migdia. La meva maleta ja està feta. Vas trucar al teu germà ahir a la nit? Ens esperarà allà."
        assert read(beside(source, subtitle_writer.format_srt([Cue(Span(1.0, 9.0), catalan)]), "es"), source).language == "es"

    @pytest.mark.parametrize("text", ["", "1\n00:00:01,000 --> 00:00:02,000\n[applause]\n"])
    def test_a_file_without_dialogue_is_told(self, source, text):
        found = read(beside(source, text), source)
        assert not found.cues
        assert any(
            note.text.startswith("The subtitle was not used: ") and note.severity is Severity.WARNING for note in found.notes
        )

    def test_what_was_left_out_is_told(self, source):
        found = read(
            beside(source, "1\n00:00:01,000 --> 00:00:02,000\n[applause]\n\n" + subtitle_writer.format_srt(CUES)), source
        )
        assert [str(note) for note in found.notes] == ["Left out of the subtitle, because nobody says it: 1 sound descriptions"]

    @pytest.mark.parametrize(
        ("break_it", "reason"),
        [
            (lambda path: path.write_text("no subtitle at all"), "the subtitles film.srt cannot be used"),
            (lambda path: path.unlink(), "the subtitles film.srt cannot be read"),
        ],
    )
    def test_a_file_that_cannot_be_used_is_told_with_its_reason(self, source, break_it, reason):
        sidecar = beside(source, subtitle_writer.format_srt(CUES))
        break_it(sidecar.path)
        found = read(replace(sidecar, digest=compute_digest(sidecar.path)) if sidecar.path.exists() else sidecar, source)
        assert not found.cues
        (note,) = found.notes
        assert note.severity is Severity.WARNING
        assert note.text.startswith(f"The subtitle was not used: {reason}")

    def test_a_track_that_ffmpeg_cannot_read_is_told_with_its_reason(self, source):
        (note,) = read(subtitle(2), source).notes
        assert "The subtitle was not used: ffmpeg ended with exit code" in note.text

    def test_cancelling_while_a_large_one_is_parsed_says_nothing_of_it(self, source):
        path = source.path.with_suffix(".srt")
        path.write_bytes(hostile_subtitle("vtt karaoke", 10_000_000))
        sidecar = Sidecar(path, compute_digest(path), "es")
        with kill_running_processes(), pytest.raises(ProgramError):  # no answer, which would be cached
            read(sidecar, source)
