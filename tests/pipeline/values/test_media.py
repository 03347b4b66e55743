"""What makes two files the same, and what is inside a film."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cache.cache_key import describe_identity
from pipeline.errors import FilmNotFound
from pipeline.values.media import (
    BLOCK_BYTES,
    Artifact,
    Film,
    Sidecar,
    Source,
    Track,
    TrackKind,
    compute_digest,
    compute_sampled_digest,
)

FILM = Film(
    "matroska",
    8.0,
    (Track(3, TrackKind.AUDIO, "aac", "fr"), Track(2, TrackKind.AUDIO, "ac3", "en"), Track(0, TrackKind.VIDEO, "h264")),
    dialogue=2,
    chapters=0,
)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def long_film(path: Path, *, size: int = 20 * BLOCK_BYTES, at: int | None = None) -> Path:
    """A film of zeros that takes no room on the disk, with another byte `at` one place."""
    with path.open("wb") as file:
        file.truncate(size)
        if at is not None:
            file.seek(at)
            file.write(b"x")
    return path


def test_a_digest_reads_a_file_to_its_end(tmp_path):
    content = bytes(BLOCK_BYTES)
    digests = {compute_digest(written(tmp_path / "a", content + end)) for end in (b"", b"x", b"y")}
    assert len(digests) == 3 and all(len(digest) == 32 for digest in digests)


@pytest.mark.parametrize("at", [0, BLOCK_BYTES - 1, 19 * BLOCK_BYTES, 20 * BLOCK_BYTES - 1])
def test_the_first_and_the_last_block_of_a_film_tell_it_apart(tmp_path, at):
    plain, other = long_film(tmp_path / "a"), long_film(tmp_path / "b", at=at)
    assert compute_sampled_digest(plain, 20 * BLOCK_BYTES) != compute_sampled_digest(other, 20 * BLOCK_BYTES)


def test_the_length_of_a_film_tells_it_apart(tmp_path):
    shorter, longer = long_film(tmp_path / "a"), long_film(tmp_path / "b", size=20 * BLOCK_BYTES + 1)
    assert Source.of(shorter).digest != Source.of(longer).digest


def test_a_film_shorter_than_a_block_is_read_whole(tmp_path):
    one, other = written(tmp_path / "a", b"film one"), written(tmp_path / "b", b"film two")
    assert Source.of(one).digest != Source.of(other).digest


class TestArtifact:
    def test_it_has_no_fault_while_it_lies_there_in_its_size(self, tmp_path):
        artifact = Artifact.of(written(tmp_path / "a", b"1234"))
        assert artifact.find_fault() is None
        written(tmp_path / "a", b"123")
        assert artifact.find_fault() == "a has 3 bytes, not 4"
        (tmp_path / "a").unlink()
        assert artifact.find_fault() == "a cannot be read: No such file or directory"

    def test_its_content_is_read_only_where_its_time_is_another(self, tmp_path):
        artifact = Artifact.of(written(tmp_path / "a", b"1234"))
        os.utime(written(tmp_path / "a", b"1235"), ns=(1, artifact.mtime_ns))
        assert artifact.find_fault() is None  # no byte of it was read
        os.utime(tmp_path / "a", ns=(1, 1))
        assert artifact.find_fault() == "the content of a has changed"
        os.utime(written(tmp_path / "a", b"1234"), ns=(2, 2))
        assert artifact.find_fault() is None  # a copy

    def test_one_of_an_earlier_release_is_decided_by_its_content(self, tmp_path):
        artifact = replace(Artifact.of(written(tmp_path / "a", b"1234")), mtime_ns=None)
        assert artifact.find_fault() is None
        written(tmp_path / "a", b"1235")
        assert artifact.find_fault() == "the content of a has changed"

    def test_its_time_is_no_part_of_its_identity(self, tmp_path):
        artifact = Artifact.of(written(tmp_path / "a", b"1234"))
        assert describe_identity(artifact) == describe_identity(replace(artifact, mtime_ns=1))
        assert artifact == replace(artifact, mtime_ns=1)


class TestSource:
    def test_the_same_film_elsewhere_has_the_same_identity(self, tmp_path):
        one, other = written(tmp_path / "a.mkv", b"film"), written(tmp_path / "b.mkv", b"film")
        os.utime(other, ns=(1, 1))
        assert describe_identity(Source.of(one)) == describe_identity(Source.of(other))

    def test_other_subtitles_beside_it_make_it_another_question(self, tmp_path):
        film = written(tmp_path / "a.mkv", b"film")
        one, other = (Sidecar(tmp_path / "a.srt", digest, "es") for digest in ("d1", "d2"))
        assert len({str(describe_identity(Source.of(film, sidecars))) for sidecars in ((), (one,), (other,))}) == 3

    def test_it_is_intact_until_its_size_or_its_time_changes(self, tmp_path):
        path = written(tmp_path / "a.mkv", b"film")
        source = Source.of(path)
        assert source.is_intact()
        os.utime(path, ns=(source.mtime_ns, source.mtime_ns + 1_000_000_000))
        assert not source.is_intact()
        written(path, b"another film")
        os.utime(path, ns=(source.mtime_ns, source.mtime_ns))
        assert not source.is_intact()
        path.unlink()
        assert not source.is_intact()

    def test_what_is_not_there_is_told(self, tmp_path):
        with pytest.raises(FilmNotFound, match=r"gone.mkv cannot be read \(No such file or directory\); check the path"):
            Source.of(tmp_path / "gone.mkv")

    def test_a_folder_and_a_pipe_are_no_films(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.mkv")
        for path in (tmp_path, tmp_path / "pipe.mkv"):
            with pytest.raises(FilmNotFound, match="is not a file; give the path of a film"):
                Source.of(path)


class TestFilm:
    def test_a_track_is_found_by_its_index_and_not_by_its_place(self):
        assert FILM.track(2).language == "en"
        assert FILM.track(FILM.dialogue).codec == "ac3"

    def test_tracks_of_a_kind_come_in_the_files_order(self):
        assert [track.index for track in FILM.of_kind(TrackKind.AUDIO)] == [3, 2]
        assert FILM.of_kind(TrackKind.SUBTITLE) == ()
