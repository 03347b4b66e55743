"""Scripts of the reference set's films, with translations into Spanish and Portuguese, and the voices that speak them.

A script is a table of tab-separated columns: speaker, English, Spanish, Portuguese. `{1.2}` inside an English line is a pause
of that many seconds. All of it was written for this project, without the engines under test.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPTS_FOLDER = Path(__file__).with_name("scripts")
SOURCE_LANGUAGE, TRANSLATION_LANGUAGES = "en", ("es", "pt")
PAUSE_MARK = re.compile(r"\s*\{(\d+(?:\.\d+)?)\}\s*")

# Speaker → voice pack of Kokoro. None of them speaks Spanish or Portuguese in a dub, and two of one film are two people to a
# speaker network: the cosine of their GE2E embeddings is at most .71 (.80 and more is one person's).
VOICES: Mapping[str, Mapping[str, str]] = {
    "the-last-ferry": {
        "MARSH": "bf_isabella",
        "CAPTAIN": "bm_fable",
        "CLARA": "bf_lily",
        "TOM": "am_liam",
        "DOCTOR": "am_michael",
    },
    "station-nine": {
        "REYES": "bm_george",
        "BISHOP": "am_puck",
        "NORA": "af_aoede",
        "OKORO": "am_adam",
        "LIN": "af_sarah",
    },
    "grandmothers-kitchen": {
        "ROSE": "bf_alice",
        "DANNY": "am_eric",
        "EMILY": "af_jessica",
        "WALTER": "bm_daniel",
        "GRACE": "af_river",
    },
}


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of a script. `parts`: its English text between the pauses; `pauses_s`: seconds between the parts.

    `translations`: language (BCP 47) → text.
    """

    speaker: str
    parts: tuple[str, ...]
    pauses_s: tuple[float, ...]
    translations: Mapping[str, str]

    @property
    def text(self) -> str:
        """The English text."""
        return " ".join(self.parts)


@dataclass(frozen=True, slots=True)
class Script:
    """The dialogue of a film. `voices`: speaker → voice pack."""

    name: str
    lines: tuple[ScriptLine, ...]
    voices: Mapping[str, str]


def load_scripts() -> tuple[Script, ...]:
    """All scripts of the set."""
    return tuple(Script(name, _read_lines(SCRIPTS_FOLDER / f"{name}.tsv"), voices) for name, voices in VOICES.items())


def _read_lines(path: Path) -> tuple[ScriptLine, ...]:
    rows = (row for row in path.read_text("utf-8").splitlines() if row and not row.startswith("#"))
    return tuple(_parse_line(row) for row in rows)


def _parse_line(row: str) -> ScriptLine:
    speaker, english, *translations = row.split("\t")
    pieces = PAUSE_MARK.split(english)
    return ScriptLine(
        speaker,
        parts=tuple(pieces[::2]),
        pauses_s=tuple(map(float, pieces[1::2])),
        translations=dict(zip(TRANSLATION_LANGUAGES, translations, strict=True)),
    )
