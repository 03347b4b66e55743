"""Names of films, and of what lies beside them in a library: extras, samples, trailers, recycle bins and the folders of discs.

Sources: the lists of extras of Plex, Jellyfin and Kodi; the recycle bins of Synology, QNAP, Samba, Windows and freedesktop.org; the
folder structures of DVD-Video and Blu-ray.
"""

import re
import unicodedata
from pathlib import Path

FILM_SUFFIXES = frozenset({".mkv", ".mp4", ".m4v", ".mov", ".webm", ".avi", ".ts", ".m2ts", ".mpg", ".mpeg", ".wmv"})
EXTRA_FOLDERS = frozenset(
    {
        *("extra", "extras", "featurette", "featurettes", "behind the scenes", "deleted scenes", "interviews", "interview", "scenes", "shorts"),
        *("trailer", "trailers", "clips", "bonus", "bonus material", "bonus disc", "special features", "specialfeatures", "making of"),
        *("sample", "samples", "theme-music", "backdrops", "other extras", "promos", "teasers"),
        *("extra's", "extrasi", "bonusmaterial", "bande-annonce", "bandes-annonces"),
    }
)  # fmt: skip
AMBIGUOUS_EXTRA_FOLDERS = frozenset({"other"})  # extras in the folder of a film, a category of films above it
SYSTEM_FOLDERS = frozenset(
    {
        *("#recycle", "@recycle", "@recently-snapshot", "@eadir", "#snapshot", "@tmp", "@sharebin", "lost+found", "lost and found"),
        *("$recycle.bin", "recycler", "recycled", "recycle.bin", "system volume information", "network trash folder", "temporary items"),
        *("recycle bin", "recyclebin", "trash", "trashbox", "__macosx", ".trash", "dubarr-trash"),
    }
)  # fmt: skip
SYSTEM_FOLDER = re.compile(r"\.trash.*|\.recycle.*|@.*|found\.\d{3}|_unpack_.*|_failed_.*|incomplete")
DISC_FOLDERS = frozenset({"bdmv", "video_ts", "audio_ts", "hvdvd_ts", "certificate", "avchd"})
EXTRA_SUFFIX = re.compile(
    r"[-_. ](?:trailer|teaser|sample|scene|clip|interview|behindthescenes|deleted|deletedscene|featurette|short|extra|other|bonus|promo)\d*$",
    re.IGNORECASE,
)
HYPHEN_SUFFIXES = re.compile(r"(?:scene|clip|interview|deleted|short|extra|other|bonus|promo)\d*$", re.IGNORECASE)
SAMPLE_NAME = re.compile(r"(?:sample|trailer|teaser|rarbg(?:\.com)?|etrg)$", re.IGNORECASE)


def normalize_name(name: str) -> str:
    """A file's name for comparison: in NFC and in lower case. File systems keep NFC and NFD alike."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_film_name(path: Path) -> bool:
    """True for the name of a video file."""
    return path.suffix.casefold() in FILM_SUFFIXES


def describe_skipped_folder(name: str) -> str:
    """The kind of a folder that holds no films of the library, in words; "" for any other."""
    folded = normalize_name(name)
    if folded in SYSTEM_FOLDERS or SYSTEM_FOLDER.fullmatch(folded):
        return "a recycle bin or a system folder"
    if folded in EXTRA_FOLDERS:
        return "a folder of extras"
    if folded in DISC_FOLDERS:
        return "the folder of a disc"
    return "a hidden folder" if folded.startswith(".") else ""


def describe_extra(path: Path) -> str:
    """The kind of a file that is an extra of a film and no film, in words; "" for any other.

    `-clip`, `-short`, `-other` and the like count behind a hyphen only: as words they end titles of films.
    """
    stem = path.stem
    if SAMPLE_NAME.match(stem):
        return "a sample or a trailer"
    found = EXTRA_SUFFIX.search(stem)
    if found is None or (HYPHEN_SUFFIXES.match(found[0][1:]) and found[0][0] != "-"):
        return ""
    return "" if found[0][0] == " " and not found[0][1:].casefold().startswith(("sample", "trailer", "teaser")) else "an extra of a film"
