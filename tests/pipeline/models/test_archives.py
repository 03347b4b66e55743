"""Archives are data: only members that were asked for are read, and an archive decides no path on this machine."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from pipeline.models.archives import Archive, BadMember


def read(path: Path, member: str, most: int = 100) -> bytes:
    with Archive(path) as archive:
        return b"".join(archive.blocks(member, most))


def hostile_tar(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, kind, target in [
            ("package/link", tarfile.SYMTYPE, "/etc/passwd"),
            ("package/hard", tarfile.LNKTYPE, "package/plain"),
            ("package/device", tarfile.CHRTYPE, ""),
            ("package/folder", tarfile.DIRTYPE, ""),
        ]:
            header = tarfile.TarInfo(name)
            header.type, header.linkname = kind, target
            archive.addfile(header)
        for name in ("package/plain", "/etc/absolute", "../outside", "package/../../outside"):
            header = tarfile.TarInfo(name)
            header.size = 5
            archive.addfile(header, io.BytesIO(b"plain"))
    return path


def hostile_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("package/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("package/folder/", "")
        for name in ("package/plain", "/etc/absolute", "../outside", "package/../../outside"):
            archive.writestr(name, b"plain")
    return path


@pytest.mark.parametrize("make", [hostile_tar, hostile_zip])
def test_only_plain_members_inside_the_archive_are_read(tmp_path: Path, make) -> None:
    path = make(tmp_path / ("a.tgz" if make is hostile_tar else "a.whl"))
    assert read(path, "package/plain") == b"plain"
    for member in ("/etc/absolute", "../outside", "package/../../outside", ""):
        with pytest.raises(ValueError, match="is no relative path"):
            read(path, member)
    for member in (
        "package/link",
        "package/folder/",
        "package/none",
        *(["package/hard", "package/device"] if make is hostile_tar else []),
    ):
        with pytest.raises(BadMember):
            read(path, member)
    assert sorted(found.name for found in tmp_path.iterdir()) == [path.name], "nothing is extracted"


def test_a_member_that_unpacks_to_more_than_it_may_is_cut_off(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", b"\0" * (64 << 20))
    with Archive(tmp_path / "bomb.whl") as opened:
        blocks = opened.blocks("big", 1 << 20)
        next(blocks)
        with pytest.raises(BadMember, match="longer than the catalogue says"):
            next(blocks)


def test_an_installed_package_is_read_by_its_own_files_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "tiny").mkdir(parents=True)
    (site / "tiny" / "plain").write_bytes(b"plain")
    (tmp_path / "secret").write_bytes(b"secret")
    (site / "tiny" / "link").symlink_to(tmp_path / "secret")
    assert read(site, "tiny/plain") == b"plain"
    for member in ("tiny/link", "tiny/none", "tiny"):
        with pytest.raises(BadMember):
            read(site, member)
