"""The archive of clips: what any program unpacks, under names that are safe everywhere."""

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.exports.clip_archive import ArchiveFile, iterate_archive, name_clip
from pipeline.values.tasks import LineRow

ROW = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "one", "uno", "translation", 1.0, 0.9, 1.0, 1.0, "takes/a.wav")


@pytest.mark.parametrize(
    ("speaker", "audio", "name"),
    [
        ("S1", "takes/a.wav", "0001_S1_pt-BR.wav"),
        (None, "takes/a.flac", "0001_unknown_pt-BR.flac"),
        ("../../etc", "takes/a.sh", "0001_etc_pt-BR"),
        ("Señor «X»\n", "a.wav", "0001_Se-or-X_pt-BR.wav"),
    ],
)
def test_a_clip_is_named_by_its_line(speaker: str | None, audio: str, name: str) -> None:
    from dataclasses import replace

    assert name_clip(replace(ROW, speaker=speaker, audio=audio, language="pt-BR")) == name


def test_an_archive_is_sent_in_pieces_and_stores_its_files(tmp_path: Path) -> None:
    clip = tmp_path / "clip.wav"
    clip.write_bytes(bytes(range(256)) * 4096)
    pieces = list(iterate_archive([ArchiveFile("clips/0001_S1_es.wav", clip), ArchiveFile("film.otio", b"{}")]))
    assert max(map(len, pieces)) < 600_000
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["clips/0001_S1_es.wav", "film.otio"]
        assert archive.read("clips/0001_S1_es.wav") == clip.read_bytes()
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
