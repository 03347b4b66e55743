"""Hostile files, from a seeded generator: fuzzed containers, truncated films, playlists, and bombs of metadata."""

import functools
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from pipeline.processes import subprocesses

SUFFIXES = (".mkv", ".mp4", ".webm", ".mov", ".avi", ".ts")
HEADER_BYTES = 4096  # where the structure of a container lies
ENCODE_LIMIT_S = 120.0
MANY = 400  # chapters, tags, attachments of a bomb
CODECS = {".webm": ("libvpx", "libopus"), ".avi": ("mpeg4", "mp3")}


@functools.cache
def make_film(suffix: str) -> bytes:
    """A film of one second without speech, as bytes."""
    return _encode(suffix)


@functools.cache
def make_tag_bomb() -> bytes:
    """A Matroska film with huge tags, and many of them."""
    tags = [part for number in range(MANY) for part in ("-metadata", f"TAG{number}={'x' * 500}")]
    return _encode(".mkv", *tags, "-metadata", f"title={'A' * 60_000}", "-metadata:s:a:0", f"title={chr(0x202E) * 20_000}")


@functools.cache
def make_chapter_bomb() -> bytes:
    """A Matroska film with many chapters, whose names are markup."""
    chapters = ";FFMETADATA1\n" + "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={number}\nEND={number + 1}\ntitle=<script>alert({number})</script>\n"
        for number in range(MANY)
    )
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(chapters)
        file.flush()
        return _encode(".mkv", "-map_chapters", "2", inputs=("-f", "ffmetadata", "-i", file.name))


@functools.cache
def make_stream_bomb() -> bytes:
    """A Matroska film with many audio tracks."""
    return _encode(".mkv", *(part for _ in range(120) for part in ("-map", "1:a")), maps=("-map", "0:v"))


@functools.cache
def make_attachment_bomb() -> bytes:
    """A Matroska film with many attachments whose names leave the folder."""
    with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
        file.write(b"\0" * 2000)
        file.flush()
        attached = [part for _ in range(60) for part in ("-attach", file.name)]
        named = [
            part
            for number in range(60)
            for part in (
                f"-metadata:s:t:{number}",
                f"filename=../../../escape-{number}.ttf",
                f"-metadata:s:t:{number}",
                "mimetype=font/ttf",
            )
        ]
        return _encode(".mkv", *attached, *named)


def _encode(suffix: str, *options: str, inputs: tuple[str, ...] = (), maps: tuple[str, ...] = ()) -> bytes:
    picture, sound = CODECS.get(suffix, ("libx264", "aac"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film{suffix}"
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "color=s=64x64:r=5:d=1"]
        command += [
            "-f",
            "lavfi",
            "-i",
            "sine=d=1:r=48000",
            *inputs,
            *maps,
            "-c:v",
            picture,
            "-c:a",
            sound,
            "-metadata:s:a:0",
            "language=eng",
        ]
        subprocesses.run([*command, *options, str(path)], timeout=ENCODE_LIMIT_S)
        return path.read_bytes()


def fuzz_header(chance: random.Random, suffix: str) -> bytes:
    """A film of which bytes of the structure are changed."""
    content = bytearray(make_film(suffix))
    for _ in range(chance.choice((1, 4, 32, 256))):
        content[chance.randrange(min(len(content), HEADER_BYTES))] = chance.randrange(256)
    return bytes(content)


def truncate(chance: random.Random, suffix: str) -> bytes:
    """The beginning of a film."""
    content = make_film(suffix)
    return content[: chance.randrange(len(content))]


def shuffle_blocks(chance: random.Random, suffix: str) -> bytes:
    """A film whose blocks are in another order, or several times there."""
    content = make_film(suffix)
    blocks = [content[start : start + 512] for start in range(0, len(content), 512)]
    return content[:64] + b"".join(chance.choices(blocks, k=len(blocks)))


def claim_sizes(chance: random.Random, suffix: str) -> bytes:
    """A film in which runs of bytes say the largest number."""
    content = bytearray(make_film(suffix))
    for _ in range(chance.randrange(1, 8)):
        start = chance.randrange(min(len(content), HEADER_BYTES))
        content[start : start + 4] = chance.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x01" + b"\xff" * 3, bytes(4)))
    return bytes(content)


def write_playlist(chance: random.Random, _: str) -> bytes:
    """A playlist, in one of several formats, that names a secret file or an address."""
    target = chance.choice(
        ("/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:8265/", "concat:/etc/passwd|/etc/hosts", "../../data/credentials")
    )
    return chance.choice(
        (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{target}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile '{target}'\n",
            f"{target}\n",  # .strm
            f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
            f'<?xml version="1.0"?><MPD><BaseURL>{target}</BaseURL></MPD>',
            f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{target}">]><x>&e;</x>',
            f"movie={target}\n",
        )
    ).encode()


def write_nonsense(chance: random.Random, _: str) -> bytes:
    """Bytes that are no film: noise, zeros, text, nothing, an archive."""
    size = chance.choice((0, 1, 17, 4096, 200_000))
    return chance.choice((chance.randbytes(size), bytes(size), b"word " * (size // 5), b"PK\x03\x04" + chance.randbytes(size)))


def choose_bomb(chance: random.Random, _: str) -> bytes:
    """A film with far too much beside its picture and sound."""
    return chance.choice((make_tag_bomb, make_chapter_bomb, make_stream_bomb, make_attachment_bomb))()


KINDS: dict[str, tuple[int, Callable[[random.Random, str], bytes]]] = {  # name: weight, generator
    "fuzzed header": (30, fuzz_header),
    "truncated": (14, truncate),
    "shuffled": (10, shuffle_blocks),
    "false sizes": (14, claim_sizes),
    "playlist": (16, write_playlist),
    "nonsense": (12, write_nonsense),
    "bomb": (2, choose_bomb),
    "film": (2, lambda chance, suffix: make_film(suffix)),
}


def choose_media(chance: random.Random) -> tuple[str, str, bytes]:
    """Choose a hostile file: its kind, its suffix, its content."""
    kind = chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    suffix = chance.choice(SUFFIXES)
    return kind, suffix, KINDS[kind][1](chance, suffix)


NAMES = (
    "../../../../escape{}",
    "..\\..\\escape{}",
    "/etc/escape{}",
    "a\0b{}",
    "x" * 300 + "{}",
    "\u202egnp.film{}",
    "film\n2026-01-01 00:00:00 ERROR forged{}",
    "film\x1b]0;owned\x07{}",
    "-i{}",
    "con{}",
    "{}{}",
    "…/" * 40 + "film{}",
    "film; rm -rf $HOME `id` $(id){}",
    '"><script>alert(1)</script>{}',
    "é" * 200 + "{}",
    "film{}",
    "film{}/",
    "film{}.m3u8",
    "film{}.strm",
    "%2e%2e%2fescape{}",
)


def choose_name(chance: random.Random, suffix: str) -> str:
    """Choose a hostile file name."""
    return chance.choice(NAMES).replace("{}", suffix)
