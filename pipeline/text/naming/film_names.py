"""Names of films, and of what lies beside them in a library: extras, samples, trailers, recycle bins and the folders of discs.

Sources: the lists of extras of Plex, Jellyfin and Kodi; the recycle bins of Synology, QNAP, Samba, Windows and freedesktop.org; the
folder structures of DVD-Video and Blu-ray.
"""

import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from pipeline.errors import FilmError

# Suffixes of the containers that ffmpeg's permitted demuxers read.
READABLE_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mkv", ".mk3d", ".mov", ".webm", ".avi", ".divx", ".ts", ".m2ts", ".mts", ".3gp", ".3g2", ".mj2"}
)
FILM_SUFFIXES = READABLE_SUFFIXES | {".mpg", ".mpeg", ".wmv"}  # a search finds these too, and tells that they cannot be read
EXTRA_FOLDERS = frozenset(
    {
        *("extra", "extras", "featurette", "featurettes", "behind the scenes", "deleted scenes", "bonus", "bonus material", "bonus disc"),
        *("special features", "specialfeatures", "making of", "trailer", "trailers", "teasers", "promos", "sample", "samples"),
        *("theme-music", "backdrops", "extra's", "bonusmaterial", "bande-annonce", "bandes-annonces"),
    }
)  # fmt: skip
# Extras beside a film, and categories of films elsewhere: a library has a folder of shorts.
FILM_EXTRA_FOLDERS = frozenset({"interviews", "interview", "scenes", "shorts", "clips", "other"})
SEASON_FOLDER = re.compile(r"(?:season|series|staffel|saison|temporada|stagione|specials?)\b.*|s\d{1,4}", re.IGNORECASE)
SYSTEM_FOLDERS = frozenset(
    {
        *("#recycle", "#snapshot", "@eadir", "@tmp", "@sharebin", "@database", "@appstore", "@downloadstation", "lost+found"),
        *("$recycle.bin", "recycler", "recycled", "recycle.bin", "recycle bin", "recyclebin", "system volume information"),
        *("network trash folder", "temporary items", "trash", "trashbox", "__macosx"),
    }
)  # fmt: skip
SYSTEM_FOLDER = re.compile(
    r"\.trash.*|\.recycle.*|@recycle.*|@recently.*|@syno.*|@trash.*|@snapshot.*|found\.\d{3}|_unpack_.*|_failed_.*"
)
DISC_FOLDERS = frozenset({"bdmv", "video_ts", "audio_ts", "hvdvd_ts", "avchd"})
TRAILER_SUFFIX = re.compile(r"[-_. ](?:trailer|teaser|sample)\d*$", re.IGNORECASE)
EXTRA_SUFFIX = re.compile(  # behind a hyphen only: as words they end titles of films
    r"-(?:scene|clip|interview|behindthescenes|deleted|deletedscene|featurette|short|extra|other|bonus|promo)\d*$", re.IGNORECASE
)
SAMPLE_NAME = re.compile(r"(?:sample|trailer|teaser|rarbg(?:\.com)?|etrg)$", re.IGNORECASE)


def normalize_name(name: str) -> str:
    """A file's name for comparison: in NFC and in lower case. File systems keep NFC and NFD alike."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_film_name(path: Path) -> bool:
    """True for the name of a video file."""
    return path.suffix.casefold() in FILM_SUFFIXES


def require_film_name(name: str) -> str:
    """The suffix of a film's file name in lower case. FilmError where it is none of a film that can be read."""
    suffix = Path(name).suffix.lower()
    if suffix not in READABLE_SUFFIXES:
        raise FilmError(f"{name[:120]} is not named like a film; give one of {', '.join(sorted(READABLE_SUFFIXES))}")
    return suffix


def describe_skipped_folder(folder: Path, siblings: Collection[Path] = (), children: Collection[str] = ()) -> str:
    """The kind of a folder that holds no films of the library, in words; "" for any other.

    `siblings`: files beside it; `children`: names of its sub-folders. A series may be called "Extras".
    """
    folded = normalize_name(folder.name)
    if folded in SYSTEM_FOLDERS or SYSTEM_FOLDER.fullmatch(folded):
        return "a recycle bin or a system folder"
    if folded in DISC_FOLDERS:
        return "the folder of a disc; remux its film into one file"
    if folded.startswith("."):
        return "a hidden folder"
    is_extra = folded in EXTRA_FOLDERS or (folded in FILM_EXTRA_FOLDERS and any(map(is_film_name, siblings)))
    return "extras of a film" if is_extra and not any(map(SEASON_FOLDER.fullmatch, children)) else ""


def describe_extra(film: Path) -> str:
    """The kind of a file that is an extra and no film, in words; "" for any other."""
    if SAMPLE_NAME.match(film.stem) or TRAILER_SUFFIX.search(film.stem):
        return "a sample or a trailer"
    return "an extra of a film" if EXTRA_SUFFIX.search(film.stem) else ""
