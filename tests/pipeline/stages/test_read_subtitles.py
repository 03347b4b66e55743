"""Which subtitles are tried, and which of them can stand in for recognition or translation."""

import logging
from pathlib import Path

import pytest
from cancelling import kill_running_processes
from hostile_subtitles import hostile_subtitle

from pipeline.errors import ProgramError
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import list_subtitle_candidates, read_subtitles
from pipeline.text import subtitle_writer
from pipeline.values.media import Film, Sidecar, Source, Track, TrackKind, compute_digest
from pipeline.values.timeline import Cue, Span

FILM = Film("matroska", 8.0, (Track(0, TrackKind.VIDEO, "h264"), Track(1, TrackKind.AUDIO, "aac")), 1, 0)
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


class TestCandidates:
    def test_the_films_own_tracks_come_before_the_files_beside_it(self, source):
        sidecar = beside(source, subtitle_writer.format_srt(CUES))
        film = Film("matroska", 8.0, (*FILM.tracks, subtitle(2), subtitle(3)), 1, 0)
        assert list_subtitle_candidates(Source.of(source.path, (sidecar,)), film) == (subtitle(2), subtitle(3), sidecar)

    @pytest.mark.parametrize("codec", ["subrip", "ass", "mov_text", "webvtt"])
    def test_text_is_tried(self, source, codec):
        film = Film("matroska", 8.0, (*FILM.tracks, subtitle(2, codec)), 1, 0)
        assert list_subtitle_candidates(source, film) == (subtitle(2, codec),)

    @pytest.mark.parametrize("codec", ["hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "unknown"])
    def test_pictures_are_not_tried(self, source, codec):
        assert list_subtitle_candidates(source, Film("matroska", 8.0, (*FILM.tracks, subtitle(2, codec)), 1, 0)) == ()

    def test_what_calls_itself_forced_is_not_tried(self, source):
        sidecar = Sidecar(source.path.with_suffix(".srt"), "d1", "es", forced=True)
        film = Film("matroska", 8.0, (*FILM.tracks, subtitle(2, "subrip", "default", "forced")), 1, 0)
        assert list_subtitle_candidates(Source.of(source.path, (sidecar,)), film) == ()


class TestRead:
    def test_a_track_in_the_film_gives_its_cues_in_the_language_of_its_tag(self, rich_mp4):
        source = Source.of(rich_mp4)
        film = probe(source)
        (track,) = list_subtitle_candidates(source, film)
        found = read_subtitles(track, source, film)
        assert found and (found.language, [cue.text for cue in found.cues]) == ("en", ["Good morning.", "Good night."])
        assert found.cues[0].span.start == pytest.approx(1.0, abs=0.05)

    def test_a_file_beside_it_gives_its_cues_in_the_language_of_its_name(self, source):
        found = read_subtitles(beside(source, subtitle_writer.format_srt(CUES), "es-MX"), source, FILM)
        assert found and (found.language, found.cues) == ("es-MX", CUES)

    def test_the_words_tell_the_language_where_no_name_does(self, source):
        found = read_subtitles(beside(source, subtitle_writer.format_srt(CUES), None), source, FILM)
        assert found and found.language == "es"

    def test_a_few_signs_are_no_full_subtitle(self, source, caplog):
        caplog.set_level(logging.INFO, "pipeline.stages.read_subtitles")
        assert read_subtitles(beside(source, subtitle_writer.format_srt((Cue(Span(1.0, 1.5), "Salida"),))), source, FILM) is None
        assert "film.srt of film.mkv is no full subtitle (1 cues); it is left aside" in caplog.text

    def test_a_broken_file_is_left_aside_with_its_reason(self, source, caplog):
        assert read_subtitles(beside(source, "no subtitle at all"), source, FILM) is None
        assert "film.srt of film.mkv is left aside: the subtitles film.srt cannot be used" in caplog.text

    def test_a_file_that_is_gone_is_left_aside(self, source, caplog):
        sidecar = beside(source, subtitle_writer.format_srt(CUES))
        sidecar.path.unlink()
        assert read_subtitles(sidecar, source, FILM) is None
        assert "the subtitles film.srt cannot be read" in caplog.text

    def test_a_track_that_ffmpeg_cannot_read_is_left_aside_with_its_reason(self, source, caplog):
        assert read_subtitles(subtitle(2), source, FILM) is None
        assert "stream 2 of film.mkv is left aside: ffmpeg ended with exit code" in caplog.text

    def test_cancelling_while_a_large_one_is_parsed_says_nothing_of_it(self, source):
        path = source.path.with_suffix(".srt")
        path.write_bytes(hostile_subtitle("vtt karaoke", 10_000_000))
        sidecar = Sidecar(path, compute_digest(path), "es")
        with kill_running_processes(), pytest.raises(ProgramError):  # no answer, which would be cached
            read_subtitles(sidecar, source, FILM)
